"""``alcove bench``: how fast models read a prompt and generate an answer here."""

from __future__ import annotations

from pathlib import Path

import typer

from alcove.cli import output
from alcove.cli.options import CONTEXT, GPU_LAYERS, KV_TYPE, MOE_LAYERS, wish
from alcove.cli.running import (
    CONTINUE,
    EXPORT,
    HISTORY,
    SHOW,
    entrants,
    execute,
    export_to,
    report_failures,
    show_history,
    speed_titles,
    speeds_of,
    table,
)
from alcove.cli.session import Session
from alcove.i18n import _
from alcove.trials.asking import BENCH_REPEATS, BENCH_SIZES, BENCH_TOKENS, bench_trial
from alcove.trials.export import reply_document
from alcove.trials.opening import roomy
from alcove.trials.run import Reply, Run
from alcove.trials.store import TrialStore
from alcove.trials.summary import summaries

_TARGETS = typer.Argument(
    None, metavar="TARGET...", help=_("Paths, catalog ids, org/repo[:QUANT], or engines' URLs.")
)
_NOT_MEASURED = ("prompt", "passed", "checks", "failure")


def _sizes(text: str) -> tuple[int, ...]:
    """Read numbers of tokens, separated by commas."""
    try:
        sizes = tuple(int(one) for one in text.split(","))
    except ValueError:
        sizes = ()
    if not sizes or min(sizes) < 1:
        raise typer.BadParameter(_("{given!r} is no list such as 512,2048.").format(given=text))
    return tuple(dict.fromkeys(sizes))


def bench(
    context: typer.Context,
    targets: list[str] = _TARGETS,
    prompts: str = typer.Option(
        ",".join(map(str, BENCH_SIZES)),
        "--prompt-tokens",
        help=_("Lengths of the prompts, in tokens."),
    ),
    generated: int = typer.Option(
        BENCH_TOKENS, "--tokens", min=2, help=_("Tokens that are generated after each prompt.")
    ),
    repeats: int = typer.Option(
        BENCH_REPEATS, "--repeats", min=1, max=1000, help=_("Times each is measured.")
    ),
    length: int | None = CONTEXT,
    kv_type: str | None = KV_TYPE,
    gpu_layers: int | None = GPU_LAYERS,
    cpu_moe_layers: int | None = MOE_LAYERS,
    history: bool = HISTORY,
    show: int | None = SHOW,
    going_on: int | None = CONTINUE,
    export: Path | None = EXPORT,
    json_output: bool = typer.Option(False, "--json", help=_("Write JSON.")),
) -> None:
    """Measure how fast models read prompts and generate answers on this computer."""
    session: Session = context.obj
    store = TrialStore(session.paths.database)
    if history:
        show_history(session, "bench", as_json=json_output)
        return
    if show is not None:
        run = store.read(show)
    else:
        if going_on is None:
            if not targets:
                raise typer.BadParameter(_("Name at least one model."))
            asked = bench_trial(_("Benchmark"), _sizes(prompts), generated)
            found = entrants(session, targets)
            run = store.begin(asked, found, kind="bench", repeats=repeats)
        else:
            run = store.read(going_on)
        how = wish(session.settings, length, kv_type, gpu_layers, cpu_moe_layers)
        run = execute(session, run, how if length is not None else roomy(how, run))
    report_failures(run)
    export_to(run, export)
    if json_output:
        output.document([_row(run, reply) for reply in run.replies if reply.readout])
    else:
        _show(run)


def _row(run: Run, reply: Reply) -> dict[str, object]:
    document = reply_document(run, reply)
    return {name: value for name, value in document.items() if name not in _NOT_MEASURED}


def _show(run: Run) -> None:
    titles = (_("Model"), _("Prompt"), *speed_titles())
    rows = [
        (one.contestant.name, prompt.text, *speeds_of(one))
        for number, _contestant in enumerate(run.contestants)
        for prompt in run.trial.prompts
        for one in (summaries(run, prompt.name)[number],)
        if one.answered
    ]
    output.tables().print(table(titles, rows, 1))
