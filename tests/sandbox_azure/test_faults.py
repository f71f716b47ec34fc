"""Faults, the log, request ids and limits on the port of Azure."""

from http.client import HTTPConnection
from typing import Any

import pytest
from azure.core.exceptions import DecodeError, ServiceResponseError

from lakeward_sandbox.launch import Lakehouse
from sandbox.waiting import wait_for
from sandbox_azure.clients import VERSIONS, Clients, clients, code, connection, refusal, vnet


def test_a_status_comes_in_azures_shape(house: Lakehouse, azure: Clients, group: str) -> None:
    house.fault("status", status=429, error_code="TooManyRequests", message="later", retry_after=7, method="PUT")
    refused = refusal(lambda: azure.begin_vnet(group))
    assert refused.error is not None
    assert (refused.status_code, refused.error.code, refused.error.message) == (429, "TooManyRequests", "later")
    response: Any = refused.response
    assert response.headers["Retry-After"] == "7"
    assert response.headers["x-ms-request-id"]
    assert code(lambda: azure.vnet(group)) == "404 ResourceNotFound"
    [told] = house.requests(method="PUT", path="/virtualNetworks/")
    assert (told.fault, told.workspace, told.principal) == ("status before", "azure", "lakeward")
    assert told.user_agent.startswith("probe azsdk-python-mgmt-network/")
    assert told.body_fields == ("location", "properties")


def test_a_write_may_have_happened_when_its_answer_is_lost(house: Lakehouse, azure: Clients, group: str) -> None:
    house.fault("reset", method="PUT", path="/virtualNetworks/", when="after")
    with pytest.raises(ServiceResponseError):
        azure.begin_vnet(group)
    assert azure.vnet(group)["name"] == "net"


def test_a_poll_may_fail_and_the_operation_goes_on(house: Lakehouse, azure: Clients, group: str) -> None:
    house.fault("status", status=503, error_code="ServerBusy", path="/operations/")
    assert code(lambda: azure.begin_vnet(group).result()) == "503 ServerBusy"
    wait_for(lambda: bool(azure.vnet(group)["properties"]["provisioningState"] == "Succeeded"))


def test_an_operation_fails_with_the_status_of_its_poll(house: Lakehouse, azure: Clients, group: str) -> None:
    house.fault("fail", error_code="RetryableError", message="again", method="PUT", path="/virtualNetworks/")
    refused = refusal(lambda: azure.begin_vnet(group).result())
    assert refused.error is not None
    assert (refused.status_code, refused.error.code, refused.error.message) == (200, "RetryableError", "again")
    assert azure.vnet(group)["properties"]["provisioningState"] == "Failed"
    assert house.requests(method="PUT")[-1].fault == "fail"
    assert azure.begin_vnet(group).result().provisioning_state == "Succeeded"
    house.fault("fail", error_code="CannotDeleteResource", method="DELETE")
    refused = refusal(lambda: azure.network.virtual_networks.begin_delete(group, "net").result())
    assert (refused.status_code, refused.error and refused.error.code) == (200, "CannotDeleteResource")
    assert azure.vnet(group)["properties"]["provisioningState"] == "Failed"


def test_a_groups_deletion_fails_with_the_status_of_its_result(house: Lakehouse, azure: Clients, group: str) -> None:
    house.fault("fail", error_code="ResourceGroupDeletionBlocked", method="DELETE")
    assert (
        code(lambda: azure.resources.resource_groups.begin_delete(group).result()) == "409 ResourceGroupDeletionBlocked"
    )
    assert azure.resources.resource_groups.check_existence(group)


def test_reads_may_see_the_past(house: Lakehouse, azure: Clients, group: str) -> None:
    house.fault("stale", path="/virtualNetworks/net$", write_path="/virtualNetworks/", reads=1)
    azure.network.virtual_networks.begin_create_or_update(group, "net", vnet(), polling=False)
    assert code(lambda: azure.vnet(group)) == "404 ResourceNotFound"
    assert azure.vnet(group)["name"] == "net"


def test_an_answer_may_be_garbled(house: Lakehouse, azure: Clients, group: str) -> None:
    house.fault("malformed", path=f"/resourcegroups/{group}$")
    with pytest.raises(DecodeError):
        azure.resources.resource_groups.get(group)


def test_every_answer_has_ids_and_echoes_the_callers(azure: Clients) -> None:
    sent = {
        "x-ms-client-request-id": "mine",
        "x-ms-return-client-request-id": "true",
        "x-ms-correlation-request-id": "c",
    }
    for path in (azure.scope, f"{azure.scope}/nowhere", "/nowhere"):
        headers = azure.ask("GET", path, headers=sent).headers
        assert headers["x-ms-request-id"]
        assert (headers["x-ms-client-request-id"], headers["x-ms-correlation-request-id"]) == ("mine", "c")


def test_what_is_left_of_the_limits_is_told(house: Lakehouse) -> None:
    with clients(house, "ana@example.com") as they:
        path, remaining = f"{they.scope}/resourcegroups/none", "x-ms-ratelimit-remaining-subscription"
        for method, kind, most in (("GET", "reads", 250), ("PUT", "writes", 200), ("DELETE", "deletes", 200)):
            left = [int(they.ask(method, path, {}).headers[f"{remaining}-{kind}"]) for _ in range(2)]
            assert most > left[0] >= left[1] - 25


def test_who_asks_too_often_must_wait_and_waits_anew(house: Lakehouse) -> None:
    token, subscription = house.token("lakeward-dev"), house.foreign_subscription
    target = f"/subscriptions/{subscription}/locations?api-version={VERSIONS['resources']}"

    def ask(opened: HTTPConnection) -> tuple[int, str | None]:
        opened.request("GET", target, headers={"Authorization": f"Bearer {token}"})
        with opened.getresponse() as answer:
            answer.read()
            return answer.status, answer.getheader("Retry-After")

    with connection(house) as opened:
        answers = [ask(opened)]
        while answers[-1][0] == 403 and len(answers) < 2000:
            answers.append(ask(opened))
        assert len(answers) > 250
        assert [*answers[-1:], ask(opened)] == [(429, "1"), (429, "1")]
    with clients(house) as others:
        assert others.ask("GET", others.scope).status == 200
