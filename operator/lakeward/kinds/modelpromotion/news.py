"""The events of a pass of a promotion: what changed since the status of before, each told once. Pure.

That Ready or its reason changed, and that something was written outside, is told by the engine for every kind.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lakeward.engine.conditions import Condition, find
from lakeward.engine.outcome import Event
from lakeward.engine.reasons import Reason
from lakeward.judgement.gates import Result
from lakeward.kinds.modelpromotion import retention
from lakeward.kinds.modelpromotion.annotate import approvers
from lakeward.kinds.modelpromotion.attempt import is_left
from lakeward.kinds.modelpromotion.phase import Word
from lakeward.kinds.modelpromotion.rows import verdict_on_votes
from lakeward.kinds.modelpromotion.seen import Pass
from lakeward.kinds.modelpromotion.standing import Standing, adopted_as_is
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_claim import ModelClaim
from lakeward.providers.databricks.retired_version import RetiredVersion

Json = Mapping[str, Any]


def events(told: Pass, stand: Word, current: Json, conditions: tuple[Condition, ...]) -> tuple[Event, ...]:
    """All of them, in the order in which they happened."""
    judged = (_attempt(told, current), _champion(told), _gates(told, conditions), _votes(told, conditions))
    done = (_copy(told, stand), _claim(told), _kept(told), _promoted(told))
    return tuple(event for some in (*judged, *done) for event in some)


def _attempt(told: Pass, current: Json) -> Iterator[Event]:
    before = told.obj.status.get("attempt") or {}
    if is_left(told.obj, current):
        yield Event(
            "Warning", Reason.SUPERSEDED, f"attempt {before.get('id')} was not finished: git changed its subject"
        )
    same = current.get("id") == before.get("id") and current.get("trigger") == before.get("trigger")
    if same or not told.under_way:
        return
    source = told.obj.spec.source
    if told.where is Standing.ROLLING_BACK:
        text = f"rolling back from version {told.found.alias(told.aliases.champion)} to {told.candidate}"
        yield Event("Normal", Reason.ROLLBACK_STARTED, f"{text}: gates that judge the way forward are passed over")
        return
    text = f"{source.model} version {source.version} to {told.obj.spec.target.model} ({current.get('id')})"
    yield Event("Normal", Reason.ATTEMPT_STARTED, text)


def _champion(told: Pass) -> Iterator[Event]:
    alias = told.aliases.champion
    known = (find(told.obj.status, "GatesPassed") or {}).get("reason") == Reason.ADOPTED_AS_IS
    if adopted_as_is(told.obj, told.found) and not known:
        text = f"version {told.candidate} already was the champion: it was adopted without gates"
        yield Event("Warning", Reason.ADOPTED_AS_IS, text)
    now, last = told.found.alias(alias), (told.obj.status.get("target") or {}).get("championVersion")
    if told.judged and told.same_attempt and last is not None and now != last:
        text = f"{alias} was moved from version {last} to {now or 'none'} by somebody else: gates judge again"
        yield Event("Warning", Reason.CHAMPION_CHANGED, text)
    drifted = told.where in {Standing.HELD, Standing.REPORTED, Standing.DRIFTED}
    believed = (find(told.obj.status, "InSync") or {}).get("reason") == Reason.ALIASES_DIFFER
    if drifted and (now != last or not believed):
        text = f"{alias} was moved to version {now or 'none'} by unknown; version {told.candidate} was promoted"
        yield Event("Warning", Reason.DRIFT_DETECTED, text)
    if told.where is Standing.DRIFTED and _wrote(told, alias):
        yield Event("Normal", Reason.DRIFT_REVERTED, f"{alias} was moved back to version {told.candidate}")


def _wrote(told: Pass, alias: str) -> bool:
    result = told.results.get(ModelAlias(model=told.obj.spec.target.model, alias=alias).address)
    return result is not None and result.wrote


def _gates(told: Pass, conditions: tuple[Condition, ...]) -> Iterator[Event]:
    if not told.judged:
        return
    before, passed = find(told.obj.status, "GatesPassed") or {}, told.decision.blocking is Result.PASS
    was = before.get("status") == "True" and told.same_attempt
    if passed and not was:
        now = next(c for c in conditions if c.type == "GatesPassed")
        yield Event("Normal", Reason.GATES_PASSED, now.message)
    for name, seen in sorted(told.found.jobs.items()):
        retried = getattr(seen, "retry", 0)
        rows = [row for row in told.obj.status.get("gates") or () if row.get("name") == name]
        if retried and retried not in {row.get("retry") for row in rows}:
            yield Event("Normal", Reason.JOB_RETRIED, f"the job of gate {name} runs again, as was asked")


def _votes(told: Pass, conditions: tuple[Condition, ...]) -> Iterator[Event]:
    if not told.judged or not told.found.votes.given:
        return
    known = {row.get("object"): row for row in told.obj.status.get("approvals") or () if isinstance(row, Mapping)}
    _, ignored = verdict_on_votes(told)
    for one in ignored:
        row = known.get(one.given.object)
        text = f"PromotionApproval {one.given.object} of {one.given.by} does not count: {one.why}"
        if one.expired and row is not None and row.get("counted"):
            yield Event("Warning", Reason.APPROVAL_EXPIRED, text)
        elif row is None or row.get("counted"):
            yield Event("Warning", Reason.APPROVAL_IGNORED, text)
    approved, by = next((c for c in conditions if c.type == "Approved"), None), approvers(told.obj, told.found)
    if approved is not None and approved.reason is Reason.APPROVED and by and not _was_approved(told):
        yield Event("Normal", Reason.APPROVED, f"approved by {', '.join(by)}")
    for name, given in sorted(told.passed_over.items()):
        if not known.get(given.object, {}).get("counted"):
            yield Event("Warning", Reason.BYPASSED, f"gate {name} is passed over by {given.by}: {given.reason}")


def _was_approved(told: Pass) -> bool:
    return (find(told.obj.status, "Approved") or {}).get("reason") == Reason.APPROVED and told.same_attempt


def _copy(told: Pass, stand: Word) -> Iterator[Event]:
    before, source = told.obj.status, told.obj.spec.source
    had = str((before.get("summary") or {}).get("candidate", "")) if told.same_attempt else ""
    if stand.phase == "Copying" and before.get("phase") != "Copying":
        yield Event("Normal", Reason.COPY_STARTED, f"copying {source.model} version {source.version}")
    if told.copying is not None and told.copying.wrote:
        for number in told.found.unfinished:
            text = f"version {number} of {told.obj.spec.target.model} was begun and never finished: it is removed"
            yield Event("Normal", Reason.ORPHAN_REMOVED, text)
    if told.judged and told.candidate is not None and source.model != told.obj.spec.target.model and not had:
        made = before.get("phase") == "Copying" and told.same_attempt
        text = f"version {told.candidate} of {told.obj.spec.target.model} is a copy of version {source.version}"
        yield Event("Normal", Reason.COPY_SUCCEEDED if made else Reason.COPY_ADOPTED, text)
    if not told.same_attempt or not find(before, "Copied"):
        for number, why in told.found.rejected:
            yield Event("Warning", Reason.COPY_REJECTED, f"version {number} is no copy of ours: {why}")
    if told.found.source is None and told.source_was_there and find(before, "SourceAvailable") is None:
        yield Event("Warning", Reason.SOURCE_GONE, f"{source.model} version {source.version} does not exist any more")


def _claim(told: Pass) -> Iterator[Event]:
    result = told.results.get(ModelClaim(model=told.obj.spec.target.model).address)
    if result is not None and result.wrote and told.found.orphaned:
        yield Event("Normal", Reason.CLAIM_TAKEN_OVER, f"the claim on {told.obj.spec.target.model} was taken over")


def _kept(told: Pass) -> Iterator[Event]:
    for result in told.results.wrote:
        resource = result.step.resource
        if isinstance(resource, RetiredVersion):
            reason = Reason.VERSION_DELETED if resource.deleted else Reason.VERSION_MARKED
            word = "deleted" if resource.deleted else "marked" if resource.marked else "kept after all"
            yield Event("Normal", reason, f"version {resource.version} of {resource.model} was {word}")
    plan = retention.retirement(told.obj, told.found)
    known = (told.obj.status.get("retention") or {}).get("versions")
    if plan is not None and plan.versions and [v.version for v in plan.versions] != known:
        numbers = ", ".join(str(v.version) for v in plan.versions)
        yield Event("Normal", Reason.RETENTION_REPORT, f"need not be kept: {numbers} ({plan.action})")


def _promoted(told: Pass) -> Iterator[Event]:
    """A move within one pass, from one version that was promoted to another: Ready itself does not change."""
    before = find(told.obj.status, "Ready") or {}
    moved = told.judged or told.untold
    if moved and told.promoted and (before.get("status"), before.get("reason")) == ("True", Reason.PROMOTED):
        text = f"version {told.candidate} of {told.obj.spec.target.model} is the {told.aliases.champion}"
        yield Event("Normal", Reason.PROMOTED, text)
