"""The switch of the champion, forward and back, and its record. Pure.

`previous` is written before `champion`: a run that is cut between the two finds the old champion in both, and goes on.
"""

from collections.abc import Iterator
from typing import Any

from lakeward.engine.conditions import timestamp
from lakeward.engine.resource import Resource
from lakeward.kinds.modelpromotion.findings import Findings, Promotion
from lakeward.kinds.modelpromotion.records import FAILED, PROMOTED_AT, REPLACES, STATE, has_failed
from lakeward.kinds.modelpromotion.standing import Standing, adopted_as_is, record, standing
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_tags import ModelTags
from lakeward.providers.databricks.released_alias import ReleasedAlias

PART = "promoted"
"""Of the tags of a version: what is written of a step forward."""


def forward(obj: Promotion, found: Findings, version: int, before: tuple[str, ...]) -> Iterator[Resource[Any]]:
    """`previous`, `champion`, then what is remembered of it; a rollback takes the same way."""
    aliases, target = obj.spec.switch.aliases, obj.spec.target.model
    earlier = _earlier(obj, found)
    if earlier is not None:
        previous = ModelAlias(model=target, alias=aliases.previous, version=earlier, after=before)
        before = (*before, previous.address)
        yield previous
    champion = ModelAlias(model=target, alias=aliases.champion, version=version, after=before)
    yield champion
    if obj.spec.switch.after is not None:
        yield released(obj, version, (champion.address,))
    yield from _record(obj, found, version, (*before, champion.address))


def challenger(obj: Promotion, version: int, before: tuple[str, ...]) -> ModelAlias:
    """The alias that a rollout tries."""
    return ModelAlias(
        model=obj.spec.target.model, alias=obj.spec.switch.aliases.challenger, version=version, after=before
    )


def released(obj: Promotion, version: int, before: tuple[str, ...]) -> ReleasedAlias:
    """The challenger alias, taken off this version if it still names it."""
    alias = obj.spec.switch.aliases.challenger
    return ReleasedAlias(model=obj.spec.target.model, alias=alias, version=version, after=before)


def back(obj: Promotion, found: Findings, before: tuple[str, ...]) -> Iterator[Resource[Any]]:
    """A version that was given up: first the record of that, then the champion before it, if that one is safe."""
    copy, target = found.copy, obj.spec.target.model
    if copy is None:
        return
    if not has_failed(copy):
        tags = {FAILED: timestamp(found.now)}
        told = ModelTags(model=target, version=copy.version, tags=tags, part="failed", after=before)
        before = (*before, told.address)
        yield told
    wanted = record(obj, copy.version, failed=True)
    if found.record is None or (found.record.version, found.record.failed) != (copy.version, True):
        state = ModelTags(model=target, tags={STATE: str(wanted)}, part="state", after=before)
        before = (*before, state.address)
        yield state
    yield released(obj, copy.version, before)
    safe = fallback(obj, found)
    if safe is not None:
        yield ModelAlias(model=target, alias=obj.spec.switch.aliases.champion, version=safe, after=before)


def fallback(obj: Promotion, found: Findings) -> int | None:
    """Where users go when the champion was given up: the version that it replaced, if `previous` still names it."""
    aliases, copy = obj.spec.switch.aliases, found.copy
    if copy is None or found.alias(aliases.champion) != copy.version:
        return None
    return found.fallback if found.fallback == found.alias(aliases.previous) else None


def _earlier(obj: Promotion, found: Findings) -> int | None:
    """What `previous` is to name: the champion that is about to be replaced, and never the champion itself."""
    aliases = obj.spec.switch.aliases
    old = found.alias(aliases.champion)
    if standing(obj, found).moves:
        return old
    return next(iter(found.line), None) if found.alias(aliases.previous) in {None, old} else None


def _record(obj: Promotion, found: Findings, version: int, after: tuple[str, ...]) -> Iterator[Resource[Any]]:
    target = obj.spec.target.model
    if _is_news(obj, found):
        told = ModelTags(model=target, version=version, tags=_news(obj, found, version), part=PART, after=after)
        after = (*after, told.address)
        yield told
    wanted = record(obj, version)
    if found.record != wanted:
        yield ModelTags(model=target, tags={STATE: str(wanted)}, part="state", after=after)


def _news(obj: Promotion, found: Findings, version: int) -> dict[str, str]:
    aliases = obj.spec.switch.aliases
    old = found.alias(aliases.champion)
    replaced = old if old not in {None, version} else found.alias(aliases.previous)
    return {PROMOTED_AT: timestamp(found.now), **({REPLACES: str(replaced)} if replaced else {})}


def _is_news(obj: Promotion, found: Findings) -> bool:
    """Whether a step forward is not recorded yet: a switch to come, or one that was cut before its record.

    A rollback leaves the record of the version as it is: the line of versions that replaced each other has no circle.
    """
    where = standing(obj, found)
    if where is not Standing.CONVERGED:
        return where is Standing.MOVING
    copy, last = found.copy, found.record
    # the record is written last: while it is about another version, this one was recorded for an earlier switch at most
    known = found.rolled_back or last is None or (copy is not None and last.version == copy.version)
    recorded = known and copy is not None and PROMOTED_AT in copy.tags
    return not recorded and not adopted_as_is(obj, found)
