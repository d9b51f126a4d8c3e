"""Numbers that the hub says of repositories: downloads, likes."""

from __future__ import annotations

from alcove.i18n import _, ngettext


def count(value: object) -> int | None:
    """Return a number that the hub sent; None for what is none."""
    known = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if known and isinstance(value, int) else None


def in_words(downloads: int | None, likes: int | None) -> str:
    """Say them; what the hub does not say is left out."""
    facts = []
    if downloads is not None:
        said = ngettext("{count} download", "{count} downloads", downloads)
        facts.append(said.format(count=f"{downloads:,}"))
    if likes is not None:
        said = ngettext("{count} like", "{count} likes", likes)
        facts.append(said.format(count=f"{likes:,}"))
    return "  ·  ".join(facts)


def unchecked() -> str:
    """Warn of what the hub holds beyond the catalog."""
    return _(
        "Nobody checked this for Alcove: anyone can publish on the hub. Look at who published a "
        "model, and at its page, before you trust it."
    )
