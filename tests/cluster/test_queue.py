"""The work queue: one pass per object at a time, no lost change, the earliest timer wins, pauses that grow."""

import asyncio
from collections.abc import Iterator

import pytest

from cluster.clock import HandClock
from lakeward.cluster.queue import QueueClosed, Turn, WorkQueue
from lakeward.engine.outcome import Key

A, B, C, D = (Key("MLWorkspace", "team", name) for name in "abcd")


class Bench:
    """A queue on a hand-moved clock, and what a worker would get from it without waiting."""

    def __init__(self, runner: asyncio.Runner, chance: float = 1.0, share: int = 0) -> None:
        self._runner = runner
        self.clock = HandClock()
        # with shares, the namespace is the place
        places = (lambda key: key.namespace, share) if share else ()
        self.queue = WorkQueue(self.clock, lambda: chance, *places)

    def next(self) -> Key | None:
        """The key that a worker would get now, if any."""

        async def get() -> Key | None:
            task = asyncio.ensure_future(self.queue.get())
            await asyncio.sleep(0)
            if not task.done():
                task.cancel()
                return None
            return task.result()

        return self._runner.run(get())

    def pass_over(self) -> Key | None:
        key = self.next()
        if key is not None:
            self.queue.done(key)
        return key


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def bench(runner: asyncio.Runner) -> Bench:
    return Bench(runner)


def test_a_key_that_is_added_often_is_handed_out_once(bench: Bench) -> None:
    for turn in (Turn.RESYNC, Turn.CHANGE, Turn.RETRY):
        bench.queue.add(A, turn)
    assert [bench.pass_over(), bench.pass_over()] == [A, None]


def test_changes_come_before_deletions_before_retries_before_scans(bench: Bench) -> None:
    bench.queue.add(A, Turn.RESYNC)
    bench.queue.add(B, Turn.RETRY)
    bench.queue.add(C, Turn.DELETION)
    bench.queue.add(D, Turn.CHANGE)
    assert [bench.pass_over() for _ in range(4)] == [D, C, B, A]


def test_a_key_that_waits_moves_forward_and_never_back(bench: Bench) -> None:
    bench.queue.add(A, Turn.RETRY)
    bench.queue.add(B, Turn.RESYNC)
    bench.queue.add(B, Turn.CHANGE)
    bench.queue.add(B, Turn.RESYNC)
    assert [bench.pass_over(), bench.pass_over()] == [B, A]
    assert sum(bench.queue.depth().values()) == 0


def test_a_wake_during_a_pass_leads_to_another_one_and_not_to_a_parallel_one(bench: Bench) -> None:
    bench.queue.add(A, Turn.CHANGE)
    key = bench.next()
    bench.queue.add(A, Turn.RETRY)
    assert (key, bench.next()) == (A, None)
    bench.queue.done(A)
    assert [bench.pass_over(), bench.pass_over()] == [A, None]


def test_a_wake_during_a_pass_outruns_the_timer_that_the_pass_plans(bench: Bench) -> None:
    bench.queue.add(A, Turn.CHANGE)
    bench.next()
    bench.queue.add(A, Turn.CHANGE)
    bench.queue.add_after(A, 300, Turn.RESYNC)
    bench.queue.done(A)
    assert bench.pass_over() == A
    assert bench.clock.pending == []


def test_the_earliest_timer_wins(bench: Bench) -> None:
    bench.queue.add_after(A, 10, Turn.RESYNC)
    bench.queue.add_after(A, 3, Turn.RETRY)
    bench.queue.add_after(A, 7, Turn.RESYNC)
    bench.clock.move(2.9)
    assert bench.next() is None
    bench.clock.move(0.2)
    assert bench.pass_over() == A
    bench.clock.move(60)
    assert bench.next() is None


def test_a_timer_of_a_running_pass_fires_into_another_pass(bench: Bench) -> None:
    bench.queue.add_after(A, 5, Turn.RESYNC)
    bench.queue.add(B, Turn.CHANGE)
    bench.next()
    bench.queue.add_after(B, 5, Turn.RETRY)
    bench.clock.move(6)
    assert bench.pass_over() == A
    bench.queue.done(B)
    assert bench.pass_over() == B


def test_an_immediate_pass_replaces_a_planned_one(bench: Bench) -> None:
    bench.queue.add_after(A, 5, Turn.RETRY)
    bench.queue.add(A, Turn.CHANGE)
    assert bench.pass_over() == A
    bench.clock.move(10)
    assert bench.next() is None


def test_no_time_at_all_means_now(bench: Bench) -> None:
    bench.queue.add_after(A, 0, Turn.RETRY)
    bench.queue.add_after(B, -3, Turn.RETRY)
    assert {bench.pass_over(), bench.pass_over()} == {A, B}


def fail_for_ever(bench: Bench, times: int, floor: float = 0.0) -> list[float]:
    pauses = []
    bench.queue.add(A, Turn.CHANGE)
    for _ in range(times):
        assert bench.next() == A
        pauses.append(bench.queue.retry(A, floor))
        bench.queue.done(A)
        assert bench.next() is None
        bench.clock.move(pauses[-1])
    return pauses


def test_what_fails_for_ever_is_tried_every_five_minutes_in_the_end(bench: Bench) -> None:
    assert fail_for_ever(bench, 13) == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_chance_halves_a_pause_at_most(runner: asyncio.Runner) -> None:
    assert fail_for_ever(Bench(runner, chance=0.0), 3) == [0.25, 0.5, 1]


def test_a_pause_is_never_shorter_than_what_was_asked(bench: Bench) -> None:
    assert fail_for_ever(bench, 7, floor=30.0) == [30, 30, 30, 30, 30, 30, 32]


def test_what_was_forgotten_begins_with_a_short_pause_again(bench: Bench) -> None:
    fail_for_ever(bench, 8)
    bench.queue.forget(A)
    bench.next()
    assert bench.queue.retry(A) == 0.5


def test_who_wants_to_come_again_at_once_for_ever_is_slowed_down(bench: Bench) -> None:
    bench.queue.add(A, Turn.CHANGE)
    pauses = []
    for _ in range(24):
        assert bench.next() == A
        pauses.append(bench.queue.again(A, 0.1))
        bench.queue.done(A)
        bench.clock.move(pauses[-1])
    assert pauses == [0.1] * 12 + [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_hurry_does_not_make_a_failure_wait_longer(bench: Bench) -> None:
    for _ in range(20):
        bench.queue.again(A, 0.1)
    assert bench.queue.retry(A) == 0.5


def test_nothing_is_left_of_what_is_gone(bench: Bench) -> None:
    bench.queue.add(A, Turn.CHANGE)
    bench.queue.add_after(B, 5, Turn.RESYNC)
    bench.queue.drop(A)
    bench.queue.drop(B)
    bench.clock.move(10)
    assert bench.next() is None


def test_a_closed_queue_hands_out_nothing_and_tells_who_waits() -> None:
    async def story() -> None:
        queue = WorkQueue(asyncio.get_running_loop(), lambda: 0.0)
        waiting = asyncio.ensure_future(queue.get())
        await asyncio.sleep(0)
        queue.close()
        with pytest.raises(QueueClosed):
            await waiting
        queue.add(A, Turn.CHANGE)
        with pytest.raises(QueueClosed):
            await queue.get()

    asyncio.run(story())


def test_every_waiting_worker_gets_a_key() -> None:
    async def story() -> set[Key]:
        queue = WorkQueue(asyncio.get_running_loop(), lambda: 0.0)
        waiting = [asyncio.ensure_future(queue.get()) for _ in range(3)]
        await asyncio.sleep(0)
        for key in (A, B, C):
            queue.add(key, Turn.CHANGE)
        return set(await asyncio.wait_for(asyncio.gather(*waiting), 5))

    assert asyncio.run(story()) == {A, B, C}


def test_places_take_turns(runner: asyncio.Runner) -> None:
    bench = Bench(runner, share=2)
    crowd = [Key("MLWorkspace", "crowd", f"n{n}") for n in range(4)]
    for key in (*crowd, A):
        bench.queue.add(key, Turn.CHANGE)
    assert [bench.pass_over() for _ in range(6)] == [crowd[0], A, *crowd[1:], None]


def test_a_place_has_no_more_passes_at_a_time_than_its_share(runner: asyncio.Runner) -> None:
    bench = Bench(runner, share=2)
    crowd = [Key("MLWorkspace", "crowd", f"n{n}") for n in range(3)]
    for key in crowd:
        bench.queue.add(key, Turn.CHANGE)
    bench.queue.add(A, Turn.RESYNC)
    assert [bench.next() for _ in range(4)] == [crowd[0], crowd[1], A, None]
    bench.queue.done(crowd[1])
    assert bench.next() == crowd[2]


def test_who_waits_for_a_share_is_told_when_it_is_free(runner: asyncio.Runner) -> None:
    bench = Bench(runner, share=1)

    async def scene() -> Key:
        bench.queue.add(A, Turn.CHANGE)
        bench.queue.add(B, Turn.CHANGE)
        assert await bench.queue.get() == A
        waiting = asyncio.ensure_future(bench.queue.get())
        await asyncio.sleep(0)
        assert not waiting.done()
        bench.queue.done(A)
        return await asyncio.wait_for(waiting, 5)

    assert runner.run(scene()) == B
    bench.queue.drop(B)
    bench.queue.done(B)
    assert bench.queue.depth() == dict.fromkeys(Turn, 0)
