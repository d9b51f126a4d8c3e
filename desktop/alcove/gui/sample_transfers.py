"""Downloads made by hand, for the pictures of the window."""

from __future__ import annotations

from pathlib import Path

from alcove.errors import Remedy
from alcove.hub.items import Item, State, Why
from alcove.hub.problems import Problem
from alcove.i18n import _

_GATED = Problem(
    "GatedError",
    _("The publisher of {repository} wants its licence accepted first.").format(
        repository="google/gemma-3-12b-it-qat-q4_0-gguf"
    ),
    _("Accept it on the page of the model, then put a token of your account into HF_TOKEN."),
    (Remedy.SIGN_IN, Remedy.RETRY),
)
_FULL = Problem(
    "NoSpace",
    _("This download needs {missing} more, but only {free} are free on the disk.").format(
        missing="12.1 GB", free="9.0 GB"
    ),
    _("Free some space on the disk and it goes on by itself."),
    (Remedy.FREE_DISK, Remedy.SMALLER_MODEL),
)
_BROKEN = Problem(
    "OfflineError",
    _("The connection to {endpoint} broke off.").format(endpoint="https://huggingface.co"),
    "",
    (Remedy.RETRY,),
)


def sample_transfers(now: float) -> tuple[Item, ...]:
    """Return one of each kind, as things are ``now`` (seconds since the epoch)."""
    return (
        running(1),
        _item(2, "Qwen3 30B A3B Instruct 2507 Q4_K_M", 18_556_000_000, 0, "waiting"),
        _item(3, "gpt-oss-20b MXFP4", 12_100_000_000, 3_000_000_000, "paused", "disk", _FULL),
        _item(
            4,
            "A model whose publisher could not decide between names and so took all of them "
            "(uncensored, merged, distilled, v2.1-final) UD-Q4_K_XL",
            7_300_000_000,
            900_000_000,
            "waiting",
            problem=_BROKEN,
            retry_at=now + 42,
        ),
        _item(5, "Phi-4 mini Q4_K_M", 2_490_000_000, 1_200_000_000, "paused", "user"),
        _item(6, "Gemma 3 12B QAT Q4_0", 8_070_000_000, 0, "failed", problem=_GATED),
        _item(7, "SmolLM3 3B Q4_K_M", 1_915_000_000, 1_915_000_000, "done"),
        _item(8, "Llama 3.2 3B Instruct Q4_K_M", 2_019_000_000, 2_019_000_000, "done"),
    )


def running(number: int) -> Item:
    """Return an item that is being fetched."""
    return _item(number, "Qwen3 8B Q4_K_M", 5_030_000_000, 1_870_000_000, "running")


def many_transfers() -> tuple[Item, ...]:
    """Return a long queue."""
    return (
        running(1),
        *(
            _item(number, f"Granite 4.0 H {number}B Q4_K_M", number * 700_000_000, 0, "waiting")
            for number in range(2, 21)
        ),
    )


def _item(
    number: int,
    name: str,
    size: int,
    received: int,
    state: State,
    why: Why | None = None,
    problem: Problem | None = None,
    retry_at: float | None = None,
) -> Item:
    return Item(
        id=number,
        name=name,
        repository=f"org/model-{number}-GGUF",
        file=f"model-{number}-Q4_K_M.gguf",
        revision=None,
        is_outdated=False,
        projector=False,
        model=None,
        state=state,
        why=why,
        size_bytes=size,
        received_bytes=received,
        verified_bytes=received,
        bytes_per_second=41_000_000.0 if state == "running" else 0.0,
        missing_bytes=3_100_000_000 if why == "disk" else 0,
        attempts=0,
        retry_at=retry_at,
        problem=problem,
        owner=None,
        paths=(Path(f"/models/model-{number}-Q4_K_M.gguf"),) if state == "done" else (),
    )
