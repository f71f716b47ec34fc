"""What a reader sees: headings, sentences, commands, tables; colours only on a terminal. Knows nothing of the story."""

import shutil
import textwrap
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from demo.errors import DemoError
from lakeward_sandbox.cluster.processes import pause
from lakeward_sandbox.cluster.progress import Progress

WIDTH = 100
INDENT = "   "
LOOK_SECONDS = 0.2
LONG_SECONDS = 3.0

BOLD, DIM, GREEN, RED, CYAN = "1", "2", "32", "31", "36"


class Screen:
    """Writes to one stream. `check` is called while something is waited for, and raises when that became hopeless."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        self.stream = stream
        self._columns = shutil.get_terminal_size().columns if stream.isatty() else None
        self._colours = stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        self._begun = time.monotonic()
        self._acts = 0

    @property
    def elapsed(self) -> str:
        return f"{time.monotonic() - self._begun:.0f} s"

    def title(self, text: str, below: str) -> None:
        self._line(self._in(BOLD, text))
        self._line("")
        self._wrapped(below, "")

    def act(self, text: str, sentence: str) -> None:
        """A heading, and one sentence that says what comes and why."""
        self._acts += 1
        self._line("")
        self._line(self._in(BOLD, f"{self._acts}. {text}"))
        self.tell(sentence)

    def tell(self, sentence: str) -> None:
        self._wrapped(sentence, INDENT)

    def note(self, line: str) -> None:
        """A small fact that belongs to the step before it."""
        for part in self._fitted(line, len(INDENT)):
            self._line(f"{INDENT}{self._in(DIM, part)}")

    def done(self, line: str) -> None:
        first, *rest = self._fitted(line, len(f"{INDENT}ok  "))
        self._line(f"{INDENT}{self._in(GREEN, 'ok')}  {first}")
        for part in rest:
            self._line(f"{INDENT}    {part}")

    def command(self, first: str, *rest: str) -> None:
        """What a person would type, on as many lines."""
        for line in " \\\n    ".join((f"$ {first}", *rest)).splitlines():
            self._line(f"{INDENT}{self._in(CYAN, line)}")

    def block(self, text: str) -> None:
        """Output of a command, as it came."""
        for line in text.rstrip().splitlines():
            self._line(f"{INDENT}  {line}".rstrip())

    def message(self, text: str) -> None:
        """A line of output that is a sentence, and may be long."""
        for line in self._fitted(text, len(f"{INDENT}  ")):
            self._line(f"{INDENT}  {line}")

    def difference(self, lines: list[str]) -> None:
        """Lines led by - and +, and the names of files."""
        for line in lines:
            colour = {"-": RED, "+": GREEN}.get(line[:1], BOLD)
            self._line(f"{INDENT}  {self._in(colour, line)}")

    def failed(self, sentence: str) -> None:
        self._line("")
        self._line(f"{self._in(RED, 'The demo failed:')} {sentence}")

    def gap(self) -> None:
        self._line("")

    def wait(self, what: str, condition: Callable[[], bool], seconds: float, check: Callable[[], None]) -> None:
        """Returns when the condition holds, and says what it waits for when that takes long. DemoError in the end."""
        begun, progress = time.monotonic(), Progress(self._line, self.stream)
        try:
            while not condition():
                check()
                waited = time.monotonic() - begun
                if waited > seconds:
                    raise DemoError(f"after {seconds:.0f} seconds it is not so that {what}.")
                if waited > LONG_SECONDS:
                    progress.show(f"{INDENT}waiting until {what} ({progress.elapsed})")
                pause(LOOK_SECONDS)
        finally:
            progress.end()

    def _wrapped(self, text: str, indent: str) -> None:
        for line in textwrap.wrap(text, min(WIDTH, self._columns or WIDTH) - len(indent)):
            self._line(f"{indent}{line}")

    def _fitted(self, text: str, indent: int) -> list[str]:
        """Broken between words where a terminal is too narrow; elsewhere a fact stays one line, to be searched."""
        if self._columns is None:
            return [text]
        lead = " " * (len(text) - len(text.lstrip()) + 2)
        return textwrap.wrap(text, max(self._columns - indent, 20), subsequent_indent=lead, break_on_hyphens=False)

    def _in(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text

    def _line(self, text: str) -> None:
        self.stream.write(f"{text}\n")
        self.stream.flush()
