"""Which versions of a target need not be kept, and what may be done about them. Pure.

Never one that an alias names, that is served, that a rollback may go back to, or that is not ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from lakeward.api.modelpromotion import RetentionAction
from lakeward.engine.conditions import timestamp
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, Stock
from lakeward.kinds.modelpromotion.records import PROMOTED_AT, PROMOTION, RETIRE_AFTER, moment
from lakeward.providers.databricks.copy_marks import ATTEMPT
from lakeward.providers.databricks.registry import READY, Version
from lakeward.providers.databricks.retired_version import RetiredVersion

WAIT = timedelta(hours=24)
STALE = timedelta(days=7)
"""After which a mark counts no more: retention was taken out and put back, or nobody looked. The day begins anew."""


@dataclass(frozen=True)
class Retirement:
    """What is to be done: the action that is left after guard and evidence, why it is less, and the versions."""

    action: RetentionAction
    message: str
    versions: tuple[Version, ...]


def retirement(obj: Promotion, found: Findings) -> Retirement | None:
    """None where the promotion has no retention, or it was not looked at in this pass."""
    wanted, stock = obj.spec.retention, found.stock
    if wanted is None or stock is None:
        return None
    action, message = _allowed(wanted.action, found, stock)
    return Retirement(action, message, tuple(_candidates(obj, found, stock)))


def resources(obj: Promotion, found: Findings, before: tuple[str, ...]) -> Iterator[RetiredVersion]:
    """Marks, and at most one deletion: a day after its mark, and checked again when it is carried out."""
    plan = retirement(obj, found)
    if plan is None or found.stock is None:
        return
    gone = {version.version for version in plan.versions}
    due = None
    if plan.action is not RetentionAction.REPORT:
        due = next((v for v in plan.versions if plan.action is RetentionAction.DELETE and _over(v, found.now)), None)
        after, stale = timestamp(found.now + WAIT), timestamp(found.now - STALE)
        for version in plan.versions:
            one = _one(version, before, marked=True, retire_after=after, deleted=True if version is due else None)
            yield replace(one, stale=stale)
    for version in found.stock.versions:
        if version.version not in gone and RETIRE_AFTER in version.tags and _is_ours(version, found):
            yield _one(version, before, marked=False)


def oldest_kept(obj: Promotion, found: Findings) -> datetime:
    """What was made after this is kept in any case."""
    spec, least = obj.spec.retention, found.guard.retention.keep_for
    asked = spec.keep_for if spec is not None else timedelta()
    return found.now - max(asked, least or timedelta())


def _one(
    version: Version, before: tuple[str, ...], *, marked: bool, retire_after: str = "", deleted: bool | None = None
) -> RetiredVersion:
    return RetiredVersion(
        model=version.model,
        version=version.version,
        marked=None if deleted else marked,
        deleted=deleted,
        retire_after=retire_after,
        after=before,
    )


def _allowed(asked: RetentionAction, found: Findings, stock: Stock) -> tuple[RetentionAction, str]:
    if asked is not RetentionAction.DELETE:
        return asked, ""
    if not found.guard.allow_delete:
        return RetentionAction.TAG, "promotions.allowDelete of the MLWorkspace does not let anything be deleted"
    if stock.served is None:
        return RetentionAction.REPORT, "promotions.servedIn of the MLWorkspace does not tell what is served everywhere"
    return asked, ""


def _candidates(obj: Promotion, found: Findings, stock: Stock) -> Iterator[Version]:
    spec, least = obj.spec.retention, found.guard.retention.keep_last
    last = max(spec.keep_last if spec else 1, least or 1)
    ours = [v for v in stock.versions if _is_ours(v, found) and v.status == READY]
    promoted = sorted((v for v in ours if PROMOTED_AT in v.tags), key=_promoted_at, reverse=True)
    # younger ones that were not even looked at stand before the old ones
    beyond = promoted[max(0, last - _younger(found, stock)) :]
    kept = {*(found.target.aliases.values() if found.target else ()), *found.line, *(stock.served or ())}
    old = int(oldest_kept(obj, found).timestamp() * 1000)
    for version in sorted([*beyond, *(v for v in ours if PROMOTED_AT not in v.tags)], key=lambda v: v.version):
        if version.version not in kept and version.created_at < old:
            yield version


def _younger(found: Findings, stock: Stock) -> int:
    """How many promoted ones are certainly kept by their age: the champion and its line that are not in the stock."""
    old = {version.version for version in stock.versions}
    return len({v for v in (found.copy.version if found.copy else None, *found.line) if v is not None} - old)


def _promoted_at(version: Version) -> datetime:
    return moment(version.tags.get(PROMOTED_AT)) or datetime.fromtimestamp(0, UTC)


def _is_ours(version: Version, found: Findings) -> bool:
    if version.created_by not in found.makers:
        # tags can be written by others: what people registered is never ours
        return False
    return found.mark in {version.tags.get(PROMOTION), version.tags.get(ATTEMPT, "").partition(";")[0]}


def _over(version: Version, now: datetime) -> bool:
    """Whether the day after its mark is over, and not long ago."""
    after = moment(version.tags.get(RETIRE_AFTER))
    return after is not None and after <= now < after + STALE
