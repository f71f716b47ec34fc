"""What was granted by a promotion stays, whatever leaves its spec; and nothing of others is touched."""

from dataclasses import replace

import pytest

from contract.bench import CONFIRMED, Bench
from contract.cases import grant, model, with_model
from lakeward.engine.diff import managed
from lakeward.engine.inventory import Row
from lakeward.providers.databricks.added_grants import AddedGrants
from lakeward.providers.databricks.grants import GRANTED
from scenarios.registry import UC


def granted(place: Bench) -> set[str]:
    """Everybody who may load the model, in one page."""
    found = place.hand.find(f"{UC}/permissions/function/{model(place.name)}")["privilege_assignments"]
    return {a["principal"] for a in found if a["privileges"] == ["EXECUTE"]}


@pytest.fixture
def added(place: Bench) -> AddedGrants:
    """Made, beside a grant of somebody else."""
    with_model(place.hand, place.name)
    grant(place.hand, f"function/{model(place.name)}", "devops", add=("EXECUTE",))
    grants = {"model-consumers EXECUTE": GRANTED, "data-scientists EXECUTE": GRANTED}
    made = AddedGrants(securable="function", name=model(place.name), grants=grants)
    place.settle(made)
    return made


def test_an_entry_that_left_the_spec_is_not_revoked(place: Bench, added: AddedGrants) -> None:
    before = granted(place)
    assert before == {"model-consumers", "data-scientists", "devops"}
    place.house.clear()
    less = replace(added, grants={"model-consumers EXECUTE": GRANTED})
    assert place.run(less, CONFIRMED, [Row(added.address, "Ready", keys=managed(added))]).settled
    assert (place.writes(), granted(place)) == ([], before)


def test_nothing_is_revoked_when_all_of_it_left_the_spec(place: Bench, added: AddedGrants) -> None:
    before = granted(place)
    place.house.clear()
    assert place.run(None, CONFIRMED, [Row(added.address, "Ready", keys=managed(added))]).settled
    added.delete(place.client(added))
    assert (place.writes(), granted(place)) == ([], before)


def test_not_even_when_it_is_said_to_be_exclusive(place: Bench, added: AddedGrants) -> None:
    place.house.clear()
    assert place.run(replace(added, grants={}, exclusive=True)).settled
    assert place.writes() == []


def test_one_more_is_granted_by_a_call_that_names_only_it(place: Bench, added: AddedGrants) -> None:
    more = replace(added, grants={**(added.grants or {}), "ml-engineers EXECUTE": GRANTED})
    (result,) = place.run(more)
    assert [str(c) for c in result.step.changes] == ['grants.ml-engineers EXECUTE: (none) -> "granted"']
    assert granted(place) == {"model-consumers", "data-scientists", "devops", "ml-engineers"}
