"""What a promotion wants to be outside, given its findings and the gates' decision. Pure.

The champion alias is the only commit point. The order is: claim, copy, provenance, `previous` := the old champion,
`champion` := the new version, record. It follows from what is observed alone, so it resumes wherever it was cut.
"""

import re
from collections.abc import Iterator
from typing import Any

from lakeward.engine.conditions import timestamp
from lakeward.engine.resource import Resource
from lakeward.judgement.gates import Decision, Result
from lakeward.kinds.modelpromotion.findings import (
    COMMIT,
    PROMOTED_AT,
    PROMOTION,
    REPLACES,
    SOURCE,
    STATE,
    Findings,
    Promotion,
    alias_only,
)
from lakeward.kinds.modelpromotion.standing import Standing, adopted_as_is, record, standing
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_claim import ModelClaim
from lakeward.providers.databricks.model_tags import ModelTags
from lakeward.providers.databricks.model_version import ModelVersion
from lakeward.providers.databricks.registered_model import RegisteredModel

GIT_COMMIT = "mlops.lakeward.dev/git-commit"


def resources(obj: Promotion, found: Findings, decision: Decision) -> Iterator[Resource[Any]]:
    """Only the claim while nothing may move, everything once the move may go on or has been made."""
    target = obj.spec.target.model
    claim = ModelClaim(model=target)
    if not _may_move(standing(obj, found), decision):
        if found.target is not None:
            yield claim
        return
    yield RegisteredModel(name=target)
    yield claim
    if alias_only(obj.spec):
        yield from _switch(obj, found, obj.spec.source.version, (claim.address,))
        return
    copy = ModelVersion(
        model=target,
        source=obj.spec.source.model,
        version=obj.spec.source.version,
        limit=obj.spec.copy_.timeout.total_seconds(),
        pin=obj.spec.source.digest,
        after=(claim.address,),
    )
    yield copy
    if found.copy is not None:
        # the copy may be ready by now: but the gates that judge it did not see it in this pass
        yield from _switch(obj, found, found.copy.version, (claim.address, copy.address))


def commit(obj: Promotion) -> str:
    """The git commit that the delivery tool stamped on the object; a pointer, so only what can be one."""
    stamped = obj.annotations.get(GIT_COMMIT, "")
    return stamped if re.fullmatch("[0-9a-f]{7,64}", stamped) else ""


def _may_move(where: Standing, decision: Decision) -> bool:
    if where.moves:
        return decision.blocking is Result.PASS
    return where in {Standing.CONVERGED, Standing.DRIFTED}


def _switch(obj: Promotion, found: Findings, version: int, before: tuple[str, ...]) -> Iterator[Resource[Any]]:
    aliases, target = obj.spec.switch.aliases, obj.spec.target.model
    if obj.spec.provenance.tags:
        tags = ModelTags(model=target, version=version, tags=_provenance(obj, found), after=before)
        before = (*before, tags.address)
        yield tags
    earlier = _earlier(obj, found)
    if earlier is not None:
        previous = ModelAlias(model=target, alias=aliases.previous, version=earlier, after=before)
        before = (*before, previous.address)
        yield previous
    champion = ModelAlias(model=target, alias=aliases.champion, version=version, after=before)
    yield champion
    yield from _record(obj, found, version, champion.address)


def _earlier(obj: Promotion, found: Findings) -> int | None:
    """What `previous` is to name: the champion that is about to be replaced, and never the champion itself."""
    aliases = obj.spec.switch.aliases
    old = found.alias(aliases.champion)
    if standing(obj, found).moves:
        return old
    return next(iter(found.line), None) if old == found.alias(aliases.previous) else None


def _provenance(obj: Promotion, found: Findings) -> dict[str, str]:
    tags = {PROMOTION: found.mark, SOURCE: registry.source_of(obj.spec.source.model, obj.spec.source.version)}
    known = found.copy.tags.get(COMMIT) if found.copy else None
    # who brought the version here is told once: a later commit that leaves it in place did not promote it
    stamped = known or commit(obj)
    return {**tags, COMMIT: stamped} if stamped else tags


def _record(obj: Promotion, found: Findings, version: int, champion: str) -> Iterator[Resource[Any]]:
    target = obj.spec.target.model
    after: tuple[str, ...] = (champion,)
    if _is_news(obj, found):
        told = ModelTags(model=target, version=version, tags=_news(obj, found, version), part="promoted", after=after)
        after = (*after, told.address)
        yield told
    wanted = record(obj, version)
    if found.record != wanted:
        yield ModelTags(model=target, tags={STATE: str(wanted)}, part="state", after=after)


def _news(obj: Promotion, found: Findings, version: int) -> dict[str, str]:
    aliases = obj.spec.switch.aliases
    old = found.alias(aliases.champion)
    replaced = old if old != version else found.alias(aliases.previous)
    return {PROMOTED_AT: timestamp(found.now), **({REPLACES: str(replaced)} if replaced else {})}


def _is_news(obj: Promotion, found: Findings) -> bool:
    """Whether a step forward is not recorded yet: a switch to come, or one that was cut before its record.

    A rollback leaves the record of the version as it is: the line of versions that replaced each other has no circle.
    """
    where = standing(obj, found)
    if where is not Standing.CONVERGED:
        return where is Standing.MOVING
    recorded = found.copy is not None and PROMOTED_AT in found.copy.tags
    return not recorded and not adopted_as_is(obj, found)
