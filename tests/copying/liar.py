"""A workspace whose Files API lists whatever a test wants, over real HTTP."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

Entry = Mapping[str, Any]
ROOT = "/Models/c/s/m/1"
DIRECTORIES = "/api/2.0/fs/directories"


def file(path: str, size: object = 1) -> Entry:
    return {"path": path, "file_size": size, "is_directory": False}


def folder(path: str) -> Entry:
    return {"path": path, "is_directory": True}


@contextmanager
def liar(listings: Mapping[str, Sequence[Entry]]) -> Iterator[str]:
    """The URL of a workspace that lists these entries by folder, and has nothing else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = listings.get(unquote(urlsplit(self.path).path).removeprefix(DIRECTORIES))
            content = json.dumps({"contents": found} if found is not None else {"error_code": "NOT_FOUND"}).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
