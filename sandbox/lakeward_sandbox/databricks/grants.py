"""Grants as they are kept: who directly holds which privileges on what.

They are kept and shown, not enforced: whoever may enter a workspace may read there, granted or not. Grants hang on the
id of their securable, so a new name moves none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import schemas
from lakeward_sandbox.databricks.privileges import EVERYTHING
from lakeward_sandbox.databricks.securables import Kind, Securable
from lakeward_sandbox.errors import invalid


@dataclass(frozen=True)
class Grant:
    """What one principal holds on one securable; the principal is spelled as in its first grant."""

    principal: str
    privileges: Sequence[str]


@dataclass(frozen=True)
class Change:
    """What to add for one principal, and what to take away."""

    principal: str
    add: frozenset[str]
    remove: frozenset[str]


def on(call: Call, securable: Securable) -> Sequence[Grant]:
    """The grants made on the securable itself."""
    return call.state.store.of(Grant).children(securable.key)


def change(call: Call, securable: Securable, changes: Sequence[Change]) -> None:
    """All changes, or none; a schema whose grants changed was updated."""
    for one in changes:
        if one.add & one.remove:
            raise invalid(f"Duplicate privileges to add and delete for principal {one.principal}.")
    changed = [_apply(call, securable, one) for one in changes]
    if any(changed) and securable.kind == Kind.SCHEMA:
        schemas.touch(call, securable.full_name)


def forget(call: Call, securable: Securable) -> None:
    """The securable is gone, and its grants with it."""
    for grant in on(call, securable):
        call.state.store.of(Grant).delete(_key(securable, grant.principal))


def _apply(call: Call, securable: Securable, one: Change) -> bool:
    """Whether it changed anything. Who loses ALL_PRIVILEGES loses every other privilege too."""
    kept = call.state.store.of(Grant)
    key = _key(securable, one.principal)
    found = kept.get(key) or Grant(one.principal, [])
    left = set() if EVERYTHING in one.remove else set(found.privileges) - one.remove
    privileges = sorted(left | one.add)
    if privileges:
        kept.put(key, Grant(found.principal, privileges), parent=securable.key)
    else:
        kept.delete(key)
    return privileges != list(found.privileges)


def _key(securable: Securable, principal: str) -> str:
    return f"{securable.key}/{principal.lower()}"
