"""One line about long work: renewed in place on a terminal, elsewhere printed anew every quarter of a minute.
It knows nothing of the work.
"""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

REPEAT_SECONDS = 15.0


class Progress:
    """Shows how long work goes on. The clock starts when it is made."""

    def __init__(
        self, say: Callable[[str], None], terminal: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._terminal = terminal if terminal.isatty() else None
        self._clock = clock
        self._begun = clock()
        self._said = float("-inf")

    @property
    def elapsed(self) -> str:
        minutes, seconds = divmod(int(self._clock() - self._begun), 60)
        return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"

    def show(self, line: str, *, at_once: bool = False) -> None:
        """`at_once` is for what is new, not only further on."""
        if self._terminal is not None:
            width = shutil.get_terminal_size().columns - 1
            self._terminal.write(f"\r\x1b[K{line[:width]}")
            self._terminal.flush()
        elif at_once or self._clock() - self._said >= REPEAT_SECONDS:
            self._said = self._clock()
            self._say(line)

    def end(self) -> None:
        """Leaves a terminal's line empty for what comes next."""
        if self._terminal is not None:
            self._terminal.write("\r\x1b[K")
            self._terminal.flush()
