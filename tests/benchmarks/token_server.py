"""A server that streams an answer of 20,000 tokens as the engine does, without a model.

    python tests/benchmarks/token_server.py

Prints its port. The question names the text: "mixed" has prose, lists, tables and code, "one line"
no break at all, "one block" is one block of code. Up to token 600 and from 19,400 on, tokens come
at 250 a second; what is between comes as fast as it is read.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKENS = 20_000
SLOW = (600, 19_400)
PER_SECOND = 250
REST_S = 1.5
"""How long the stream rests before it is slow again, so that what was shown late is over."""
SAMPLE = """## How a parser reads {number}

A parser takes **tokens** from the lexer and builds a tree; `next` returns one at a time. Where a
rule fails, it says *where* it failed and what was expected there instead, see
[the manual](https://example.com/parser).

1. Read a token, and keep it.
2. Choose the rule by the token's kind:
   - a name begins a call or an assignment,
   - a number begins an expression.
3. Go on until the end of the file.

```python
def parse(tokens: list[str]) -> Tree:
    tree = Tree()
    for number, token in enumerate(tokens):
        if token == "(":  # one level deeper
            tree.open(number)
        else:
            tree.add(token, 3.14, "leaf")
    return tree
```

| Kind | Example | Precedence |
|------|:-------:|-----------:|
| sum | `a + b` | {number} |
| call | `f(x)` | 9 |

> A tree that is built once is read a thousand times.

"""
_LINE = "the sea was calm and the keeper of the light climbed the stairs once more and again, "
_CODE = "value_{number} = compute(value, {number}, label='entry {number}')  # noted\n"


def text_of(kind: str) -> Iterator[str]:
    """Yield tokens of about four characters, for ever."""
    if kind == "one block":
        yield "```python\n"
    for number in itertools.count():
        made = {"one line": _LINE, "one block": _CODE}.get(kind, SAMPLE)
        part = made.replace("{number}", str(number))
        yield from (part[place : place + 4] for place in range(0, len(part), 4))


class Handler(BaseHTTPRequestHandler):
    """Answers every conversation with the text that its last message names."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._send({"n_ctx": 65536, "model_alias": "tokens", "chat_template": "there is one"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        started = time.perf_counter()
        tokens = text_of(asked["messages"][-1]["content"])
        for count, token in enumerate(itertools.islice(tokens, TOKENS), start=1):
            self._wait(count)
            self._chunk(count, started, {"content": token}, None)
        self._chunk(TOKENS, started, {}, "stop")
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _wait(self, count: int) -> None:
        if count == SLOW[1]:
            time.sleep(REST_S)
        if not SLOW[0] <= count < SLOW[1]:
            time.sleep(1 / PER_SECOND)

    def _chunk(
        self, count: int, started: float, delta: dict[str, str], finish_reason: str | None
    ) -> None:
        passed = (time.perf_counter() - started) * 1000
        document = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
            "timings": {
                "cache_n": 0,
                "prompt_n": 10,
                "prompt_per_second": 1e4,
                "predicted_n": count,
                "predicted_per_second": count / passed * 1000,
            },
        }
        self.wfile.write(b"data: " + json.dumps(document).encode() + b"\n\n")
        self.wfile.flush()

    def _send(self, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
