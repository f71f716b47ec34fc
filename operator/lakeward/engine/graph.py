"""The order of resources: who must be in place before whom. Pure."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Resource, refs


def edges(resources: Iterable[Resource[Any]]) -> dict[str, frozenset[str]]:
    """For each address the addresses that it waits for, among those given: parents, references and `after`."""
    known = {r.address: r for r in resources}
    return {
        address: frozenset(
            {*r.requires(), *r.after, *(ref.address for ref in refs(r))} & known.keys(),
        )
        for address, r in known.items()
    }


def dependants(waits: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The same edges from the other end: for each address those that wait for it."""
    return {address: frozenset(a for a, needs in waits.items() if address in needs) for address in waits}


def ordered(waits: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """The addresses in an order in which each comes after all that it waits for; equal ones by name.

    Raises Invalid(DependencyCycle) that names the cycle.
    """
    sorter = TopologicalSorter({a: waits[a] for a in sorted(waits)})
    order: list[str] = []
    try:
        sorter.prepare()
    except CycleError as error:
        raise Invalid(
            "these wait for each other: " + " -> ".join(error.args[1]), reason=Reason.DEPENDENCY_CYCLE
        ) from None
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return tuple(order)
