"""Grants over HTTP: `/api/2.1/unity-catalog/permissions`, its paged sister `privilege-assignments`, and the effective
reads of both, which also show what was inherited.
"""

from collections.abc import Sequence

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import assignments, grants, owners
from lakeward_sandbox.databricks.assignments import Assignment
from lakeward_sandbox.databricks.grants import Change
from lakeward_sandbox.databricks.privileges import privilege
from lakeward_sandbox.databricks.securables import Securable, lineage
from lakeward_sandbox.errors import Json, invalid

_PATH = "/api/2.1/unity-catalog"
_SECURABLE = "{securable_type}/{full_name}"
_DIRECT = "privilege_assignments"
_EFFECTIVE = "effective_privilege_assignments"


def read(call: Call) -> Json:
    target = _named(call)[0]
    return _all_or_page(call, f"direct:{target.key}", _direct(call, target))


def list_direct(call: Call) -> Json:
    target = _named(call)[0]
    return assignments.page(call, _DIRECT, "page_size", f"direct:{target.key}", _direct(call, target))


def read_effective(call: Call) -> Json:
    named = _named(call)
    return _all_or_page(call, f"effective:{named[0].key}", _effective(call, named))


def list_effective(call: Call) -> Json:
    named = _named(call)
    return assignments.page(call, _EFFECTIVE, "page_size", f"effective:{named[0].key}", _effective(call, named))


def update(call: Call) -> Json:
    """Answers with all grants of the securable, unless asked not to."""
    target, *holders = _named(call)
    if call.principal.name not in {holder.owner for holder in holders}:
        owners.require_owner(call, target.owner, f"{target.kind.capitalize()} '{target.full_name}'")
    grants.change(call, target, _changes(call, target))
    if call.flag("omit_permissions_in_response"):
        return {}
    return assignments.everything(call, _DIRECT, _direct(call, target))


def _named(call: Call) -> Sequence[Securable]:
    """The securable that the path names, then what holds it."""
    return lineage(call, call.path["securable_type"], call.path["full_name"])


def _all_or_page(call: Call, scope: str, found: Sequence[Assignment]) -> Json:
    """Who names no size gets everything; clients that page say so by a size of 0 or by a token."""
    if call.integer("max_results") is None and not call.text("page_token"):
        return assignments.everything(call, _DIRECT, found)
    return assignments.page(call, _DIRECT, "max_results", scope, found)


def _direct(call: Call, target: Securable) -> Sequence[Assignment]:
    return [Assignment(grant.principal, grant.privileges) for grant in grants.on(call, target)]


def _effective(call: Call, named: Sequence[Securable]) -> Sequence[Assignment]:
    """Each privilege once for every securable that conveys it; one that is direct names no origin."""
    found: dict[str, tuple[str, list[Json]]] = {}
    for securable in named:
        origin = {"inherited_from_type": securable.kind, "inherited_from_name": securable.full_name}
        for grant in grants.on(call, securable):
            _, held = found.setdefault(grant.principal.lower(), (grant.principal, []))
            held += [{"privilege": name, **({} if securable is named[0] else origin)} for name in grant.privileges]
    return [Assignment(principal, held) for principal, held in found.values()]


def _changes(call: Call, target: Securable) -> Sequence[Change]:
    """One change for each principal, however often and in whatever spelling the body names it."""
    merged: dict[str, Change] = {}
    for given in call.objects("changes"):
        principal = owners.known_grantee(given.get("principal"))
        before = merged.get(principal.lower(), Change(principal, frozenset(), frozenset()))
        add = before.add | _privileges(given, "add", target)
        remove = before.remove | _privileges(given, "remove", target)
        merged[principal.lower()] = Change(before.principal, add, remove)
    if not merged:
        raise invalid("UpdatePermissions Nothing to update.")
    return list(merged.values())


def _privileges(given: Json, field: str, target: Securable) -> frozenset[str]:
    names = given.get(field) or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid(f"changes.{field} must be a list of privileges")
    return frozenset(privilege(name, target) for name in names)


ROUTES = [
    Route("GET", f"{_PATH}/permissions/{_SECURABLE}", read),
    Route("PATCH", f"{_PATH}/permissions/{_SECURABLE}", update),
    Route("GET", f"{_PATH}/privilege-assignments/{_SECURABLE}", list_direct),
    Route("GET", f"{_PATH}/effective-permissions/{_SECURABLE}", read_effective),
    Route("GET", f"{_PATH}/effective-privilege-assignments/{_SECURABLE}", list_effective),
]
