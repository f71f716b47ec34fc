"""What holds of every resource type, against the real lakehouse over HTTP. A new type adds a case, not a test."""

import re
from dataclasses import replace
from typing import Any

import pytest

from contract import azure_cases, cases, promotion_cases
from contract.bench import CONFIRMED, OWNER, SOMEBODY, Bench, bench
from contract.cases import Case, Drift, Facts
from lakeward.engine.diff import diff, managed
from lakeward.engine.errors import Conflict, Denied, Problem, Throttled, Unavailable
from lakeward.engine.guards import Policy
from lakeward.engine.inventory import Row
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import ADOPTED, Mark, Phase, Resource, split
from lakeward.engine.results import State
from lakeward.providers.types import TYPES
from lakeward_sandbox.launch import Lakehouse

CASES = (*cases.CASES, *promotion_cases.PROMOTION_CASES, *azure_cases.AZURE_CASES)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.type.kind)


def prepared(case: Case, place: Bench) -> Resource[Any]:
    """What is desired, when all that it needs is there."""
    case.prepare(place.hand, place.name)
    return case.known(place.hand, place.name, case.desired(place.name))


def test_every_type_has_one_case_and_its_kind_names_it() -> None:
    assert {case.type for case in CASES} == set(TYPES.values())
    assert len(CASES) == len(TYPES)
    assert all(kind == resource.kind for kind, resource in TYPES.items())


@pytest.mark.parametrize("case", [c for c in CASES if not c.latent], ids=lambda case: case.type.kind)
def test_what_is_not_there_is_none_even_when_its_parents_are_not(case: Case, place: Bench) -> None:
    desired = case.desired(place.name)
    assert desired.observe(place.client(desired)) is None
    assert desired.observe(place.client(desired).fresh()) is None


@pytest.mark.parametrize("case", [c for c in CASES if c.latent], ids=lambda case: case.type.kind)
def test_what_is_only_ever_changed_is_as_desired_where_it_is_not_and_is_never_made(case: Case, place: Bench) -> None:
    desired = case.desired(place.name)
    for client in (place.client(desired), place.client(desired).fresh()):
        seen = desired.observe(client)
        assert seen is not None
        assert (seen.phase, diff(desired, seen.state)) == (Phase.READY, ())
    assert place.run(desired).settled
    assert place.writes() == []
    with pytest.raises(Conflict):
        desired.create(place.client(desired))


@every_case
def test_what_was_made_is_what_was_desired_and_is_not_made_again(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    place.settle(desired)
    for client in (place.client(desired), place.client(desired).fresh()):
        seen = desired.observe(client)
        assert seen is not None
        assert (seen.phase, diff(desired, seen.state)) == (Phase.READY, ())
        assert case.type.mark is not Mark.OWN or seen.state.owner == OWNER
    place.house.clear()
    assert place.run(desired).settled
    assert place.writes() == []


@every_case
def test_it_is_found_again_by_its_address(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    place.settle(desired)
    kind, key = split(desired.address)
    bare = TYPES[kind].at(key)
    assert bare.address == desired.address
    assert bare.observe(place.client(desired)) == desired.observe(place.client(desired))


@every_case
def test_an_address_stays_when_it_is_read_and_written(case: Case) -> None:
    address = case.desired("x").address
    for _ in range(2):
        kind, key = split(address)
        assert TYPES[kind].at(key).address == address


@pytest.mark.parametrize(
    ("case", "drift"), [pytest.param(c, d, id=f"{c.type.kind} {n}") for c in CASES for n, d in enumerate(c.drifts)]
)
def test_drift_is_repaired_by_what_differs_and_foreign_parts_stay(case: Case, drift: Drift, place: Bench) -> None:
    desired = prepared(case, place)
    place.settle(desired)
    before = case.facts(place.hand, place.name)
    drift.by_hand(place.hand, place.name)
    assert case.facts(place.hand, place.name) != before
    place.house.clear()
    made, clients = place.planned(desired)
    (step,) = made.steps
    assert (step.action, tuple(c.path for c in step.changes)) == (drift.action, drift.changed)
    place.wait_for_work(place.apply(made, clients))
    assert place.settle(desired).settled
    assert case.facts(place.hand, place.name) == {**before, **(drift.foreign or {})}
    if drift.sent:
        assert [r.body_fields for r in place.writes()] == [drift.sent]


@every_case
def test_it_is_deleted_once_and_absent_is_success(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    place.remove(desired)
    place.settle(desired)
    before = case.facts(place.hand, place.name)
    for _ in range(2):
        place.remove(desired)
        assert case.facts(place.hand, place.name) == (before if case.stays else {})
    if not case.stays and not case.ambient:
        assert desired.observe(place.client(desired)) is None


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.type.pruned and not c.type.kept and not c.stays], ids=lambda case: case.type.kind
)
def test_an_address_of_the_inventory_is_enough_to_remove_it(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    place.settle(desired)
    row = Row(desired.address, "Ready", keys=managed(desired))
    (kept,) = place.run(None, rows=[row])
    assert kept.state is (State.RETAINED if case.type.holds_data else State.GONE)
    (result,) = place.pruned(row)
    assert result.state is State.GONE
    assert case.facts(place.hand, place.name) == {}


@pytest.mark.parametrize("case", [c for c in CASES if c.type.kept], ids=lambda case: case.type.kind)
def test_what_may_hold_what_is_not_ours_stays_even_with_consent(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    place.settle(desired)
    before = case.facts(place.hand, place.name)
    place.house.clear()
    (kept,) = place.run(None, CONFIRMED, [Row(desired.address, "Ready")])
    assert (kept.state, kept.reason) == (State.RETAINED, Reason.RETAINED)
    assert (place.writes(), case.facts(place.hand, place.name)) == ([], before)


@every_case
def test_what_somebody_made_after_we_looked_is_not_overwritten(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    made, clients = place.planned(desired)
    case.theirs(place.hand, place.name)
    theirs = case.facts(place.hand, place.name)
    place.wait_for_work(place.apply(made, clients))
    after = case.facts(place.hand, place.name)
    assert {k: after.get(k) for k in theirs} == theirs


@pytest.mark.parametrize("case", [c for c in CASES if c.markable], ids=lambda case: case.type.kind)
def test_what_nobody_marked_is_changed_only_after_adoption_and_then_stays(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    case.theirs(place.hand, place.name)
    theirs = case.facts(place.hand, place.name)
    place.house.clear()
    assert place.run(desired).items[0].reason is Reason.FOREIGN_OBJECT
    assert (place.writes(), case.facts(place.hand, place.name)) == ([], theirs)
    place.settle(desired, Policy(owner=OWNER, adopt=True))
    seen = desired.observe(place.client(desired))
    assert seen is not None
    assert seen.state.owner == OWNER + ADOPTED
    (kept,) = place.run(None, CONFIRMED, [Row(desired.address, "Ready")])
    assert (kept.state, kept.reason) == (State.RETAINED, Reason.RETAINED)


@pytest.mark.parametrize("case", [c for c in CASES if c.type.mark is Mark.OWN], ids=lambda case: case.type.kind)
def test_what_is_marked_for_another_owner_is_not_taken_even_by_adoption(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    replace(desired, owner=SOMEBODY).create(place.client(desired))
    place.rest(desired)
    before = case.facts(place.hand, place.name)
    place.house.clear()
    (result,) = place.run(desired, Policy(owner=OWNER, adopt=True))
    assert (result.state, result.reason, result.message) == (
        State.BLOCKED,
        Reason.FOREIGN_OBJECT,
        f"it belongs to {SOMEBODY}",
    )
    assert (place.writes(), case.facts(place.hand, place.name)) == ([], before)


def undisturbed(case: Case, house: Lakehouse) -> Facts:
    with bench(house) as twin:
        twin.settle(prepared(case, twin))
        return case.facts(twin.hand, twin.name)


@every_case
def test_a_create_whose_answer_is_lost_makes_no_second_one(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    method, path = case.create
    place.house.clear()
    fault = place.house.fault("reset", method=method, path=path, principal="lakeward", when="after")
    first = place.run(desired)
    place.wait_for_work(first)
    place.settle(desired, most=8)
    assert place.house.hits(fault) == 1
    facts = case.facts(place.hand, place.name)
    creates = [r for r in place.writes() if r.status is None or (r.method == method and re.search(path, r.path))]
    assert len(creates) == (2 if case.afresh else 1)
    assert facts.keys() == undisturbed(case, place.house).keys()
    place.house.clear()
    assert place.run(desired).settled
    assert place.writes() == []


Weather = tuple[str, dict[str, str | int], type[Problem], Reason]
WEATHER: dict[str, Weather] = {
    "401": ("status", {"status": 401, "error_code": "UNAUTHENTICATED"}, Denied, Reason.LOGIN_FAILED),
    "403": ("status", {"status": 403, "error_code": "PERMISSION_DENIED"}, Denied, Reason.PERMISSION_DENIED),
    "429": ("status", {"status": 429, "error_code": "RESOURCE_EXHAUSTED"}, Throttled, Reason.THROTTLED),
    "500": ("status", {"status": 500, "error_code": "INTERNAL_ERROR"}, Unavailable, Reason.UNAVAILABLE),
    "503": ("status", {"status": 503}, Unavailable, Reason.UNAVAILABLE),
    "reset": ("reset", {}, Unavailable, Reason.UNAVAILABLE),
    "malformed": ("malformed", {}, Unavailable, Reason.UNAVAILABLE),
}


@pytest.mark.parametrize("weather", [w for w in WEATHER if w != "malformed"])
@every_case
def test_bad_weather_while_reading_is_a_problem_of_its_kind(case: Case, place: Bench, weather: str) -> None:
    effect, fields, kind, reason = WEATHER[weather]
    place.house.fault(effect, principal="lakeward", count=0, **fields)
    desired = case.desired(place.name)
    for client in (place.client(desired), place.client(desired).fresh()):
        with pytest.raises(kind) as caught:
            desired.observe(client)
        _check(caught.value, reason, place)


@every_case
def test_half_an_answer_is_a_problem_and_not_an_absence(case: Case, place: Bench) -> None:
    desired = prepared(case, place)
    place.settle(desired)
    place.house.fault("malformed", principal="lakeward", count=0)
    with pytest.raises(Unavailable) as caught:
        desired.observe(place.client(desired))
    _check(caught.value, Reason.UNAVAILABLE, place)


@pytest.mark.parametrize("weather", ["403", "429", "500", "reset"])
@every_case
def test_bad_weather_while_making_it_is_a_problem_of_its_kind(case: Case, place: Bench, weather: str) -> None:
    effect, fields, kind, reason = WEATHER[weather]
    desired = prepared(case, place)
    method, path = case.create
    place.house.fault(effect, method=method, path=path, principal="lakeward", count=0, **fields)
    results = place.run(desired)
    if not results.problems:
        place.wait_for_work(results)
        results = place.run(desired)
    (result,) = results
    assert isinstance(result.problem, kind)
    assert result.state in {State.FAILED, State.BLOCKED}
    _check(result.problem, reason, place)


@every_case
def test_a_wait_that_was_asked_for_is_kept_by_all_calls_to_that_host(case: Case, place: Bench) -> None:
    desired = case.desired(place.name)
    fault = place.house.fault("status", principal="lakeward", status=429, retry_after=40)
    with pytest.raises(Throttled) as caught:
        desired.observe(place.client(desired))
    # the SDK adds up to a second, so that callers do not come back together
    assert 40 <= (caught.value.retry_after or 0) <= 41
    with pytest.raises(Throttled) as again:
        desired.observe(place.client(desired).fresh())
    assert 30 < (again.value.retry_after or 0) <= 41
    assert place.house.hits(fault) == len(place.house.requests(principal="lakeward")) == 1


@every_case
def test_a_wait_that_was_asked_for_with_another_error_is_told_too(case: Case, place: Bench) -> None:
    desired = case.desired(place.name)
    place.house.fault("status", principal="lakeward", status=503, retry_after=7)
    with pytest.raises(Unavailable) as caught:
        desired.observe(place.client(desired))
    assert 7 <= (caught.value.retry_after or 0) <= 8


def _check(problem: Problem, reason: Reason, place: Bench) -> None:
    assert problem.reason is reason
    told = f"{problem.text} {problem!r} {problem} {problem.__cause__}"
    assert place.token not in told
    assert "Traceback" not in told
    assert "\n" not in problem.text
