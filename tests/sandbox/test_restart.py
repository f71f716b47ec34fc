"""A lakehouse that dies in the middle of an upload, another one on its folder, and its end by Ctrl-C."""

import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lakeward_sandbox.launch import Lakehouse, start
from sandbox.talk import FS, MLMODEL, UC, Talk, root, talk
from sandbox.waiting import wait_for


@dataclass(frozen=True)
class Before:
    """What there was when the first lakehouse was killed."""

    token: str
    metastore: str
    model: str
    pending: int
    version: Any
    experiment: str
    url: str


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Before, Lakehouse]]:
    state = tmp_path_factory.mktemp("restart") / "state"
    first = start(state)
    try:
        before = fill(first)
        kill_in_the_middle_of_an_upload(first, before)
    finally:
        first.kill()
    second = start(state)
    try:
        yield before, second
    finally:
        second.stop()


def test_everything_is_as_it_was(restarted: tuple[Before, Lakehouse]) -> None:
    before, house = restarted
    dev = talk(house)
    assert house.token("lakeward") == before.token
    assert house.metastore_id == before.metastore
    assert dev.good("GET", f"{UC}/models/{before.model}/versions/1?include_aliases=true") == before.version
    assert dev.ask("GET", f"{FS}/files{root(before.model, 1)}/MLmodel").content == MLMODEL
    found = dev.good("GET", "/api/2.0/mlflow/experiments/get", query={"experiment_id": before.experiment})
    assert found["experiment"]["name"] == "/Shared/kept"


def test_a_url_with_its_permission_holds_over_the_restart(restarted: tuple[Before, Lakehouse]) -> None:
    before, house = restarted
    old = urlsplit(before.url)
    assert Talk(house.workspace("dev").url, None).ask("GET", f"{old.path}?{old.query}").content == MLMODEL


def test_nothing_is_left_of_the_upload_that_was_cut_off(restarted: tuple[Before, Lakehouse]) -> None:
    before, house = restarted
    dev = talk(house)
    listed = dev.good("GET", f"{FS}/directories{root(before.model, before.pending)}")
    assert listed == {"contents": []}
    assert list((house.state / "files" / "drafts").iterdir()) == []
    assert dev.put(f"{root(before.model, before.pending)}/MLmodel", MLMODEL).status == 204
    assert dev.finalize(before.model, before.pending)["status"] == "READY"


def test_ctrl_c_ends_it_with_zero_and_no_process_left(restarted: tuple[Before, Lakehouse]) -> None:
    _, house = restarted
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(10) == 0
    assert house.process.stdout is not None
    assert house.process.stdout.read().endswith(b"stopped\n")
    assert not (house.state / "sandbox.json").exists()
    assert not [p for p in Path("/proc").glob("[0-9]*") if str(house.state).encode() in command_line(p)]


def fill(house: Lakehouse) -> Before:
    dev = talk(house)
    model = dev.model(dev.schema())
    dev.ready(model, tags=[{"key": "lane", "value": "blue"}], model_id="m-1")
    dev.good("PUT", f"{UC}/models/{model}/aliases/champion", {"version_num": 1})
    experiment = dev.good("POST", "/api/2.0/mlflow/experiments/create", {"name": "/Shared/kept"})
    return Before(
        token=house.token("lakeward"),
        metastore=house.metastore_id,
        model=model,
        pending=dev.pending(model),
        version=dev.good("GET", f"{UC}/models/{model}/versions/1?include_aliases=true"),
        experiment=experiment["experiment_id"],
        url=dev.good("POST", f"{FS}/create-download-url", query={"path": f"{root(model, 1)}/MLmodel"})["url"],
    )


def kill_in_the_middle_of_an_upload(house: Lakehouse, before: Before) -> None:
    """More than one piece of the body is on disk when the process dies."""
    parts = urlsplit(house.workspace("dev").url)
    assert parts.hostname
    lines = (
        f"PUT {FS}/files{root(before.model, before.pending)}/MLmodel HTTP/1.1",
        "Host: x",
        f"Authorization: Bearer {before.token}",
        f"Content-Length: {64 * 1024 * 1024}",
        "",
        "",
    )
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + bytes(8 * 1024 * 1024))
        wait_for(lambda: any(p.stat().st_size for p in (house.state / "files" / "drafts").iterdir()))
        house.process.kill()


def command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it ended meanwhile
        return b""
