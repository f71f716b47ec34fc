import io

import pytest

from lakeward_sandbox.cluster.progress import Progress


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("passed", "text"), [(0.9, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"), (3671, "61 min 11 s")])
def test_the_elapsed_time_is_said_in_minutes_and_seconds(passed: float, text: str) -> None:
    clock = Clock()
    progress = Progress(list[str]().append, io.StringIO(), clock)
    clock.now += passed
    assert progress.elapsed == text


def test_without_a_terminal_a_line_is_repeated_every_quarter_of_a_minute() -> None:
    clock, said = Clock(), list[str]()
    progress = Progress(said.append, io.StringIO(), clock)
    for second in range(31):
        clock.now = 100.0 + second
        progress.show(f"line {second}")
    assert said == ["line 0", "line 15", "line 30"]


def test_without_a_terminal_what_is_new_is_said_at_once() -> None:
    clock, said = Clock(), list[str]()
    progress = Progress(said.append, io.StringIO(), clock)
    progress.show("first part")
    progress.show("second part", at_once=True)
    progress.show("second part goes on")
    assert said == ["first part", "second part"]


def test_on_a_terminal_one_line_is_renewed_and_empty_at_the_end() -> None:
    terminal, said = Terminal(), list[str]()
    progress = Progress(said.append, terminal, Clock())
    progress.show("one")
    progress.show("two")
    progress.end()
    assert said == []
    assert terminal.getvalue() == "\r\x1b[Kone\r\x1b[Ktwo\r\x1b[K"
