"""Marks that several families share, and their tags with each one's own words."""

from __future__ import annotations

import re

from alcove.engine.formats.format import Fence
from alcove.engine.formats.framed import FramedArguments
from alcove.engine.formats.json_calls import listed_calls
from alcove.engine.formats.tagged_calls import TaggedCalls
from alcove.engine.formats.writing import Writing

THINK = (Fence("<think>", "</think>"),)
"""How most models set their reasoning apart."""

FUNCTOOLS_CALLS = listed_calls("functools")


PYTHON = FramedArguments("{key}=", between=", ", dialect="python", names=r"(?!\d)[A-Za-z_0-9]+")
"""Named arguments as Python writes them, but for its words: those are JSON's."""


def function_tags(block: str, padding: str = "") -> TaggedCalls:
    """Return ``<function=name><parameter=key>value</parameter></function>`` in ``<block>``.

    ``padding`` stands between a value and its tags, if the model was trained to write it; it is
    no part of the value, and may be missing.
    """
    pad = r"\n?" if padding else ""
    return TaggedCalls(
        f"<{block}>",
        f"</{block}>",
        lead="<function=",
        head=r"\s*<function=(?P<name>[^>\s]+)>",
        parameter=rf"\s*<parameter=(?P<key>[^>\n]+)>{pad}",
        value_end=rf"{pad}</parameter>(?=\s*<(?:parameter=|/function>|/{re.escape(block)}>))",
        end="</function>",
        writing=Writing(
            f"<{block}>\n<function={{name}}>\n",
            f"</function>\n</{block}>",
            between="{line}",
            arguments=FramedArguments(
                f"<parameter={{key}}>{padding}", f"{padding}</parameter>\n", "</parameter>"
            ),
        ),
    )


BARE_FUNCTION_TAGS = TaggedCalls(
    "<function=",
    "</tool_call>",
    head=r"(?P<name>[^>\s]+)>",
    parameter=r"\s*<parameter=(?P<key>[^>\n]+)>\n?",
    value_end=r"\n?</parameter>(?=\s*<(?:parameter=|/function>))",
    end="</function>",
)
"""The same where the model forgot to begin the block."""


def invocations(block: str, prefix: str = "", *, kind: str = "", seen: bool = True) -> TaggedCalls:
    """Return ``<invoke name="..."><parameter name="...">value</parameter></invoke>`` in a block.

    Inside the block, all tags begin with ``prefix``; ``kind`` is the attribute that tells whether
    an argument is a string. Not ``seen``: the block's own tag is still to come.
    """
    begin, end = re.escape(f"<{prefix}"), re.escape(f"</{prefix}")
    return TaggedCalls(
        f"<{block}>" if seen else "",
        f"</{block}>",
        lead=f"<{prefix}invoke " if seen else f"<{prefix}",
        head=rf'\s*(?:<{re.escape(block)}>)?\s*{begin}invoke name="(?P<name>[^"]+)">',
        parameter=rf'\s*{begin}parameter name="(?P<key>[^"]+)"(?: string="(?P<kind>[^"]*)")?>',
        value_end=rf"{end}parameter>(?=\s*(?:{begin}parameter |{end}))",
        end=f"</{prefix}invoke>",
        writing=Writing(
            f'<{prefix}invoke name="{{name}}">\n',
            f"</{prefix}invoke>",
            f"<{block}>\n",
            "\n",
            f"\n</{block}>",
            arguments=FramedArguments(
                f'<{prefix}parameter name="{{key}}"{kind}>',
                f"</{prefix}parameter>\n",
                f"</{prefix}parameter>",
                string_kind="true",
                other_kind="false",
            ),
        ),
    )


def argument_tags(suffix: str = "") -> TaggedCalls:
    """Return ``<tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value></tool_call>``."""
    close = f"</tool_call{suffix}>"
    sep = f"<tool_sep{suffix}>" if suffix else ""
    return TaggedCalls(
        f"<tool_call{suffix}>",
        close,
        head=rf"\s*(?P<name>[^\s<{{\[]+)\s*(?:<tool_sep{suffix}>)?",
        parameter=rf"\s*<arg_key{suffix}>(?P<key>.*?)</arg_key{suffix}>\s*<arg_value{suffix}>",
        value_end=rf"</arg_value{suffix}>(?=\s*(?:<arg_key{suffix}>|{close}))",
        end=close,
        writing=Writing(
            f"<tool_call{suffix}>{{name}}{sep}{{line}}",
            close,
            between="{line}",
            arguments=FramedArguments(
                f"<arg_key{suffix}>{{key}}</arg_key{suffix}>{{line}}<arg_value{suffix}>",
                f"</arg_value{suffix}>{{line}}",
                f"</arg_value{suffix}>",
            ),
        ),
    )


NAMED_TAGS = TaggedCalls(
    '<function name="',
    "",
    head=r'(?P<name>[^"]+)">',
    parameter=r'\s*<param name="(?P<key>[^"]+)">(?:<!\[CDATA\[)?',
    value_end=r"(?:\]\]>)?</param>(?=\s*<(?:param |/function>))",
    end="</function>",
    writing=Writing(
        '<function name="{name}">',
        "</function>",
        between="{line}",
        arguments=FramedArguments(
            '<param name="{key}">', "</param>", "</param>", ("<![CDATA[", "]]>")
        ),
    ),
)
"""``<function name="..."><param name="...">value</param></function>``, without a block."""

XTML = TaggedCalls(
    "<|open|>tools<|sep|>",
    "<|close|>tools<|sep|>",
    lead="<|open|>call ",
    head=r'\s*<\|open\|>call tool="(?P<name>[^"]+)"[^<]*<\|sep\|>',
    parameter=r'\s*<\|open\|>argument key="(?P<key>[^"]+)"(?: type="(?P<kind>[^"]*)")?<\|sep\|>',
    value_end=r"<\|close\|>argument<\|sep\|>",
    end="<|close|>call<|sep|>",
    writing=Writing(
        '<|open|>call tool="{name}" index="{number}"<|sep|>',
        "<|close|>call<|sep|>",
        "<|open|>tools<|sep|>",
        end="<|close|>tools<|sep|>",
        skipped=("<|open|>response<|sep|>", "<|close|>response<|sep|>"),
        arguments=FramedArguments(
            '<|open|>argument key="{key}" type="{kind}"<|sep|>',
            "<|close|>argument<|sep|>",
            "<|close|>",
        ),
    ),
)
"""Kimi K3's tags, made of three control tokens."""
