"""Long work beside the passes, with real threads."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lakeward.engine.errors import Denied, Problem
from lakeward.engine.reasons import Reason
from lakeward.engine.work import Failed, Running, Stopped, Works

DEADLINE = 5.0
Tell = Callable[[str], None]


class Bell:
    """Rung when work has ended."""

    def __init__(self) -> None:
        self._rung = threading.Semaphore(0)

    def ring(self) -> None:
        self._rung.release()

    def wait(self) -> None:
        assert self._rung.acquire(timeout=DEADLINE)

    @property
    def quiet(self) -> bool:
        return not self._rung.acquire(blocking=False)


class Held:
    """Work that tells and waits until it may go on."""

    def __init__(self, problem: BaseException | None = None) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.times = 0
        self._problem = problem

    def __call__(self, tell: Tell) -> None:
        self.times += 1
        tell("half way")
        self.begun.set()
        assert self.go_on.wait(DEADLINE)
        if self._problem:
            raise self._problem


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def test_work_is_seen_while_it_runs_and_wakes_when_it_has_ended(pool: ThreadPoolExecutor) -> None:
    works, work, bell = Works(pool), Held(), Bell()
    assert works.state("k") is None
    works.start("k", work, bell.ring)
    assert work.begun.wait(DEADLINE)
    assert works.state("k") == Running("half way")
    assert bell.quiet
    work.go_on.set()
    bell.wait()
    assert works.state("k") is None
    assert bell.quiet


def test_work_of_one_key_runs_once_at_a_time(pool: ThreadPoolExecutor) -> None:
    works, work, bell = Works(pool), Held(), Bell()
    for _ in range(3):
        works.start("k", work, bell.ring)
    work.go_on.set()
    bell.wait()
    assert (work.times, bell.quiet) == (1, True)
    works.start("k", work, bell.ring)
    bell.wait()
    assert work.times == 2


def test_work_beyond_the_pool_is_queued_and_says_so(pool: ThreadPoolExecutor) -> None:
    works, work, bell = Works(pool), Held(), Bell()
    for key in "abc":
        works.start(key, work, bell.ring)
    assert works.state("c") == Running("queued")
    work.go_on.set()
    for _ in "abc":
        bell.wait()
    assert [works.state(key) for key in "abc"] == [None] * 3


def test_a_problem_is_told_once_and_then_forgotten(pool: ThreadPoolExecutor) -> None:
    problem = Denied("no right")
    works, work, bell = Works(pool), Held(problem), Bell()
    works.start("k", work, bell.ring)
    work.go_on.set()
    bell.wait()
    state = works.state("k")
    assert isinstance(state, Failed)
    assert state.problem is problem
    assert works.state("k") is None


def test_a_new_start_forgets_the_old_problem(pool: ThreadPoolExecutor) -> None:
    works, failing, good, bell = Works(pool), Held(Denied("no right")), Held(), Bell()
    failing.go_on.set()
    works.start("k", failing, bell.ring)
    bell.wait()
    good.go_on.set()
    works.start("k", good, bell.ring)
    bell.wait()
    assert works.state("k") is None


@pytest.mark.parametrize("defect", [KeyError("dapi-secret"), SystemExit("dapi-secret")])
def test_a_defect_of_the_work_ends_as_a_problem_without_its_text(
    pool: ThreadPoolExecutor, defect: BaseException
) -> None:
    works, work, bell = Works(pool), Held(defect), Bell()
    work.go_on.set()
    works.start("k", work, bell.ring)
    bell.wait()
    state = works.state("k")
    assert isinstance(state, Failed)
    assert isinstance(state.problem, Problem)
    assert state.problem.reason is Reason.INTERNAL_ERROR
    assert "dapi" not in state.problem.text


def test_a_stop_is_seen_by_running_work_and_starts_no_other(pool: ThreadPoolExecutor) -> None:
    works, work, bell = Works(pool), Held(), Bell()
    works.start("k", work, bell.ring)
    assert work.begun.wait(DEADLINE)
    assert not works.stopping()
    works.stop()
    assert works.stopping()
    works.start("other", work, bell.ring)
    assert works.state("other") is None
    work.go_on.set()
    bell.wait()


def test_start_is_safe_from_many_threads(pool: ThreadPoolExecutor) -> None:
    works, work, bell = Works(pool), Held(), Bell()
    everybody = threading.Barrier(20)

    def start(_: int) -> None:
        everybody.wait(DEADLINE)
        works.start("k", work, bell.ring)

    with ThreadPoolExecutor(20) as passes:
        list(passes.map(start, range(20)))
    work.go_on.set()
    bell.wait()
    assert (work.times, bell.quiet) == (1, True)


def test_work_is_asked_to_leave_between_its_steps_or_amid_one(pool: ThreadPoolExecutor) -> None:
    now = [100.0]
    works, work, bell = Works(pool, clock=lambda: now[0]), Held(), Bell()
    works.start("k", work, bell.ring)
    assert work.begun.wait(DEADLINE)
    assert (works.stopping("k"), works.stopping("k", amid=True), works.asked("k")) == (False, False, None)
    works.ask("k")
    assert (works.stopping("k"), works.stopping("k", amid=True), works.asked("k")) == (True, False, None)
    works.ask("k", at_once=True)
    now[0] += 7.0
    works.ask("k", at_once=True)
    assert (works.stopping("k"), works.stopping("k", amid=True), works.asked("k")) == (True, True, 7.0)
    assert (works.stopping("other"), works.stopping()) == (False, False)
    work.go_on.set()
    bell.wait()
    works.start("k", work, bell.ring)
    assert (works.stopping("k"), works.asked("k")) == (False, None)
    bell.wait()


def test_work_that_leaves_because_it_was_asked_to_is_no_failure(pool: ThreadPoolExecutor) -> None:
    works, work, bell = Works(pool), Held(Stopped()), Bell()
    works.start("k", work, bell.ring)
    works.ask("k")
    work.go_on.set()
    bell.wait()
    assert works.state("k") is None


def test_work_that_waits_for_its_turn_is_gone_when_it_is_asked_to_leave(pool: ThreadPoolExecutor) -> None:
    works, work, bell = Works(pool), Held(), Bell()
    for key in "ab":
        works.start(key, work, lambda: None)
    waiting = Held()
    works.start("c", waiting, bell.ring)
    works.ask("c")
    bell.wait()
    assert works.state("c") is None
    work.go_on.set()
    works.ask("nobody")
    assert waiting.times == 0


def test_the_works_of_one_owner_are_abandoned_and_no_others(pool: ThreadPoolExecutor) -> None:
    works, held = Works(pool), Held()
    for owner in ("a/b", "a/bc"):
        works.start(f"host {owner} copy", held, lambda: None)
    works.abandon("a/b")
    assert works.stopping("host a/b copy", amid=True)
    assert not works.stopping("host a/bc copy")
    held.go_on.set()


def test_no_work_goes_on_when_nothing_may_be_written_any_more(pool: ThreadPoolExecutor) -> None:
    going = [True]
    works = Works(pool, lambda: going[0])
    assert not works.stopping("k")
    going[0] = False
    assert works.stopping("k")
    assert works.stopping("k", amid=True)


def test_what_goes_on_elsewhere_is_noted_until_it_is_forgotten(pool: ThreadPoolExecutor) -> None:
    works = Works(pool)
    assert works.noted("k") is None
    works.note("k", 17)
    assert (works.noted("k"), works.noted("other")) == (17, None)
    works.note("k", None)
    works.note("k", None)
    assert works.noted("k") is None
