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
from lakeward.kinds.mlworkspace.access import Declared, declared, grants


@dataclass(frozen=True, kw_only=True)
class Surroundings(Evidence):
    """`elsewhere`: the grants that other MLWorkspaces declare."""

    elsewhere: Declared


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
        return Surroundings(clients=clients, now=world.now(), elsewhere=declared(others))

    def compile(self, obj: Object[MLWorkspaceSpec], evidence: Surroundings) -> Desired:
        found: dict[str, Resource[Any]] = {}
        for field, resource in graph.resources(obj.spec):
            _add(found, field, resource)
        owned = frozenset(found)
        for field, given in grants(obj.spec, owned, read(obj.status), evidence.elsewhere):
            _add(found, field, given)
        return Desired(tuple(found.values()))

    def report(self, obj: Object[MLWorkspaceSpec], evidence: Surroundings, results: Results) -> Account:  # noqa: ARG002 - the results say all
        return story.tell(obj, results)


def _add(found: dict[str, Resource[Any]], field: str, resource: Resource[Any]) -> None:
    if resource.address in found:
        raise Invalid(f"{resource.address} is declared twice", field=field)
    found[resource.address] = resource


def _others(obj: Object[MLWorkspaceSpec], world: World) -> Iterator[MLWorkspaceSpec]:
    for body in world.all(obj.kind):
        other = parse(MLWorkspaceSpec, body)
        if (
            not isinstance(other, BadSpec)
            and not other.deleting
            and (other.namespace, other.name) != (obj.namespace, obj.name)
        ):
            yield other.spec
