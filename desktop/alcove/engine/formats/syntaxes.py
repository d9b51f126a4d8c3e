"""Marks that several families share, and their tags with each one's own words."""

from __future__ import annotations

import re

from alcove.engine.formats.format import Fence
from alcove.engine.formats.json_calls import JsonCalls
from alcove.engine.formats.tagged_calls import TaggedCalls

THINK = (Fence("<think>", "</think>"),)
"""How most models set their reasoning apart."""

FUNCTOOLS_CALLS = JsonCalls("functools", listed=True)


def function_tags(block: str) -> TaggedCalls:
    """Return ``<function=name><parameter=key>value</parameter></function>`` in ``<block>``.

    A line break after the opening tag of a value and one before its closing tag are no part of it.
    """
    return TaggedCalls(
        f"<{block}>",
        f"</{block}>",
        lead="<function=",
        head=r"\s*<function=(?P<name>[^>\s]+)>",
        parameter=r"\s*<parameter=(?P<key>[^>\n]+)>\n?",
        value_end=rf"\n?</parameter>(?=\s*<(?:parameter=|/function>|/{re.escape(block)}>))",
        end="</function>",
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


def invocations(block: str, prefix: str = "", *, seen: bool = True) -> TaggedCalls:
    """Return ``<invoke name="..."><parameter name="...">value</parameter></invoke>`` in a block.

    Inside the block, all tags begin with ``prefix``. Not ``seen``: its own tag is still to come.
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
    )


def argument_tags(suffix: str = "") -> TaggedCalls:
    """Return ``<tool_call>name<arg_key>key</arg_key><arg_value>value</arg_value></tool_call>``."""
    close = f"</tool_call{suffix}>"
    return TaggedCalls(
        f"<tool_call{suffix}>",
        close,
        head=rf"\s*(?P<name>[^\s<{{\[]+)\s*(?:<tool_sep{suffix}>)?",
        parameter=rf"\s*<arg_key{suffix}>(?P<key>.*?)</arg_key{suffix}>\s*<arg_value{suffix}>",
        value_end=rf"</arg_value{suffix}>(?=\s*(?:<arg_key{suffix}>|{close}))",
        end=close,
    )


NAMED_TAGS = TaggedCalls(
    '<function name="',
    "",
    head=r'(?P<name>[^"]+)">',
    parameter=r'\s*<param name="(?P<key>[^"]+)">(?:<!\[CDATA\[)?',
    value_end=r"(?:\]\]>)?</param>(?=\s*<(?:param |/function>))",
    end="</function>",
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
)
"""Kimi K3's tags, made of three control tokens."""
