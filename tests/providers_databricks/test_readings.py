"""How long what was read of models is believed, and what it holds."""

import time
from dataclasses import replace
from typing import Any

import pytest

from contract.bench import Bench
from contract.cases import add_version, model, with_model, with_versions
from lakeward.engine.errors import Unavailable
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.metastore import metastore_id

HOUR = 3600.0


def client(place: Bench) -> Databricks:
    found: Databricks = place.clients()["databricks"]  # type: ignore[assignment]  # this provider's
    return found


def later(place: Bench, seconds: float) -> Databricks:
    """The client of a pass that begins so much later, after everything that sweeps let go."""
    place.snapshots.sweep(time.monotonic() + seconds - 1)
    return replace(client(place), listed_since=time.monotonic() + seconds, read_since=time.monotonic() + seconds)


def numbers(versions: tuple[registry.Version, ...]) -> list[int]:
    return [v.version for v in versions]


def test_the_metastore_is_asked_for_once_and_not_again_by_doubt_or_by_a_fresh_look(place: Bench) -> None:
    assert metastore_id(client(place)) == place.house.metastore_id
    place.house.clear()
    client(place).doubt()
    assert {metastore_id(later(place, 10 * HOUR)), metastore_id(client(place).fresh())} == {place.house.metastore_id}
    assert place.house.requests() == []


def test_a_problem_while_asking_for_the_metastore_is_not_kept(place: Bench) -> None:
    place.house.fault("status", status=503, path="current-metastore-assignment", principal="lakeward")
    with pytest.raises(Unavailable):
        metastore_id(client(place))
    assert metastore_id(client(place)) == place.house.metastore_id


def test_who_it_is_is_asked_once(place: Bench) -> None:
    assert client(place).principal() == "lakeward"
    place.house.clear()
    assert later(place, 10 * HOUR).principal() == "lakeward"
    assert place.house.requests() == []


def test_all_versions_are_listed_once_by_each_pass_and_those_behind_the_listing_found(place: Bench) -> None:
    with_versions(place.hand, place.name)
    place.house.fault("stale", path="/versions$", write_path="/models/versions$", reads=1)
    add_version(place.hand, model(place.name))
    seen = client(place)
    assert numbers(registry.every(seen, model(place.name))) == [1, 2, 3]
    place.house.clear()
    assert numbers(registry.every(seen, model(place.name))) == [1, 2, 3]
    assert place.house.requests() == []
    registry.every(client(place), model(place.name))
    assert place.house.requests() != []


def test_a_model_that_is_missing_has_no_versions(place: Bench) -> None:
    assert registry.every(client(place), model(place.name)) == ()
    assert registry.known_versions(client(place), model(place.name)) == ()


def test_known_versions_are_believed_for_an_hour(place: Bench) -> None:
    name = model(place.name)
    with_versions(place.hand, place.name)
    assert numbers(registry.known_versions(client(place), name)) == [1, 2]
    add_version(place.hand, name)
    place.house.clear()
    assert numbers(registry.known_versions(later(place, HOUR - 60), name)) == [1, 2]
    assert place.house.requests() == []
    assert numbers(registry.known_versions(later(place, HOUR + 60), name)) == [1, 2, 3]


@pytest.mark.parametrize("changing", ["removing", "copies", "doubt", "fresh"])
def test_known_versions_are_read_again_after_what_may_have_changed_them(place: Bench, changing: str) -> None:
    name = model(place.name)
    with_versions(place.hand, place.name)
    registry.known_versions(client(place), name)
    add_version(place.hand, name)
    seen = client(place)
    if changing == "removing":
        with registry.removing_version(seen, name, 1):
            pass
    elif changing == "copies":
        with registry.changing_copies(seen, name, "models:/x/1"):
            pass
    elif changing == "doubt":
        seen.doubt()
    else:
        seen = seen.fresh()
    assert numbers(registry.known_versions(seen, name)) == [1, 2, 3]


NEEDS = [{"table": {"table_full_name": "main.features.patients"}}, {"connection": {"connection_name": "hospital"}}]


@pytest.mark.parametrize("given", [{}, {"model_version_dependencies": {"dependencies": NEEDS}}])
def test_a_version_tells_what_it_needs_beside_its_files(place: Bench, given: dict[str, Any]) -> None:
    with_model(place.hand, place.name)
    number = place.hand.begin(model(place.name), source="dbfs:/somewhere", **given)
    found = registry.version(client(place), model(place.name), number)
    assert found is not None
    assert found.dependencies == (tuple(NEEDS) if given else ())


def test_a_bare_list_of_what_a_version_needs_is_understood_too(place: Bench) -> None:
    seen = client(place)
    answer = {"version": 3, "model_version_dependencies": NEEDS}
    place.snapshots.put((seen.scope, registry.at_version("a.b.c", 3)), answer)
    found = registry.version(seen, "a.b.c", 3)
    assert found is not None
    assert found.dependencies == tuple(NEEDS)
