"""The documents of chats and of completions."""

from __future__ import annotations

from collections import Counter

from alcove.engine.answer import CallPiece, Delta, ToolCall
from alcove.engine.protocol.documents import Completion
from alcove.engine.protocol.errors import Json
from alcove.engine.protocol.gathering import Gathering
from alcove.engine.protocol.options import AnswerOptions
from alcove.engine.protocol.probabilities import chat_logprobs, text_logprobs


class ChatCompletion(Completion):
    """The documents of OpenAI's chat completions."""

    prefix = "chatcmpl"
    kind = "chat.completion"
    chunk_kind = "chat.completion.chunk"

    def _first(self) -> Json:
        return {"delta": {"role": "assistant", "content": None}}

    def _content(self, delta: Delta) -> Json:
        content = {
            "reasoning_content": delta.reasoning,
            "content": delta.text,
            "tool_calls": [_call_piece(piece) for piece in delta.calls],
        }
        return {"delta": {name: value for name, value in content.items() if value}}

    def _message(self, answer: Gathering) -> Json:
        calls = [_call(call) for call in answer.calls]
        message: Json = {
            "role": "assistant",
            "content": (answer.text or None) if calls else answer.text,
            "refusal": None,
        }
        if answer.reasoning:
            message["reasoning_content"] = answer.reasoning
        if calls:
            message["tool_calls"] = calls
        return {"message": message}

    def _logprobs(self, _index: int, piece: Delta | Gathering) -> Json:
        return {"content": chat_logprobs(piece.logprobs), "refusal": None}


class TextCompletion(Completion):
    """The documents of OpenAI's completions."""

    prefix = "cmpl"
    kind = chunk_kind = "text_completion"

    def __init__(self, model: str, options: AnswerOptions, prompts: int = 1) -> None:
        super().__init__(model, options, prompts)
        self._offsets: Counter[int] = Counter()
        """The length of the tokens that were sent of each answer, in characters."""

    def _first(self) -> None:
        return None

    def _content(self, delta: Delta) -> Json:
        return {"text": delta.text}

    def _message(self, answer: Gathering) -> Json:
        return {"text": answer.text}

    def _logprobs(self, index: int, piece: Delta | Gathering) -> Json:
        if isinstance(piece, Gathering):
            return text_logprobs(piece.logprobs)
        document = text_logprobs(piece.logprobs, self._offsets[index])
        self._offsets[index] += sum(map(len, document["tokens"]))
        return document


def _call_piece(piece: CallPiece) -> Json:
    if not piece.name:
        return {"index": piece.index, "function": {"arguments": piece.arguments}}
    return {"index": piece.index, **_call(ToolCall(piece.name, piece.arguments, piece.id))}


def _call(call: ToolCall) -> Json:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}
