"""Ctrl-C while a program starts. Knows nothing of what starts.

Python raises KeyboardInterrupt wherever the main thread happens to be. Within a finalizer, or in an import that takes
every exception for a missing module, it is lost, and the program would start as if nobody had asked it to end.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_kept() -> Iterator[Callable[[], None]]:
    """Ctrl-C ends the block as ever; what it yields raises KeyboardInterrupt if one was lost on the way.
    For the main thread; a program that was started with the signal ignored hears it as well.
    """
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
