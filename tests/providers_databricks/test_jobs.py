"""Which job is meant, how a run is told, and what starting and cancelling one sends."""

from dataclasses import replace
from typing import Any

import pytest

from contract.bench import Bench
from contract.promotion_cases import JOBS, add_job
from lakeward.api.promotions import DatabricksJob
from lakeward.engine.errors import Denied, Invalid
from lakeward.engine.reasons import Reason
from lakeward.kinds.modelpromotion.jobs import reference
from lakeward.providers.databricks import jobs
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.jobs import Job, RunSeen, seen

PARAMETERS = {"model_name": "a.b.c", "model_version": "3"}


def client(place: Bench) -> Databricks:
    found: Databricks = place.clients()["databricks"]  # type: ignore[assignment]  # this provider's
    return found


@pytest.fixture
def job(place: Bench) -> int:
    return add_job(place.hand, place.name)


def test_a_job_is_found_by_its_number_or_its_name(place: Bench, job: int) -> None:
    expected = Job(job, place.name, "ana@example.com", frozenset({"model_name", "model_version"}))
    assert jobs.find(client(place), str(job)) == expected
    assert jobs.find(client(place), place.name) == expected


@pytest.mark.parametrize("ref", ["1", "nobody-has-this-name"])
def test_a_job_that_is_missing_is_none(place: Bench, ref: str) -> None:
    assert jobs.find(client(place), ref) is None


@pytest.mark.usefixtures("job")
def test_a_name_in_other_letters_is_another_name(place: Bench) -> None:
    assert jobs.find(client(place), place.name.upper()) is None
    upper = add_job(place.hand, place.name.upper())
    found = jobs.find(client(place), place.name.upper())
    assert found is not None
    assert found.id == upper


@pytest.mark.parametrize("name", ["88112233", "\u0668\u0668", "name:88112233", "name:", "nightly", "9" * 4096])
def test_a_job_that_is_named_is_found_by_its_name_alone(place: Bench, name: str) -> None:
    ref = reference(DatabricksJob(name=name))
    assert jobs.find(client(place), ref) is None
    other = add_job(place.hand, f"{name}.")
    assert jobs.find(client(place), ref) is None
    named = add_job(place.hand, name)
    found = jobs.find(client(place), ref)
    assert found is not None
    assert (found.id, found.name) == (named, name)
    assert other != named


def test_a_name_that_is_the_number_of_another_job_does_not_find_that_one(place: Bench, job: int) -> None:
    by_name, by_id = reference(DatabricksJob(name=str(job))), reference(DatabricksJob(id=job))
    seeing = client(place)
    assert jobs.find(seeing, by_id) is not None
    assert jobs.find(seeing, by_name) is None
    assert jobs.find(client(place), "\u0661") is None


@pytest.mark.usefixtures("job")
def test_two_jobs_of_one_name_are_no_choice(place: Bench) -> None:
    add_job(place.hand, place.name)
    with pytest.raises(Invalid) as caught:
        jobs.find(client(place), place.name)
    assert caught.value.reason is Reason.REFERENCE_NOT_FOUND
    assert caught.value.text == f"2 jobs are named {place.name}; give the id of the one that is meant"


def test_more_jobs_than_a_page_has_are_all_looked_at(place: Bench, job: int) -> None:
    for _ in range(21):
        add_job(place.hand, place.name.upper())
    found = jobs.find(client(place), place.name)
    assert found is not None
    assert found.id == job


def test_a_job_is_read_once_by_each_pass(place: Bench, job: int) -> None:
    seeing = client(place)
    jobs.find(seeing, str(job))
    place.house.clear()
    jobs.find(seeing, str(job))
    assert place.house.requests() == []
    jobs.find(client(place), str(job))
    assert len(place.house.requests()) == 1


def test_a_job_that_we_may_not_see_is_a_right_that_is_missing(place: Bench) -> None:
    task = {"task_key": "main", "notebook_task": {"notebook_path": "/Shared/check"}}
    closed = place.hand.call("POST", f"{JOBS}/create", {"name": place.name, "tasks": [task]})["job_id"]
    with pytest.raises(Denied):
        jobs.find(client(place), str(closed))
    assert jobs.find(client(place), place.name) is None


def test_a_token_starts_one_run_with_its_parameters(place: Bench, job: int) -> None:
    run = jobs.run_now(client(place), job, "token", PARAMETERS)
    assert jobs.run_now(client(place), job, "token", PARAMETERS) == run
    assert jobs.run_now(client(place), job, "another", {}) != run
    found = jobs.run(client(place), run)
    assert found is not None
    assert (found.id, found.job, found.creator, found.parameters) == (run, job, "lakeward", PARAMETERS)
    assert (found.life_cycle, found.result, found.ended) == ("TERMINATED", "SUCCESS", True)
    assert str(run) in found.url
    assert found.started_at > 1_600_000_000_000


@pytest.mark.parametrize(
    ("outcome", "life_cycle", "result"),
    [
        ("SUCCESS", "TERMINATED", "SUCCESS"),
        ("SUCCESS_WITH_FAILURES", "TERMINATED", "SUCCESS_WITH_FAILURES"),
        ("FAILED", "TERMINATED", "FAILED"),
        ("TIMEDOUT", "TERMINATED", "TIMEDOUT"),
        ("CANCELED", "TERMINATED", "CANCELED"),
        ("INTERNAL_ERROR", "INTERNAL_ERROR", "FAILED"),
    ],
)
def test_every_end_of_a_run_is_told(place: Bench, job: int, outcome: str, life_cycle: str, result: str) -> None:
    place.house.script(job, outcome, message="as the job says")
    found = jobs.run(client(place), jobs.run_now(client(place), job, "token", {}))
    assert found is not None
    assert (found.life_cycle, found.result, found.ended) == (life_cycle, result, True)
    assert "as the job says" in found.message


def test_a_job_that_is_busy_keeps_its_next_run_waiting(place: Bench, job: int) -> None:
    place.house.script(job, hold=True)
    first = jobs.run_now(client(place), job, "one", {})
    second = jobs.run_now(client(place), job, "two", {})
    lives = [found.life_cycle for found in (jobs.run(client(place), n) for n in (first, second)) if found]
    assert lives == ["RUNNING", "QUEUED"]


def test_a_run_that_is_missing_is_none_and_nothing_to_cancel(place: Bench) -> None:
    assert jobs.run(client(place), 1) is None
    jobs.cancel(client(place), 1)
    assert place.writes() == []


def test_a_run_is_ours_where_job_creator_and_parameters_are(place: Bench, job: int) -> None:
    asking = client(place)
    found = jobs.run(asking, jobs.run_now(asking, job, "token", PARAMETERS))
    assert found is not None
    assert jobs.foreign(asking, found, job, PARAMETERS) == ""
    assert jobs.foreign(asking, found, job, {}) == ""
    end = ", so it says nothing here; ask for a new run"
    for run, of, values, why in [
        (found, job + 1, PARAMETERS, f"is of job {job} and not of job {job + 1}"),
        (replace(found, creator="ana@example.com"), job, {}, "was started by ana@example.com and not by lakeward"),
        (replace(found, creator=""), job, {}, "was started by nobody known and not by lakeward"),
        (found, job, {"model_version": "4", "more": ""}, "was started with other values of model_version, more"),
    ]:
        assert jobs.foreign(asking, run, of, values) == f"run {found.id} {why}{end}"


def test_a_run_is_cancelled_once(place: Bench, job: int) -> None:
    place.house.script(job, hold=True)
    run = jobs.run_now(client(place), job, "token", {})
    seeing = client(place)
    jobs.cancel(seeing, run)
    found = jobs.run(seeing, run)
    assert found is not None
    assert (found.result, found.ended) == ("CANCELED", True)
    place.house.clear()
    jobs.cancel(client(place), run)
    assert place.writes() == []


def test_a_run_of_a_job_that_is_missing_is_refused(place: Bench) -> None:
    with pytest.raises(Invalid) as caught:
        jobs.run_now(client(place), 1, "token", {})
    assert caught.value.reason is Reason.REFUSED


OLDER = {"life_cycle_state": "TERMINATED", "result_state": "FAILED", "state_message": "two\n  lines"}
NEWER = {"state": "TERMINATED", "termination_details": {"code": "RUN_EXECUTION_ERROR", "message": "newer"}}
GOOD = {"state": "TERMINATED", "termination_details": {"code": "SUCCESS"}}


@pytest.mark.parametrize(
    ("told", "life_cycle", "result", "message", "ended"),
    [
        ({"state": OLDER, "status": NEWER}, "TERMINATED", "FAILED", "two lines", True),
        ({"status": NEWER}, "TERMINATED", "RUN_EXECUTION_ERROR", "newer", True),
        ({"status": GOOD}, "TERMINATED", "SUCCESS", "", True),
        ({"state": {"life_cycle_state": "SKIPPED"}}, "SKIPPED", "", "", True),
        ({"state": {"life_cycle_state": "INTERNAL_ERROR"}}, "INTERNAL_ERROR", "", "", True),
        ({"state": {"life_cycle_state": "PENDING"}}, "PENDING", "", "", False),
        ({"state": {"life_cycle_state": "WAITING_FOR_RETRY"}}, "WAITING_FOR_RETRY", "", "", False),
        ({"status": {"state": "QUEUED"}}, "QUEUED", "", "", False),
        ({"status": {"state": "TERMINATING"}}, "TERMINATING", "", "", False),
        ({}, "", "", "", False),
    ],
)
def test_both_ways_of_telling_a_state_are_understood(
    told: dict[str, Any], life_cycle: str, result: str, message: str, ended: bool
) -> None:
    found = seen({"run_id": 7, "job_id": 3, **told})
    assert found == RunSeen(7, 3, life_cycle, result, message, "", ended, 0)


def test_a_long_message_is_cut() -> None:
    assert len(seen({"run_id": 7, "state": {"state_message": "x" * 1000}}).message) == 300


def test_a_parameter_that_was_not_given_has_the_default_of_the_job() -> None:
    told = [{"name": "a", "default": "1", "value": "2"}, {"name": "b", "default": "3"}, {"name": "c"}]
    assert seen({"run_id": 7, "job_parameters": told}).parameters == {"a": "2", "b": "3", "c": ""}
