"""The grants of an MLWorkspace: one resource for each securable. Pure.

On catalogs and schemas that the object declares, what is declared is all there is; elsewhere grants are only added.
What another MLWorkspace declares is never revoked here.
"""

from collections.abc import Iterable, Iterator, Mapping

from lakeward.api.mlworkspace import Grant, MLWorkspaceSpec, SecurableType
from lakeward.engine.inventory import Row
from lakeward.engine.resource import split
from lakeward.providers.databricks.grants import GRANTED, Grants, entry

TYPES = {SecurableType.CATALOG: "catalog", SecurableType.SCHEMA: "schema", SecurableType.MODEL: "function"}

Declared = Mapping[str, frozenset[str]]
"""Paths of entries that somebody declares, by the address of the grants."""


def declared(specs: Iterable[MLWorkspaceSpec]) -> Declared:
    """What these environments declare."""
    found: dict[str, set[str]] = {}
    for spec in specs:
        for grant in spec.grants:
            paths = {f"grants.{entry(grant.principal, privilege)}" for privilege in grant.privileges}
            found.setdefault(_at(grant).address, set()).update(paths)
    return {address: frozenset(paths) for address, paths in found.items()}


def grants(
    spec: MLWorkspaceSpec, owned: frozenset[str], rows: Iterable[Row], elsewhere: Declared
) -> Iterator[tuple[str, Grants]]:
    """The grants of a spec. `owned` are the addresses that it declares, `elsewhere` what others declare."""
    by_address: dict[str, list[Grant]] = {}
    for grant in spec.grants:
        by_address.setdefault(_at(grant).address, []).append(grant)
    for entries in by_address.values():
        yield f"spec.grants[{entries[0].name}]", _together(entries, owned, elsewhere)
    for row in rows:
        kind, key = split(row.address)
        spared = elsewhere.get(row.address, frozenset()) & frozenset(row.keys)
        if kind == Grants.kind and row.address not in by_address and spared:
            # it left our spec and stays in another one: only what nobody declares is revoked
            left = Grants.at(key)
            yield "spec.grants", Grants(securable=left.securable, name=left.name, grants={}, spared=spared)


def _together(entries: list[Grant], owned: frozenset[str], elsewhere: Declared) -> Grants:
    place = _at(entries[0])
    return Grants(
        securable=place.securable,
        name=place.name,
        grants={entry(g.principal, privilege): GRANTED for g in entries for privilege in g.privileges},
        spelled={g.principal.lower(): g.principal for g in entries},
        exclusive=bool(owned & frozenset(place.requires())),
        spared=elsewhere.get(place.address, frozenset()),
    )


def _at(grant: Grant) -> Grants:
    return Grants(securable=TYPES[grant.securable.type], name=grant.securable.name)
