"""Running a model on other computers than this one: which would do, and what to run there."""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from alcove.fit.hosts import Host, cards, hosts
from alcove.fit.plan import Wish
from alcove.fit.result import Fit
from alcove.fit.shape import Shape
from alcove.fit.vllm import Heads, Served, served_by
from alcove.i18n import _, ngettext
from alcove.words import gigabytes, tokens

_ROOM = 0.9
"""Share of a helper's memory that is counted on."""

_MOST_HELPERS = 7
_KEY_BYTES = 12
_LEAST_CARD_BYTES = 16 * 10**9
"""Memory of the smallest card for which vLLM is proposed."""

_PUBLISHED = re.compile(r"https://huggingface\.co/([\w.-]+/[\w.-]+)/?")
_ALCOVE_PORT, _VLLM_PORT, _RPC_PORT = 8080, 8000, 50052


@dataclass(frozen=True)
class Elsewhere:
    """A model that may run on another computer.

    ``target`` is what Alcove calls its file, ``gguf`` how llama.cpp's programs are told of it,
    ``page`` where its publisher has it, empty where that is not known.
    """

    target: str
    gguf: tuple[str, ...]
    page: str
    shape: Shape
    heads: Heads

    @property
    def is_local(self) -> bool:
        """Whether its file is on this computer alone, as far as is known."""
        return self.gguf[0] == "-m"


@dataclass(frozen=True)
class Step:
    """A command, and the computer on which it is run."""

    where: str
    command: str


@dataclass(frozen=True)
class Way:
    """One way to run a model elsewhere; it then answers at ``url``, with ``key``."""

    title: str
    note: str
    steps: tuple[Step, ...]
    url: str
    key: str


@dataclass(frozen=True)
class Beyond:
    """What a model needs, which shipped machines would run it, and the ways to do that."""

    fit: Fit
    hosts: tuple[Host, ...]
    ways: tuple[Way, ...]


def hub_file(repository: str, file: str, quantization: str) -> tuple[str, ...]:
    """Return how llama-server is told of a file of the hub."""
    if quantization:
        return ("-hf", f"{repository}:{quantization}")
    return ("--hf-repo", repository, "--hf-file", file)


def new_key() -> str:
    """Return a key for a server that others can reach; it never looks like an option."""
    return secrets.token_hex(_KEY_BYTES)


def beyond(model: Elsewhere, fit: Fit, wish: Wish, key: str) -> Beyond:
    """Say where else a model would run; ``fit`` is how it fits here, ``key`` what servers want."""
    found = hosts(model.shape, wish)
    return Beyond(fit, found, tuple(_ways(model, fit, bool(found), wish.context, key)))


def _ways(model: Elsewhere, fit: Fit, has_host: bool, wanted: int, key: str) -> Iterator[Way]:
    context = min(wanted, model.shape.context_limit)
    if has_host:
        yield _alcove(model, context, key)
        yield _llama_server(model, context, key)
    if model.page:
        large = (card for card in cards() if card.total_bytes >= _LEAST_CARD_BYTES)
        for each in served_by(model.shape, model.heads, large, context):
            yield _vllm(model, each, key)
    if 0 < (helpers := _helpers(fit)) <= _MOST_HELPERS:
        yield _rpc(model, helpers, context, key)


def _alcove(model: Elsewhere, context: int, key: str) -> Way:
    command = ["alcove", "serve", model.target, "--context", str(context), "--lan"]
    return Way(
        _("Alcove on a larger computer"),
        _("Any of these computers will do. Copy the file there first.")
        if model.is_local
        else _("Any of these computers will do; the model is downloaded there."),
        (_there(*command, "--api-key", key),),
        _url(_ALCOVE_PORT),
        key,
    )


def _llama_server(model: Elsewhere, context: int, key: str) -> Way:
    command = ["llama-server", *model.gguf, "-c", str(context), *_open(_ALCOVE_PORT, key)]
    return Way(
        _("llama-server on a larger computer"),
        _("The same file with llama.cpp's own server."),
        (_there(*command),),
        _url(_ALCOVE_PORT),
        key,
    )


def _vllm(model: Elsewhere, served: Served, key: str) -> Way:
    command = ["vllm", "serve", model.page, "--tensor-parallel-size", str(served.cards)]
    command += ["--max-model-len", str(served.context), *_open(_VLLM_PORT, key)]
    title = ngettext(
        "vLLM on one {name}", "vLLM on {count} {name} in one server", served.cards
    ).format(count=served.cards, name=served.card.name)
    note = _(
        "It serves the publisher's own weights, about {size}, not the GGUF. Contexts of up to "
        "{context} tokens fit."
    ).format(size=gigabytes(served.weights_bytes), context=tokens(served.context))
    return Way(title, note, (_there(*command),), _url(_VLLM_PORT), key)


def _rpc(model: Elsewhere, helpers: int, context: int, key: str) -> Way:
    names = [f"HELPER{number}" for number in range(1, helpers + 1)]
    servers = ",".join(f"{name}:{_RPC_PORT}" for name in names)
    command = ["ggml-rpc-server", "--host", "0.0.0.0", "--port", str(_RPC_PORT)]
    offer = shlex.join(command)
    here = ["llama-server", *model.gguf, "-c", str(context), "--rpc", servers]
    here += ["--port", str(_ALCOVE_PORT), "--api-key", key]
    title = ngettext(
        "llama.cpp on this computer and {count} more like it",
        "llama.cpp on this computer and {count} more like it",
        helpers,
    ).format(count=helpers)
    note = _(
        "llama.cpp has to be built with -DGGML_RPC=ON on each. The helpers answer anybody who "
        "reaches them: only in a network that you trust. Each token crosses it: slow over Wi-Fi."
    )
    steps = (*(Step(name, offer) for name in names), Step(_("here"), shlex.join(here)))
    return Way(title, note, steps, f"http://127.0.0.1:{_ALCOVE_PORT}", key)


def _helpers(fit: Fit) -> int:
    """Return how many computers with as much memory as this one would hold what lacks here."""
    room = (fit.needed_bytes - fit.missing_bytes) * _ROOM
    return ceil(fit.missing_bytes / room) if room > 0 else 0


def published(page: str) -> str:
    """Return the repository of a page on the hub; empty where it is another page."""
    match = _PUBLISHED.fullmatch(page)
    return match[1] if match else ""


def _open(port: int, key: str) -> list[str]:
    return ["--host", "0.0.0.0", "--port", str(port), "--api-key", key]


def _there(*words: str) -> Step:
    return Step(_("there"), shlex.join(words))


def _url(port: int) -> str:
    return f"http://HOST:{port}"
