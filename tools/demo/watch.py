"""Promotions as they change, by `kubectl get modelpromotions --watch`: each change is shown once, as a table's row."""

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from demo.errors import DemoError
from demo.kubectl import Kubectl
from demo.screen import Screen

READY = '.status.conditions[?(@.type=="Ready")]'
FIELDS = {
    "NAME": ".metadata.name",
    "SOURCE": ".spec.source.version",
    "CHAMPION": ".status.summary.champion",
    "PHASE": ".status.phase",
    "GATES": ".status.summary.gates",
    "READY": f"{READY}.status",
    "generation": ".metadata.generation",
    "observed": ".status.observedGeneration",
}
SHOWN = ("NAME", "SOURCE", "CHAMPION", "PHASE", "GATES", "READY")
WIDTHS = (13, 9, 11, 19, 8, 8)
SEPARATOR = "|"  # a tab would not arrive: kubectl aligns what it watches
TEMPLATE = SEPARATOR.join(f"{{{path}}}" for path in FIELDS.values()) + '{"\\n"}'
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Row:
    """One promotion at one moment. Its phase is None while the operator has not seen the newest spec."""

    cells: tuple[str, ...]
    phase: str | None


class Watch:
    """The newest row of each promotion, and the screen that shows them."""

    def __init__(self, lines: "queue.Queue[str | None]", screen: Screen, check: Callable[[], None]) -> None:
        self._lines = lines
        self._screen = screen
        self._check = check
        self._rows: dict[str, Row] = {}
        self._headed = False

    def until(self, wanted: Mapping[str, str], seconds: float) -> None:
        """Shows changes until each named promotion is in its phase. DemoError after the deadline says who is not."""
        deadline = time.monotonic() + seconds
        while any(self._phase(name) != phase for name, phase in wanted.items()):
            self._check()
            if time.monotonic() > deadline:
                raise DemoError(f"after {seconds:.0f} seconds {self._behind(wanted)}.")
            try:
                line = self._lines.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
            if line is None:
                raise DemoError("`kubectl get modelpromotions --watch` ended by itself.")
            self._see(line)

    def _see(self, line: str) -> None:
        row = parsed(line)
        before = self._rows.get(row.cells[0])
        self._rows[row.cells[0]] = row
        if before is None or before.cells != row.cells:
            if not self._headed:
                self._screen.block(padded(SHOWN))
                self._headed = True
            self._screen.block(padded(row.cells))

    def _phase(self, name: str) -> str | None:
        return self._rows[name].phase if name in self._rows else None

    def _behind(self, wanted: Mapping[str, str]) -> str:
        return " and ".join(
            f"the promotion {name} is {self._phase(name) or 'not judged'} and not {phase}"
            for name, phase in wanted.items()
            if self._phase(name) != phase
        )


def parsed(line: str) -> Row:
    """A line of kubectl, as TEMPLATE asks for it."""
    found = dict(zip(FIELDS, line.rstrip("\n").split(SEPARATOR), strict=True))
    seen = found["generation"] == found["observed"]
    return Row(tuple(found[name] for name in SHOWN), found["PHASE"] if seen else None)


def padded(cells: tuple[str, ...]) -> str:
    """One row of the table."""
    return "".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


@contextmanager
def watching(
    kubectl: Kubectl, namespace: str, screen: Screen, check: Callable[[], None], *names: str
) -> Iterator[Watch]:
    """Watches the promotions of a namespace, all or these, until the end of the block."""
    words = ("get", "modelpromotions", *names, f"--namespace={namespace}", "--watch", f"--output=jsonpath={TEMPLATE}")
    lines: queue.Queue[str | None] = queue.Queue()
    with subprocess.Popen(  # noqa: S603 - the demo's own words
        kubectl.command(*words),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            yield Watch(lines, screen, check)
        finally:
            process.kill()
            reader.join()


def _read(stream: TextIO, lines: "queue.Queue[str | None]") -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)
