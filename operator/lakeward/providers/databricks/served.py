"""Which model versions the serving endpoints of one workspace use, or are about to use. Writes nothing.

An identity is told of the endpoints that it may see, and of no others.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lakeward.providers.databricks.api import Json, path
from lakeward.providers.databricks.client import Databricks

ENDPOINTS = "/api/2.0/serving-endpoints"
RESTS = "NOT_UPDATING"
NAMES = (("served_entities", "entity_name", "entity_version"), ("served_models", "model_name", "model_version"))


def served(client: Databricks) -> frozenset[tuple[str, int]]:
    """(full name of a model in lower case, version) of everything that is served; shared as long as a listing is."""
    return client.scanned("served", lambda: frozenset(_served(client)))


def used(endpoints: Iterable[Json], whole: Callable[[str], Json | None]) -> Iterator[tuple[str, int]]:
    """What these endpoints use. A listing tells only what is active: one that moves is read by `whole(name)`, too."""
    for endpoint in endpoints:
        yield from _named(endpoint.get("config"))
        if (endpoint.get("state") or {}).get("config_update") == RESTS:
            continue
        moving = whole(str(endpoint.get("name"))) or {}
        yield from _named(moving.get("config"))
        yield from _named(moving.get("pending_config"))


def _served(client: Databricks) -> Iterator[tuple[str, int]]:
    endpoints = client.api.do("GET", ENDPOINTS).get("endpoints") or ()
    return used(endpoints, lambda name: client.api.find(path(ENDPOINTS, name)))


def _named(config: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401 - part of an answer
    """External and foundation models have no version."""
    for field, name, version in NAMES:
        for entity in (config or {}).get(field) or ():
            number = str(entity.get(version) or "")
            if number.isdecimal():
                yield str(entity.get(name)).lower(), int(number)
