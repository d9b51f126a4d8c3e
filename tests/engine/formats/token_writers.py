"""How families whose marks are control tokens write."""

from __future__ import annotations

import json

from alcove.engine.formats import message_families, token_families
from engine.formats.answers import PARIS, ROME
from engine.formats.writer import Writer, named, objects, tagged

_ONE = '{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}'
_NO_JSON = '{"name": "get_weather", "arguments": {oops}}'
_DEEPSEEK = ("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>")
_KIMI = ("<|tool_calls_section_begin|>", "<|tool_calls_section_end|>")

WRITERS = (
    Writer(
        token_families.DEEPSEEK_R1,
        *named(
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
        *named("<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>", "<｜tool▁call▁end｜>"),
        broken=("<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{oops", "get_weather{oops"),
        cut=(f"<｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>{json.dumps(PARIS[1])}", None),
        between="",
        around=_DEEPSEEK,
    ),
    Writer(
        token_families.KIMI_K2,
        *named(
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
        message_families.KIMI_K3,
        *tagged(
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
        message_families.HARMONY,
        *named(
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
        message_families.MUSE,
        *tagged(
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
        message_families.SOLAR,
        *named(
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
        *named("[TOOL_CALLS]get_weather[ARGS]"),
        broken=("[TOOL_CALLS]get_weather[ARGS]{oops}", "get_weather{oops}"),
        cut=('[TOOL_CALLS]get_weather[ARGS]{"city": "Paris", "days": 2}', None),
        reasoning="[THINK]%[/THINK]",
        between="",
    ),
    Writer(
        token_families.MISTRAL_LIST,
        *objects(""),
        broken=(f"[TOOL_CALLS][{_NO_JSON}]", f"[{_NO_JSON}]"),
        cut=(f"[TOOL_CALLS][{_ONE[:-1]}", None),
        reasoning="[THINK]%[/THINK]",
        between=", ",
        around=("[TOOL_CALLS][", "]"),
    ),
    Writer(
        token_families.LLAMA_3,
        *objects("", arguments="parameters"),
        broken=('{"name": "get_weather", "parameters": oops}',) * 2,
        cut=('{"name": "get_weather", "parameters": {"city": "Paris", "days": 2}', None),
        between="; ",
    ),
    Writer(
        token_families.FUNCTIONARY_3_1,
        *named("<function=get_weather>", "</function>"),
        broken=("<function=get_weather>oops</function>",) * 2,
        cut=(f"<function=get_weather>{json.dumps(PARIS[1])}", None),
        between="",
    ),
    Writer(
        token_families.COHERE,
        *objects("", name="tool_name", arguments="parameters"),
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
        *objects(""),
        broken=(f"<|tool_call|>[{_NO_JSON}]", f"[{_NO_JSON}]"),
        cut=(f"<|tool_call|>[{_ONE}", None),
        between=", ",
        around=("<|tool_call|>[", "]"),
    ),
    Writer(
        token_families.PHI_4_MINI,
        *objects(""),
        broken=(f"<|tool_call|>{_NO_JSON}<|/tool_call|>", _NO_JSON),
        cut=(f"functools[{_ONE}", None),
        between=", ",
        around=("<|tool_call|>[", "]<|/tool_call|>"),
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
        *objects("<|function_call|>"),
        broken=(f"function call<|role_sep|>\n{_NO_JSON}", f"\n{_NO_JSON}"),
        cut=(f"function call<|role_sep|>\n{_ONE[:-1]}", None),
        between="<|message_sep|>\n\n",
    ),
)
