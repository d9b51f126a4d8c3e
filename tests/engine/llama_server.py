"""llama.cpp's own server, as the package xllamacpp carries it: a second implementation to talk to.

python tests/engine/llama_server.py MODEL.gguf PORT
"""

from __future__ import annotations

import sys

import xllamacpp


def main() -> None:
    """Serve until standard input closes."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = sys.argv[1]
    parameters.port = int(sys.argv[2])
    parameters.n_ctx = 2048
    parameters.n_parallel = 1
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main()
