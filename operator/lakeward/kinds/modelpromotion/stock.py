"""The versions of a target model that retention looks at, and what is served. Reads; an hour old is young enough."""

from lakeward.engine.errors import Problem
from lakeward.kinds.kind import World
from lakeward.kinds.modelpromotion import environments
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, Stock
from lakeward.kinds.modelpromotion.jobs import copy_job
from lakeward.kinds.modelpromotion.retention import oldest_kept
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import runner
from lakeward.providers.databricks.registry import Version
from lakeward.providers.databricks.served import served

AGE = 3600.0


def with_stock(obj: Promotion, found: Findings, world: World) -> Stock | None:
    """What retention needs to know; None where the promotion has no retention."""
    if obj.spec.retention is None or found.target is None:
        return None
    client = environments.databricks(found.clients)
    model, before = obj.spec.target.model, int(oldest_kept(obj, found).timestamp() * 1000)
    versions = client.kept(f"stock {model}", lambda: _old(client, model, before), AGE)
    return Stock(versions, _served(obj, found, world) if versions else frozenset())


def makers(found: Findings) -> frozenset[str]:
    """The principals whose versions are ours: the operator's, and that of the copy job."""
    client, job = environments.databricks(found.clients), copy_job(found.guard)
    return frozenset({client.principal(), *([runner(client, job)] if job is not None else [])} - {""})


def _old(client: Databricks, model: str, before: int) -> tuple[Version, ...]:
    """Those that are old enough to be looked at, each read by itself: a listing shows no tags."""
    every = (v for v in registry.every(client, model) if v.created_at < before)
    read = (registry.version(client, model, v.version) for v in every)
    return tuple(v for v in read if v is not None)


def _served(obj: Promotion, found: Findings, world: World) -> frozenset[int] | None:
    """What any workspace of the metastore serves; None where nobody says which they are, or one cannot be asked."""
    if not found.guard.served_in:
        return None
    try:
        places = [
            environments.environment(obj, name, "spec.promotions.servedIn", world) for name in found.guard.served_in
        ]
        every = [served(environments.databricks(clients)) for _, clients in places]
    except Problem:
        return None
    return frozenset(number for one in every for model, number in one if model == obj.spec.target.model)
