"""Serving endpoints as far as they say which model versions are in use: `/api/2.0/serving-endpoints`. Nothing is
served: an endpoint is ready as soon as it is created.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import models, versions
from lakeward_sandbox.errors import Json, denied, exists, invalid, missing
from lakeward_sandbox.state import milliseconds

PATH = "/api/2.0/serving-endpoints"
_NAME = re.compile(r"[\w-]{1,63}", re.ASCII)
_MOST_ENTITIES = 15
_EVERYTHING = 100
_ENTITY_FIELDS = frozenset(
    {"name", "entity_name", "entity_version", "workload_size", "workload_type", "scale_to_zero_enabled",
     "min_provisioned_concurrency", "max_provisioned_concurrency", "environment_vars"}
)  # fmt: skip


@dataclass(frozen=True)
class Endpoint:
    """A serving endpoint of a workspace as it is kept."""

    name: str
    id: str
    creator: str
    created_at: int
    entities: Sequence[Mapping[str, Any]]
    routes: Sequence[Mapping[str, Any]]

    def json(self) -> Json:
        """`ServingEndpoint` as a listing shows it: the entities by their model and version only."""
        names = ("name", "entity_name", "entity_version")
        return {
            "name": self.name,
            "id": self.id,
            "creator": self.creator,
            "creation_timestamp": self.created_at,
            "last_updated_timestamp": self.created_at,
            "state": {"ready": "READY", "config_update": "NOT_UPDATING"},
            "config": {"served_entities": [{name: entity[name] for name in names} for entity in self.entities]},
        }

    def whole_json(self) -> Json:
        """`ServingEndpointDetailed`."""
        deployed = {"state": {"deployment": "DEPLOYMENT_READY", "deployment_state_message": ""}}
        entities = [{**entity, **deployed, "creator": self.creator} for entity in self.entities]
        config = {"config_version": 1, "served_entities": entities, "traffic_config": {"routes": self.routes}}
        return {**self.json(), "config": config}


def create(call: Call) -> Json:
    for field in call.body.keys() - {"name", "config"}:
        raise invalid(
            f"The local lakehouse keeps the name and the served entities of an endpoint only: leave {field} out"
        )
    name = _name(call.required("name"))
    if _find(call, name) is not None:
        raise exists(f"Serving endpoint with name {name} already exists.")
    config = call.body.get("config")
    if not isinstance(config, dict) or config.keys() - {"name", "served_entities", "traffic_config"}:
        raise invalid("config must be an object with served_entities and traffic_config.")
    configured = replace(call, body=config)
    entities = _entities(configured)
    routes = _routes(configured, [entity["name"] for entity in entities])
    made = Endpoint(name, uuid.uuid4().hex, call.principal.name, milliseconds(), entities, routes)
    call.state.store.of(Endpoint).put(_key(call, name), made, parent=call.workspace.name)
    return made.whole_json()


def list_all(call: Call) -> Json:
    """All of them: this listing has no pages."""
    return {"endpoints": [found.json() for found in call.state.store.of(Endpoint).children(call.workspace.name)]}


def read(call: Call) -> Json:
    return _named(call).whole_json()


def delete(call: Call) -> Json:
    found = _named(call)
    if found.creator != call.principal.name and not call.principal.metastore_admin:
        raise denied(f"User {call.principal.name} does not have Manage permissions on serving endpoint {found.name}.")
    call.state.store.of(Endpoint).delete(_key(call, found.name))
    return {}


def _entities(configured: Call) -> Sequence[Mapping[str, Any]]:
    """`configured` is the call with the config for its body."""
    given = configured.objects("served_entities")
    if not 0 < len(given) <= _MOST_ENTITIES:
        raise invalid(f"config.served_entities must have from 1 to {_MOST_ENTITIES} elements.")
    entities = [_entity(replace(configured, body=one)) for one in given]
    for what in (("name",), ("entity_name", "entity_version")):
        if len({tuple(entity[field] for field in what) for entity in entities}) < len(entities):
            raise invalid(f"Cannot create 2+ served entities with the same {' and '.join(what)}.")
    return entities


def _entity(given: Call) -> Mapping[str, Any]:
    """`given` is the call with the entity for its body. Its model and version must exist, READY or not."""
    for field in given.body.keys() - _ENTITY_FIELDS:
        raise invalid(f"{field} is not a field of a served entity that the local lakehouse knows.")
    model = models.find(given, given.required("entity_name"))
    number = versions.find(given, model, versions.number(given.required("entity_version"))).number
    if not isinstance(given.body.get("scale_to_zero_enabled"), bool):
        raise invalid("scaleToZeroEnabled is undefined")
    default = f"{model.name}-{number}"
    return {**given.body, "name": _name(given.text("name") or default), "entity_name": model.full_name}


def _routes(configured: Call, names: Sequence[str]) -> Sequence[Mapping[str, Any]]:
    """One entity gets everything if nothing is said; several must share 100."""
    traffic = configured.body.get("traffic_config")
    if traffic is None and len(names) == 1:
        return [{"served_model_name": names[0], "traffic_percentage": 100}]
    routes = replace(configured, body=traffic if isinstance(traffic, dict) else {}).objects("routes")
    shares = [replace(configured, body=route).integer("traffic_percentage") or 0 for route in routes]
    if any(route.get("served_model_name") not in names for route in routes) or min(shares, default=-1) < 0:
        raise invalid("traffic_config must have routes to served entities, with a traffic_percentage of 0 to 100.")
    if sum(shares) != _EVERYTHING:
        raise invalid(f"The traffic_percentage of all routes must add up to {_EVERYTHING}, and not to {sum(shares)}.")
    return routes


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise invalid(f"'{name}' is not a valid name: it may have letters, digits, - and _ only, at most 63.")
    return name


def _named(call: Call) -> Endpoint:
    found = _find(call, call.path["name"])
    if found is None:
        raise missing(f"Endpoint with name '{call.path['name']}' does not exist.")
    return found


def _find(call: Call, name: str) -> Endpoint | None:
    return call.state.store.of(Endpoint).get(_key(call, name))


def _key(call: Call, name: str) -> str:
    return f"{call.workspace.name}/{name}"


ROUTES = [
    Route("GET", PATH, list_all),
    Route("POST", PATH, create),
    Route("GET", PATH + "/{name}", read),
    Route("DELETE", PATH + "/{name}", delete),
]
