"""The HTTP side of the local hub."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, quote, unquote, urlsplit

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

    from local_hub.hub import LocalHub, Repository, StoredFile

_CHUNK = 64 * 1024
_SLICE = 4 * 1024 * 1024
"""What the kernel sends by itself at a time, where nothing is to go wrong."""
_API = re.compile(r"^/api/models/(?P<repo>[^/]+/[^/]+)(?P<rest>/.*)?$")
_RESOLVE = re.compile(r"^/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)$")
_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")


@dataclass(frozen=True)
class Request:
    """A request as it arrived; ``host`` is "hub" or "cdn"."""

    host: str
    method: str
    path: str
    range: str | None
    authorized: bool


class Server(ThreadingHTTPServer):
    """One of the two servers, in a thread of its own."""

    daemon_threads = True

    def __init__(self, handler: type[Handler], hub: LocalHub, certificate: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.hub = hub
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()


class CountingWriter(BufferedIOBase):
    """Writes to a socket, and tells beforehand how many bytes, so that no reader is ahead of it."""

    def __init__(self, connection: socket.socket, count: Callable[[int], None]) -> None:
        self._connection = connection
        self._count = count

    def writable(self) -> bool:
        return True

    def write(self, content: Buffer) -> int:
        size = memoryview(content).nbytes
        self._count(size)
        self._connection.sendall(content)
        return size


class Handler(BaseHTTPRequestHandler):
    """What both servers share: records requests, answers once per connection."""

    protocol_version = "HTTP/1.1"
    host = ""

    @property
    def hub(self) -> LocalHub:
        return cast(Server, self.server).hub

    def setup(self) -> None:
        super().setup()
        self.wfile = CountingWriter(self.connection, self.hub.count_written)

    def do_GET(self) -> None:
        self._handle()

    def do_HEAD(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay silent."""

    def answer(self) -> None:
        raise NotImplementedError

    def reply(
        self, status: HTTPStatus, body: object = None, headers: dict[str, str] | None = None
    ) -> None:
        """Send a JSON answer."""
        content = b"" if body is None else json.dumps(body).encode()
        self._start(status, {"Content-Type": "application/json", **(headers or {})}, len(content))
        if self.command != "HEAD":
            self.wfile.write(content)

    def fail(self, status: HTTPStatus, code: str, message: str) -> None:
        """Refuse, with the headers by which Hugging Face says why."""
        headers = {"X-Error-Code": code, "X-Error-Message": message} if code else {}
        self.reply(status, {"error": message}, headers)

    def _start(self, status: HTTPStatus, headers: dict[str, str], length: int) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()

    def _handle(self) -> None:
        self.close_connection = True
        authorization = self.headers.get("Authorization")
        self.hub.record(
            Request(
                self.host, self.command, self.path, self.headers.get("Range"), bool(authorization)
            )
        )
        if status := self.hub.take_status():
            after = self.hub.faults.retry_after
            headers = {"Retry-After": after} if after else {}
            self.reply(HTTPStatus(status), {"error": "made to fail"}, headers)
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client went away
            self.answer()


class HubHandler(Handler):
    """The API, and /resolve, which redirects to the CDN."""

    host = "hub"

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path == "/api/models":
            self._search(parse_qs(urlsplit(self.path).query))
        elif match := _API.match(path):
            self._api(match["repo"], match["rest"] or "")
        elif match := _RESOLVE.match(path):
            self._resolve(match["repo"], match["revision"], match["file"])
        else:
            self.fail(HTTPStatus.NOT_FOUND, "", "Not Found")

    def _search(self, asked: dict[str, list[str]]) -> None:
        """List repositories as HfApi.list_models asks for them: each word has to be in the id."""
        if (garbage := self.hub.faults.garbage) is not None:
            self._start(HTTPStatus.OK, {"Content-Type": "application/json"}, len(garbage))
            self.wfile.write(garbage)
            return
        words = asked.get("search", [""])[0].casefold().split()
        found = [
            _listed(name, repository, asked.get("expand", []))
            for name, repository in self.hub.repositories.items()
            if all(word in name.casefold() for word in words)
            and set(asked.get("filter", [])) <= _tags(repository)
        ]
        if order := asked.get("sort"):
            found.sort(key=lambda each: each[order[0]], reverse=True)
        self.reply(HTTPStatus.OK, found[: int(asked.get("limit", ["1000"])[0])])

    def _repository(self, name: str) -> Repository | None:
        repository = self.hub.repositories.get(name)
        if repository is None:
            authorized = self.headers.get("Authorization") is not None
            status = HTTPStatus.NOT_FOUND if authorized else HTTPStatus.UNAUTHORIZED
            self.fail(status, "RepoNotFound", "Repository not found")
        return repository

    def _known(self, repository: Repository, revision: str) -> bool:
        if revision in ("main", repository.commit):
            return True
        self.fail(HTTPStatus.NOT_FOUND, "RevisionNotFound", f"Invalid rev id: {revision}")
        return False

    def _api(self, name: str, rest: str) -> None:
        repository = self._repository(name)
        if repository is None:
            return
        _empty, action, revision, *_path = [*rest.split("/"), "", ""] if rest else ["", "", "main"]
        if not self._known(repository, revision):
            return
        if action in ("", "revision"):
            self.reply(HTTPStatus.OK, _model_info(name, repository))
        elif action == "tree":
            self.reply(HTTPStatus.OK, _tree(repository))
        elif action == "paths-info":
            length = int(self.headers.get("Content-Length", 0))
            wanted = _wanted_paths(self.rfile.read(length), self.headers.get("Content-Type", ""))
            entries = [entry for entry in _tree(repository) if entry["path"] in wanted]
            self.reply(HTTPStatus.OK, entries)
        else:
            self.fail(HTTPStatus.NOT_FOUND, "", "Not Found")

    def _resolve(self, name: str, revision: str, filename: str) -> None:
        repository = self._repository(name)
        if repository is None or not self._known(repository, revision):
            return
        if repository.gated and not self._admitted(name):
            return
        file = repository.files.get(filename)
        if file is None:
            self.fail(HTTPStatus.NOT_FOUND, "EntryNotFound", "Entry not found")
            return
        signed = quote(self.headers.get("Range") or "any", safe="")
        faults = self.hub.faults
        etag = faults.etag or file.sha256
        headers = {
            "Location": f"{self.hub.cdn}/{file.sha256}?range={signed}",
            "X-Repo-Commit": repository.commit,
            "X-Linked-Size": str(file.size),
            "X-Linked-Etag": f'"{etag}"',
            "ETag": f'"{etag}"',
        }
        if faults.loop:
            headers["Location"] = self.path
        self.reply(HTTPStatus.FOUND, None, headers)

    def _admitted(self, name: str) -> bool:
        authorization = self.headers.get("Authorization")
        if authorization == f"Bearer {self.hub.token}":
            return True
        status = HTTPStatus.FORBIDDEN if authorization else HTTPStatus.UNAUTHORIZED
        self.fail(status, "GatedRepo", f"Access to model {name} is restricted.")
        return False


class CdnHandler(Handler):
    """The content of files, by their SHA-256."""

    host = "cdn"

    def answer(self) -> None:
        url = urlsplit(self.path)
        file = self._file(url.path.strip("/"))
        signed = parse_qs(url.query).get("range", [""])[0]
        if file is None or signed not in ("any", self.headers.get("Range", "any")):
            self.fail(HTTPStatus.FORBIDDEN, "", "The signature does not match.")
            return
        if "Authorization" in self.headers:
            self.fail(HTTPStatus.BAD_REQUEST, "", "Only one way to authorize is allowed.")
            return
        start, end, status = self._span(file)
        if status is HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self._start(status, {"Content-Range": f"bytes */{file.size}"}, 0)
            return
        headers = {"ETag": f'"{file.sha256}"', "Accept-Ranges": "bytes"}
        if status is HTTPStatus.PARTIAL_CONTENT:
            size = file.size + self.hub.faults.other_size
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        end = file.size if self.hub.faults.overrun else end
        empty = self.hub.faults.empty
        self._start(status, headers, 0 if empty else end - start)
        if self.command != "HEAD" and not empty:
            self._send(file, start, end)

    def _file(self, sha256: str) -> StoredFile | None:
        for repository in self.hub.repositories.values():
            for file in repository.files.values():
                if file.sha256 == sha256:
                    return file
        return None

    def _span(self, file: StoredFile) -> tuple[int, int, HTTPStatus]:
        match = _RANGE.match(self.headers.get("Range", ""))
        if match is None or self.hub.faults.ignore_ranges:
            return 0, file.size, HTTPStatus.OK
        start = int(match[1])
        end = min(int(match[2]) + 1, file.size) if match[2] else file.size
        if self.hub.faults.wrong_ranges:
            start += 1
        if start >= file.size:
            return 0, 0, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        return start, end, HTTPStatus.PARTIAL_CONTENT

    def _send(self, file: StoredFile, start: int, end: int) -> None:
        faults = self.hub.faults
        stop, faults.stop_after = faults.stop_after, None
        pause, faults.pause_after = faults.pause_after, None
        abruptly = len(faults.breaks) % 2 == 1
        if faults.breaks:
            stop = faults.breaks.pop(0)
        if stop is pause is None and not faults.corrupt and not faults.bytes_per_second:
            self._send_fast(file, start, end)
            return
        last = end if stop is None else min(end, start + stop)
        with file.path.open("rb") as source:
            source.seek(start)
            for position in range(start, last, _CHUNK):
                chunk = source.read(min(_CHUNK, last - position))
                if pause is not None and position - start + len(chunk) > pause:
                    kept = max(0, start + pause - position)
                    self._write(file, chunk[:kept])
                    if not self.hub.pause():
                        return
                    pause, chunk = None, chunk[kept:]
                self._write(file, chunk)
        if last < end and abruptly:
            self._reset()

    def _reset(self) -> None:
        """Break the connection off without a goodbye, once all that was sent has arrived."""
        import fcntl  # which Windows lacks
        import termios

        while any(fcntl.ioctl(self.connection, termios.TIOCOUTQ, bytes(4))):
            time.sleep(0.001)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _send_fast(self, file: StoredFile, start: int, end: int) -> None:
        with file.path.open("rb") as source:
            for position in range(start, end, _SLICE):
                size = min(_SLICE, end - position)
                self.hub.count(file.sha256, size)
                self.hub.count_written(size)
                self.connection.sendfile(source, position, size)

    def _write(self, file: StoredFile, content: bytes) -> None:
        faults = self.hub.faults
        self.hub.count(file.sha256, len(content))
        self.wfile.write(bytes(len(content)) if faults.corrupt else content)
        if faults.bytes_per_second:
            time.sleep(len(content) / faults.bytes_per_second)


def _lfs(file: StoredFile) -> dict[str, Any]:
    return {"oid": file.sha256, "sha256": file.sha256, "size": file.size, "pointerSize": 135}


def _model_info(name: str, repository: Repository) -> dict[str, Any]:
    return {
        "_id": "0",
        "id": name,
        "modelId": name,
        "author": name.partition("/")[0],
        "sha": repository.commit,
        "private": False,
        "gated": "manual" if repository.gated else False,
        "downloads": repository.downloads,
        "likes": repository.likes,
        "tags": ["gguf"],
        "siblings": [
            {"rfilename": path, "size": file.size, "blobId": file.sha256[:40], "lfs": _lfs(file)}
            for path, file in repository.files.items()
        ],
    }


def _tags(repository: Repository) -> set[str]:
    return {"gguf"} if any(name.endswith(".gguf") for name in repository.files) else set()


def _listed(name: str, repository: Repository, expand: list[str]) -> dict[str, Any]:
    """Describe a repository in a list: what ``expand`` names, or what a list always has."""
    facts = {
        "downloads": repository.downloads,
        "likes": repository.likes,
        "lastModified": repository.updated,
        "gated": "manual" if repository.gated else False,
        "tags": sorted(_tags(repository)),
    }
    always = {"_id": "0", "id": name}
    wanted = expand or ("downloads", "likes", "tags")
    return always | {key: value for key, value in facts.items() if key in wanted}


def _tree(repository: Repository) -> list[dict[str, Any]]:
    return [
        {
            "type": "file",
            "path": path,
            "size": file.size,
            "oid": file.sha256[:40],
            "lfs": _lfs(file),
        }
        for path, file in repository.files.items()
    ]


def _wanted_paths(body: bytes, content_type: str) -> list[str]:
    if "json" in content_type:
        return list(json.loads(body)["paths"])
    return parse_qs(body.decode())["paths"]
