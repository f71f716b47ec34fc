"""A run for a token: begun once, found again, never taken from another job, and cancelled when it is not wanted."""

import time
from dataclasses import replace
from typing import Any

import pytest

from contract.bench import OWNER, Bench
from contract.promotion_cases import JOBS, add_job, run_facts
from lakeward.engine.guards import Policy
from lakeward.engine.inventory import Row
from lakeward.engine.reasons import Reason
from lakeward.engine.report import due, events, rows, summarize
from lakeward.engine.resource import Phase
from lakeward.engine.results import Results, State
from lakeward.engine.snapshots import Snapshots
from lakeward.providers.databricks.job_run import LOOK_AGAIN, JobRun

PARAMETERS = {"model_name": "a.b.c", "model_version": "3"}


@pytest.fixture
def held(place: Bench) -> JobRun:
    """What is desired of a job whose runs go on until they are let go."""
    job = add_job(place.hand, place.name)
    place.house.script(job, hold=True)
    return JobRun(job=job, token="f" * 32, parameters=PARAMETERS)


def row(results: Results) -> Row:
    (found,) = rows(results, ())
    return found


def restarted(place: Bench) -> None:
    """As a process that has just started: it remembers nothing."""
    place.snapshots = Snapshots(time.monotonic)


def runs(place: Bench, desired: JobRun) -> list[Any]:
    found = place.hand.call("GET", f"{JOBS}/runs/list?job_id={desired.job}").get("runs") or ()
    return [run["state"].get("result_state", run["state"]["life_cycle_state"]) for run in found]


def test_a_run_is_on_its_way_until_it_has_ended_and_its_number_stays_in_the_inventory(
    place: Bench, held: JobRun
) -> None:
    first = place.run(held)
    (result,) = first
    assert (result.state, result.wrote) == (State.PROGRESSING, True)
    known = row(first)
    assert known.id.isdecimal()
    second = place.run(held)
    assert (second.items[0].message, second.wrote) == (f"run {known.id} is RUNNING", ())
    assert due(second) == (LOOK_AGAIN, False)
    place.house.release_runs(held.job)
    third = place.run(held)
    assert (third.settled, third.wrote, row(third)) == (True, (), Row(held.address, "Ready", id=known.id))


def test_its_start_is_told_with_what_it_is_started_with(place: Bench, held: JobRun) -> None:
    results = place.run(held)
    told = events(results, {}, summarize(results).conditions())
    assert told[0].message == f"created {held.address} (model_name=a.b.c, model_version=3)"


@pytest.mark.parametrize("outcome", ["SUCCESS", "FAILED", "INTERNAL_ERROR"])
def test_a_run_that_has_ended_is_in_place_however_it_ended(place: Bench, held: JobRun, outcome: str) -> None:
    place.house.script(held.job, outcome)
    place.settle(held)
    seen = held.observe(place.client(held))
    assert seen is not None
    assert (seen.phase, seen.message.removeprefix("ended as ") in {"SUCCESS", "FAILED"}) == (Phase.READY, True)


def test_a_new_process_finds_the_run_by_the_number_in_the_status(place: Bench, held: JobRun) -> None:
    known = row(place.run(held))
    restarted(place)
    results = place.run(replace(held, run=int(known.id)))
    assert (results.wrote, row(results)) == ((), replace(known, message=f"run {known.id} is RUNNING"))


def test_a_new_process_without_a_status_finds_the_run_by_asking_to_start_it(place: Bench, held: JobRun) -> None:
    known = row(place.run(held))
    restarted(place)
    assert row(place.run(held)).id == known.id
    assert runs(place, held) == ["RUNNING"]


def test_a_number_of_another_jobs_run_is_none_of_ours(place: Bench, held: JobRun) -> None:
    other = JobRun(job=add_job(place.hand, f"{place.name}-other"), token="t")
    place.house.script(other.job, hold=True)
    theirs = row(place.run(other))
    forged = replace(held, run=int(theirs.id))
    assert forged.observe(place.client(forged)) is None
    gone = place.run(None, rows=[Row(held.address, "Progressing", id=theirs.id)])
    assert [r.state for r in gone] == [State.GONE]
    forged.delete(place.client(forged))
    assert runs(place, other) == ["RUNNING"]


@pytest.mark.parametrize("version", ["3", "2"])
def test_a_run_that_somebody_else_started_does_not_count_and_is_not_cancelled(
    place: Bench, held: JobRun, version: str
) -> None:
    given = {**PARAMETERS, "model_version": version}
    body = {"job_id": held.job, "idempotency_token": held.token, "job_parameters": given}
    theirs = place.hand.call("POST", f"{JOBS}/run-now", body)["run_id"]
    place.run(held)
    (result,) = place.run(held)
    assert (result.state, result.reason) == (State.BLOCKED, Reason.FOREIGN_OBJECT)
    assert f"run {theirs} was started by ana@example.com and not by lakeward" in result.message
    held.delete(place.client(held))
    gone = place.run(None, rows=[Row(held.address, "Progressing", id=str(theirs))])
    assert ([r.state for r in gone], runs(place, held)) == ([State.GONE], ["RUNNING"])


def test_a_run_of_ours_that_was_started_with_other_parameters_does_not_count(place: Bench, held: JobRun) -> None:
    place.run(replace(held, parameters={**PARAMETERS, "model_version": "2"}))
    (result,) = place.run(held)
    assert (result.state, result.reason) == (State.BLOCKED, Reason.FOREIGN_OBJECT)
    assert "was started with other values of model_version" in result.message


def test_a_run_that_nobody_wants_any_more_is_cancelled(place: Bench, held: JobRun) -> None:
    known = row(place.run(held))
    restarted(place)
    gone = place.run(None, rows=[known])
    assert [(r.state, r.wrote) for r in gone] == [(State.GONE, True)]
    assert [r.path for r in place.writes()] == [f"{JOBS}/run-now", f"{JOBS}/runs/cancel"]
    assert runs(place, held) == ["CANCELED"]
    assert rows(gone, [known]) == ()


def test_a_run_that_had_ended_is_left_as_it_is(place: Bench, held: JobRun) -> None:
    place.house.script(held.job)
    place.settle(held)
    known = row(place.run(held))
    place.house.clear()
    gone = place.run(None, rows=[known])
    assert ([r.state for r in gone], gone.wrote, place.writes()) == ([State.GONE], (), [])
    assert list(run_facts(place.hand, place.name)) == ["lakeward #0"]


def test_a_row_without_a_number_leaves_nothing_to_do(place: Bench, held: JobRun) -> None:
    gone = place.run(None, rows=[Row(held.address, "Waiting")])
    assert ([r.state for r in gone], place.writes()) == ([State.GONE], [])


def test_a_cancellation_that_fails_is_tried_again(place: Bench, held: JobRun) -> None:
    known = row(place.run(held))
    place.house.fault("status", status=503, path="/runs/cancel$")
    failed = place.run(None, rows=[known])
    assert [r.state for r in failed] == [State.FAILED]
    (kept,) = rows(failed, [known])
    assert kept.id == known.id
    assert [r.state for r in place.run(None, Policy(owner=OWNER), [kept])] == [State.GONE]
    assert runs(place, held) == ["CANCELED"]
