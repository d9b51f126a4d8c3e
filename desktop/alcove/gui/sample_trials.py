"""Runs made by hand, for the pictures of the Trials page."""

from __future__ import annotations

from dataclasses import replace

from alcove.engine.answer import Readout
from alcove.trials.asking import BENCH_REPEATS, BENCH_SIZES, BENCH_TOKENS, bench_trial
from alcove.trials.judge import Finding
from alcove.trials.read import find_trial
from alcove.trials.run import Reply, Run
from alcove.trials.store import Entrant, TrialStore
from alcove.trials.trial import Prompt

_MODELS = (
    Entrant("qwen3-4b-instruct-2507", "Qwen3 4B Instruct 2507 Q4_K_M", "Q4_K_M", 2_497_281_120),
    Entrant("gemma-3-4b-it", "Gemma 3 4B it Q4_K_M", "Q4_K_M", 2_489_757_856),
    Entrant("smollm2-135m", "SmolLM2 135M Instruct Q4_1", "Q4_1", 98_000_000),
)
_SPEEDS = (31.4, 29.8, 142.0)
_READ = (412.0, 388.0, 2140.0)
_PEAKS = (3_412_000_000, 3_377_000_000, 381_000_000)
_CODE = """Here is the function:

```python
def count_vowels(text):
    return sum(letter in "aeiou" for letter in text.lower())
```

It looks at each letter in turn."""
_FAILURE = (
    "The model does not fit at a context of 8192 tokens: 1.2 GB are missing. Close other programs, "
    "choose a smaller context, or a smaller quantization."
)


def keep_runs(store: TrialStore) -> None:
    """Keep a run that is finished, one that is blind, one that failed in part, and a benchmark."""
    _keep_bench(store)
    failed = store.begin(find_trial("everyday"), (_MODELS[2], _MODELS[0]))
    _answer_all(store, failed, failed.contestants[:1], 6)
    store.fail(failed.contestants[1].id, _FAILURE)
    blind = store.begin(find_trial("everyday"), _MODELS, blind=True)
    _answer_all(store, blind, blind.contestants, len(blind.trial.prompts))
    store.vote(blind.id, blind.trial.prompts[0].name, blind.contestants[0].id)
    done = store.begin(find_trial("everyday"), _MODELS)
    _answer_all(store, done, done.contestants, len(done.trial.prompts))
    for prompt in done.trial.prompts[:4]:
        store.vote(done.id, prompt.name, done.contestants[0].id)


def _answer_all(store: TrialStore, run: Run, contestants: tuple[object, ...], count: int) -> None:
    for place, one in enumerate(run.contestants):
        if one not in contestants:
            continue
        store.loaded(one.id, 2.5)
        for number, prompt in enumerate(run.trial.prompts[:count]):
            store.keep(_reply(one.id, prompt, place, number))


def _reply(contestant: int, prompt: Prompt, place: int, number: int) -> Reply:
    passed = (number * 7 + place * 3) % (5 - place) != 0
    remark = "" if passed else "The answer is not: 8"
    readout = Readout(
        finish_reason="stop",
        prompt_tokens=70 + number,
        cached_tokens=24,
        completion_tokens=60 + 5 * number,
        time_to_first_token_s=0.21 + 0.01 * number,
        prompt_tokens_per_second=_READ[place],
        generation_tokens_per_second=_SPEEDS[place] * (1 + number % 3 / 50),
        peak_memory_bytes=_PEAKS[place],
        context=8192,
    )
    text = _CODE if prompt.topic == "code" else "It takes **2:45**, as 21:50 to 00:35 is."
    findings = tuple(Finding(check.kind, passed, remark) for check in prompt.checks)
    return Reply(contestant, prompt.name, 0, text, "", readout, findings, seconds=2.4)


def _keep_bench(store: TrialStore) -> None:
    trial = bench_trial("Speed benchmark", BENCH_SIZES, BENCH_TOKENS)
    run = store.begin(trial, _MODELS[:2], kind="bench", repeats=BENCH_REPEATS)
    for place, one in enumerate(run.contestants):
        for number, prompt in enumerate(run.trial.prompts):
            for repeat in range(run.repeats):
                reply = _reply(one.id, prompt, place, number + repeat)
                store.keep(replace(reply, repeat=repeat, text=""))
