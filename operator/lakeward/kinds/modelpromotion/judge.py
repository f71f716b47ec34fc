"""Which gates judge a promotion's move, and what each says: every promotion's own, the spec's and the guard's. Pure.

A rollback passes over what the guard lets it, never over the registration and the digest, and never waits for a window.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lakeward.api import gates as api
from lakeward.api.promotions import Promotions
from lakeward.engine.conditions import find, is_true
from lakeward.judgement import approval, depends, ready
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, not_judged
from lakeward.kinds.modelpromotion import guard
from lakeward.kinds.modelpromotion.ask import ask, context, source_ready
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, alias_only
from lakeward.kinds.modelpromotion.records import moment
from lakeward.kinds.modelpromotion.standing import Standing, champion_gone, standing

SOURCE_GATE = "source-ready"
COPY_GATE = "copy-ready"
POLICY_GATE = "policy"
CHAMPION_GATE = "champion"
STOPPED = frozenset({"Blocked", "Failed", "Held"})
NEVER_ON_THE_WAY_BACK = frozenset({api.GateType.WINDOW})
HUMAN = frozenset({api.GateType.APPROVAL, api.GateType.WINDOW})


def judge(obj: Promotion, found: Findings) -> tuple[Verdict, ...]:
    """What every gate says now, in the order of the spec, with break-glass taken into account."""
    verdicts = tuple(_verdicts(obj, found))
    passed = bypasses(obj, found).by
    types = {gate.name: str(gate.type) for gate in found.gates(obj)}
    # a gate that every promotion has is never passed over, whatever a gate of the spec is called
    mine = (v.name in passed and v.type == types[v.name] for v in verdicts)
    done = (approval.bypass(v, passed[v.name]) if own else v for v, own in zip(verdicts, mine, strict=True))
    return tuple(_under_way(obj, found, v) for v in done)


def bypasses(obj: Promotion, found: Findings) -> approval.Passed:
    """The gates that break-glass passes over in this attempt."""
    types = {gate.name: str(gate.type) for gate in found.gates(obj)}
    allowed = [str(kind) for kind in found.guard.bypassable]
    return approval.bypasses(types, found.votes.given, context(obj, found), allowed)


def passed_on_the_way_back(allowed: Promotions) -> frozenset[api.GateType]:
    """Types of gates that are not asked on a rollback."""
    return guard.skippable(allowed) | NEVER_ON_THE_WAY_BACK


def rolling_out(obj: Promotion, found: Findings) -> bool:
    """Whether a rollout of the candidate has begun: what let it begin is not asked again."""
    if obj.spec.switch.after is None or found.copy is None:
        return False
    return found.alias(obj.spec.switch.aliases.challenger) == found.copy.version


def _verdicts(obj: Promotion, found: Findings) -> Iterator[Verdict]:
    back = standing(obj, found) is Standing.ROLLING_BACK
    passed_over = passed_on_the_way_back(found.guard) if back else frozenset()
    every = guard.violations(obj.spec, found.guard, found.others)
    refused = [v.text for v in every if v.type is None or v.type not in passed_over]
    if refused:
        yield _refusal("; ".join(refused))
    if not back and champion_gone(obj, found):
        yield _no_champion(obj)
    if not back or alias_only(obj.spec):
        yield source_ready(obj, found, SOURCE_GATE, Mode.ENFORCE)
    if obj.spec.depends_on and not back:
        yield _depends_on(obj, found)
    for gate in found.gates(obj):
        if gate.type not in passed_over and not (back and gate.type is api.GateType.READY):
            yield ask(obj, found, gate)
    if not alias_only(obj.spec):
        yield _copy(obj, found)


def _under_way(obj: Promotion, found: Findings, verdict: Verdict) -> Verdict:
    """A window that closes and an approval that expires do not stop a rollout that they let begin."""
    if verdict.type not in HUMAN or verdict.result is not Result.PENDING or not rolling_out(obj, found):
        return verdict
    return replace(verdict, result=Result.PASS, cause=None, message="passed before the rollout began")


def _refusal(text: str) -> Verdict:
    return Verdict(
        name=POLICY_GATE,
        type="Policy",
        stage=Stage.PRE_COPY,
        mode=Mode.ENFORCE,
        result=Result.FAIL,
        observed="not allowed",
        required="what spec.promotions of the MLWorkspace allows",
        evidence="spec.promotions of the MLWorkspace",
        message=text,
        cause=Cause.POLICY_VIOLATION,
    )


def _no_champion(obj: Promotion) -> Verdict:
    alias = obj.spec.switch.aliases.champion
    text = f"a version was promoted and the alias {alias} is missing; set it again, or pin the version that it named"
    return not_judged(CHAMPION_GATE, "Champion", Mode.ENFORCE, text, cause=Cause.CHAMPION_GONE)


def _depends_on(obj: Promotion, found: Findings) -> Verdict:
    source = obj.spec.source
    return depends.evaluate(
        depends.Source(source.model, source.version, digest=source.digest or ""),
        {name: _dependency(sibling) for name, sibling in found.siblings.items()},
        cycle=depends.find_cycle(obj.name, found.edges),
        soaks={d.name: d.soak or timedelta() for d in obj.spec.depends_on},
        now=found.now,
    )


def _copy(obj: Promotion, found: Findings) -> Verdict:
    """The copy must be ready before the switch; until there is one this gate waits."""
    target = obj.spec.target.model
    if found.copy is not None:
        gate = ready.ReadyGate(model=target, version=found.copy.version, name=COPY_GATE, stage=Stage.PRE_SWITCH)
        return ready.evaluate(gate, found.copy.status, deadline_over=False)
    return Verdict(
        name=COPY_GATE,
        type="Ready",
        stage=Stage.PRE_SWITCH,
        mode=Mode.ENFORCE,
        result=Result.PENDING,
        observed="absent",
        required="READY",
        evidence=f"versions of {target}",
        message="is copied when the gates before it pass",
        cause=Cause.NOT_READY,
    )


def _dependency(sibling: Promotion | None) -> depends.Dependency | None:
    if sibling is None:
        return None
    source, status = sibling.spec.source, sibling.status
    promoted: Mapping[str, Any] = status.get("promoted") or {}
    return depends.Dependency(
        target_model=sibling.spec.target.model,
        source=depends.Source(source.model, source.version, digest=source.digest or ""),
        candidate=_candidate(sibling, promoted),
        promoted=_number(promoted.get("version")),
        progress=_progress(sibling),
        phase=str(status.get("phase") or "") if _is_current(sibling) else "",
        message=str((find(status, "Ready") or {}).get("message", "")) if status.get("phase") in STOPPED else "",
        since=_since(promoted),
        digest=str((status.get("source") or {}).get("digest") or ""),
    )


def _candidate(sibling: Promotion, promoted: Mapping[str, Any]) -> int | None:
    """The copy of what it pins now, whether that was promoted already or not."""
    told = _number((sibling.status.get("summary") or {}).get("candidate"))
    at_rest = promoted.get("source") == sibling.spec.source.version
    return _number(promoted.get("version")) if told is None and at_rest else told


def _since(promoted: Mapping[str, Any]) -> datetime | None:
    return moment(promoted.get("since"))


def _progress(sibling: Promotion) -> depends.Progress:
    status = sibling.status
    if not _is_current(sibling):
        return depends.Progress.ON_THE_WAY
    if status.get("phase") == "Promoted" and is_true(status, "Ready"):
        return depends.Progress.PROMOTED
    return depends.Progress.STOPPED if status.get("phase") in STOPPED else depends.Progress.ON_THE_WAY


def _is_current(sibling: Promotion) -> bool:
    """Whether what it says of itself is about what it asks for now."""
    return not sibling.deleting and sibling.status.get("observedGeneration") == sibling.generation


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() else None
