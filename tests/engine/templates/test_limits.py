"""Templates that would hold up or bring down whoever renders them."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import psutil
import pytest

from alcove.children import command
from alcove.engine.answer import Turn
from alcove.engine.template import ChatTemplate
from alcove.engine.templates.renderer import Limits, Renderer, TemplateFailure
from alcove.errors import RequestError

SECONDS = 0.5
MEMORY = 200 * 2**20

LOOP = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
SLOW = {
    "nested loops": LOOP,
    "a macro that calls itself twice": (
        "{% macro m(n) %}{% if n %}{% set x = m(n - 1) ~ m(n - 1) %}{% endif %}{% endmacro %}"
        "{{ m(60) }}"
    ),
    "a power": "{{ 9 ** (9 ** 9) }}",
    "a power that a filter takes": "{{ 2 | round(10 ** 9, 'ceil') }}",
    "a hash of tuples that share": (
        "{% set x = (1, 1) %}" + "{% set x = (x, x) %}" * 60 + "{{ {x: 1} }}"
    ),
    "a comparison of lists that share": (
        "{% set x = [1] %}{% set y = [1] %}"
        + "{% set x = [x, x] %}{% set y = [y, y] %}" * 60
        + "{{ x == y }}"
    ),
}
LARGE = {
    "a text many times": "{{ 'a' * 10 ** 10 }}",
    "a list many times": "{{ ([0] * 10 ** 10) | length }}",
    "doubling by ~": "{% set x = 'a' * 1000 %}" + "{% set x = x ~ x %}" * 40 + "{{ x | length }}",
    "doubling by +": "{% set x = 'a' * 1000 %}" + "{% set x = x + x %}" * 40 + "{{ x | length }}",
    "doubling in a loop": (
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}"
        "{% set ns.x = ns.x ~ ns.x %}{% endfor %}"
    ),
    "doubling by a block": "{% set x %}aaaaaaaa{% endset %}"
    + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40,
    "a join": "{{ (['a' * 10 ** 6] * 10 ** 6) | join | length }}",
    "a replacement": "{{ ('a' * 10 ** 6).replace('a', 'b' * 10 ** 6) | length }}",
    "a width of format": "{{ '{:9999999999}'.format(1) | length }}",
    "a width of %": "{{ ('%9999999999d' % 1) | length }}",
    "a width of center": "{{ 'a' | center(10 ** 10) | length }}",
    "an indent": "{{ [1] | tojson(indent=10 ** 9) | length }}",
    "JSON of lists that share": (
        "{% set x = ['a'] %}" + "{% set x = [x, x] %}" * 60 + "{{ x | tojson | length }}"
    ),
}
DEEP = {
    "a macro without an end": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a deep expression": "{{ " + "(" * 10_000 + "1" + ")" * 10_000 + " }}",
    "deep blocks": "{% if 1 %}" * 3_000 + "{% endif %}" * 3_000,
}
LONG = {
    "much text": "{{ 'a' * 10001 }}",
    "much text in pieces": "{% for i in range(10001) %}a{% endfor %}",
    "text without an end": "{% for i in range(99999) %}{% for j in range(99999) %}a{% endfor %}"
    "{% endfor %}",
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(Limits(SECONDS, MEMORY, 10_000))


@pytest.mark.parametrize("source", [*SLOW.values(), *LARGE.values()], ids=[*SLOW, *LARGE])
def test_what_takes_too_much_is_ended(renderer: Renderer, source: str) -> None:
    assert renderer.render("ready", {}) == "ready"
    started = time.monotonic()
    with pytest.raises(TemplateFailure) as caught:
        renderer.render(source, {})
    assert caught.value.kind == "excess"
    assert time.monotonic() - started < SECONDS + 5
    assert renderer.render("{{ 1 + 1 }}", {}) == "2"


@pytest.mark.parametrize("source", [*DEEP.values(), *LONG.values()], ids=[*DEEP, *LONG])
def test_what_nests_too_deeply_or_says_too_much_is_refused(renderer: Renderer, source: str) -> None:
    with pytest.raises(TemplateFailure) as caught:
        renderer.render(source, {})
    assert caught.value.kind == "excess"
    assert renderer.render("{{ 1 + 1 }}", {}) == "2"


def test_a_range_is_bounded_by_the_sandbox(renderer: Renderer) -> None:
    with pytest.raises(TemplateFailure) as caught:
        renderer.render("{{ range(10 ** 9) | list | length }}", {})
    assert caught.value.kind == "failed"


def test_the_user_reads_one_sentence() -> None:
    template = ChatTemplate(LOOP, "", "", renderer=Renderer(Limits(seconds=0.1)))
    with pytest.raises(RequestError, match="too much time or memory") as caught:
        template.render((Turn("system", "Be brief."), Turn("user", "Hi")))
    assert caught.value.advice


def test_a_long_conversation_is_within_the_limits() -> None:
    turns = [Turn("user", "Grüße! " * 100_000), Turn("assistant", "world " * 100_000)] * 4
    source = "{% for message in messages %}{{ message.content }}{% endfor %}"
    assert len(ChatTemplate(source, "", "").render(turns).text) > 5_000_000


def test_data_that_is_nested_too_deeply_is_refused(renderer: Renderer) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TemplateFailure) as caught:
        renderer.render("{{ deep }}", {"deep": deep})
    assert caught.value.kind == "excess"
    assert renderer.render("{{ 1 + 1 }}", {}) == "2"


def test_a_process_that_was_ended_from_outside_is_replaced() -> None:
    before = started_processes()
    renderer = Renderer()
    assert renderer.render("a", {}) == "a"
    (process,) = started_processes() - before
    process.kill()
    process.wait(10)
    assert renderer.render("b", {}) == "b"


def test_the_process_ends_with_its_renderer() -> None:
    before = started_processes()
    renderer = Renderer()
    assert renderer.render("a", {}) == "a"
    (process,) = started_processes() - before
    del renderer
    process.wait(10)


def test_a_process_whose_parent_is_gone_ends_nevertheless() -> None:
    with subprocess.Popen(
        command("alcove.engine.templates"),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        for request in ({"seconds": 0.1, "characters": 1}, {"source": LOOP, "variables": {}}):
            process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        assert process.wait(10) == 1


def test_a_process_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(RequestError, match="did not start"):
        Renderer()


def test_a_process_that_ends_at_its_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    renderer = Renderer()
    with pytest.raises(RequestError, match="did not start"):
        renderer.render("a", {})
    monkeypatch.delenv("PYTHONHOME")
    assert renderer.render("a", {}) == "a"


def started_processes() -> set[psutil.Process]:
    return set(psutil.Process().children())
