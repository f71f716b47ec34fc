"""The kind MLWorkspace: one environment as a graph of resources. Pure but for its clients; knows no vendor's wire."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.objects import BadSpec, Object, parse
from lakeward.engine.errors import Invalid
from lakeward.engine.inventory import read
from lakeward.engine.outcome import Key
from lakeward.engine.resource import Resource
from lakeward.engine.results import Results
from lakeward.kinds.kind import Account, Desired, Evidence, World
from lakeward.kinds.mlworkspace import graph, story
from lakeward.kinds.mlworkspace.access import Elsewhere, elsewhere, grants, kept


@dataclass(frozen=True, kw_only=True)
class Surroundings(Evidence):
    """`elsewhere`: the grants that other MLWorkspaces of the same host declare."""

    elsewhere: Elsewhere


class MLWorkspace:
    """Resource group and network, catalogs and schemas, registry, grants and experiments of one environment."""

    name = "MLWorkspace"
    spec = MLWorkspaceSpec
    leaves_marks = False

    def refs(self, obj: Object[MLWorkspaceSpec]) -> frozenset[Key]:  # noqa: ARG002 - depends on no other object
        return frozenset()

    def gather(self, obj: Object[MLWorkspaceSpec], world: World) -> Surroundings:
        clients = world.clients(obj.spec, Key(self.name, obj.namespace, obj.name))
        others = _others(obj, world) if obj.spec.grants or read(obj.status) else ()
        return Surroundings(clients=clients, now=world.now(), elsewhere=elsewhere(others))

    def compile(self, obj: Object[MLWorkspaceSpec], evidence: Surroundings) -> Desired:
        found: dict[str, Resource[Any]] = {}
        for field, resource in graph.resources(obj.spec):
            _add(found, field, resource)
        owned = frozenset(found)
        asked = (*grants(obj.spec, owned, evidence.elsewhere), *kept(read(obj.status), evidence.elsewhere))
        for field, given in ((f, g) for f, g in asked if g.address not in found):
            _add(found, field, given)
        return Desired(tuple(found.values()))

    def leave(self, obj: Object[MLWorkspaceSpec], evidence: Surroundings) -> Desired:
        return Desired(tuple(given for _, given in kept(read(obj.status), evidence.elsewhere)))

    def report(self, obj: Object[MLWorkspaceSpec], evidence: Surroundings, results: Results) -> Account:  # noqa: ARG002 - the results say all
        return story.tell(obj, results)


def _add(found: dict[str, Resource[Any]], field: str, resource: Resource[Any]) -> None:
    if resource.address in found:
        raise Invalid(f"{resource.address} is declared twice", field=field)
    found[resource.address] = resource


def _others(obj: Object[MLWorkspaceSpec], world: World) -> Iterator[MLWorkspaceSpec | BadSpec]:
    for body in world.all(obj.kind):
        other = parse(MLWorkspaceSpec, body)
        if isinstance(other, BadSpec):
            yield other
        elif not other.deleting and (other.namespace, other.name) != (obj.namespace, obj.name) and _shares(obj, other):
            yield other.spec


def _shares(obj: Object[MLWorkspaceSpec], other: Object[MLWorkspaceSpec]) -> bool:
    """Names of securables mean the same only behind one metastore; what we can tell is the host."""
    return obj.spec.databricks.host == other.spec.databricks.host
