"""What hf-xet leaves of a file that is there already when it starts again."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from faults.world import Figure

_THERE_BYTES = 10_000_000


def xet(folder: Path) -> Figure:
    """Let hf-xet fetch into a file that has content, from a server that gives nothing."""
    from hf_xet import XetFileInfo
    from huggingface_hub.utils._xet import get_xet_session

    target = folder / "by-xet"
    target.write_bytes(bytes(_THERE_BYTES))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Nothing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with (
            suppress(RuntimeError),
            get_xet_session().new_file_download_group(
                endpoint=address,
                token="none",
                token_expiry_unix_secs=int(time.time()) + 3600,
                token_refresh_url=address,
                token_refresh_headers={},
                custom_headers={},
                progress_callback=lambda *_reports: None,
            ) as group,
        ):
            group.start_download_file(XetFileInfo("a" * 64, 2 * _THERE_BYTES), str(target))
        server.shutdown()
    left = target.stat().st_size
    return Figure(
        "hf-xet starts on a file of 10 MB (no CAS server: it fetches nothing)",
        f"{left} bytes are left of it before the first one comes",
        "reason for its being off by default",
        left == 0,
    )


class _Nothing(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(HTTPStatus.NOT_FOUND)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Stay silent."""
