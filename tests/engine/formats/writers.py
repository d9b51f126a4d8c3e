"""How each family of models writes: the answers that every one of them is to be read in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from alcove.engine.formats import Format, families, token_families
from engine.formats.answers import PARIS, ROME, Sample


@dataclass(frozen=True)
class Writer:
    """How a family writes; ``%`` stands for what is written.

    ``paris`` and ``rome`` are the calls PARIS and ROME, ``around`` what is around all of them.
    ``broken`` is a call that is none, as it is written and as it is shown; so is ``cut``, the
    call PARIS when the answer ends within it: it is shown as text, or as a call if that is None.
    """

    form: Format
    paris: str
    rome: str
    broken: tuple[str, str]
    cut: tuple[str, str | None]
    reasoning: str = "<think>\n%</think>\n\n"
    text: str = "%"
    between: str = "\n"
    around: tuple[str, str] = ("", "")
    turn: str = ""

    def samples(self) -> Iterable[Sample]:
        """Yield the answers that every family is to be read in."""
        form, (begin, end) = self.form, self.around
        hello, said = self.text.replace("%", "Hello.\nYou\n"), "Hello.\nYou"
        said += "\n" if self.text.endswith("%") else ""  # what comes before a mark belongs to it
        think = self.reasoning.replace("%", "R <b> {")
        paris, both = begin + self.paris + end, begin + self.paris + self.between + self.rome + end
        yield Sample(form, hello, said)
        yield Sample(form, paris, calls=(PARIS,))
        yield Sample(form, both, calls=(PARIS, ROME))
        yield Sample(form, self.broken[0], self.broken[1])
        cut, shown = self.cut
        yield Sample(form, cut, shown or "", calls=() if shown else (PARIS,))
        if self.reasoning:
            yield Sample(form, think + self.turn + hello, said, "R <b> {")
            yield Sample(form, think + self.turn + both, "", "R <b> {", (PARIS, ROME))
            yield Sample(form, think, "", "R <b> {")
        if form.calls[:1] != token_families.LLAMA_3.calls[:1]:
            yield Sample(form, hello + self.turn + paris, "Hello.\nYou", calls=(PARIS,))


def _tagged(begin: str, parameter: str, end: str) -> tuple[str, str]:
    """Return the two calls with each argument written as ``parameter``, its key and its value."""
    city, days, rome = (
        parameter.replace("KEY", key).replace("VALUE", value)
        for key, value in (("city", "Paris"), ("days", "2"), ("city", str(ROME[1]["city"])))
    )
    return begin + city + days + end, begin + rome + end


def _objects(
    before: str, after: str = "", *, arguments: str = "arguments", name: str = "name"
) -> tuple[str, str]:
    """Return the two calls as JSON objects between two texts."""
    paris, rome = (
        before + json.dumps({name: function, arguments: given}, ensure_ascii=False) + after
        for function, given in (PARIS, ROME)
    )
    return paris, rome


def _named(before: str, after: str = "") -> tuple[str, str]:
    """Return the two calls as their arguments behind a text with their name."""
    return f"{before}{json.dumps(PARIS[1])}{after}", f"{before}{json.dumps(ROME[1])}{after}"


_ONE = '{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}'
_NO_JSON = '{"name": "get_weather", "arguments": {oops}}'
_QWEN = "<function=get_weather>\n<parameter=city>\n"
_GLM = "get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n"
_DSML = '<｜DSML｜invoke name="get_weather">\n'
_DEEPSEEK = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")
_KIMI = ("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>")

WRITERS = (
    Writer(
        families.HERMES,
        *_objects("<tool_call>\n", "\n</tool_call>"),
        broken=(f"<tool_call>\n{_NO_JSON}\n</tool_call>",) * 2,
        cut=(f"<tool_call>\n{_ONE}", None),
    ),
    Writer(
        families.FUNCTION_TAGS,
        *_tagged(
            "<tool_call>\n<function=get_weather>\n",
            "<parameter=KEY>\nVALUE\n</parameter>\n",
            "</function>\n</tool_call>",
        ),
        broken=("<tool_call>\n<function=get_weather>\nParis\n</function>\n</tool_call>",) * 2,
        cut=(f"<tool_call>\n{_QWEN}Paris\n</parameter>\n",) * 2,
    ),
    Writer(
        families.SEED,
        *_tagged(
            "<seed:tool_call>\n<function=get_weather>\n",
            "<parameter=KEY>VALUE</parameter>\n",
            "</function>\n</seed:tool_call>",
        ),
        broken=("<seed:tool_call>\nget_weather(Paris)\n</seed:tool_call>",) * 2,
        cut=("<seed:tool_call>\n<function=get_weather>\n<parameter=city>Par",) * 2,
        reasoning="<seed:think>%</seed:think>\n",
    ),
    Writer(
        families.GLM,
        *_tagged(
            "<tool_call>get_weather\n",
            "<arg_key>KEY</arg_key>\n<arg_value>VALUE</arg_value>\n",
            "</tool_call>",
        ),
        broken=("<tool_call>get_weather\n<arg_key>city\n</tool_call>",) * 2,
        cut=(f"<tool_call>{_GLM}",) * 2,
        reasoning="\n<think>%</think>\n",
    ),
    Writer(
        families.HUNYUAN,
        *_tagged(
            "<tool_call:opensource>get_weather<tool_sep:opensource>\n",
            "<arg_key:opensource>KEY</arg_key:opensource>\n"
            "<arg_value:opensource>VALUE</arg_value:opensource>\n",
            "</tool_call:opensource>",
        ),
        broken=("<tool_call:opensource>get the weather</tool_call:opensource>",) * 2,
        cut=("<tool_call:opensource>get_weather<tool_sep:opensource>\n",) * 2,
        reasoning="<think:opensource>%</think:opensource>",
        around=("<tool_calls:opensource>\n", "\n</tool_calls:opensource>"),
    ),
    Writer(
        families.MINIMAX_M1,
        *_objects(""),
        broken=(f"<tool_calls>\n{_NO_JSON}\n</tool_calls>",) * 2,
        cut=(f"<tool_calls>\n{_ONE}\n", None),
        around=("<tool_calls>\n", "\n</tool_calls>"),
    ),
    Writer(
        families.MINIMAX_M2,
        *_tagged(
            '<invoke name="get_weather">\n',
            '<parameter name="KEY">VALUE</parameter>\n',
            "</invoke>",
        ),
        broken=("<minimax:tool_call>\nget_weather()\n</minimax:tool_call>",) * 2,
        cut=('<minimax:tool_call>\n<invoke name="get_weather">\n',) * 2,
        around=("<minimax:tool_call>\n", "\n</minimax:tool_call>"),
    ),
    Writer(
        families.MINICPM,
        *_tagged(
            '<function name="get_weather">',
            '<param name="KEY"><![CDATA[VALUE]]></param>',
            "</function>",
        ),
        broken=('<function name="get_weather">Paris</function>',) * 2,
        cut=('<function name="get_weather"><param name="city">Paris</param>',) * 2,
    ),
    Writer(
        families.NEMOTRON_2,
        *_objects(""),
        broken=(f"<TOOLCALL>[{_NO_JSON}]</TOOLCALL>",) * 2,
        cut=(f"<TOOLCALL>[{_ONE}", None),
        between=", ",
        around=("<TOOLCALL>[", "]</TOOLCALL>"),
    ),
    Writer(
        families.APRIEL,
        *_objects(""),
        broken=(f"<tool_calls>[{_NO_JSON}]</tool_calls>",) * 2,
        cut=(f"<tool_calls>[{_ONE}", None),
        reasoning="Here are my reasoning steps:\n%[BEGIN FINAL RESPONSE]\n",
        between=", ",
        around=("<tool_calls>[", "]</tool_calls>"),
    ),
    Writer(
        token_families.DEEPSEEK_R1,
        *_named(
            "<｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n",
            "\n```<｜tool▁call▁end｜>",
        ),
        broken=(
            "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get weather{}",
            "functionget weather{}",
        ),
        cut=(
            f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n{json.dumps(PARIS[1])}",
            None,
        ),
        around=_DEEPSEEK,
    ),
    Writer(
        token_families.DEEPSEEK_V3,
        *_named("<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>", "<｜tool▁call▁end｜>"),
        broken=("<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{oops", "get_weather{oops"),
        cut=(f"<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{json.dumps(PARIS[1])}", None),
        between="",
        around=_DEEPSEEK,
    ),
    Writer(
        families.DSML,
        *_tagged(
            _DSML,
            '<｜DSML｜parameter name="KEY" string="true">VALUE</｜DSML｜parameter>\n',
            "</｜DSML｜invoke>",
        ),
        broken=("<｜DSML｜function_calls>\n<b>\n",) * 2,
        cut=(f"<｜DSML｜tool_calls>\n{_DSML}",) * 2,
        around=("<｜DSML｜function_calls>\n", "\n</｜DSML｜function_calls>"),
    ),
    Writer(
        token_families.KIMI_K2,
        *_named(
            "<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>",
            "<|tool_call_end|>",
        ),
        broken=(
            "<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>[1]",
            "functions.get_weather:0[1]",
        ),
        cut=(
            "<|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>"
            f"{json.dumps(PARIS[1])}",
            None,
        ),
        reasoning="<think>%</think>",
        between="",
        around=_KIMI,
    ),
    Writer(
        token_families.KIMI_K3,
        *_tagged(
            '<|open|>call tool="get_weather" index="1"<|sep|>',
            '<|open|>argument key="KEY" type="string"<|sep|>VALUE<|close|>argument<|sep|>',
            "<|close|>call<|sep|>",
        ),
        broken=("<|open|>tools<|sep|>get_weather()<|close|>tools<|sep|>", "get_weather()"),
        cut=('<|open|>tools<|sep|><|open|>call tool="f"<|sep|>', 'call tool="f"'),
        reasoning="<|open|>think<|sep|>%<|close|>think<|sep|>",
        text="<|open|>response<|sep|>%<|close|>response<|sep|>",
        between="",
        around=("<|open|>tools<|sep|>", "<|close|>tools<|sep|><|close|>message<|sep|>"),
    ),
    Writer(
        token_families.HARMONY,
        *_named(
            "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>",
            "<|call|>",
        ),
        broken=("<|channel|>commentary to=functions.f<|message|>{oops}<|call|>", "{oops}"),
        cut=(
            "<|channel|>commentary to=functions.get_weather<|message|>" + json.dumps(PARIS[1]),
            None,
        ),
        reasoning="<|channel|>analysis<|message|>%<|end|>",
        text="<|channel|>final<|message|>%<|end|>",
        between="<|start|>assistant",
        turn="<|start|>assistant",
    ),
    Writer(
        token_families.MUSE,
        *_tagged(
            ' to=get_weather<|message|><atem:function_calls>\n<atem:invoke name="get_weather">\n',
            '<atem:parameter name="KEY">VALUE</atem:parameter>\n',
            "</atem:invoke>\n</atem:function_calls><|eom|>",
        ),
        broken=(" to=get_weather<|message|>Paris<|eom|>", "Paris"),
        cut=(" to=f<|message|><atem:function_calls>\n", "<atem:function_calls>\n"),
        reasoning=" to=self<|message|>%<|eom|>",
        text=" to=user<|message|>%<|eom|>",
        between="<|start|>assistant",
        turn="<|start|>assistant",
    ),
    Writer(
        token_families.SOLAR,
        *_named(
            "<|tool_call:begin|>a1b2c3<|tool_call:name|>get_weather<|tool_call:args|>",
            "<|tool_call:end|>",
        ),
        broken=("<|tool_calls|><|tool_call:begin|>get_weather{}<|tool_call:end|>", "get_weather{}"),
        cut=(
            "<|tool_call:begin|>a1b2c3<|tool_call:name|>get_weather<|tool_call:args|>"
            + json.dumps(PARIS[1]),
            None,
        ),
        reasoning="<|think|>%<|end|>",
        text="<|content|>%<|end|>",
        between="",
        around=("<|tool_calls|>", "<|calls|>"),
        turn="<|begin|>assistant",
    ),
    Writer(
        token_families.GEMMA_4,
        '<|tool_call>call:get_weather{city:<|"|>Paris<|"|>,days:2}<tool_call|>',
        f'<|tool_call>call:get_weather{{city:<|"|>{ROME[1]["city"]}<|"|>}}<tool_call|>',
        broken=('<|tool_call>call:get_weather{city:<|"|>Par', "call:get_weather{city:Par"),
        cut=('<|tool_call>call:get_weather{city:<|"|>Paris<|"|>,days:2}', None),
        reasoning="<|channel>thought\n%<channel|>",
        between="",
    ),
    Writer(
        token_families.MISTRAL,
        *_named("[TOOL_CALLS]get_weather[ARGS]"),
        broken=("[TOOL_CALLS]get_weather[ARGS]{oops}", "get_weather{oops}"),
        cut=('[TOOL_CALLS]get_weather[ARGS]{"city": "Paris", "days": 2}', None),
        reasoning="[THINK]%[/THINK]",
        between="",
    ),
    Writer(
        token_families.MISTRAL_LIST,
        *_objects(""),
        broken=(f"[TOOL_CALLS][{_NO_JSON}]", f"[{_NO_JSON}]"),
        cut=(f"[TOOL_CALLS][{_ONE[:-1]}", None),
        reasoning="[THINK]%[/THINK]",
        between=", ",
        around=("[TOOL_CALLS][", "]"),
    ),
    Writer(
        token_families.LLAMA_3,
        *_objects("", arguments="parameters"),
        broken=('{"name": "get_weather", "parameters": oops}',) * 2,
        cut=('{"name": "get_weather", "parameters": {"city": "Paris", "days": 2}', None),
        between="; ",
    ),
    Writer(
        token_families.FUNCTIONARY_3_1,
        *_named("<function=get_weather>", "</function>"),
        broken=("<function=get_weather>oops</function>",) * 2,
        cut=(f"<function=get_weather>{json.dumps(PARIS[1])}", None),
        between="",
    ),
    Writer(
        families.FUNCTIONARY_3_2,
        *_named(">>>get_weather\n"),
        broken=(">>> print(1)\n",) * 2,
        cut=(f">>>get_weather\n{json.dumps(PARIS[1])}", None),
        reasoning="",
        text=">>>all\n%",
        between="",
    ),
    Writer(
        token_families.COHERE,
        *_objects("", name="tool_name", arguments="parameters"),
        broken=("<|START_ACTION|>[{oops}]<|END_ACTION|>", "[{oops}]"),
        cut=(f"<|START_ACTION|>[\n{_ONE}", None),
        reasoning="<|START_THINKING|>%<|END_THINKING|>",
        text="<|START_RESPONSE|>%<|END_RESPONSE|>",
        between=",\n    ",
        around=("<|START_ACTION|>[\n    ", "\n]<|END_ACTION|>"),
    ),
    Writer(
        token_families.LFM_2,
        "get_weather(city='Paris', days=2)",
        f"get_weather(city='{ROME[1]['city']}')",
        broken=("<|tool_call_start|>[get_weather(city=<|tool_call_end|>", "[get_weather(city="),
        cut=("<|tool_call_start|>[get_weather(city='Paris', days=2)]", None),
        between=", ",
        around=("<|tool_call_start|>[", "]<|tool_call_end|>"),
    ),
    Writer(
        token_families.GRANITE_3,
        *_objects(""),
        broken=(f"<|tool_call|>[{_NO_JSON}]", f"[{_NO_JSON}]"),
        cut=(f"<|tool_call|>[{_ONE}", None),
        between=", ",
        around=("<|tool_call|>[", "]"),
    ),
    Writer(
        token_families.PHI_4_MINI,
        *_objects(""),
        broken=(f"<|tool_call|>{_NO_JSON}<|/tool_call|>", _NO_JSON),
        cut=(f"functools[{_ONE}", None),
        between=", ",
        around=("<|tool_call|>[", "]<|/tool_call|>"),
    ),
    Writer(
        families.FUNCTOOLS,
        *_objects(""),
        broken=("import functools\n\n\n@functools.cache\n",) * 2,
        cut=(f"functools[{_ONE}", None),
        between=", ",
        around=("functools[", "]"),
    ),
    Writer(
        token_families.APERTUS,
        json.dumps({PARIS[0]: PARIS[1]}),
        json.dumps({ROME[0]: ROME[1]}),
        broken=("<|tools_prefix|>[1]<|tools_suffix|>", "[1]"),
        cut=(f"<|tools_prefix|>[{json.dumps({PARIS[0]: PARIS[1]})}]", None),
        reasoning="<|inner_prefix|>%<|inner_suffix|>",
        between=", ",
        around=("<|tools_prefix|>[", "]<|tools_suffix|>"),
    ),
    Writer(
        token_families.GIGACHAT,
        *_objects("<|function_call|>"),
        broken=(f"function call<|role_sep|>\n{_NO_JSON}", f"\n{_NO_JSON}"),
        cut=(f"function call<|role_sep|>\n{_ONE[:-1]}", None),
        between="<|message_sep|>\n\n",
    ),
)

SAMPLES = tuple(sample for writer in WRITERS for sample in writer.samples())
