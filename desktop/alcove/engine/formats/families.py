"""The formats of families of models whose marks are text, one row each."""

from __future__ import annotations

from alcove.engine.formats.elements import NAMESPACE, minimax
from alcove.engine.formats.format import Fence, Format
from alcove.engine.formats.framed import FramedArguments
from alcove.engine.formats.frames import Nesting
from alcove.engine.formats.json_calls import JsonCalls, json_calls, listed_calls
from alcove.engine.formats.named_calls import NamedCalls
from alcove.engine.formats.notations import pythonic
from alcove.engine.formats.syntaxes import (
    BARE_FUNCTION_TAGS,
    FUNCTOOLS_CALLS,
    NAMED_TAGS,
    PYTHON,
    THINK,
    argument_tags,
    function_tags,
    invocations,
)
from alcove.engine.formats.whole_calls import WholeCalls
from alcove.engine.formats.writing import Writing

_HERMES = json_calls("<tool_call>", "</tool_call>", padding="\n")

PLAIN = Format("plain", THINK)
"""Models that call no tools, or that nothing is known of: Gemma 3, Phi 4, SmolLM2."""

HERMES = Format("Hermes", THINK, calls=(_HERMES, JsonCalls("")))
"""Qwen 2.5 and 3, QwQ, Hermes, Granite 4, SmolLM3, Reka and many others.

Qwen2.5-Coder likes to leave the marks out.
"""

FUNCTION_TAGS = Format(
    "function tags", THINK, calls=(function_tags("tool_call", "\n"), _HERMES, BARE_FUNCTION_TAGS)
)
"""Qwen3-Coder, Qwen 3.5 and later, Nemotron 3, Step 3.5."""

SEED = Format(
    "Seed", (Fence("<seed:think>", "</seed:think>"),), calls=(function_tags("seed:tool_call"),)
)

GLM = Format(
    "GLM",
    THINK,
    calls=(argument_tags(),),
    tokens=("<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"),
)
"""GLM 4.5 and later, Ling 3, Spark, Laguna."""

HUNYUAN = Format(
    "Hunyuan",
    (Fence("<think:opensource>", "</think:opensource>"),),
    calls=(argument_tags(":opensource"),),
    hidden=("<tool_calls:opensource>", "</tool_calls:opensource>"),
    tokens=(
        "<tool_sep:opensource>",
        "<arg_key:opensource>",
        "</arg_key:opensource>",
        "<arg_value:opensource>",
        "</arg_value:opensource>",
    ),
)

MINIMAX_M1 = Format(
    "MiniMax M1",
    THINK,
    calls=(json_calls("<tool_calls>", "</tool_calls>", padding="\n", together=True),),
)

MINIMAX_M2 = Format("MiniMax M2", THINK, calls=(invocations("minimax:tool_call"),))

MINIMAX_M3 = Format(
    "MiniMax M3",
    (Fence("<mm:think>", "</mm:think>"),),
    calls=(
        WholeCalls(
            f"{NAMESPACE}<tool_call>",
            f"{NAMESPACE}</tool_call>",
            lead=f"{NAMESPACE}<invoke ",
            read=minimax,
            writing=Writing(
                f'{NAMESPACE}<invoke name="{{name}}">',
                f"{NAMESPACE}</invoke>\n",
                f"{NAMESPACE}<tool_call>\n",
                end=f"{NAMESPACE}</tool_call>",
                arguments=FramedArguments(
                    f"{NAMESPACE}<{{key}}>",
                    f"{NAMESPACE}</{{key}}>",
                    NAMESPACE,
                    nested=Nesting(item=(f"{NAMESPACE}<item>", f"{NAMESPACE}</item>")),
                ),
            ),
        ),
    ),
    hidden=(NAMESPACE, "</mm:think>"),
)
"""Answers without reasoning begin with the mark that ends it."""

MINICPM = Format("MiniCPM", THINK, calls=(NAMED_TAGS,))

NEMOTRON_2 = Format("Nemotron 2", THINK, calls=(listed_calls("<TOOLCALL>", "</TOOLCALL>"),))

APRIEL = Format(
    "Apriel",
    (Fence("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),),
    calls=(listed_calls("<tool_calls>", "</tool_calls>", last=', "id": "{id}"'),),
    hidden=("[BEGIN FINAL RESPONSE]", "[END FINAL RESPONSE]"),
)

_DSML = tuple(
    invocations(f"｜DSML｜{block}", "｜DSML｜", kind=' string="{kind}"')
    for block in ("function_calls", "tool_calls")
)

DSML = Format("DeepSeek V3.2", THINK, calls=_DSML, tokens=("｜DSML｜",))

DSML_4 = Format("DeepSeek V4", THINK, calls=_DSML[::-1], tokens=("｜DSML｜",))

FUNCTIONARY_3_2 = Format(
    "Functionary 3.2",
    plain=(Fence(">>>all\n", "", anywhere=True),),
    calls=(NamedCalls(">>>", header=r"(?P<name>[^\s>]+)\n\s*", writing=Writing(">>>{name}\n")),),
)

FUNCTOOLS = Format("functools", THINK, calls=(FUNCTOOLS_CALLS,))
"""Firefunction 2."""

COMMAND_R = Format(
    "Command R+",
    calls=tuple(
        JsonCalls(
            f"Action:{space}```json",
            "```",
            writing=Writing(
                '    {\n        "tool_name": "{name}",\n        "parameters": ',
                "\n    }",
                f"Action:{space}```json\n[\n",
                ",\n",
                "\n]```",
            ),
        )
        for space in ("\n", " ", "")
    ),
)
"""It calls the function "directly-answer" where it wants to call none."""

OLMO_3 = Format(
    "Olmo 3",
    THINK,
    calls=(
        WholeCalls(
            "<function_calls>",
            "</function_calls>",
            read=pythonic,
            writing=Writing(
                "{name}(", ")", "<function_calls>", "\n", "</function_calls>", arguments=PYTHON
            ),
        ),
    ),
)
"""Calls as Python writes them, one in each line."""
