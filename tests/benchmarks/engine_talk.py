"""A client of an engine that times it, and the rows in which figures of two engines stand."""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True)
class Row:
    """One figure of both engines, and what their ratio must be."""

    name: str
    ours: float
    theirs: float | None
    ratio: float
    bound: float
    least: bool = True

    @property
    def holds(self) -> bool:
        return self.ratio >= self.bound if self.least else self.ratio <= self.bound

    def __str__(self) -> str:
        theirs = "" if self.theirs is None else f"{self.theirs:.4g}"
        sign = ">=" if self.least else "<="
        verdict = "" if self.holds else "  MISSED"
        return (
            f"{self.name:<46} {self.ours:>9.4g} {theirs:>9} {self.ratio:>7.3f}"
            f"  {sign} {self.bound:g}{verdict}"
        )


@dataclass(frozen=True)
class Answer:
    """An answer: seconds to its first token, tokens per second after that, and the counts."""

    first: float
    speed: float
    prompt_tokens: int
    tokens: int
    text: str


class Talk:
    """A client of one engine."""

    def __init__(self, url: str) -> None:
        # llama-server closes connections that rest a while, without a word.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._http = httpx2.Client(base_url=url, timeout=None, trust_env=False, limits=limits)

    def ask(self, messages: list[dict[str, str]], **options: Any) -> Answer:
        """Ask for a streamed answer and time it."""
        body = {
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0,
            "cache_prompt": True,
            **options,
        }
        start = time.perf_counter()
        first = last = 0.0
        text, usage = "", {}
        with self._http.stream("POST", "/v1/chat/completions", json=body) as response:
            assert response.status_code == 200, response.read()
            for line in response.iter_lines():
                if not line.startswith("data: {"):
                    continue
                chunk = json.loads(line[6:])
                assert "error" not in chunk, chunk
                usage = chunk.get("usage") or usage
                for choice in chunk["choices"]:
                    if piece := choice["delta"].get("content"):
                        last = time.perf_counter()
                        first = first or last
                        text += piece
        tokens = usage["completion_tokens"]
        speed = (tokens - 1) / (last - first) if last > first else 0.0
        return Answer(
            (first or time.perf_counter()) - start, speed, usage["prompt_tokens"], tokens, text
        )

    def tokens_of(self, text: str) -> int:
        """How many tokens a text is."""
        answer = self._http.post("/tokenize", json={"content": text})
        return len(answer.json()["tokens"])

    def close(self) -> None:
        self._http.close()


def row_of(
    name: str, series: list[list[tuple[float, float]]], bound: float, *, least: bool = True
) -> Row:
    """Compare pairs of figures: the geometric mean of the series' median ratios counts."""
    ratios = (statistics.median(ours / theirs for ours, theirs in pairs) for pairs in series)
    together = [pair for pairs in series for pair in pairs]
    ours, theirs = (statistics.median(column) for column in zip(*together, strict=True))
    return Row(name, ours, theirs, statistics.geometric_mean(ratios), bound, least)
