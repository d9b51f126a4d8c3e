"""The formats of families of models whose marks are control tokens, one row each."""

from __future__ import annotations

from dataclasses import replace

from alcove.engine.formats import notations
from alcove.engine.formats.format import Fence, Format
from alcove.engine.formats.framed import FramedArguments
from alcove.engine.formats.frames import Nesting
from alcove.engine.formats.json_calls import JsonCalls, listed_calls
from alcove.engine.formats.named_calls import NamedCalls
from alcove.engine.formats.syntaxes import FUNCTOOLS_CALLS, PYTHON, THINK
from alcove.engine.formats.whole_calls import WholeCalls
from alcove.engine.formats.writing import Writing

_DEEPSEEK_MARKS = (
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁sep｜>",
    "<｜tool▁call▁end｜>",
    "<｜tool▁calls▁end｜>",
)

_DEEPSEEK_HEADER = (
    r"\s*(?:function<｜tool▁sep｜>)?(?P<name>[^\s<`]+)(?:<｜tool▁sep｜>)?\s*(?:```json)?\s*"
)

DEEPSEEK_R1 = Format(
    "DeepSeek R1",
    THINK,
    calls=(
        NamedCalls(
            "<｜tool▁call▁begin｜>",
            "<｜tool▁call▁end｜>",
            header=_DEEPSEEK_HEADER,
            writing=Writing(
                "<｜tool▁call▁begin｜>function<｜tool▁sep｜>{name}\n```json\n",
                "\n```<｜tool▁call▁end｜>",
                "<｜tool▁calls▁begin｜>",
                "\n",
                "<｜tool▁calls▁end｜>",
            ),
        ),
    ),
    hidden=_DEEPSEEK_MARKS,
)

DEEPSEEK_V3 = Format(
    "DeepSeek V3.1",
    THINK,
    calls=(
        NamedCalls(
            "<｜tool▁call▁begin｜>",
            "<｜tool▁call▁end｜>",
            header=_DEEPSEEK_HEADER,
            writing=Writing(
                "<｜tool▁call▁begin｜>{name}<｜tool▁sep｜>",
                "<｜tool▁call▁end｜>",
                "<｜tool▁calls▁begin｜>",
                end="<｜tool▁calls▁end｜>",
            ),
        ),
    ),
    hidden=_DEEPSEEK_MARKS,
)

KIMI_K2 = Format(
    "Kimi K2",
    THINK,
    calls=(
        NamedCalls(
            "<|tool_call_begin|>",
            "<|tool_call_end|>",
            header=(
                r"\s*(?P<id>(?:functions\.)?(?P<name>[^\s:<]+)(?::\d+)?)\s*"
                r"<\|tool_call_argument_begin\|>\s*"
            ),
            writing=Writing(
                "<|tool_call_begin|>functions.{name}:{number}<|tool_call_argument_begin|>",
                "<|tool_call_end|>",
                "<|tool_calls_section_begin|>",
                end="<|tool_calls_section_end|>",
            ),
        ),
    ),
    hidden=(
        "<|tool_calls_section_begin|>",
        "<|tool_call_begin|>",
        "<|tool_call_argument_begin|>",
        "<|tool_call_end|>",
        "<|tool_calls_section_end|>",
    ),
)

GEMMA_4 = Format(
    "Gemma 4",
    (Fence("<|channel>thought", "<channel|>", anywhere=True),),
    calls=(
        WholeCalls(
            "<|tool_call>",
            "<tool_call|>",
            lead="call:",
            read=notations.gemma,
            writing=Writing(
                "<|tool_call>call:{name}{",
                "}<tool_call|>",
                arguments=FramedArguments(
                    "{key}:",
                    stop='<|"|>',
                    quotes=('<|"|>', '<|"|>'),
                    between=",",
                    nested=Nesting(("{", "}"), ("[", "]")),
                ),
            ),
        ),
    ),
    hidden=(
        "<|channel>",
        "<channel|>",
        "<|tool_call>",
        "<tool_call|>",
        "<|tool_response>",
        "<tool_response|>",
        '<|"|>',
        "<|think|>",
        "<|turn>",
        "<turn|>",
    ),
)

_MISTRAL_THINK = (Fence("[THINK]", "[/THINK]", anywhere=True),)

_MISTRAL_NAMED = NamedCalls(
    "[TOOL_CALLS]",
    header=r"\s*(?P<name>[^\s\[{]+)\s*(?:\[CALL_ID\](?P<id>[^\s\[]+))?\s*(?:\[ARGS\])?\s*",
    writing=Writing("[TOOL_CALLS]{name}[ARGS]"),
)

_MISTRAL_LIST = listed_calls("[TOOL_CALLS]", late_id=True, last=', "id": "{short id}"')

_MISTRAL_INNER = ("[ARGS]", "[CALL_ID]")

MISTRAL = Format(
    "Mistral",
    _MISTRAL_THINK,
    calls=(_MISTRAL_NAMED, _MISTRAL_LIST),
    hidden=("[TOOL_CALLS]",),
    inner=_MISTRAL_INNER,
    short_ids=True,
)
"""Magistral, Ministral 3, Devstral."""

_WITH_ID = Writing("[TOOL_CALLS]{name}[CALL_ID]{short id}[ARGS]")

MISTRAL_IDS = replace(
    MISTRAL,
    name="Mistral with ids",
    calls=(replace(_MISTRAL_NAMED, writing=_WITH_ID), _MISTRAL_LIST),
)
"""Mistral Small 3.2."""

MISTRAL_LIST = Format(
    "Mistral list",
    _MISTRAL_THINK,
    calls=(_MISTRAL_LIST, _MISTRAL_NAMED),
    hidden=("[TOOL_CALLS]",),
    inner=_MISTRAL_INNER,
    short_ids=True,
)
"""Mistral 7B v0.3, Nemo, and others up to Small 3.1."""

_PYTHON_TAG = "<|python_tag|>"

LLAMA_3 = Format(
    "Llama 3",
    THINK,
    calls=(
        JsonCalls("", writing=Writing('{"name": "{name}", "parameters": ', "}", single=True)),
        JsonCalls(_PYTHON_TAG),
        WholeCalls(_PYTHON_TAG, read=notations.ipython),
    ),
    hidden=(_PYTHON_TAG,),
)

FUNCTIONARY_3_1 = Format(
    "Functionary 3.1",
    THINK,
    calls=(
        NamedCalls(
            "<function=",
            "</function>",
            header=r"(?P<name>[^>\s]+)>\s*",
            writing=Writing("<function={name}>", "</function>"),
        ),
        WholeCalls(_PYTHON_TAG, read=notations.ipython),
    ),
    hidden=(_PYTHON_TAG,),
)

COHERE = Format(
    "Cohere",
    (Fence("<|START_THINKING|>", "<|END_THINKING|>", anywhere=True),),
    (
        Fence("<|START_RESPONSE|>", "<|END_RESPONSE|>", anywhere=True),
        Fence("<|START_TEXT|>", "<|END_TEXT|>", anywhere=True),
    ),
    calls=(
        JsonCalls(
            "<|START_ACTION|>",
            "<|END_ACTION|>",
            writing=Writing(
                '    {"tool_call_id": "{number}", "tool_name": "{name}", "parameters": ',
                "}",
                "<|START_ACTION|>[\n",
                ",\n",
                "\n]<|END_ACTION|>",
            ),
        ),
    ),
    hidden=("<|START_ACTION|>", "<|END_ACTION|>", "<|CHATBOT_TOKEN|>"),
)
"""Command R7B, Command A and North."""

LFM_2 = Format(
    "LFM 2",
    THINK,
    calls=(
        JsonCalls("<|tool_call_start|>", "<|tool_call_end|>"),
        WholeCalls(
            "<|tool_call_start|>",
            "<|tool_call_end|>",
            lead="[",
            read=notations.pythonic,
            writing=Writing(
                "{name}(",
                ")",
                "<|tool_call_start|>[",
                ", ",
                "]<|tool_call_end|>",
                arguments=PYTHON,
            ),
        ),
    ),
    hidden=("<|tool_call_start|>", "<|tool_call_end|>"),
)

GRANITE_3 = Format(
    "Granite 3",
    THINK,
    (Fence("<response>", "</response>"),),
    calls=(listed_calls("<|tool_call|>"),),
    hidden=("<|tool_call|>",),
)

PHI_4_MINI = Format(
    "Phi 4 mini",
    THINK,
    calls=(listed_calls("<|tool_call|>", "<|/tool_call|>"), FUNCTOOLS_CALLS),
    hidden=("<|tool_call|>", "<|/tool_call|>"),
)

APERTUS = Format(
    "Apertus",
    (Fence("<|inner_prefix|>", "<|inner_suffix|>", anywhere=True),),
    calls=(
        WholeCalls(
            "<|tools_prefix|>",
            "<|tools_suffix|>",
            lead="[",
            read=notations.keyed,
            writing=Writing('{"{name}": ', "}", "<|tools_prefix|>[", ", ", "]<|tools_suffix|>"),
        ),
    ),
    hidden=("<|tools_prefix|>", "<|tools_suffix|>"),
)

_GIGACHAT_CALLS = tuple(
    JsonCalls(
        mark, writing=Writing(f'{begin}{{"name": "{{name}}", "arguments": ', "}", single=True)
    )
    for mark, begin in (
        ("<|function_call|>", "<|function_call|>"),
        ("function call<|role_sep|>", "<|message_sep|>\n\nfunction call<|role_sep|>\n"),
    )
)

_GIGACHAT_HIDDEN = (
    "<|function_call|>",
    "function call<|role_sep|>",
    "assistant<|role_sep|>",
    "<|role_sep|>",
    "<|message_sep|>",
)

GIGACHAT = Format("GigaChat 3.1", THINK, calls=_GIGACHAT_CALLS, hidden=_GIGACHAT_HIDDEN)

GIGACHAT_3 = Format("GigaChat 3", THINK, calls=_GIGACHAT_CALLS[::-1], hidden=_GIGACHAT_HIDDEN)
