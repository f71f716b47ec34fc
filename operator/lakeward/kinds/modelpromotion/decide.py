"""What a promotion wants to be outside, given its findings and the gates' decision. Pure.

The champion alias is the only commit point. The order is: claim, copy, provenance and grants, `previous` := the old
champion, `champion` := the new version, record. It follows from what is observed alone, so it resumes wherever it was
cut.
"""

from collections.abc import Iterator
from typing import Any

from lakeward.api.common import Mode as SpecMode
from lakeward.engine.inventory import read
from lakeward.engine.resource import Resource
from lakeward.engine.results import State
from lakeward.judgement.gates import Decision, Mode, Result, Verdict
from lakeward.kinds.modelpromotion import claims, retention, switch
from lakeward.kinds.modelpromotion.annotate import annotations, carried
from lakeward.kinds.modelpromotion.findings import Findings, JobSeen, Promotion, alias_only
from lakeward.kinds.modelpromotion.jobs import copy_job, to_run
from lakeward.kinds.modelpromotion.judge import rolling_out
from lakeward.kinds.modelpromotion.rollout import RolloutState
from lakeward.kinds.modelpromotion.standing import Standing, standing
from lakeward.providers.databricks.executor import Executor
from lakeward.providers.databricks.model_claim import ModelClaim
from lakeward.providers.databricks.model_version import ModelVersion
from lakeward.providers.databricks.registered_model import RegisteredModel

JOB = "Job"


def resources(
    obj: Promotion, found: Findings, verdicts: tuple[Verdict, ...], decision: Decision
) -> Iterator[Resource[Any]]:
    """Only the claim and the runs of jobs while nothing may move, everything once it may or has been made."""
    if found.rivals:
        return
    where = standing(obj, found)
    claim = ModelClaim(model=obj.spec.target.model)
    if found.outside(obj):
        if claims.claim(found.target) == found.mark:
            yield claim
        return
    yield from _runs(obj, found, where, verdicts)
    if where is Standing.GIVEN_UP:
        yield claim
        yield from switch.back(obj, found, (claim.address,))
    elif _may_move(where, decision):
        yield RegisteredModel(name=obj.spec.target.model)
        yield claim
        yield from _moves(obj, found, where, claim.address)
    elif found.target is not None:
        yield claim
        if _may_finish_copying(obj, found, where, decision):
            # the gates let it begin; what closed since then stops the switch, not the copy
            yield _copy(obj, found, claim.address)


def finish(obj: Promotion, found: Findings, decision: Decision) -> Iterator[Resource[Any]]:
    """What stays wanted while the object is deleted: a switch that was begun is finished, a challenger released.

    That it was begun looks like an emergency that git agreed with: so the gates, the guard and the claim are asked.
    """
    copy, aliases = found.copy, obj.spec.switch.aliases
    if copy is None or found.outside(obj) or found.rivals or claims.claim(found.target) != found.mark:
        return
    now, before = found.alias(aliases.champion), found.alias(aliases.previous)
    begun = now is not None and now == before and now != copy.version
    if begun and standing(obj, found).moves and decision.blocking is Result.PASS:
        yield from switch.forward(obj, found, copy.version, ())
    elif found.alias(aliases.challenger) == copy.version:
        yield switch.released(obj, copy.version, ())


def _may_move(where: Standing, decision: Decision) -> bool:
    if where.moves:
        return decision.blocking is Result.PASS
    return where in {Standing.CONVERGED, Standing.DRIFTED}


def _moves(obj: Promotion, found: Findings, where: Standing, claim: str) -> Iterator[Resource[Any]]:
    before: tuple[str, ...] = (claim,)
    if not alias_only(obj.spec):
        copy = _copy(obj, found, claim)
        before = (*before, copy.address)
        yield copy
    if found.copy is None:
        # the copy may be ready by now: but the gates that judge it did not see it in this pass
        return
    for one in annotations(obj, found, found.copy.version, before):
        before = (*before, one.address)
        yield one
    if where is Standing.MOVING and not _rolled_out(obj, found):
        yield switch.challenger(obj, found.copy.version, before)
        return
    last = before
    for step in switch.forward(obj, found, found.copy.version, before):
        last = (*before, step.address)
        yield step
    if where is Standing.CONVERGED:
        yield from retention.resources(obj, found, last)


def _rolled_out(obj: Promotion, found: Findings) -> bool:
    """Whether the rollout, if there is to be one, has succeeded with this very version as challenger."""
    if obj.spec.switch.after is None:
        return True
    stable = found.rollout is not None and found.rollout.state is RolloutState.STABLE
    return stable and rolling_out(obj, found)


def _copy(obj: Promotion, found: Findings, claim: str) -> ModelVersion:
    source, how = obj.spec.source, obj.spec.copy_
    return ModelVersion(
        model=obj.spec.target.model,
        source=source.model,
        version=source.version,
        limit=how.timeout.total_seconds(),
        pin=source.digest,
        # once it is there its tags are what they are
        carry=carried(obj, found) if found.copy is None else {},
        executor=Executor(how.executor),
        job=copy_job(found.guard),
        paused=obj.spec.suspend or obj.spec.mode is not SpecMode.RECONCILE,
        prefer=found.alias(obj.spec.switch.aliases.champion),
        known=found.copy.version if found.copy else None,
        after=(claim,),
    )


def _copying(obj: Promotion) -> bool:
    """Whether the inventory says that the copy of this very version is on its way."""
    bare = ModelVersion(model=obj.spec.target.model, source=obj.spec.source.model, version=obj.spec.source.version)
    return any(row.address == bare.address and row.state == State.PROGRESSING for row in read(obj.status))


def _may_finish_copying(obj: Promotion, found: Findings, where: Standing, decision: Decision) -> bool:
    """Whether a copy that is on its way may go on although nothing may begin now."""
    if found.copy is not None or not _copying(obj):
        return False
    return where is Standing.ON_HOLD or (where.moves and decision.blocking in {Result.PENDING, Result.ERROR})


def _runs(obj: Promotion, found: Findings, where: Standing, verdicts: tuple[Verdict, ...]) -> Iterator[Resource[Any]]:
    """A job costs money: its run begins only when no gate that costs nothing says no; one that runs goes on."""
    if not where.moves and where is not Standing.ON_HOLD:
        return
    no = {Result.FAIL, Result.ERROR}
    free = (v for v in verdicts if v.type != JOB and v.mode is Mode.ENFORCE)
    refused = where is Standing.ON_HOLD or any(v.result in no for v in free)
    asked = {verdict.name for verdict in verdicts}
    for gate in (gate for gate in found.gates(obj) if gate.name in asked):
        seen = found.jobs.get(gate.name)
        run = to_run(obj, found, gate, seen) if isinstance(seen, JobSeen) else None
        if run is not None and (run.run is not None or not refused):
            yield run
