"""llama-server as a peer for the benchmarks of the engine, built from llama-cpp-python's source.

    python tests/benchmarks/engine_peer.py

builds it, in some minutes, and prints its path. It is the same source as that of the installed
llama-cpp-python, without the kernels that Alcove leaves out. Needs cmake and a C++ compiler.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import httpx2
import platformdirs

WITHOUT_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"


def llama_server() -> Path:
    """Return the program: ALCOVE_LLAMA_SERVER, or one that was built here before, or now."""
    if given := os.environ.get("ALCOVE_LLAMA_SERVER"):
        return Path(given)
    folder = platformdirs.user_cache_path("alcove-tests")
    built = folder / f"llama-server-{version('llama-cpp-python')}" / "bin" / "llama-server"
    if not built.exists():
        build(built.parents[1])
    return built


def build(target: Path) -> None:
    """Build llama-server and llama-bench into a folder."""
    release = version("llama-cpp-python")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary"]
        named = ["llama-cpp-python", f"llama-cpp-python=={release}", "-d", str(folder)]
        subprocess.run([*pip, *named], check=True)
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        (source,) = folder.glob("llama_cpp_python-*/vendor/llama.cpp")
        flags = f"-w {WITHOUT_AMX}" if "amx" in cpu_flags() else "-w"
        configure = [
            *("cmake", "-S", str(source), "-B", str(target), "-DCMAKE_BUILD_TYPE=Release"),
            *(f"-DCMAKE_C_FLAGS={flags}", f"-DCMAKE_CXX_FLAGS={flags}"),
            *("-DLLAMA_CURL=OFF", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF"),
        ]
        subprocess.run(configure, check=True, stdout=sys.stderr)
        targets = ["--target", "llama-server", "llama-bench", "-j", str(os.cpu_count())]
        subprocess.run(["cmake", "--build", str(target), *targets], check=True, stdout=sys.stderr)


def cpu_flags() -> str:
    """What Linux says that the processor can do."""
    try:
        return Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""


class LlamaServer:
    """llama-server with one model, at a port of its own."""

    def __init__(self, program: Path, model: Path, *arguments: str, port: int = 18080) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._command = [str(program), "-m", str(model), "--port", str(port), "--no-webui"]
        self._command += arguments

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        """Start it, and end it after the block."""
        silent = subprocess.DEVNULL
        with subprocess.Popen(self._command, stdout=silent, stderr=silent) as process:
            try:
                self._await(process)
                yield process
            finally:
                process.kill()

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        with httpx2.Client(trust_env=False) as client:
            deadline = time.monotonic() + 300
            while time.monotonic() < deadline and process.poll() is None:
                with suppress(httpx2.HTTPError):
                    if client.get(f"{self.url}/health").status_code == 200:
                        return
                time.sleep(0.1)
        raise RuntimeError("llama-server did not start")


if __name__ == "__main__":
    if shutil.which("cmake") is None:
        sys.exit("cmake is missing")
    print(llama_server())
