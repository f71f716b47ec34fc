"""Starts the real lakehouse as a child process, for tests and demos, and talks to its own doors.

    from lakeward_sandbox.launch import lakehouse

    with lakehouse(tmp_path) as house:                       # free ports; ends with the block, also on errors
        dev = house.workspace("dev")
        client = WorkspaceClient(host=dev.url, token=house.token("lakeward"), auth_type="pat")
        house.clear()                                        # forget requests and faults
        fault = house.fault("reset", method="PUT", path="/aliases/", when="after")
        ...
        assert [r.path for r in house.requests(principal="lakeward", method="PUT")] == [...]
        assert house.hits(fault) == 1

A second `lakehouse(tmp_path)` after the first one ended continues with the same state, tokens and metastore.
It uses the standard library only and knows the lakehouse by its HTTP doors and its `sandbox.json`.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0


class LakehouseError(Exception):
    """The child did not start, or refused what was asked of its doors; the text says why."""


@dataclass(frozen=True)
class WorkspaceAddress:
    """Where a workspace answers."""

    name: str
    url: str
    id: int


@dataclass(frozen=True)
class Request:
    """One request as the lakehouse logged it. `status` is None while it is in flight and after a reset."""

    sequence: int
    method: str
    path: str
    query: str
    status: int | None
    principal: str | None
    user_agent: str
    workspace: str
    body_fields: tuple[str, ...]
    fault: str | None


class Lakehouse:
    """A running lakehouse. `process` is the child, for tests that kill it."""

    def __init__(self, state: Path, process: subprocess.Popen[bytes]) -> None:
        self.state = state
        self.process = process
        self._sheet: Mapping[str, Any] = json.loads((state / "sandbox.json").read_text())

    @property
    def azure_url(self) -> str:
        return str(self._sheet["azureResourceManager"]["url"])

    @property
    def subscription(self) -> str:
        """The id of the Azure subscription that `lakeward` may enter."""
        return str(self._sheet["azureResourceManager"]["subscriptionId"])

    @property
    def foreign_subscription(self) -> str:
        """The id of the one that it may not."""
        return str(self._sheet["azureResourceManager"]["foreignSubscriptionId"])

    @property
    def account_url(self) -> str:
        return str(self._sheet["databricksAccount"]["url"])

    @property
    def metastore_id(self) -> str:
        return str(self._sheet["metastore"]["id"])

    def workspace(self, name: str) -> WorkspaceAddress:
        """`dev`, `test` or `prod`."""
        entry = self._sheet["workspaces"][name]
        return WorkspaceAddress(name, entry["url"], entry["workspaceId"])

    def token(self, principal: str) -> str:
        """The token of `ana@example.com`, `lakeward`, `lakeward-copy` or `lakeward-dev` (who may enter dev only)."""
        return str(self._sheet["tokens"][principal])

    def requests(
        self,
        *,
        principal: str | None = None,
        method: str | None = None,
        workspace: str | None = None,
        path: str | None = None,
        after: int = 0,
    ) -> list[Request]:
        """The log since the last clear, in order of arrival. `path` is a part of a path, `after` a sequence number."""
        filters = {"principal": principal, "method": method, "workspace": workspace, "path": path, "after": after}
        query = urlencode({name: value for name, value in filters.items() if value is not None})
        entries = self._door("GET", f"requests?{query}")["requests"]
        return [Request(**{**entry, "body_fields": tuple(entry["body_fields"])}) for entry in entries]

    def clear(self) -> None:
        """Forgets all requests, removes all faults and scripts of jobs (what they held goes on), ends the lag of
        listings, and gives back all calls to Azure.
        """
        self._door("DELETE", "faults")
        self._door("DELETE", "jobs")
        self._door("POST", "lag", {"seconds": 0})
        self._door("DELETE", "requests")

    def fault(self, effect: str, **fields: str | float) -> str:
        """Adds a fault and returns its id.

        effect: `status` (an error: status, error_code, message, retry_after), `reset` (the connection breaks), `delay`
        (answers after seconds), `hold` (answers when released), `hang` (never answers; a release breaks the
        connection), `malformed` (half of a JSON text), `stale` (the first `reads` reads of `path` after a write see
        all objects as they were before that write), `fail` (the long-running operation in Azure that it begins, or
        the registration of the model version that it finalizes, ends as failed, with error_code and message), `forget`
        (the call happens without the field body_field of its body).
        Which calls: method, path (a regular expression, searched), workspace, principal, offset (matches to let pass
        first), count (how many to strike, 0 for all; default 1). when: `before` (default) or `after` the call's effect.
        For `stale`, offset and count number the writes, and write_path says which writes (default: any).
        """
        return str(self._door("POST", "faults", {"effect": effect, **fields})["id"])

    def faults(self) -> list[Mapping[str, Any]]:
        """All rules with their counters `matched`, `hits` and `held`."""
        found: list[Mapping[str, Any]] = self._door("GET", "faults")["faults"]
        return found

    def hits(self, fault: str) -> int:
        """How many calls the fault struck."""
        return int(self._door("GET", f"faults/{fault}")["hits"])

    def remove(self, fault: str) -> None:
        """Removes one fault; what it held goes on."""
        self._door("DELETE", f"faults/{fault}")

    def wait_held(self, fault: str, calls: int = 1, seconds: float = 10.0) -> None:
        """Returns as soon as a `hold` or `hang` fault holds so many calls. Raises LakehouseError when it does not."""
        self._door("GET", f"faults/{fault}/held?calls={calls}&seconds={seconds}", timeout=seconds + 10)

    def release(self, fault: str) -> int:
        """Lets go what the fault holds now; returns how many calls. Later matches within its count are held again."""
        return int(self._door("POST", f"faults/{fault}/release")["released"])

    def script(self, job: str | int, outcome: str = "SUCCESS", **fields: str | float) -> None:
        """Says how coming runs of a job, by its name or number, end; they are played then, and nothing is executed.

        outcome: SUCCESS, SUCCESS_WITH_FAILURES, FAILED, TIMEDOUT, CANCELED or INTERNAL_ERROR (the older life cycle
        state is INTERNAL_ERROR then, and the result FAILED). message: what the run says. seconds: how long it runs (0).
        hold: it runs until `release_runs`. task: the key of the one task that is meant. workspace: for a name that jobs
        of several have. count: how many runs (0, all). A later script for the same job, task and workspace replaces it.
        """
        self._door("POST", "jobs", {"job": job, "outcome": outcome, **fields})

    def release_runs(self, job: str | int, workspace: str | None = None) -> int:
        """Lets go the runs of a job that are held now, and returns how many; they end when their seconds have passed.
        Later ones are held again.
        """
        where = {} if workspace is None else {"workspace": workspace}
        return int(self._door("POST", "jobs/release", {"job": job, **where})["released"])

    def lag(self, seconds: float) -> None:
        """Listings of model versions leave out those that are younger; a read by number sees them at once.

        seconds: 0 ends it; a negative number hides all versions that are made from now on, until it is called again.
        """
        self._door("POST", "lag", {"seconds": seconds})

    def stop(self) -> None:
        """Ends the child in good order and waits for it. Calling it again is harmless."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        _close_pipes(self.process)

    def kill(self) -> None:
        """Ends the child at once, as a power cut would."""
        self.process.kill()
        self.process.wait()
        _close_pipes(self.process)

    def _door(
        self, method: str, path: str, body: Mapping[str, object] | None = None, timeout: float = 10.0
    ) -> Mapping[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = HttpRequest(f"{self.azure_url}/_sandbox/{path}", data, method=method)  # noqa: S310 - our own child
        try:
            with urlopen(request, timeout=timeout) as response:  # noqa: S310 - our own child
                answer: Mapping[str, Any] = json.loads(response.read() or b"{}")
                return answer
        except HTTPError as refusal:
            with refusal:
                raise LakehouseError(json.loads(refusal.read())["message"]) from None


@contextmanager
def lakehouse(state: Path, port: int = 0, azure_seconds: float = 1.0) -> Iterator[Lakehouse]:
    """Starts `lakeward-sandbox up --state STATE --port PORT`, waits until it is ready, and ends it with the block.

    The child also ends when this process dies. Its messages are in STATE.log, beside the folder.

    Raises LakehouseError when it does not become ready; the text is the child's own.
    """
    house = start(state, port, azure_seconds)
    try:
        yield house
    finally:
        house.stop()


def start(state: Path, port: int = 0, azure_seconds: float = 1.0) -> Lakehouse:
    """As `lakehouse`, for callers that cannot use a block: they must call `stop`."""
    state.parent.mkdir(parents=True, exist_ok=True)
    log_path = state.with_name(f"{state.name}.log")
    command = [sys.executable, "-m", "lakeward_sandbox", "up", "--until-eof"]
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--state", str(state), "--port", str(port), "--azure-seconds", str(azure_seconds)],
            stdin=subprocess.PIPE,  # held open by us: its end tells the child that we are gone
            stdout=subprocess.PIPE,
            stderr=log,
        )
    try:
        _wait_ready(process, log_path)
        return Lakehouse(state, process)
    except BaseException:
        process.kill()
        process.wait()
        _close_pipes(process)
        raise


def _wait_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    assert process.stdout is not None  # noqa: S101 - started with a pipe
    deadline = time.monotonic() + _READY_SECONDS
    output = b""
    while not output.rpartition(b"\n")[0].rpartition(b"\n")[2].startswith(b"ready"):
        readable, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise LakehouseError(f"the lakehouse was not ready within {_READY_SECONDS:g} s: see {log}")
        piece = os.read(process.stdout.fileno(), 4096)
        if not piece:
            process.wait()
            raise LakehouseError(log.read_text().strip() or f"the lakehouse ended with code {process.returncode}")
        output += piece


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
