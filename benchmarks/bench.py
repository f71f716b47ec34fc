"""What figures measure on: a lakehouse, a cluster, a crowd. Made when the first figure asks, ended with the block."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from lakeward_sandbox.launch import Lakehouse, lakehouse

if TYPE_CHECKING:
    from benchmarks.crowd import Crowd
    from benchmarks.rig import Rig

ROOT = Path(__file__).resolve().parent.parent
AZURE_SECONDS = 0.2


@dataclass
class Bench:
    """`quick` asks for small numbers of objects and repetitions. Everything in `stack` ends with the block.

    `running` is a lakehouse that is there already and stays.
    """

    folder: Path
    environ: Mapping[str, str]
    quick: bool = False
    running: Lakehouse | None = None
    stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    @cached_property
    def house(self) -> Lakehouse:
        """The lakehouse that all figures of this run share; each uses names of its own in it."""
        if self.running is not None:
            return self.running
        self.say("starting a lakehouse")
        return self.stack.enter_context(lakehouse(self.folder / "lakehouse", azure_seconds=AZURE_SECONDS))

    @cached_property
    def rig(self) -> "Rig":
        """The cluster that all figures of this run share."""
        from benchmarks.rig import Rig  # noqa: PLC0415 - counts need no client of Kubernetes

        return Rig(self)

    @cached_property
    def crowd(self) -> "Crowd":
        """A thousand promotions in the cluster; from then on nothing there is idle for long."""
        from benchmarks.crowd import gathered  # noqa: PLC0415 - see above

        return gathered(self, self.rig)

    def say(self, line: str) -> None:
        """One line of progress."""
        sys.stderr.write(f"  {line}\n")
        sys.stderr.flush()
