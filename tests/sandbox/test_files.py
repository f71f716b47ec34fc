"""The Files API where it is strict: paths, finished versions, lengths, permissions in URLs, memory."""

import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import FS, UC, Talk, root, talk

MEGABYTE = 1024 * 1024


@pytest.fixture
def top(dev: Talk, model: str) -> str:
    """The root of a version that waits for its files."""
    return root(model, dev.pending(model))


@pytest.mark.parametrize(
    "below",
    [
        "/..",
        "/../2/x",
        "/a/../b",
        "/./a",
        "//a",
        "/a//b",
        "/%2e%2e/a",
        "/..%2f..%2fx",
        "/a%00b",
        "/a%0ab",
        "/" + "n" * 256,
    ],
)
def test_unsafe_paths_are_refused_for_every_method(dev: Talk, top: str, below: str) -> None:
    for method, content in (("PUT", b"x"), ("GET", None), ("DELETE", None)):
        assert dev.ask(method, f"{FS}/files{top}{below}", content=content).code == "400 INVALID_PARAMETER_VALUE"
    assert dev.ask("GET", f"{FS}/directories{top}{below}").status == 400
    assert dev.ask("HEAD", f"{FS}/files{top}{below}").status == 400


@pytest.mark.parametrize(
    "path", ["/", "/Models", "/Volumes/a/b/c/d", "/WorkspaceInternal/Mlflow/Artifacts/1/Other/2/x"]
)
def test_paths_outside_of_models_and_artifacts_do_not_exist(dev: Talk, path: str) -> None:
    assert dev.ask("GET", f"{FS}/files{path}").status in {400, 404}
    assert dev.put(path, b"x").status in {400, 404}


def test_a_file_is_written_once_unless_overwriting_is_asked_for(dev: Talk, top: str) -> None:
    assert dev.put(f"{top}/a", b"one").status == 204
    assert dev.put(f"{top}/a", b"two").code == "409 ALREADY_EXISTS"
    assert dev.put(f"{top}/a", b"three", overwrite="true").status == 204
    got = dev.ask("GET", f"{FS}/files{top}/a")
    assert (got.content, got.headers["content-length"]) == (b"three", "5")
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["last-modified"]
    head = dev.ask("HEAD", f"{FS}/files{top}/a")
    assert (head.status, head.content, head.headers["content-length"]) == (200, b"", "5")
    assert dev.ask("DELETE", f"{FS}/files{top}/a").status == 204
    assert dev.ask("GET", f"{FS}/files{top}/a").code == "404 NOT_FOUND"


def test_a_file_and_a_directory_cannot_have_one_name(dev: Talk, top: str) -> None:
    dev.put(f"{top}/a/b", b"x")
    for path in (f"{top}/a", f"{top}/a/b/c", top):
        assert dev.put(path, b"x", overwrite="true").code == "400 INVALID_PARAMETER_VALUE"
    assert dev.ask("GET", f"{FS}/files{top}/a/b").content == b"x"


def test_a_part_of_a_file_is_served(dev: Talk, top: str) -> None:
    dev.put(f"{top}/a", b"0123456789")
    part = dev.ask("GET", f"{FS}/files{top}/a", headers={"Range": "bytes=4-6"})
    assert (part.status, part.content) == (206, b"456")


def test_a_finished_version_never_changes_its_bytes(dev: Talk, model: str) -> None:
    number = dev.ready(model)
    path = f"{root(model, number)}/MLmodel"
    before = dev.ask("GET", f"{FS}/files{path}").content
    refused = [
        dev.put(path, b"changed", overwrite="true"),
        dev.put(f"{root(model, number)}/new", b"x"),
        dev.ask("DELETE", f"{FS}/files{path}"),
        dev.ask("PUT", f"{FS}/directories{root(model, number)}/new"),
        dev.ask("POST", f"{FS}/create-upload-url", {"path": path}),
    ]
    assert {answer.code for answer in refused} == {"400 INVALID_STATE"}
    assert dev.ask("GET", f"{FS}/files{path}").content == before


def test_a_body_that_breaks_off_leaves_nothing(house: Lakehouse, dev: Talk, top: str) -> None:
    break_off(dev, f"{FS}/files{top}/half", announced=1000, sent=b"x" * 400)
    dev.put(f"{top}/whole", b"x")
    listed = dev.good("GET", f"{FS}/directories{top}")["contents"]
    assert [entry["name"] for entry in listed] == ["whole"]
    assert list((house.state / "files" / "drafts").iterdir()) == []


def test_urls_carry_their_own_permission_for_one_method_on_one_file(dev: Talk, top: str) -> None:
    path = f"{top}/a b/ü"
    put = dev.good("POST", f"{FS}/create-upload-url", {"path": path})["url"]
    nobody = Talk(dev.url, None)
    assert nobody.ask("PUT", below(put), content=b"bytes").status == 204
    got = dev.good("POST", f"{FS}/create-download-url", query={"path": path})
    assert got["headers"] == []
    assert nobody.ask("GET", below(got["url"])).content == b"bytes"
    for forged in (below(got["url"])[:-1] + "x", below(got["url"]).replace("expires=1", "expires=2")):
        assert nobody.ask("GET", forged).code == "403 PERMISSION_DENIED"
    assert nobody.ask("PUT", below(got["url"]), content=b"x").code == "403 PERMISSION_DENIED"
    assert nobody.ask("GET", below(put)).code == "403 PERMISSION_DENIED"
    missing = dev.ask("POST", f"{FS}/create-download-url", query={"path": f"{top}/none"})
    assert missing.code == "404 NOT_FOUND"


def test_a_url_leads_back_to_the_host_that_was_asked(dev: Talk, top: str) -> None:
    asked = {"Host": "lakehouse.ml.svc:8442"}
    url = dev.good("POST", f"{FS}/create-upload-url", {"path": f"{top}/a"}, headers=asked)["url"]
    assert url.startswith("http://lakehouse.ml.svc:8442/")


def test_bytes_of_any_size_pass_in_constant_memory(house: Lakehouse, dev: Talk, top: str) -> None:
    before = peak(house)
    size = 160 * MEGABYTE
    assert stream(dev, f"{FS}/files{top}/large", (bytes(MEGABYTE) for _ in range(160)), size) == 204
    assert read(dev, f"{FS}/files{top}/large") == size
    assert peak(house) - before < 40 * MEGABYTE


def test_artifacts_belong_to_one_workspace(house: Lakehouse, dev: Talk) -> None:
    path = "/WorkspaceInternal/Mlflow/Artifacts/77/Runs/abc/artifacts/deep/x.txt"
    assert dev.put(path, b"x").status == 204
    assert dev.ask("GET", f"{FS}/files{path}").content == b"x"
    assert talk(house, workspace="prod").ask("GET", f"{FS}/files{path}").status == 404


def test_names_of_models_and_versions_are_checked_in_paths_too(dev: Talk, model: str, top: str) -> None:
    assert dev.put(f"{root(model, 99)}/x", b"x").code == "404 RESOURCE_DOES_NOT_EXIST"
    assert dev.ask("GET", f"{FS}/directories{top.rpartition('/')[0]}/first").code == "400 INVALID_PARAMETER_VALUE"
    assert dev.good("GET", f"{UC}/models/{model}")["full_name"] == model


def below(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def break_off(dev: Talk, path: str, announced: int, sent: bytes) -> None:
    """Half of a request, then the end of the connection; returns when the lakehouse has closed its side."""
    parts = urlsplit(dev.url)
    assert parts.hostname
    lines = ("Host: x", f"Authorization: Bearer {dev.token}", f"Content-Length: {announced}", "", "")
    head = f"PUT {quote(path)} HTTP/1.1\r\n" + "\r\n".join(lines)
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as connection:
        connection.sendall(head.encode() + sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass


def stream(dev: Talk, path: str, pieces: Iterator[bytes], size: int) -> int:
    connection = HTTPConnection(urlsplit(dev.url).netloc, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {dev.token}", "Content-Length": str(size)}
        connection.request("PUT", path, pieces, headers)
        with connection.getresponse() as response:
            response.read()
            return response.status
    finally:
        connection.close()


def read(dev: Talk, path: str) -> int:
    connection = HTTPConnection(urlsplit(dev.url).netloc, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {dev.token}"})
        received = 0
        with connection.getresponse() as response:
            while piece := response.read(MEGABYTE):
                received += len(piece)
        return received
    finally:
        connection.close()


def peak(house: Lakehouse) -> int:
    """The most memory that the lakehouse ever held, in bytes."""
    status = Path(f"/proc/{house.process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
