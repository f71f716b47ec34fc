"""How a version goes: marked, then deleted, and never under an alias or without its mark."""

import pytest

from contract.bench import Bench
from contract.cases import model, with_versions
from contract.promotion_cases import tag_version
from lakeward.engine.reasons import Reason
from lakeward.engine.results import Result, State
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.retired_version import RETIRE_AFTER, RetiredVersion

WHEN = "2026-03-02T10:11:12Z"


@pytest.fixture
def retired(place: Bench) -> RetiredVersion:
    """The first of two versions."""
    with_versions(place.hand, place.name)
    return RetiredVersion(model=model(place.name), version=1)


def wanted(place: Bench, *, marked: bool | None = None, deleted: bool | None = None) -> RetiredVersion:
    return RetiredVersion(model=model(place.name), version=1, marked=marked, deleted=deleted, retire_after=WHEN)


def passed(place: Bench, desired: RetiredVersion) -> Result:
    (result,) = place.run(desired)
    return result


def state(place: Bench, resource: RetiredVersion) -> RetiredVersion:
    seen = resource.observe(place.client(resource).fresh()).state
    assert isinstance(seen, RetiredVersion)
    return seen


@pytest.mark.usefixtures("retired")
def test_a_version_is_marked_and_then_deleted(place: Bench) -> None:
    tag_version(place.hand, place.name, {"theirs": "1"})
    assert passed(place, wanted(place, marked=True)).wrote
    assert place.hand.tags(model(place.name), 1) == {RETIRE_AFTER: WHEN, "theirs": "1"}
    place.house.clear()
    deleted = passed(place, wanted(place, deleted=True))
    assert (deleted.state, deleted.step.message) == (State.READY, "deleted: False -> True")
    assert [r.method for r in place.writes()] == ["DELETE"]
    assert sorted(place.hand.versions(model(place.name))) == [2]


def test_what_is_seen_says_when_it_may_go_and_which_aliases_name_it(place: Bench, retired: RetiredVersion) -> None:
    assert state(place, retired) == RetiredVersion(model=model(place.name), version=1, marked=False, deleted=False)
    passed(place, wanted(place, marked=True))
    for alias, number in (("champion", 1), ("a", 1), ("other", 2)):
        place.hand.point(model(place.name), alias, number)
    seen = state(place, retired)
    assert (seen.marked, seen.retire_after, seen.aliases) == (True, WHEN, ("a", "champion"))


def test_a_mark_is_taken_off_again(place: Bench, retired: RetiredVersion) -> None:
    passed(place, wanted(place, marked=True))
    assert passed(place, wanted(place, marked=False)).wrote
    assert place.hand.tags(model(place.name), 1) == {}
    assert state(place, retired).marked is False


@pytest.mark.usefixtures("retired")
def test_a_version_that_an_alias_names_is_not_deleted(place: Bench) -> None:
    passed(place, wanted(place, marked=True))
    place.hand.point(model(place.name), "previous", 1)
    place.house.clear()
    refused = passed(place, wanted(place, deleted=True))
    assert (refused.state, refused.reason) == (State.WAITING, Reason.CONFLICT)
    assert "point previous at another version" in refused.message
    assert place.writes() == []


@pytest.mark.usefixtures("retired")
def test_a_version_that_was_never_marked_is_not_deleted(place: Bench) -> None:
    place.house.clear()
    refused = passed(place, wanted(place, deleted=True))
    assert (refused.state, refused.reason) == (State.WAITING, Reason.CONFLICT)
    assert RETIRE_AFTER in refused.message
    assert place.writes() == []


@pytest.mark.parametrize("meanwhile", ["alias", "tag"])
@pytest.mark.usefixtures("retired")
def test_what_changes_after_the_plan_saves_the_version(place: Bench, meanwhile: str) -> None:
    passed(place, wanted(place, marked=True))
    made, clients = place.planned(wanted(place, deleted=True))
    if meanwhile == "alias":
        place.hand.point(model(place.name), "champion", 1)
    else:
        tag_version(place.hand, place.name, {}, (RETIRE_AFTER,))
    place.house.clear()
    (result,) = place.apply(made, clients)
    assert (result.state, result.reason) == (State.WAITING, Reason.CONFLICT)
    assert place.writes() == []
    assert sorted(place.hand.versions(model(place.name))) == [1, 2]


@pytest.mark.usefixtures("retired")
def test_a_deletion_whose_answer_was_lost_is_not_repeated(place: Bench) -> None:
    passed(place, wanted(place, marked=True))
    fault = place.house.fault("reset", method="DELETE", principal="lakeward", when="after")
    assert passed(place, wanted(place, deleted=True)).state is State.FAILED
    assert place.house.hits(fault) == 1
    place.house.clear()
    assert passed(place, wanted(place, deleted=True)).state is State.READY
    assert place.writes() == []


@pytest.mark.usefixtures("retired")
def test_a_deleted_version_is_in_no_reading_any_more(place: Bench) -> None:
    client = place.clients()["databricks"]
    assert isinstance(client, Databricks)
    known = [v.version for v in registry.known_versions(client, model(place.name))]
    passed(place, wanted(place, marked=True))
    passed(place, wanted(place, deleted=True))
    assert (known, [v.version for v in registry.known_versions(client, model(place.name))]) == ([1, 2], [2])


def test_leaving_the_spec_leaves_the_version(place: Bench, retired: RetiredVersion) -> None:
    (result,) = place.run(wanted(place, marked=True))
    assert result.wrote
    retired.delete(place.client(retired))
    assert place.hand.tags(model(place.name), 1) == {RETIRE_AFTER: WHEN}
