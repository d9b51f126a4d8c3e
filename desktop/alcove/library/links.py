"""Links to models on the Hugging Face hub, as people copy them from a browser or a model card.

https://huggingface.co/org/repo, also with ``/tree``, ``/blob`` or ``/resolve``, a revision and a
file; ``hf.co/org/repo:QUANT``; ``?show_file_info=file.gguf``, which the hub adds for an open file.
"""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from alcove.errors import Remedy, TargetError
from alcove.gguf.names import is_companion, is_gguf, quantization_of
from alcove.hub.remote import stays_inside
from alcove.i18n import _
from alcove.library.references import Reference
from alcove.network import is_address

_HOSTS = frozenset({"huggingface.co", "www.huggingface.co", "hf.co", "www.hf.co"})
_OTHER_KINDS = frozenset(
    {"datasets", "spaces", "collections", "docs", "blog", "papers", "models", "organizations"}
)
_FILE_VIEWS = frozenset({"blob", "resolve", "raw", "blame", "edit"})


def may_be_link(text: str) -> bool:
    """Whether somebody who enters ``text`` wants what is at that address."""
    text = text.strip().casefold()
    return text.startswith(("https://", "http://")) or text.partition("/")[0] in _HOSTS


def read_link(text: str, endpoint: str = "") -> Reference | None:
    """Return what a link to the hub, or to the mirror at ``endpoint``, names; None if it is none.

    Raises TargetError for a link to the hub that leads to no model.
    """
    address = _address(text.strip())
    if address is None or not _is_hub(address, endpoint):
        return None
    kind, *rest = [part for part in _path(address, endpoint).split("/") if part] or [""]
    if kind in _OTHER_KINDS or kind == "api" or not rest:
        raise _no_model(text.strip())
    named = Reference.read(f"{unquote(kind)}/{unquote(rest[0])}")
    view, revision, *path = [*map(unquote, rest[1:]), "", ""]
    if named is None or (revision and not stays_inside(revision)):
        raise _no_model(text.strip())
    file = "/".join(filter(None, path)) if view in _FILE_VIEWS else _shown_file(address)
    wanted = named.wanted or (_model_file(file) if file else _folder(view, path))
    return Reference(named.repository, wanted, _revision(view, revision))


def _address(text: str) -> SplitResult | None:
    """Read a URL; one of the hub's hosts does without ``https://``, as in ``hf.co/org/repo``."""
    if not text or any(character.isspace() for character in text):
        return None
    if text.partition("/")[0].casefold() in _HOSTS:
        text = f"https://{text}"
    try:
        address = urlsplit(text)
        port = address.port
    except ValueError:
        return None
    del port  # reading it is what tells whether it is a number
    return address if address.scheme in ("http", "https") else None


def _is_hub(address: SplitResult, endpoint: str) -> bool:
    if (address.hostname or "") in _HOSTS:
        return True
    mirror = _mirror(endpoint)
    return bool(mirror.netloc) and address.netloc.casefold() == mirror.netloc.casefold()


def _path(address: SplitResult, endpoint: str) -> str:
    """Return the path on the hub; a mirror may lie below a path of its own."""
    mirror = _mirror(endpoint)
    if address.netloc.casefold() == mirror.netloc.casefold():
        return address.path.removeprefix(mirror.path.rstrip("/"))
    return address.path


def _mirror(endpoint: str) -> SplitResult:
    """Read an endpoint; one that is no address is none here, and whoever asks it is told so."""
    return urlsplit(endpoint if is_address(endpoint) else "")


def _shown_file(address: SplitResult) -> str:
    return parse_qs(address.query).get("show_file_info", [""])[0]


def _model_file(file: str) -> str:
    """Return the path of a GGUF; raises TargetError for a file that is no model."""
    if is_companion(file):
        raise TargetError(
            _("{file} only accompanies a model.").format(file=file),
            _("Use the link of the model's own GGUF file, or that of its repository."),
            Remedy.CHOOSE_MODEL,
        )
    if not is_gguf(file):
        raise TargetError(
            _("{file} is no GGUF file.").format(file=file),
            _("Use the link of a file whose name ends in .gguf, or that of its repository."),
            Remedy.CHOOSE_MODEL,
        )
    return file


def _folder(view: str, path: list[str]) -> str | None:
    """Return the quantization that a folder of a repository is named after, if it is."""
    return quantization_of("/".join(filter(None, path))) if view == "tree" else None


def _revision(view: str, revision: str) -> str | None:
    known = view == "tree" or view in _FILE_VIEWS
    return revision if known and revision not in ("", "main") else None


def _no_model(link: str) -> TargetError:
    return TargetError(
        _("{link} leads to no model.").format(link=link),
        _("Open a model on the hub, and use the link of its page: it ends in org/repo."),
        Remedy.CHOOSE_MODEL,
    )
