"""The grants of an MLWorkspace: one resource for each securable. Pure.

On catalogs and schemas that the object declares, what is declared is all there is; elsewhere grants are only added.
What another MLWorkspace of the same host declares is never revoked here, and nothing is while one cannot be read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lakeward.api.mlworkspace import Grant, MLWorkspaceSpec, SecurableType
from lakeward.api.objects import BadSpec
from lakeward.engine.inventory import Row
from lakeward.engine.resource import split
from lakeward.providers.databricks.grants import GRANTED, Grants, entry

TYPES = {SecurableType.CATALOG: "catalog", SecurableType.SCHEMA: "schema", SecurableType.MODEL: "function"}


@dataclass(frozen=True)
class Elsewhere:
    """What others declare: paths of entries by the address of the grants. `whole` unless one of them cannot be read."""

    declared: Mapping[str, frozenset[str]] = field(default_factory=dict)
    whole: bool = True

    def at(self, address: str) -> frozenset[str]:
        return self.declared.get(address, frozenset())


def elsewhere(others: Iterable[MLWorkspaceSpec | BadSpec]) -> Elsewhere:
    """What these environments declare."""
    found: dict[str, set[str]] = {}
    whole = True
    for other in others:
        if isinstance(other, BadSpec):
            whole = False
            continue
        for grant in other.grants:
            paths = {f"grants.{entry(grant.principal, privilege)}" for privilege in grant.privileges}
            found.setdefault(_at(grant).address, set()).update(paths)
    return Elsewhere({address: frozenset(paths) for address, paths in found.items()}, whole)


def grants(spec: MLWorkspaceSpec, owned: frozenset[str], others: Elsewhere) -> Iterator[tuple[str, Grants]]:
    """The grants of a spec. `owned` are the addresses that it declares."""
    by_address: dict[str, list[Grant]] = {}
    for grant in spec.grants:
        by_address.setdefault(_at(grant).address, []).append(grant)
    for entries in by_address.values():
        yield f"spec.grants[{entries[0].name}]", _together(entries, owned, others)


def kept(rows: Iterable[Row], others: Elsewhere) -> Iterator[tuple[str, Grants]]:
    """What of the grants that we once made must not be revoked, should they have left our spec."""
    for row in rows:
        kind, key = split(row.address)
        spared = others.at(row.address) & frozenset(row.keys) if others.whole else frozenset(row.keys)
        if kind == Grants.kind and spared:
            left = Grants.at(key)
            yield "spec.grants", Grants(securable=left.securable, name=left.name, grants={}, spared=spared)


def _together(entries: list[Grant], owned: frozenset[str], others: Elsewhere) -> Grants:
    place = _at(entries[0])
    return Grants(
        securable=place.securable,
        name=place.name,
        grants={entry(g.principal, privilege): GRANTED for g in entries for privilege in g.privileges},
        spelled={g.principal.lower(): g.principal for g in entries},
        exclusive=others.whole and bool(owned & frozenset(place.requires())),
        spared=others.at(place.address),
        revokes=others.whole,
    )


def _at(grant: Grant) -> Grants:
    return Grants(securable=TYPES[grant.securable.type], name=grant.securable.name)
