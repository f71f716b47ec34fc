"""Serving endpoints as far as they say which versions are in use, with the unmodified Databricks SDK."""

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, ResourceConflict
from databricks.sdk.service.serving import (
    EndpointCoreConfigInput,
    EndpointStateConfigUpdate,
    EndpointStateReady,
    Route,
    ServedEntityInput,
    TrafficConfig,
)

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import Talk, talk

ENDPOINTS = "/api/2.0/serving-endpoints"
INVALID = "400 INVALID_PARAMETER_VALUE"


def entity(model: str, version: object = "1", **more: object) -> dict[str, object]:
    return {"entity_name": model, "entity_version": version, "scale_to_zero_enabled": True, **more}


def routes(**shares: int) -> dict[str, object]:
    return {"routes": [{"served_model_name": name, "traffic_percentage": n} for name, n in shares.items()]}


def test_the_sdk_creates_lists_and_deletes_an_endpoint(sdk: WorkspaceClient, dev: Talk, model: str) -> None:
    dev.ready(model)
    dev.ready(model)
    served = [
        ServedEntityInput(name=name, entity_name=model.upper(), entity_version=version, scale_to_zero_enabled=True)
        for name, version in ((None, "1"), ("v2-3f9c", "2"))
    ]
    routes = [Route(traffic_percentage=n, served_model_name=name) for name, n in (("churn-1", 90), ("v2-3f9c", 10))]
    config = EndpointCoreConfigInput(name="churn", served_entities=served, traffic_config=TrafficConfig(routes))
    sdk.serving_endpoints.create("churn", config=config)
    [found] = [endpoint for endpoint in sdk.serving_endpoints.list() if endpoint.name == "churn"]
    assert found.config is not None
    assert found.state is not None
    assert (found.creator, found.state.ready) == ("lakeward", EndpointStateReady.READY)
    assert found.state.config_update == EndpointStateConfigUpdate.NOT_UPDATING
    assert [(e.name, e.entity_name, e.entity_version) for e in found.config.served_entities or []] == [
        ("churn-1", model, "1"),
        ("v2-3f9c", model, "2"),
    ]
    assert sdk.serving_endpoints.get("churn").id == found.id
    with pytest.raises(ResourceConflict):
        sdk.serving_endpoints.create("churn", config=config)
    sdk.serving_endpoints.delete("churn")
    with pytest.raises(NotFound):
        sdk.serving_endpoints.delete("churn")
    assert "churn" not in [endpoint.name for endpoint in sdk.serving_endpoints.list()]


def test_an_endpoint_is_of_its_workspace_and_of_its_creator(house: Lakehouse, dev: Talk, model: str) -> None:
    dev.pending(model)
    dev.good("POST", ENDPOINTS, {"name": "own", "config": {"served_entities": [entity(model)]}})
    assert talk(house, workspace="prod").good("GET", ENDPOINTS) == {"endpoints": []}
    assert talk(house, "lakeward-dev").ask("DELETE", f"{ENDPOINTS}/own").code == "403 PERMISSION_DENIED"
    dev.good("DELETE", f"{ENDPOINTS}/own")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "x"}, INVALID),
        ({"name": "a b", "config": {"served_entities": [entity("MODEL")]}}, INVALID),
        ({"name": "x", "config": {"served_entities": []}}, INVALID),
        ({"name": "x", "config": {"served_models": []}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODEL")]}, "ai_gateway": {}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODEL", "2")]}}, "404 RESOURCE_DOES_NOT_EXIST"),
        ({"name": "x", "config": {"served_entities": [entity("MODEL.")]}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODELS")]}}, "404 RESOURCE_DOES_NOT_EXIST"),
        ({"name": "x", "config": {"served_entities": [entity("MODEL", 1)]}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODEL", name="a.b")]}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODEL", size="Small")]}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODEL", scale_to_zero_enabled=None)]}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODEL"), entity("MODEL", name="b")]}}, INVALID),
        ({"name": "x", "config": {"served_entities": [entity("MODEL")], "traffic_config": routes(b=100)}}, INVALID),
        (
            {
                "name": "x",
                "config": {"served_entities": [entity("MODEL")], "traffic_config": routes(**{"churn-1": 99})},
            },
            INVALID,
        ),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(dev: Talk, model: str, body: dict[str, object], code: str) -> None:
    dev.pending(model)
    assert dev.ask("POST", ENDPOINTS, filled(body, model)).code == code
    assert "x" not in [endpoint["name"] for endpoint in dev.good("GET", ENDPOINTS)["endpoints"]]


def filled(body: object, model: str) -> object:
    """With the name of the model in its place."""
    if isinstance(body, dict):
        return {name: filled(value, model) for name, value in body.items()}
    if isinstance(body, list):
        return [filled(value, model) for value in body]
    return body.replace("MODEL", model) if isinstance(body, str) else body
