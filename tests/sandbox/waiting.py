"""Waits for a condition with a deadline."""

from collections.abc import Callable
from threading import Event
from time import monotonic

_LOOK = 0.02


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline, never = monotonic() + seconds, Event()
    while not condition():
        assert monotonic() < deadline, f"not within {seconds:g} s"
        never.wait(_LOOK)
