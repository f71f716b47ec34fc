"""Who may do what with a job: `/api/2.0/permissions/jobs/{id}`, and the check that every call of the Jobs API makes.
There are no workspace admins in the lakehouse, so a job is closed to all but its owner until the owner opens it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks.jobs import job as jobs
from lakeward_sandbox.databricks.jobs.fields import known, text
from lakeward_sandbox.databricks.jobs.job import Job
from lakeward_sandbox.errors import Json, denied, invalid, missing
from lakeward_sandbox.principals import ALL, GROUPS

_PATH = "/api/2.0/permissions/jobs/{job_id}"
_PRINCIPALS = ("user_name", "service_principal_name", "group_name")
_ADMINS: Json = {
    "group_name": "admins",
    "all_permissions": [
        {"permission_level": "CAN_MANAGE", "inherited": True, "inherited_from_object": ["/jobs/"]},
    ],
}


class Level(StrEnum):
    """Each includes those before it."""

    VIEW = "CAN_VIEW"
    RUN = "CAN_MANAGE_RUN"
    MANAGE = "CAN_MANAGE"
    OWNER = "IS_OWNER"


_ORDER = list(Level)
_WORDS = {Level.VIEW: "View", Level.RUN: "Manage Run", Level.MANAGE: "Admin", Level.OWNER: "Owner"}


def may(call: Call, job: Job, wanted: Level) -> bool:
    """Whether the caller holds that level or a higher one."""
    held = [Level(entry["permission_level"]) for entry in job.access if call.principal.name in _individual(entry)]
    return any(_ORDER.index(level) >= _ORDER.index(wanted) for level in held)


def require(call: Call, job: Job, wanted: Level) -> None:
    if not may(call, job, wanted):
        enough = " or ".join(_WORDS[level] for level in _ORDER[_ORDER.index(wanted) :])
        raise denied(f"User {call.principal.name} does not have {enough} permissions on job {job.id}")


def owned(call: Call, given: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, str]]:
    """The list of a new job: its creator owns it unless somebody else is said to."""
    kind = "service_principal_name" if call.principal.service_principal else "user_name"
    entries = [_entry(entry) for entry in given]
    if not any(entry["permission_level"] == Level.OWNER for entry in entries):
        entries = [{kind: call.principal.name, "permission_level": Level.OWNER}, *entries]
    return _merged([], entries)


def identity(given: Mapping[str, Any], where: str) -> str:
    """The name of the one user or service principal that an object names."""
    named = {name: given[name] for name in _PRINCIPALS if given.get(name) is not None}
    if len(named) != 1:
        raise invalid(f"{where} must have exactly one of user_name, service_principal_name and group_name.")
    [(kind, name)] = named.items()
    fitting = [p.name for p in ALL if p.service_principal == (kind == "service_principal_name")]
    for candidate in GROUPS if kind == "group_name" else fitting:
        if isinstance(name, str) and candidate.lower() == name.lower():
            return candidate
    raise missing(f"Principal: {kind} {name} does not exist.")


def read(call: Call) -> Json:
    return _json(_manageable(call))


def replace_all(call: Call) -> Json:
    """Grants to nobody else remain; the entries that admins inherit cannot be taken away."""
    return _changed(call, _manageable(call), [])


def add(call: Call) -> Json:
    job = _manageable(call)
    return _changed(call, job, job.access)


def _manageable(call: Call) -> Job:
    number = call.path["job_id"]
    job = jobs.find(call, int(number) if number.isdecimal() else 0)
    require(call, job, Level.MANAGE)
    return job


def _changed(call: Call, job: Job, kept: Sequence[Mapping[str, str]]) -> Json:
    known(call.body, {"access_control_list"}, "")
    entries = _merged(kept, [_entry(given) for given in call.objects("access_control_list")])
    changed = replace(job, access=entries)
    jobs.keep(call.state.store, changed)
    return _json(changed)


def _entry(given: Mapping[str, Any]) -> dict[str, str]:
    entry = known(given, {*_PRINCIPALS, "permission_level"}, "access_control_list.")
    name = identity(entry, "An entry of access_control_list")
    kind = next(kind for kind in _PRINCIPALS if kind in entry)
    level = text(entry, "permission_level", "access_control_list.")
    if level not in _ORDER:
        raise invalid(f"'{level}' is not a permission level of a job: they are {', '.join(_ORDER)}.")
    if kind == "group_name" and level == Level.OWNER:
        raise invalid("A group can not be the owner of a job.")
    return {kind: name, "permission_level": level}


def _merged(kept: Sequence[Mapping[str, str]], given: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """One entry for each principal: a later one replaces an earlier one."""
    by_name = {next(entry[kind] for kind in _PRINCIPALS if kind in entry): entry for entry in [*kept, *given]}
    if sum(entry["permission_level"] == Level.OWNER for entry in by_name.values()) != 1:
        raise invalid("The job must have exactly one owner.")
    return list(by_name.values())


def _individual(entry: Mapping[str, str]) -> set[str]:
    """Whom an entry means; who is in a group is not modelled."""
    return {entry[kind] for kind in _PRINCIPALS[:2] if kind in entry}


def _json(job: Job) -> Json:
    """`JobPermissions`."""
    direct = [
        {
            **{kind: entry[kind] for kind in _PRINCIPALS if kind in entry},
            "all_permissions": [{"permission_level": entry["permission_level"], "inherited": False}],
        }
        for entry in job.access
    ]
    return {"object_id": f"/jobs/{job.id}", "object_type": "job", "access_control_list": [*direct, _ADMINS]}


ROUTES = [
    Route("GET", _PATH, read),
    Route("PUT", _PATH, replace_all),
    Route("PATCH", _PATH, add),
]
