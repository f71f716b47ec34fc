"""Lets SIGTERM and SIGHUP end a block as Ctrl-C does, so that what was started in it is stopped in order.
It knows nothing of what that is.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def signals_unwind() -> Iterator[None]:
    """Takes over only signals that nobody handles, and none outside of the main thread, where Python forbids it."""
    free = [one for one in ENDING if signal.getsignal(one) is signal.SIG_DFL]
    taken = free if threading.current_thread() is threading.main_thread() else []
    for one in taken:
        signal.signal(one, _unwind)
    try:
        yield
    finally:
        for one in taken:
            signal.signal(one, signal.SIG_DFL)


def _unwind(number: int, _frame: FrameType | None) -> None:
    # not SystemExit: pytest takes that for the failure of one test, and goes on with the next
    raise KeyboardInterrupt(signal.Signals(number).name)
