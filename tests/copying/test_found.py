"""What is found in the target: which version is taken for the copy, which is removed, and which is left alone."""

from collections.abc import Callable, Mapping

import pytest

from copying.desk import OWNER, Desk
from lakeward.engine.inventory import Row
from lakeward.engine.results import State
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.copy_adoption import rejected
from scenarios.registry import MLMODEL, UC, Registry

SOMEBODY = "test/ml/ModelPromotion/other"
TOKEN = f"{OWNER};{'a' * 32}"


def finished(who: Registry, desk: Desk, tags: Mapping[str, str] | None = None, **fields: object) -> int:
    """A version of the target that says it is the copy."""
    every = {"lakeward_digest": "sha256:x", "lakeward_attempt": OWNER, **(tags or {})}
    listed = [{"key": key, "value": value} for key, value in every.items()]
    number = who.begin(desk.target, source=desk.origin, tags=listed, **fields)
    who.put(desk.target, number, "MLmodel", MLMODEL.encode())
    who.finalize(desk.target, number)
    return number


def version(desk: Desk) -> object:
    """Which version the next pass takes for the copy."""
    seen = desk.run(desk.wanted()).seen
    return seen.outputs.get("version") if seen else None


def why_not(desk: Desk, pin: str | None = None) -> tuple[tuple[int, str], ...]:
    client = desk.client()
    made = registry.copies(client, desk.target, desk.origin)
    return rejected(client, made, registry.version(client, desk.source, 1), pin)


def test_a_finished_copy_of_ours_is_taken_and_none_is_made(desk: Desk) -> None:
    desk.register()
    number = finished(desk.lakeward, desk)
    assert (version(desk), why_not(desk), desk.versions()) == (number, (), {number: "READY"})


def test_of_twins_the_lowest_is_taken_unless_another_is_preferred(desk: Desk) -> None:
    desk.register()
    low, high = (finished(desk.lakeward, desk) for _ in range(2))
    assert version(desk) == low
    for prefer, taken in ((high, high), (low, low), (99, low)):
        seen = desk.run(desk.wanted(prefer=prefer)).seen
        assert seen is not None
        assert seen.outputs["version"] == taken


def test_one_that_does_not_fit_is_not_taken_although_it_is_preferred(desk: Desk) -> None:
    desk.register()
    forged, own = finished(desk.ana, desk), finished(desk.lakeward, desk)
    seen = desk.run(desk.wanted(prefer=forged)).seen
    assert seen is not None
    assert seen.outputs["version"] == own


def forged(desk: Desk) -> int:
    desk.register()
    return finished(desk.ana, desk)


def older(desk: Desk) -> int:
    made = finished(desk.lakeward, desk)
    desk.register()
    return made


def of_another_run(desk: Desk) -> int:
    desk.register()
    return finished(desk.lakeward, desk, run_id="", model_id="m-other")


NEEDS = {"dependencies": [{"table": {"table_full_name": "a.b.c"}}]}


def without_dependencies(desk: Desk) -> int:
    desk.register(model_version_dependencies=NEEDS)
    return finished(desk.lakeward, desk, {"lakeward_promoted_at": "2026-03-01T12:00:00Z"})


FORGED: dict[str, tuple[Callable[[Desk], int], str]] = {
    "by somebody else": (forged, "it was made by ana@example.com"),
    "before its source": (older, "it is older than the version that it names as its source"),
    "of another run": (of_another_run, "it comes from another run than the version that it names as its source"),
    "without what it needs": (without_dependencies, "it lacks dependencies of its source"),
}


@pytest.mark.parametrize("what", FORGED)
def test_what_only_says_that_it_is_the_copy_is_told_and_left_alone_and_the_copy_is_made(desk: Desk, what: str) -> None:
    make, why = FORGED[what]
    number = make(desk)
    assert why_not(desk) == ((number, why),)
    assert desk.settle(desk.wanted()).state is State.READY
    assert (version(desk), desk.versions()[number]) == (number + 1, "READY")


def test_what_lacks_dependencies_and_was_never_promoted_is_replaced(desk: Desk) -> None:
    desk.register(model_version_dependencies=NEEDS)
    number = finished(desk.lakeward, desk)
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.versions() == {number + 1: "READY"}


def test_a_copy_with_another_digest_than_the_pin_is_told(desk: Desk) -> None:
    desk.register()
    number = finished(desk.lakeward, desk)
    assert why_not(desk, "sha256:y") == ((number, "its digest is not the one that is pinned"),)
    assert why_not(desk, "sha256:x") == ()


def test_a_version_that_says_nothing_is_neither_taken_nor_told(desk: Desk) -> None:
    desk.register()
    desk.lakeward.begin(desk.target, source=desk.origin)
    assert why_not(desk) == ()
    assert desk.run(desk.wanted()).state is State.PROGRESSING


def unfinished(desk: Desk, case: str) -> int:
    match case:
        case "aliased":
            number = desk.begin()
            desk.lakeward.point(desk.target, "challenger", number)
            return number
        case "somebody's":
            return desk.begin(SOMEBODY)
        case "nobody's":
            return desk.lakeward.begin(desk.target, source=desk.origin)
        case "of a run":
            return desk.begin(TOKEN)
        case _:
            return desk.begin()


@pytest.mark.parametrize("case", ["aliased", "somebody's", "nobody's", "of a run"])
def test_what_may_be_at_work_or_is_not_ours_is_never_removed(desk: Desk, case: str) -> None:
    desk.register()
    number = unfinished(desk, case)
    assert desk.settle(desk.wanted(limit=3600.0)).state is State.READY
    assert desk.run(None, [Row(desk.wanted().address, "Ready")]).state is State.GONE
    assert desk.versions() == {number: "PENDING_REGISTRATION", number + 1: "READY"}


def by_somebody(desk: Desk, mark: str = OWNER) -> int:
    """A version of another principal under our mark."""
    tags = [{"key": "lakeward_attempt", "value": mark}]
    return desk.ana.begin(desk.target, source=desk.origin, tags=tags)


@pytest.mark.parametrize("mark", [OWNER, TOKEN, f"{TOKEN};7"])
def test_what_somebody_else_began_under_our_mark_is_never_removed(desk: Desk, mark: str) -> None:
    desk.register()
    number = by_somebody(desk, mark)
    assert desk.settle(desk.wanted(limit=0.0)).problem is not None
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.run(None, [Row(desk.wanted().address, "Progressing")]).state is State.GONE
    assert sorted(desk.versions().values()) == ["PENDING_REGISTRATION", "READY"]
    assert desk.versions()[number] == "PENDING_REGISTRATION"


def test_what_somebody_else_made_without_dependencies_is_never_replaced(desk: Desk) -> None:
    desk.register(model_version_dependencies=NEEDS)
    number = finished(desk.ana, desk)
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.versions() == {number: "READY", number + 1: "READY"}


def reads(desk: Desk) -> list[str]:
    """Single versions of the target that the operator read since the last look."""
    found = [r.path for r in desk.house.requests(principal="lakeward") if f"{desk.target}/versions/" in r.path]
    desk.house.clear()
    return found


def test_however_many_others_name_our_source_none_of_theirs_is_read_and_a_few_are_told(desk: Desk) -> None:
    desk.register()
    theirs = [finished(desk.ana, desk) for _ in range(8)]
    why_not(desk)
    reads(desk)
    assert why_not(desk) == tuple((number, "it was made by ana@example.com") for number in theirs[:5])
    assert reads(desk) == [f"{UC}/models/{desk.target}/versions/{theirs[-1] + 1}"]  # whether there is another one
    own = finished(desk.lakeward, desk)
    assert version(desk) == own
    assert not [path for path in reads(desk) if path.rpartition("/")[2] in {str(number) for number in theirs}]


def test_what_a_dead_process_left_is_removed_first(desk: Desk) -> None:
    desk.register()
    number = unfinished(desk, "ours")
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.versions() == {number + 1: "READY"}


def test_a_run_has_no_more_time_than_the_copy_may_take(desk: Desk) -> None:
    desk.register()
    number = unfinished(desk, "of a run")
    finished(desk.lakeward, desk)
    result = desk.run(desk.wanted(limit=0.0))
    assert [str(c) for c in result.step.changes] == [f"strays: ({number},) -> ()"]
    assert desk.versions() == {number + 1: "READY"}


def test_what_is_left_behind_beside_the_copy_is_removed(desk: Desk) -> None:
    desk.register()
    number = finished(desk.lakeward, desk)
    stray = desk.begin()
    result = desk.settle(desk.wanted())
    assert (result.state, desk.versions()) == (State.READY, {number: "READY"})
    assert stray not in desk.versions()


def test_what_left_the_spec_leaves_no_unfinished_version_behind(desk: Desk) -> None:
    desk.register()
    desk.begin()
    kept = finished(desk.lakeward, desk)
    row = Row(desk.wanted().address, "Progressing")
    assert desk.run(None, [row]).state is State.GONE
    assert desk.versions() == {kept: "READY"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_of_a_create_that_was_answered_late_only_the_lowest_number_stays(desk: Desk, when: str) -> None:
    desk.register()
    # the listing shows neither of the two: their numbers are found by asking
    lag = desk.house.fault(
        "stale", path=f"{desk.target}/versions$", write_path="/models/versions$", principal="lakeward", reads=5
    )
    held = desk.hold("POST", "/models/versions$", when=when)
    desk.run(desk.wanted())
    desk.house.wait_held(held)
    assert desk.begin() == (1 if when == "before" else 2)
    desk.house.release(held)
    desk.wait_end()
    assert desk.versions() == {1: "READY"}
    assert desk.settle(desk.wanted()).state is State.READY
    assert (desk.house.hits(lag), desk.creates()) == (1, 1)


def test_the_twin_of_somebody_else_stays(desk: Desk) -> None:
    desk.register()
    held = desk.hold("POST", "/models/versions$", when="after")
    desk.run(desk.wanted())
    desk.house.wait_held(held)
    twin = desk.begin(SOMEBODY)
    desk.house.release(held)
    desk.wait_end()
    assert desk.versions() == {1: "READY", twin: "PENDING_REGISTRATION"}


def test_a_version_that_is_finished_by_another_process_meanwhile_is_not_removed(desk: Desk) -> None:
    desk.register()
    number = desk.begin()
    held = desk.hold("GET", "/dev/tumor/1/MLmodel")
    desk.run(desk.wanted())
    desk.house.wait_held(held)
    desk.lakeward.put(desk.target, number, "MLmodel", MLMODEL.encode())
    desk.lakeward.finalize(desk.target, number)
    desk.house.release(held)
    desk.wait_end()
    assert desk.versions() == {number: "READY"}
    problem = desk.run(desk.wanted()).problem
    assert problem is not None
    assert "was finished meanwhile" in problem.message
