"""The names of the languages that models state by their codes."""

from __future__ import annotations

from alcove.i18n import _


def language_names() -> dict[str, str]:
    """Return the names by their codes of ISO 639, as the user calls them."""
    return {
        "ar": _("Arabic"),
        "bg": _("Bulgarian"),
        "bn": _("Bengali"),
        "ca": _("Catalan"),
        "cs": _("Czech"),
        "da": _("Danish"),
        "de": _("German"),
        "el": _("Greek"),
        "en": _("English"),
        "es": _("Spanish"),
        "et": _("Estonian"),
        "fa": _("Persian"),
        "fi": _("Finnish"),
        "fr": _("French"),
        "ga": _("Irish"),
        "he": _("Hebrew"),
        "hi": _("Hindi"),
        "hr": _("Croatian"),
        "hu": _("Hungarian"),
        "id": _("Indonesian"),
        "is": _("Icelandic"),
        "it": _("Italian"),
        "ja": _("Japanese"),
        "ko": _("Korean"),
        "lt": _("Lithuanian"),
        "lv": _("Latvian"),
        "ms": _("Malay"),
        "mt": _("Maltese"),
        "ne": _("Nepali"),
        "nl": _("Dutch"),
        "no": _("Norwegian"),
        "pa": _("Punjabi"),
        "pl": _("Polish"),
        "pt": _("Portuguese"),
        "ro": _("Romanian"),
        "ru": _("Russian"),
        "sk": _("Slovak"),
        "sl": _("Slovene"),
        "sr": _("Serbian"),
        "sv": _("Swedish"),
        "ta": _("Tamil"),
        "te": _("Telugu"),
        "th": _("Thai"),
        "tl": _("Tagalog"),
        "tr": _("Turkish"),
        "uk": _("Ukrainian"),
        "ur": _("Urdu"),
        "vi": _("Vietnamese"),
        "zh": _("Chinese"),
    }


def language_name(code: str) -> str:
    """Return the name of a language, or its code where that is not known."""
    return language_names().get(code, code)
