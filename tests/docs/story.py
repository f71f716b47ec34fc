"""Types the commands of a page, as its reader does: files are saved, programs of their own terminal go on meanwhile."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from docs.pages import Block
from lakeward_sandbox.cluster.processes import Guard, Program

READY_SECONDS, COMMAND_SECONDS, STOP_SECONDS = 60.0, 130.0, 20.0
# each terminal begins with this line, as the page asks for
TERMINAL = "set -euo pipefail; if [ -f .lakeward/cluster/env ]; then . .lakeward/cluster/env; fi\n"


@dataclass
class Story:
    """One run of a page in `folder`. `instead` are words that a test replaces, to use free ports."""

    folder: Path
    guard: Guard
    instead: Mapping[str, str]
    programs: list[tuple[Program, str]] = field(default_factory=list)
    said: dict[int, str] = field(default_factory=dict)

    def type(self, block: Block) -> None:
        """Carry out one block; AssertionError with what was said when it does not end as the page says."""
        file = block.word("file")
        if file:
            (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / file).write_text(self._text(block))
        elif "background" in block.words:
            self._start(block)
        elif "run" in block.words:
            self._run(block)

    def wait(self) -> None:
        """Until every program in the background has said what the page waits for."""
        for program, until in self.programs:
            wanted = re.compile(f"^{until}", re.MULTILINE)
            for _ in range(int(READY_SECONDS / 0.1)):
                if wanted.search(program.log.read_text()) or program.ended(within=0.1):
                    break
            assert wanted.search(program.log.read_text()), program.log.read_text()

    def _start(self, block: Block) -> None:
        self.wait()
        log = self.folder.parent / f"{len(self.programs)}.log"
        command = ["bash", "-c", f"{TERMINAL}exec {self._text(block)}"]
        program = self.guard.launch(command, log, cwd=self.folder, environ=self._environ())
        self.programs.append((program, block.word("until")))

    def _run(self, block: Block) -> None:
        self.wait()
        done = subprocess.run(
            ["bash", "-c", TERMINAL + self._text(block)],
            cwd=self.folder,
            env=self._environ(),
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == int(block.word("exit") or 0), f"{block}: {done.stdout}{done.stderr}{self._logs()}"
        self.said[block.line] = done.stdout

    def _text(self, block: Block) -> str:
        text = block.text
        for word, other in self.instead.items():
            text = text.replace(word, other)
        return text

    def _logs(self) -> str:
        return "".join(f"\n{program.name}:\n{program.end_of_log(20)}" for program, _ in self.programs)

    def _environ(self) -> Mapping[str, str]:
        machine = dict(os.environ)  # noqa: TID251 - the machine's PATH and cache; there are no settings here
        return machine | {"PATH": f"{Path(sys.executable).parent}:{machine['PATH']}", "PYTHONWARNINGS": "ignore"}


@contextmanager
def story(folder: Path, instead: Mapping[str, str]) -> Iterator[Story]:
    """A run that ends all of its programs, the last one first."""
    guard = Guard()
    told = Story(folder, guard, instead)
    try:
        yield told
    finally:
        for program, _ in reversed(told.programs):
            program.stop(STOP_SECONDS)
        guard.close()
