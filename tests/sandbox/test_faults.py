"""Faults on request: each effect, before and after the call's own, and which calls a rule means."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import RemoteDisconnected
from time import monotonic
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InvalidState

from lakeward_sandbox.launch import Lakehouse, LakehouseError
from sandbox.talk import UC, Answer, Talk, talk

BROKEN = (ConnectionResetError, RemoteDisconnected)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def create(dev: Talk, schema: str) -> Callable[[str], Answer]:
    catalog, _, last = schema.partition(".")

    def create(name: str) -> Answer:
        return dev.ask("POST", f"{UC}/models", {"catalog_name": catalog, "schema_name": last, "name": name})

    return create


def exists(dev: Talk, schema: str, name: str) -> bool:
    return dev.ask("GET", f"{UC}/models/{schema}.{name}").status == 200


@pytest.mark.parametrize(("when", "happened"), [("before", False), ("after", True)])
def test_a_status_is_answered_before_or_after_the_effect(
    house: Lakehouse, dev: Talk, schema: str, create: Callable[[str], Answer], when: str, *, happened: bool
) -> None:
    fault = house.fault(
        "status",
        status=429,
        error_code="REQUEST_LIMIT_EXCEEDED",
        retry_after=7,
        method="POST",
        path="/models$",
        when=when,
    )
    refused = create("m")
    assert (refused.code, refused.headers["retry-after"]) == ("429 REQUEST_LIMIT_EXCEEDED", "7")
    assert exists(dev, schema, "m") is happened
    assert house.hits(fault) == 1
    assert house.requests(method="POST")[-1].fault == f"status {when}"
    assert create("n").status == 200


def test_the_sdk_waits_as_long_as_it_is_told_and_tries_again(house: Lakehouse, sdk: WorkspaceClient) -> None:
    fault = house.fault("status", status=429, error_code="REQUEST_LIMIT_EXCEEDED", retry_after=1, path="/scim/v2/Me$")
    begun = monotonic()
    assert sdk.current_user.me().user_name == "lakeward"
    assert monotonic() - begun >= 1
    assert house.hits(fault) == 1


def test_the_sdk_raises_what_an_error_code_says(house: Lakehouse, sdk: WorkspaceClient) -> None:
    house.fault("status", status=400, error_code="INVALID_STATE", message="not now", path="/scim/v2/Me$")
    with pytest.raises(InvalidState, match="not now"):
        sdk.current_user.me()


@pytest.mark.parametrize(("when", "happened"), [("before", False), ("after", True)])
def test_a_connection_breaks_before_or_after_the_effect(
    house: Lakehouse, dev: Talk, schema: str, create: Callable[[str], Answer], when: str, *, happened: bool
) -> None:
    house.fault("reset", method="POST", path="/models$", when=when)
    with pytest.raises(BROKEN):
        create("m")
    assert exists(dev, schema, "m") is happened
    assert house.requests(method="POST")[-1].status is None


def test_a_delay_answers_later(house: Lakehouse, dev: Talk) -> None:
    house.fault("delay", seconds=0.3, path="/catalogs")
    begun = monotonic()
    assert dev.ask("GET", f"{UC}/catalogs").status == 200
    assert monotonic() - begun >= 0.3


@pytest.mark.parametrize(("when", "happened"), [("before", False), ("after", True)])
def test_a_held_call_goes_on_when_it_is_released(
    house: Lakehouse,
    dev: Talk,
    schema: str,
    create: Callable[[str], Answer],
    threads: ThreadPoolExecutor,
    *,
    when: str,
    happened: bool,
) -> None:
    fault = house.fault("hold", method="POST", path="/models$", when=when)
    held: Future[Answer] = threads.submit(create, "m")
    house.wait_held(fault)
    assert exists(dev, schema, "m") is happened
    assert not held.done()
    assert house.release(fault) == 1
    assert held.result(10).status == 200
    assert exists(dev, schema, "m")


def test_a_hanging_call_never_happens_and_breaks_when_it_is_released(
    house: Lakehouse, dev: Talk, schema: str, create: Callable[[str], Answer], threads: ThreadPoolExecutor
) -> None:
    fault = house.fault("hang", method="POST", path="/models$")
    hanging = threads.submit(create, "m")
    house.wait_held(fault)
    house.remove(fault)
    with pytest.raises(BROKEN):
        hanging.result(10)
    assert not exists(dev, schema, "m")


def test_a_malformed_answer_is_half_of_a_json_text(house: Lakehouse, dev: Talk) -> None:
    house.fault("malformed", path="/catalogs")
    answer = dev.ask("GET", f"{UC}/catalogs")
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        _ = answer.json


def test_reads_after_a_write_see_the_past_for_a_while(house: Lakehouse, dev: Talk, model: str) -> None:
    number = dev.pending(model)
    at = f"{UC}/models/{model}"

    def aliases() -> list[str]:
        shown: list[Any] = dev.good("GET", at, query={"include_aliases": "true"})["aliases"]
        return [alias["alias_name"] for alias in shown]

    house.fault("stale", path=f"/models/{model}$", reads=2, write_path="/aliases/")
    assert aliases() == []
    dev.good("PUT", f"{at}/aliases/champion", {"version_num": number})
    assert [aliases(), aliases(), aliases()] == [[], [], ["champion"]]
    assert dev.good("GET", f"{at}/aliases/champion")["version"] == number


def test_a_fault_strikes_an_upload_and_a_download_too(house: Lakehouse, dev: Talk, model: str) -> None:
    path = f"/Models/{model.replace('.', '/')}/{dev.pending(model)}/x"
    house.fault("status", status=500, method="PUT", path="/fs/files/", when="after")
    assert dev.put(path, b"x" * 100_000).status == 500
    house.fault("delay", seconds=0.0, method="GET", path="/fs/files/")
    assert len(dev.ask("GET", f"/api/2.0/fs/files{path}").content) == 100_000


def test_a_rule_means_calls_by_who_where_and_when(house: Lakehouse, dev: Talk) -> None:
    path = f"{UC}/catalogs"
    fault = house.fault(
        "status", status=500, path="/catalogs$", principal="lakeward", workspace="dev", method="GET", offset=1, count=2
    )
    others = [
        talk(house, "ana@example.com").ask("GET", path),
        talk(house, workspace="prod").ask("GET", path),
        dev.ask("GET", f"{path}/none"),
    ]
    assert [answer.status for answer in others] == [200, 200, 404]
    assert [dev.ask("GET", path).status for _ in range(4)] == [200, 500, 500, 200]
    [rule] = house.faults()
    assert (rule["id"], rule["matched"], rule["hits"]) == (fault, 4, 2)
    house.remove(fault)
    assert house.faults() == []


@pytest.mark.parametrize(
    ("effect", "fields", "named"),
    [
        ("explode", {}, "effect"),
        ("status", {"status": 99}, "status"),
        ("status", {"path": "("}, "path"),
        ("status", {"count": -1}, "count"),
        ("status", {"colour": "red"}, "colour"),
        ("hold", {"when": "later"}, "when"),
        ("delay", {"seconds": "long"}, "seconds"),
    ],
)
def test_a_mistake_in_a_rule_is_named(house: Lakehouse, effect: str, fields: dict[str, Any], named: str) -> None:
    with pytest.raises(LakehouseError, match=named):
        house.fault(effect, **fields)


def test_waiting_for_a_call_that_never_comes_ends_with_a_sentence(house: Lakehouse) -> None:
    fault = house.fault("hold", path="/nowhere")
    with pytest.raises(LakehouseError, match="held 0"):
        house.wait_held(fault, seconds=0.1)
