"""A copy that is paused, leaves the spec, is deleted, or may not write any more while it is on its way."""

import logging
import threading

import pytest

from copying.desk import Desk
from lakeward.engine.inventory import Row
from lakeward.engine.report import due
from lakeward.engine.resource import Phase
from lakeward.engine.results import Results, State
from lakeward.engine.work import Tell
from scenarios.registry import MLMODEL

PENDING = "PENDING_REGISTRATION"


def row(desk: Desk) -> Row:
    return Row(desk.wanted().address, "Progressing")


def held_at(desk: Desk, method: str, path: str, files: int = 3) -> str:
    """A copy that is on its way and held at this call."""
    desk.register(files=files)
    held = desk.hold(method, path)
    desk.run(desk.wanted())
    desk.house.wait_held(held)
    return held


def uploaded(desk: Desk) -> list[str]:
    """The files that got through."""
    done = [r for r in desk.writes() if r.method == "PUT" and r.status == 204]
    return [r.path.rpartition("/")[2] for r in done]


def test_a_paused_copy_stops_after_the_current_file_and_finalizes_nothing(desk: Desk) -> None:
    held = held_at(desk, "PUT", "part-0.bin")
    result = desk.run(desk.wanted(paused=True))
    assert (result.state, result.message) == (State.PROGRESSING, "stops after the current file")
    desk.house.release(held)
    desk.wait_end()
    assert uploaded(desk) == ["MLmodel", "part-0.bin"]
    assert desk.versions() == {1: PENDING}
    assert "lakeward_digest" not in desk.tags(1)


def test_while_paused_nothing_is_written_and_afterwards_the_copy_is_made(desk: Desk) -> None:
    held = held_at(desk, "PUT", "part-0.bin")
    desk.run(desk.wanted(paused=True))
    desk.house.release(held)
    desk.wait_end()
    desk.house.clear()
    assert desk.wanted(paused=True).observe(desk.client()) is None
    seen = desk.wanted(paused=True).create(desk.client())
    assert (seen.phase, seen.message) == (Phase.PROGRESSING, "stopped")
    assert (desk.works.running(), desk.writes()) == (frozenset(), [])
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.versions() == {2: "READY"}


def test_a_copy_that_is_paused_after_its_last_file_is_not_finalized(desk: Desk) -> None:
    held = held_at(desk, "PUT", "part-2.bin", files=3)
    desk.run(desk.wanted(paused=True))
    desk.house.release(held)
    desk.wait_end()
    assert uploaded(desk) == ["MLmodel", "part-0.bin", "part-1.bin", "part-2.bin"]
    assert desk.versions() == {1: PENDING}
    assert "lakeward_digest" not in desk.tags(1)


def test_a_finished_copy_is_seen_while_paused(desk: Desk) -> None:
    desk.register()
    desk.settle(desk.wanted())
    assert desk.run(desk.wanted(paused=True)).state is State.READY


def test_what_left_the_spec_on_its_way_stops_amid_a_file_and_is_removed(desk: Desk) -> None:
    held = held_at(desk, "GET", "/dev/tumor/1/data/part-0.bin")
    result = desk.run(None, [row(desk)])
    assert (result.state, result.message) == (State.PROGRESSING, "stops copying")
    assert due(Results((result,))) == (10.0, False)
    desk.house.release(held)
    desk.wait_end()
    assert desk.woken.acquire(timeout=5)
    assert desk.run(None, [row(desk)]).state is State.GONE
    assert (uploaded(desk), desk.versions()) == (["MLmodel"], {})


def test_a_copy_on_its_way_that_left_the_spec_is_seen(desk: Desk) -> None:
    held_at(desk, "PUT", "part-0.bin")
    seen = desk.left().observe(desk.client())
    assert seen is not None
    assert (seen.phase, seen.message[:20]) == (Phase.PROGRESSING, "copying file 2 of 4,")


def test_a_copy_that_only_waits_for_a_thread_goes_at_once(desk: Desk) -> None:
    desk.register()
    gate = threading.Event()

    def busy(_: Tell) -> None:
        assert gate.wait(20)

    for name in ("a", "b"):
        desk.works.start(name, busy, desk.woken.release)
    assert desk.run(desk.wanted()).state is State.PROGRESSING
    assert len(desk.works.running()) == 3
    assert desk.run(None, [row(desk)]).state is State.GONE
    assert desk.works.running() == {"a", "b"}
    gate.set()
    desk.wait_end()
    assert (desk.writes(), desk.versions()) == ([], {})


@pytest.mark.parametrize("seconds", [59.0, 61.0])
def test_a_deletion_does_not_wait_for_a_call_that_hangs(
    desk: Desk, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    held = held_at(desk, "PUT", "part-0.bin")
    assert desk.run(None, [row(desk)]).state is State.PROGRESSING
    desk.now += seconds
    with caplog.at_level(logging.WARNING):
        result = desk.run(None, [row(desk)])
    assert result.state is (State.PROGRESSING if seconds < 60 else State.GONE)
    said = [r.getMessage() for r in caplog.records if r.name.startswith("lakeward")]
    assert said == ([] if seconds < 60 else [f"{desk.wanted().address}: {LEFT}"])
    desk.house.release(held)
    desk.wait_end()
    assert desk.versions() == {}, "the work itself removes it when it gets through after all"


LEFT = "its copying hangs and is no longer waited for; it may leave a version that is not ready behind"


def test_without_the_right_to_write_the_copy_goes_no_further(desk: Desk) -> None:
    held = held_at(desk, "PUT", "part-0.bin")
    desk.going = False
    sent = len(desk.writes())
    desk.house.release(held)
    desk.wait_end()
    assert len(desk.writes()) == sent
    assert desk.versions() == {1: PENDING}
    desk.going = True
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.versions() == {2: "READY"}


def test_without_the_right_to_write_nothing_is_created(desk: Desk) -> None:
    held = held_at(desk, "GET", "/dev/tumor/1/MLmodel")
    desk.going = False
    desk.house.release(held)
    desk.wait_end()
    assert (desk.writes(), desk.versions()) == ([], {})


def test_a_stopped_copy_is_no_problem_of_the_next_pass(desk: Desk) -> None:
    held = held_at(desk, "PUT", "part-0.bin")
    desk.run(desk.wanted(paused=True))
    desk.house.release(held)
    desk.wait_end()
    result = desk.run(desk.wanted())
    assert (result.state, result.problem) == (State.PROGRESSING, None)
    desk.wait_end()
    assert desk.ana.file(desk.target, 2, "MLmodel") == MLMODEL.encode()
