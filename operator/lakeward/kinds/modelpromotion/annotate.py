"""What is written on and about a promoted version: provenance, constant tags, carried tags, grants. Pure."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from lakeward.engine.errors import Invalid
from lakeward.engine.inventory import read
from lakeward.engine.resource import Resource
from lakeward.judgement.approval import Decision
from lakeward.kinds.modelpromotion.ask import approvals
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, alias_only
from lakeward.kinds.modelpromotion.records import APPROVED_BY, COMMIT, PROMOTION, SOURCE
from lakeward.kinds.modelpromotion.standing import standing
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.added_grants import AddedGrants
from lakeward.providers.databricks.grants import GRANTED, entry
from lakeward.providers.databricks.version_tags import VersionTags

GIT_COMMIT = "mlops.lakeward.dev/git-commit"
OURS = 10
MOST_TAGS = 20
LONGEST_TAG = 1000


def annotations(obj: Promotion, found: Findings, version: int, before: tuple[str, ...]) -> Iterator[Resource[Any]]:
    """Tags of the version in one batch, then grants on its model."""
    tags = {**obj.spec.tags, **(_provenance(obj, found) if obj.spec.provenance.tags else {})}
    own = VersionTags(model=obj.spec.target.model, version=version, tags=tags, after=before)
    if tags or any(row.address == own.address for row in read(obj.status)):
        yield own
    if obj.spec.grants:
        yield AddedGrants(
            securable="function",
            name=obj.spec.target.model,
            grants={entry(g.principal, p): GRANTED for g in obj.spec.grants for p in g.privileges},
            spelled={g.principal.lower(): g.principal for g in obj.spec.grants},
            after=before,
        )


def carried(obj: Promotion, found: Findings) -> dict[str, str]:
    """The tags of the source that the copy gets: those asked for, never one that decides anything or is ours.

    Raises Invalid when a version could not hold them all.
    """
    asked = {gate.tag.key.lower() for gate in found.gates(obj) if gate.tag is not None}
    tags = found.source.tags if found.source else {}
    chosen = {
        key: value
        for key, value in sorted(tags.items())
        if any(fnmatchcase(key, pattern) for pattern in obj.spec.copy_.tags.include)
        and not (fnmatchcase(key.lower(), "*approv*") or key.lower().startswith("lakeward_") or key.lower() in asked)
    }
    if OURS + len(chosen.keys() | obj.spec.tags.keys()) > MOST_TAGS:
        text = f"a version holds {MOST_TAGS} tags, {OURS} of them ours: name fewer here or in spec.copy.tags.include"
        raise Invalid(text, field="spec.tags")
    return chosen


def commit(obj: Promotion) -> str:
    """The git commit that the delivery tool stamped on the object; a pointer, so only what can be one."""
    stamped = obj.annotations.get(GIT_COMMIT, "")
    return stamped if re.fullmatch("[0-9a-f]{7,64}", stamped) else ""


def approvers(obj: Promotion, found: Findings) -> tuple[str, ...]:
    """Who approved this attempt, each once, in order of their names."""
    gates = ((gate, gate.approval) for gate in found.gates(obj))
    judged = (approvals(obj, found, gate, asked) for gate, asked in gates if asked is not None)
    counted = (given for one in judged for given in one.counted)
    return tuple(sorted({given.by for given in counted if given.decision == Decision.APPROVE}))


def _provenance(obj: Promotion, found: Findings) -> dict[str, str]:
    known = found.copy.tags if found.copy else {}
    # a version that is promoted where it lies may be a copy of another one: then it says so already
    origin = known.get(SOURCE, "") if alias_only(obj.spec) else ""
    source = origin or registry.source_of(obj.spec.source.model, obj.spec.source.version)
    tags = {PROMOTION: found.mark, SOURCE: source}
    by = ", ".join(approvers(obj, found)) if standing(obj, found).moves else ""
    # who brought the version here is told once: a later commit that leaves it in place did not promote it
    told = {COMMIT: known.get(COMMIT) or commit(obj), APPROVED_BY: by[:LONGEST_TAG] or known.get(APPROVED_BY, "")}
    return {**tags, **{key: value for key, value in told.items() if value}}
