"""Listings that lag behind creates, in both dialects, while a read by number sees a version at once."""

from collections.abc import Callable

import pytest
from databricks.sdk import WorkspaceClient

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import LEGACY, UC, Talk
from sandbox.waiting import wait_for


@pytest.fixture(params=["sdk", "legacy"])
def listed(request: pytest.FixtureRequest, sdk: WorkspaceClient, dev: Talk) -> Callable[[str], list[int]]:
    """The numbers that a listing of a model has."""

    def legacy(model: str) -> list[int]:
        query = {"filter": f"name = '{model}'"}
        found = dev.good("GET", f"{LEGACY}/model-versions/search", query=query)["model_versions"]
        return [int(version["version"]) for version in found]

    def native(model: str) -> list[int]:
        return [version.version or 0 for version in sdk.model_versions.list(model)]

    return native if request.param == "sdk" else legacy


def test_without_a_lag_a_version_is_listed_at_once(dev: Talk, model: str, listed: Callable[[str], list[int]]) -> None:
    dev.pending(model)
    assert listed(model) == [1]


def test_a_lag_without_end_hides_what_is_made_from_now_on(
    house: Lakehouse, dev: Talk, model: str, listed: Callable[[str], list[int]]
) -> None:
    dev.pending(model)
    house.lag(-1)
    dev.ready(model)
    dev.good("PATCH", f"{UC}/models/{model}/versions/1", {"comment": "changed"})
    assert listed(model) == [1]
    assert dev.good("GET", f"{UC}/models/{model}/versions/2")["status"] == "READY"
    legacy = dev.good("GET", f"{LEGACY}/model-versions/get", query={"name": model, "version": "2"})
    assert legacy["model_version"]["status"] == "READY"
    house.lag(-1)
    assert listed(model) == [2, 1]
    dev.pending(model)
    assert listed(model) == [2, 1]
    house.lag(0)
    assert listed(model) == [3, 2, 1]


def test_a_lag_of_seconds_hides_a_version_for_so_long(
    house: Lakehouse, dev: Talk, model: str, listed: Callable[[str], list[int]]
) -> None:
    dev.pending(model)
    house.lag(3600)
    assert listed(model) == []
    house.lag(0.2)
    wait_for(lambda: listed(model) == [1])


def test_a_page_may_be_empty_and_have_a_successor(house: Lakehouse, dev: Talk, model: str) -> None:
    dev.pending(model)
    house.lag(-1)
    dev.pending(model)
    first = dev.good("GET", f"{UC}/models/{model}/versions", query={"max_results": 1})
    assert first["model_versions"] == []
    token = {"max_results": 1, "page_token": first["next_page_token"]}
    assert [v["version"] for v in dev.good("GET", f"{UC}/models/{model}/versions", query=token)["model_versions"]] == [
        1
    ]


def test_forgetting_everything_ends_the_lag(house: Lakehouse, dev: Talk, model: str) -> None:
    house.lag(-1)
    dev.pending(model)
    house.clear()
    assert len(dev.good("GET", f"{UC}/models/{model}/versions")["model_versions"]) == 1


@pytest.mark.parametrize("body", [{}, {"seconds": "1"}, {"seconds": True}, {"seconds": 1, "for": "ever"}])
def test_a_lag_is_a_number(house: Lakehouse, body: dict[str, object]) -> None:
    refused = Talk(house.azure_url, None).ask("POST", "/_sandbox/lag", body)
    assert (refused.status, "seconds is missing" in refused.json["message"]) == (400, True)
