"""Ctrl-C while a program starts: it ends the start, also when whatever ran just then made nothing of it."""

import signal
from contextlib import suppress

import pytest

from lakeward_sandbox.interrupt import interrupts_kept


def test_ctrl_c_ends_the_block() -> None:
    with pytest.raises(KeyboardInterrupt), interrupts_kept():
        signal.raise_signal(signal.SIGINT)


def test_one_that_was_lost_is_told_when_asked() -> None:
    with interrupts_kept() as still_wanted:
        still_wanted()
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            still_wanted()


def test_who_heard_it_before_hears_it_again_after() -> None:
    before = signal.getsignal(signal.SIGINT)
    with interrupts_kept():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
