"""How families whose marks are text write."""

from __future__ import annotations

import json

from alcove.engine.formats import families
from engine.formats.answers import PARIS, ROME
from engine.formats.writer import Writer, named, objects, tagged

_ONE = '{"name": "get_weather", "arguments": {"city": "Paris", "days": 2}}'
_NO_JSON = '{"name": "get_weather", "arguments": {oops}}'
_QWEN = "<function=get_weather>\n<parameter=city>\n"
_GLM = "get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n"
_DSML = '<｜DSML｜invoke name="get_weather">\n'
_M3 = "]<]minimax[>["

WRITERS = (
    Writer(
        families.HERMES,
        *objects("<tool_call>\n", "\n</tool_call>"),
        broken=(f"<tool_call>\n{_NO_JSON}\n</tool_call>",) * 2,
        cut=(f"<tool_call>\n{_ONE}", None),
    ),
    Writer(
        families.FUNCTION_TAGS,
        *tagged(
            "<tool_call>\n<function=get_weather>\n",
            "<parameter=KEY>\nVALUE\n</parameter>\n",
            "</function>\n</tool_call>",
        ),
        broken=("<tool_call>\n<function=get_weather>\nParis\n</function>\n</tool_call>",) * 2,
        cut=(f"<tool_call>\n{_QWEN}Paris\n</parameter>\n",) * 2,
    ),
    Writer(
        families.SEED,
        *tagged(
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
        *tagged(
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
        *tagged(
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
        *objects(""),
        broken=(f"<tool_calls>\n{_NO_JSON}\n</tool_calls>",) * 2,
        cut=(f"<tool_calls>\n{_ONE}\n", None),
        around=("<tool_calls>\n", "\n</tool_calls>"),
    ),
    Writer(
        families.MINIMAX_M2,
        *tagged(
            '<invoke name="get_weather">\n',
            '<parameter name="KEY">VALUE</parameter>\n',
            "</invoke>",
        ),
        broken=("<minimax:tool_call>\nget_weather()\n</minimax:tool_call>",) * 2,
        cut=('<minimax:tool_call>\n<invoke name="get_weather">\n',) * 2,
        around=("<minimax:tool_call>\n", "\n</minimax:tool_call>"),
    ),
    Writer(
        families.MINIMAX_M3,
        *tagged(
            f'{_M3}<invoke name="get_weather">', f"{_M3}<KEY>VALUE{_M3}</KEY>", f"{_M3}</invoke>"
        ),
        broken=(f"{_M3}<tool_call>\nno{_M3}</tool_call>", "<tool_call>\nno</tool_call>"),
        cut=(f'{_M3}<tool_call>\n{_M3}<invoke name="f">', '<tool_call><invoke name="f">'),
        reasoning="<mm:think>%</mm:think>",
        around=(f"{_M3}<tool_call>\n", f"\n{_M3}</tool_call>"),
    ),
    Writer(
        families.COMMAND_R,
        *objects("", name="tool_name", arguments="parameters"),
        broken=("Action:\n```json\n[{oops}]\n```",) * 2,
        cut=(f"Action: ```json\n[\n{_ONE}", None),
        reasoning="",
        between=",\n",
        around=("Action:\n```json\n[\n", "\n]```"),
    ),
    Writer(
        families.OLMO_3,
        'get_weather(city="Paris", days=2)',
        f"get_weather(city={json.dumps(ROME[1]['city'], ensure_ascii=False)})",
        broken=("<function_calls>get_weather(Paris)</function_calls>",) * 2,
        cut=("<function_calls>get_weather(city='Par",) * 2,
        around=("<function_calls>", "</function_calls>"),
    ),
    Writer(
        families.MINICPM,
        *tagged(
            '<function name="get_weather">',
            '<param name="KEY"><![CDATA[VALUE]]></param>',
            "</function>",
        ),
        broken=('<function name="get_weather">Paris</function>',) * 2,
        cut=('<function name="get_weather"><param name="city">Paris</param>',) * 2,
    ),
    Writer(
        families.NEMOTRON_2,
        *objects(""),
        broken=(f"<TOOLCALL>[{_NO_JSON}]</TOOLCALL>",) * 2,
        cut=(f"<TOOLCALL>[{_ONE}", None),
        between=", ",
        around=("<TOOLCALL>[", "]</TOOLCALL>"),
    ),
    Writer(
        families.APRIEL,
        *objects(""),
        broken=(f"<tool_calls>[{_NO_JSON}]</tool_calls>",) * 2,
        cut=(f"<tool_calls>[{_ONE}", None),
        reasoning="Here are my reasoning steps:\n%[BEGIN FINAL RESPONSE]\n",
        between=", ",
        around=("<tool_calls>[", "]</tool_calls>"),
    ),
    Writer(
        families.DSML,
        *tagged(
            _DSML,
            '<｜DSML｜parameter name="KEY" string="true">VALUE</｜DSML｜parameter>\n',
            "</｜DSML｜invoke>",
        ),
        broken=("<｜DSML｜function_calls>\n<b>\n",) * 2,
        cut=(f"<｜DSML｜tool_calls>\n{_DSML}",) * 2,
        around=("<｜DSML｜function_calls>\n", "\n</｜DSML｜function_calls>"),
    ),
    Writer(
        families.FUNCTIONARY_3_2,
        *named(">>>get_weather\n"),
        broken=(">>> print(1)\n",) * 2,
        cut=(f">>>get_weather\n{json.dumps(PARIS[1])}", None),
        reasoning="",
        text=">>>all\n%",
        between="",
    ),
    Writer(
        families.FUNCTOOLS,
        *objects(""),
        broken=("import functools\n\n\n@functools.cache\n",) * 2,
        cut=(f"functools[{_ONE}", None),
        between=", ",
        around=("functools[", "]"),
    ),
)
