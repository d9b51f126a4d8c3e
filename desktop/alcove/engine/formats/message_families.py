"""The formats of families whose answers are several messages, each with a mark of its own."""

from __future__ import annotations

from dataclasses import replace

from alcove.engine.formats.format import Fence, Format, Header
from alcove.engine.formats.framed import FramedArguments
from alcove.engine.formats.named_calls import NamedCalls
from alcove.engine.formats.syntaxes import XTML, invocations
from alcove.engine.formats.writing import Writing

KIMI_K3 = Format(
    "Kimi K3",
    (Fence("<|open|>think<|sep|>", "<|close|>think<|sep|>", anywhere=True),),
    (Fence("<|open|>response<|sep|>", "<|close|>response<|sep|>", anywhere=True),),
    calls=(XTML,),
    hidden=(
        "<|open|>tools<|sep|>",
        "<|close|>tools<|sep|>",
        "<|close|>message<|sep|>",
        "<|open|>",
        "<|close|>",
        "<|sep|>",
        "<|end_of_msg|>",
    ),
)

HARMONY = Format(
    "Harmony",
    header=Header(
        opens=("<|start|>", "<|channel|>"),
        close="<|message|>",
        turn="<|start|>assistant",
        leads=("to=",),
        reasoning=r"(?:^|<\|channel\|>)analysis\b(?!.*<\|channel\|>)",
        name=r"to=(?:functions\.)?(?!assistant\b|user\b)(?P<name>[^\s<]+)",
        calls=(
            NamedCalls(
                "",
                writing=Writing(
                    "<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>",
                    single=True,
                ),
            ),
        ),
        thought=Fence("<|channel|>analysis<|message|>", "<|end|>"),
        said="<|channel|>final<|message|>",
        words=("assistant", "analysis", "commentary", "final", "json"),
    ),
    hidden=(
        "<|start|>",
        "<|channel|>",
        "<|message|>",
        "<|constrain|>",
        "<|end|>",
        "<|call|>",
        "<|return|>",
    ),
)
"""gpt-oss."""

MUSE = Format(
    "Muse",
    header=Header(
        opens=("<|start|>",),
        close="<|message|>",
        turn="<|start|>assistant",
        leads=("to=",),
        reasoning=r"to=self\b",
        name=r"to=(?!self\b|user\b)(?P<name>\S+)",
        calls=(
            replace(
                invocations("atem:function_calls", "atem:", seen=False),
                writing=Writing(
                    ' to={name}<|message|><atem:function_calls>\n<atem:invoke name="{name}">\n',
                    "</atem:invoke>\n</atem:function_calls>",
                    between="<|eom|><|start|>assistant",
                    arguments=FramedArguments(
                        '<atem:parameter name="{key}">', "</atem:parameter>\n", "</atem:parameter>"
                    ),
                ),
            ),
        ),
        thought=Fence(" to=self<|message|>", "<|eom|>"),
        said=" to=user<|message|>",
        words=("assistant",),
    ),
    hidden=("<|start|>", "<|message|>", "<|eom|>", "<|eot|>"),
)

SOLAR = Format(
    "Solar Open",
    (Fence("<|think|>", "<|end|>", anywhere=True),),
    (Fence("<|content|>", "<|end|>", anywhere=True),),
    calls=(
        NamedCalls(
            "<|tool_call:begin|>",
            "<|tool_call:end|>",
            header=(r"\s*(?P<id>\w+)<\|tool_call:name\|>(?P<name>[^\s<]+)<\|tool_call:args\|>\s*"),
            writing=Writing(
                "<|tool_call:begin|>{id}<|tool_call:name|>{name}<|tool_call:args|>",
                "<|tool_call:end|>",
                "<|tool_calls|>",
            ),
        ),
    ),
    turn="<|begin|>assistant",
    hidden=(
        "<|begin|>assistant",
        "<|begin|>",
        "<|end|>",
        "<|tool_calls|>",
        "<|tool_call:begin|>",
        "<|tool_call:name|>",
        "<|tool_call:args|>",
        "<|tool_call:end|>",
        "<|calls|>",
        "<|flush|>",
    ),
)
