"""Which versions count as served."""

from dataclasses import replace
from typing import Any

import pytest

from contract.bench import Bench
from contract.cases import model, with_versions
from lakeward.engine.errors import Denied
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.served import served, used

ENDPOINTS = "/api/2.0/serving-endpoints"
RESTS, MOVES = {"config_update": "NOT_UPDATING"}, {"config_update": "IN_PROGRESS"}


def client(place: Bench) -> Databricks:
    found: Databricks = place.clients()["databricks"]  # type: ignore[assignment]  # this provider's
    return found


def serve(place: Bench, name: str, *versions: int) -> None:
    shares = [100, *(0 for _ in versions[1:])]
    entities = [
        {"name": f"v{v}", "entity_name": model(place.name), "entity_version": str(v), "scale_to_zero_enabled": True}
        for v in versions
    ]
    routes = [{"served_model_name": f"v{v}", "traffic_percentage": s} for v, s in zip(versions, shares, strict=True)]
    config = {"served_entities": entities, "traffic_config": {"routes": routes}}
    place.hand.call("POST", ENDPOINTS, {"name": name, "config": config})


def ours(found: frozenset[tuple[str, int]], place: Bench) -> set[int]:
    return {number for name, number in found if name == model(place.name)}


def test_every_version_behind_an_endpoint_is_served_whatever_its_share(place: Bench) -> None:
    with_versions(place.hand, place.name)
    assert ours(served(client(place)), place) == set()
    serve(place, f"{place.name}-one", 2, 1)
    assert ours(served(client(place)), place) == {1, 2}
    place.hand.call("DELETE", f"{ENDPOINTS}/{place.name}-one")
    assert ours(served(client(place)), place) == set()


def test_all_passes_of_one_scan_share_the_listing(place: Bench) -> None:
    seen = client(place)
    served(seen)
    place.house.clear()
    later = replace(client(place), listed_since=seen.listed_since)
    assert served(later) is served(seen)
    assert place.house.requests() == []
    served(later.fresh())
    assert len(place.house.requests()) == 1


def test_who_may_not_look_is_told_so(place: Bench) -> None:
    place.house.fault("status", status=403, error_code="PERMISSION_DENIED", path="serving-endpoints")
    with pytest.raises(Denied):
        served(client(place))


def serving(*versions: object) -> dict[str, Any]:
    """A config with these versions of one model."""
    return {"served_entities": [{"entity_name": "a.B.c", "entity_version": v} for v in versions]}


OLDER = {"served_models": [{"model_name": "a.b.c", "model_version": "4"}]}
EXTERNAL = {"served_entities": [{"external_model": {"name": "gpt"}}]}
FAILED = {"config_update": "UPDATE_FAILED"}


@pytest.mark.parametrize(
    ("endpoint", "whole", "found"),
    [
        ({"state": RESTS}, None, set()),
        ({"state": RESTS, "config": serving("3", 2)}, None, {2, 3}),
        ({"state": RESTS, "config": OLDER}, None, {4}),
        ({"state": RESTS, "config": EXTERNAL}, None, set()),
        ({"state": RESTS, "config": serving(None, "latest", "")}, None, set()),
        ({"state": MOVES, "config": serving("3")}, None, {3}),
        ({"state": MOVES, "config": serving("3")}, {"pending_config": serving("4")}, {3, 4}),
        ({"state": MOVES}, {"config": serving("5"), "pending_config": None}, {5}),
        ({"state": FAILED}, {"pending_config": serving("6")}, {6}),
        ({}, {"pending_config": serving("7")}, {7}),
    ],
)
def test_what_an_endpoint_uses_or_is_about_to_use(
    endpoint: dict[str, Any], whole: dict[str, Any] | None, found: set[int]
) -> None:
    assert set(used([{"name": "e", **endpoint}], {"e": whole}.get)) == {("a.b.c", number) for number in found}


def test_an_endpoint_that_rests_is_not_asked_again() -> None:
    asked: list[str] = []
    list(used([{"name": "e", "state": RESTS}], asked.append))
    assert asked == []
