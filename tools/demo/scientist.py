"""Ana, a data scientist: a child process that trains and predicts with MLflow, started early for its slow imports."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from demo.errors import DemoError
from lakeward_sandbox.launch import WorkspaceAddress

SECONDS = 120.0
MEANING = {
    "train": "the model is trained and registered",
    "predict": "the model is loaded and has answered",
    "remembered": "the tags are read",
    "point": "the alias is moved",
    "revoke": "the privileges are taken away",
}
# a login of the user's own must not lead the child to a real workspace
FOREIGN = ("DATABRICKS_", "MLFLOW_", "AZURE_", "ARM_")

Json = Mapping[str, Any]
Wait = Callable[[str, Callable[[], bool], float], None]


class Scientist:
    """Gives orders to the child and waits for its answers."""

    def __init__(self, process: subprocess.Popen[str], answers: "queue.Queue[str]", log: Path) -> None:
        self._process = process
        self._answers = answers
        self._log = log

    def do(self, what: str, order: Json, workspace: WorkspaceAddress, token: str, wait: Wait) -> Json:
        """One order, carried out in one workspace by who owns the token."""
        login = {"host": workspace.url, "token": token}
        assert self._process.stdin is not None  # noqa: S101 - started with a pipe
        try:
            self._process.stdin.write(f"{json.dumps({**order, **login, 'do': what})}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        wait(MEANING[what], self._has_answer, SECONDS)
        answer: Json = json.loads(self._answers.get())
        return answer

    def _has_answer(self) -> bool:
        if self._answers.empty() and self._process.poll() is not None:
            raise self._ended()
        return not self._answers.empty()

    def _ended(self) -> DemoError:
        said = self._log.read_text(errors="replace").strip().rpartition("\n")[2]
        return DemoError(f"the training program ended: {said or 'it said nothing'}.")


@contextmanager
def scientist(log: Path, environ: Mapping[str, str]) -> Iterator[Scientist]:
    """Starts the child; it ends with the block, and when this process dies, for then its input ends."""
    own = {name: value for name, value in environ.items() if not name.startswith(FOREIGN)}
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, "-m", "demo.training"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            env={**own, "PYTHONWARNINGS": "ignore"},
            start_new_session=True,
        ) as process,
    ):
        answers: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process.stdout, answers), daemon=True)
        reader.start()
        try:
            yield Scientist(process, answers, log)
        finally:
            process.kill()
            reader.join()


def _read(stream: TextIO, answers: "queue.Queue[str]") -> None:
    for line in stream:
        answers.put(line)
