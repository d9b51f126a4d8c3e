"""The functions that a request offers to the model, and which of them it is to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from alcove.engine.protocol.errors import BadRequest
from alcove.engine.protocol.fields import Fields
from alcove.engine.tools import Tool
from alcove.i18n import _

_TOOLS = 1000
_KEPT = ("name", "description", "parameters", "strict")


@dataclass(frozen=True)
class Toolbox:
    """The functions that the model may call.

    ``required``: it must call one, and only the one called ``name`` if that is not empty.
    """

    tools: tuple[Tool, ...] = ()
    required: bool = False
    name: str = ""

    @property
    def choices(self) -> tuple[Tool, ...]:
        """The functions one of which is to be called."""
        return tuple(tool for tool in self.tools if self.name in ("", tool.name))


def parse_toolbox(fields: Fields) -> Toolbox:
    """Read "tools" and what belongs to them.

    With the choice "none" the model is not told of the tools, so that it cannot call them.
    """
    tools = tuple(_tool(tool) for tool in fields.each("tools", _TOOLS))
    mode, name = _choice(fields)
    toolbox = Toolbox(tools, mode == "required", name)
    if mode == "required" and not toolbox.choices:
        raise fields.wrong("tool_choice", _("'{name}' demands a tool that is not in 'tools'."))
    return Toolbox() if mode == "none" else toolbox


def _tool(tool: Fields) -> Tool:
    """Read a tool of the chat, which wraps its function, or of the responses, which does not."""
    if tool.text("type", "function") != "function":
        raise tool.wrong("type", _("'{name}' must be 'function'; other tools do not exist here."))
    function = tool.inner("function") if tool.has("function") else tool
    if not function.text("name"):
        raise function.wrong("name", _("'{name}' must name a function."))
    function.text("description")
    function.inner("parameters")
    if function is not tool:
        return Tool(tool.document)
    kept = {name: tool.value(name) for name in _KEPT if tool.has(name)}
    return Tool({"type": "function", "function": kept})


def _choice(fields: Fields) -> tuple[Literal["none", "auto", "required"], str]:
    match fields.value("tool_choice"):
        case None:
            return "auto", ""
        case ("none" | "auto" | "required") as mode:
            return mode, ""
        case {"type": "function", "function": {"name": str(name)}} if name:
            return "required", name
        case {"type": "function", "name": str(name)} if name:
            return "required", name
    raise BadRequest(
        _("'tool_choice' must be 'none', 'auto', 'required', or name a function."), "tool_choice"
    )
