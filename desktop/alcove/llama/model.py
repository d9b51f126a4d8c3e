"""One loaded GGUF: its weights and its vocabulary."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import llama_cpp

from alcove.llama.parameters import ModelOptions, model_parameters

_PIECE_BYTES = 256
_VECTORS = {
    str(kind)
    for kind in (
        llama_cpp.LLAMA_POOLING_TYPE_MEAN,
        llama_cpp.LLAMA_POOLING_TYPE_CLS,
        llama_cpp.LLAMA_POOLING_TYPE_LAST,
    )
}
"""How tokens become one vector, as GGUF files number it."""


class LoadFailed(Exception):
    """llama.cpp refused the file; its log says why."""


class Model:
    """A loaded model. Close it to give its memory back."""

    def __init__(
        self,
        path: Path,
        options: ModelOptions,
        progress: Callable[[float], None] | None = None,
    ) -> None:
        """Load ``path``.

        ``progress`` gets fractions of 1. Raises LoadFailed.
        """
        self._parameters = model_parameters(options)
        self._progress = _progress_callback(progress)
        self._parameters.progress_callback = self._progress
        self.pointer = llama_cpp.llama_model_load_from_file(os.fsencode(path), self._parameters)
        if not self.pointer:
            raise LoadFailed(str(path))
        self._pieces: dict[tuple[int, bool], bytes] = {}
        self.vocabulary = llama_cpp.llama_model_get_vocab(self.pointer)
        self.begin_token = self._token_text(llama_cpp.llama_vocab_bos(self.vocabulary))
        """The text of the token that begins a sequence; empty if there is none."""
        self.end_token = self._token_text(llama_cpp.llama_vocab_eos(self.vocabulary))
        """The text of the token that ends a sequence; empty if there is none."""

    def close(self) -> None:
        """Free the weights; contexts must be closed before."""
        llama_cpp.llama_model_free(self.pointer)

    @property
    def trained_context(self) -> int:
        """The context, in tokens, that the model was trained for."""
        return int(llama_cpp.llama_model_n_ctx_train(self.pointer))

    @property
    def width(self) -> int:
        """The size of an embedding."""
        return int(llama_cpp.llama_model_n_embd(self.pointer))

    @property
    def embeds(self) -> bool:
        """Whether it is made to turn texts into vectors: its file says how tokens are pooled."""
        return self._pooling in _VECTORS

    @property
    def ranks(self) -> bool:
        """Whether it only tells how well a text answers a question (a reranker)."""
        return self._pooling == str(llama_cpp.LLAMA_POOLING_TYPE_RANK)

    @property
    def window(self) -> int:
        """The sliding window in tokens; 0 if attention reaches back all the way."""
        return int(llama_cpp.llama_model_n_swa(self.pointer))

    @property
    def is_recurrent(self) -> bool:
        """Whether some layers keep a state that cannot be taken back (Mamba, hybrids)."""
        ask = llama_cpp.llama_model_is_recurrent, llama_cpp.llama_model_is_hybrid
        return any(bool(each(self.pointer)) for each in ask)

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens in the vocabulary."""
        return int(llama_cpp.llama_vocab_n_tokens(self.vocabulary))

    @property
    def description(self) -> str:
        """llama.cpp's short description: architecture, size, quantization."""
        buffer = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self.pointer, buffer, len(buffer))
        return buffer.value.decode("utf-8", errors="replace")

    @property
    def architecture(self) -> str:
        """GGUF's name of the architecture."""
        return self._metadata("general.architecture")

    @property
    def tool_template(self) -> str | None:
        """The Jinja source of the chat template for conversations with tools, if there is one."""
        source = llama_cpp.llama_model_chat_template(self.pointer, b"tool_use")
        return None if source is None else source.decode("utf-8", errors="replace")

    @property
    def chat_template(self) -> str | None:
        """The Jinja source of the chat template in the file, if it has one."""
        source = llama_cpp.llama_model_chat_template(self.pointer, None)
        return None if source is None else source.decode("utf-8", errors="replace")

    def tokenize(self, text: str, *, special: bool, begin: bool) -> list[int]:
        """Tokenize ``text``.

        ``special``: names of special tokens in the text become those tokens. ``begin``: the
        tokenizer may add the tokens that begin a sequence.
        """
        data = text.encode("utf-8", errors="surrogatepass")
        capacity = len(data) + 8
        while True:
            tokens = (llama_cpp.llama_token * capacity)()
            count = llama_cpp.llama_tokenize(
                self.vocabulary, data, len(data), tokens, capacity, begin, special
            )
            if count >= 0:
                return tokens[:count]
            capacity = -count

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """Return the bytes of one token; special tokens are empty unless asked for."""
        if (known := self._pieces.get((token, special))) is None:
            known = self._pieces[token, special] = self._piece(token, special)
        return known

    def _piece(self, token: int, special: bool) -> bytes:
        size = -_PIECE_BYTES
        while size < 0:
            buffer = ctypes.create_string_buffer(-size)
            size = llama_cpp.llama_token_to_piece(
                self.vocabulary, token, buffer, len(buffer), 0, special
            )
        return buffer.raw[:size]

    def special_tokens(self, texts: Iterable[str]) -> frozenset[int]:
        """Return those of the texts that are single tokens, which ``piece`` would leave out."""
        tokens = (self.tokenize(text, special=True, begin=False) for text in texts)
        return frozenset(each[0] for each in tokens if len(each) == 1)

    @cached_property
    def end_tokens(self) -> tuple[int, ...]:
        """The tokens with which the model ends an answer."""
        return tuple(filter(self.ends_generation, range(self.vocabulary_size)))

    def ends_generation(self, token: int) -> bool:
        """Whether the model means to stop with this token."""
        return bool(llama_cpp.llama_vocab_is_eog(self.vocabulary, token))

    @property
    def _pooling(self) -> str:
        return self._metadata(f"{self.architecture}.pooling_type")

    def _metadata(self, key: str) -> str:
        buffer = ctypes.create_string_buffer(256)
        size = llama_cpp.llama_model_meta_val_str(self.pointer, key.encode(), buffer, len(buffer))
        return buffer.value.decode("utf-8", errors="replace") if size >= 0 else ""

    def _token_text(self, token: int) -> str:
        if token < 0:
            return ""
        return self.piece(token, special=True).decode("utf-8", errors="replace")


def _progress_callback(
    progress: Callable[[float], None] | None,
) -> Any:  # noqa: ANN401 - ctypes' own type
    def report(fraction: float, _data: object) -> bool:
        if progress is not None:
            progress(fraction)
        return True  # to go on

    return llama_cpp.llama_progress_callback(report)


def token_array(tokens: Sequence[int]) -> ctypes.Array[ctypes.c_int32]:
    """Copy ``tokens`` into an array that llama.cpp can read."""
    return (llama_cpp.llama_token * len(tokens))(*tokens)
