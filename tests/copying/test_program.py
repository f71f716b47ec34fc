"""The program of the copy job by itself: the same rules and the same digest as the operator's, and a token kept."""

import ast
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copying.copyjob import PROGRAM, definition, program
from copying.liar import liar
from copying.listings import BAD, FOUND, GOOD, MOST
from lakeward.providers.databricks import artifacts, copy_job
from lakeward.providers.databricks.copy_marks import DIGEST, FAILED

COPY = program()
FILES = st.tuples(st.text(min_size=1), st.integers(0, 2**40), st.text("0123456789abcdef", min_size=64, max_size=64))


def workspace(url: str) -> Any:
    return COPY.Workspace(url, lambda: {"Authorization": "Bearer secret"})


def test_good_names_are_listed_with_their_sizes() -> None:
    with liar(GOOD) as url:
        assert [(f.path, f.size) for f in COPY.listing(workspace(url), "c.s.m", 1, MOST)] == FOUND


@pytest.mark.parametrize("what", BAD)
def test_a_name_or_a_size_that_is_not_to_be_trusted_ends_the_listing(what: str) -> None:
    with liar(BAD[what]) as url, pytest.raises(COPY.CopyError, match="UnsafeArtifact"):
        COPY.listing(workspace(url), "c.s.m", 1, MOST)


@given(st.lists(FILES))
def test_the_digest_is_that_of_the_operator(entries: list[tuple[str, int, str]]) -> None:
    assert COPY.manifest(entries) == artifacts.manifest(entries)


def test_the_bounds_are_those_of_the_operator() -> None:
    for name in ("DEEPEST", "MOST_FILES", "MOST_FOLDERS", "PARSED", "MOST_PARSED", "FILES", "DIRECTORIES"):
        assert getattr(COPY, name) == getattr(artifacts, name)
    assert COPY.SEGMENT.pattern == artifacts.SEGMENT.pattern


def test_it_needs_the_standard_library_only_and_the_login_of_the_runtime() -> None:
    tree = ast.parse(PROGRAM.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {n for n in names if n.partition(".")[0] not in sys.stdlib_module_names} == {"databricks.sdk.core"}


def test_the_job_hands_on_every_parameter_that_the_operator_gives() -> None:
    (task,) = definition()["tasks"]
    handed = " ".join(task["spark_python_task"]["parameters"])
    assert {p["name"] for p in definition()["parameters"]} == copy_job.NEEDED
    assert all(f"{{{{job.parameters.{name}}}}}" in handed for name in copy_job.NEEDED)
    assert PurePosixPath(task["spark_python_task"]["python_file"]).name == PROGRAM.name
    assert task["max_retries"] == 0, "the operator counts the tries"


@contextmanager
def serving(answer: Any) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server that answers each GET with status, headers and body; its URL, and the paths and logins that it saw."""
    seen: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers.get("Authorization")))
            status, headers, content = answer(len(seen))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_token_does_not_follow_to_another_host() -> None:
    with serving(lambda _: (200, {}, b"bytes")) as (storage, there):
        to = {"Location": f"{storage}/blob?signature=x"}
        with serving(lambda _: (307, to, b"")) as (url, here):
            assert b"".join(workspace(url).download("/api/2.0/fs/files/a")) == b"bytes"
    assert here == [("/api/2.0/fs/files/a", "Bearer secret")]
    assert there == [("/blob?signature=x", None)]


def test_what_passes_is_waited_out_as_long_as_the_service_asks() -> None:
    def answer(n: int) -> Any:
        return (200, {}, b'{"contents": []}') if n > 2 else (429, {"Retry-After": "0"}, b"")

    with serving(answer) as (url, seen):
        assert COPY.listing(workspace(url), "c.s.m", 1, MOST) == []
    assert len(seen) == 3


def test_what_does_not_pass_is_told_in_the_words_of_the_service() -> None:
    said = json.dumps({"error_code": "PERMISSION_DENIED", "message": "no EXECUTE"}).encode()
    with serving(lambda _: (403, {}, said)) as (url, seen), pytest.raises(COPY.CopyError) as told:
        COPY.listing(workspace(url), "c.s.m", 1, MOST)
    assert str(told.value).endswith(": no EXECUTE (PERMISSION_DENIED)")
    assert len(seen) == 1


def test_no_other_scheme_than_http_is_opened() -> None:
    with pytest.raises(COPY.CopyError):
        workspace("file:///etc")


def test_the_words_of_the_registry_are_those_of_the_operator() -> None:
    text = PROGRAM.read_text()
    assert f'"{DIGEST}"' in text
    assert FAILED not in text, "whatever is not READY is a failure"
