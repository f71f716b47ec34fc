"""Shared readings, with real threads."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from lakeward.engine.snapshots import Snapshots

DEADLINE = 5.0
ALWAYS = 0.0
NEVER = float("inf")


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Source:
    """Counts its readings; `during` happens in the midst of each."""

    value: str = "first"
    during: Callable[[], object] = lambda: None
    readings: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> str:
        with self.lock:
            self.readings += 1
        found = self.value
        self.during()
        return found


def test_a_reading_is_shared_while_it_is_recent_enough() -> None:
    clock, source = Clock(), Source()
    snapshots = Snapshots(clock)
    assert snapshots.get("k", source.load, since=50) == "first"
    source.value = "second"
    clock.now = 500
    assert snapshots.get("k", source.load, since=100) == "first"
    assert source.readings == 1
    assert snapshots.get("k", source.load, since=100.5) == "second"
    assert source.readings == 2


def test_a_reading_is_as_old_as_its_beginning() -> None:
    clock = Clock()
    source = Source(during=lambda: setattr(clock, "now", clock.now + 60))
    snapshots = Snapshots(clock)
    snapshots.get("k", source.load, since=ALWAYS)
    snapshots.get("k", source.load, since=101)
    assert source.readings == 2


def test_fresh_means_a_reading_of_ones_own_that_others_may_then_use() -> None:
    snapshots, source = Snapshots(Clock()), Source()
    snapshots.get("k", source.load, since=NEVER)
    snapshots.get("k", source.load, since=NEVER)
    snapshots.get("k", source.load, since=100)
    assert source.readings == 2


def test_keys_share_nothing() -> None:
    snapshots, one, two = Snapshots(Clock()), Source("one"), Source("two")
    assert snapshots.get(("a", 1), one.load, ALWAYS) == "one"
    assert snapshots.get(("b", 1), two.load, ALWAYS) == "two"


def test_a_reading_of_nothing_is_a_reading() -> None:
    calls: list[int] = []
    snapshots = Snapshots(Clock())
    for _ in range(2):
        assert snapshots.get("k", lambda: calls.append(1), since=50) is None
    assert calls == [1]


def test_a_hundred_who_ask_together_cause_one_reading() -> None:
    everybody = threading.Barrier(100)
    snapshots, source = Snapshots(Clock()), Source()

    def ask(_: int) -> str:
        everybody.wait(DEADLINE)
        return snapshots.get("k", source.load, since=100)

    with ThreadPoolExecutor(100) as pool:
        assert set(pool.map(ask, range(100))) == {"first"}
    assert source.readings == 1


def test_readings_of_two_keys_do_not_wait_for_each_other() -> None:
    meeting = threading.Barrier(2)
    snapshots, source = Snapshots(Clock()), Source(during=lambda: meeting.wait(DEADLINE))
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda k: snapshots.get(k, source.load, 100), "ab")) == ["first", "first"]


def test_a_failed_reading_is_not_kept_and_is_not_the_next_ones_problem() -> None:
    snapshots, source = Snapshots(Clock()), Source()

    def fail() -> str:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        snapshots.get("k", fail, since=ALWAYS)
    assert snapshots.get("k", source.load, since=ALWAYS) == "first"


def test_a_failed_reading_leaves_the_last_good_one_to_those_who_accept_its_age() -> None:
    clock, source = Clock(), Source()
    snapshots = Snapshots(clock)
    snapshots.get("k", source.load, since=ALWAYS)
    with pytest.raises(ZeroDivisionError):
        snapshots.get("k", lambda: str(1 // 0), since=NEVER)
    assert snapshots.get("k", source.load, since=100) == "first"
    assert source.readings == 1


def test_what_was_written_is_read_anew() -> None:
    snapshots, source = Snapshots(Clock()), Source()
    snapshots.get("k", source.load, since=50)
    source.value = "second"
    snapshots.forget("k")
    assert snapshots.get("k", source.load, since=50) == "second"


def test_a_reading_on_its_way_during_a_write_is_not_kept() -> None:
    snapshots, source = Snapshots(Clock()), Source()
    source.during = lambda: snapshots.forget("k")
    assert snapshots.get("k", source.load, since=50) == "first"
    source.value, source.during = "second", lambda: None
    assert snapshots.get("k", source.load, since=50) == "second"


def test_many_writes_and_readings_at_once_never_leave_an_old_value_behind() -> None:
    snapshots = Snapshots(Clock())
    truth = Source("0")

    def write(number: int) -> None:
        truth.value = str(number)
        snapshots.forget("k")

    def read(_: int) -> str:
        return snapshots.get("k", truth.load, since=50)

    with ThreadPoolExecutor(8) as pool:
        for number in range(300):
            readers = [pool.submit(read, number) for _ in range(3)]
            pool.submit(write, number).result()
            assert snapshots.get("k", truth.load, since=50) == str(number)
            for reader in readers:
                reader.result()


def test_what_nobody_asks_for_any_more_is_let_go() -> None:
    clock, source = Clock(), Source()
    snapshots = Snapshots(clock)
    snapshots.get("old", source.load, ALWAYS)
    clock.now = 200
    snapshots.get("new", source.load, ALWAYS)
    snapshots.sweep(before=150)
    snapshots.get("new", source.load, 150)
    assert source.readings == 2
    snapshots.get("old", source.load, ALWAYS)
    assert source.readings == 3


def test_a_sweep_spares_a_reading_as_long_as_was_asked() -> None:
    snapshots, source = Snapshots(Clock()), Source()
    snapshots.get("k", source.load, ALWAYS, keep=3600)
    snapshots.sweep(before=3700)
    snapshots.get("k", source.load, ALWAYS)
    assert source.readings == 1
    snapshots.sweep(before=3701)
    snapshots.get("k", source.load, ALWAYS)
    assert source.readings == 2


def test_a_reading_on_its_way_outlives_the_sweep() -> None:
    snapshots, source = Snapshots(Clock()), Source()
    source.during = lambda: snapshots.sweep(before=NEVER)
    snapshots.get("k", source.load, ALWAYS)
    snapshots.get("k", source.load, 100)
    assert source.readings == 1
