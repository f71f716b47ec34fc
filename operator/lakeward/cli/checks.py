"""What a preview of a promotion says about its gates, for a reviewer: passes, waits, fails, or cannot be told. Pure.

Reads the rows of `status.gates` and the condition Ready as they stand there; knows no type of gate but those that only
the cluster can judge.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lakeward.engine.conditions import Condition
from lakeward.engine.errors import Problem
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.judgement.gates import LONGEST_FIELD, one_line
from lakeward.kinds.kind import Account
from lakeward.kinds.modelpromotion.standing import HOLD
from lakeward.passes.reconcile import Preview

IN_CLUSTER = {
    "Approval": "approvals are given in the cluster",
    "Job": "the operator starts its job, and nobody else",
    "SourceAlias": "the time that the alias stands there is counted in the cluster",
    "dependsOn": "how far other promotions are is known in the cluster",
}
"""Types of gates whose wait says nothing without a cluster, and why."""
ALWAYS = frozenset({"Approval", "Job"})
"""Those of them for which not even an object that came from the cluster is enough."""
HELD = "Held"
AFTER_THE_COPY = "it is judged when the copy is there"
IN_PLACE = "champion already is the pinned version: nothing to judge"
LEAVING = "is being deleted: nothing to judge"
ROLLBACK = "a rollback: gates that judge the way forward are passed over"
JUDGED = frozenset({"Blocked", "Evaluating", "AwaitingApproval", "AwaitingWindow", "Verifying"})
"""Phases whose message repeats what gates say."""
BY_GATES = frozenset({Reason.SOURCE_GONE, Reason.SOURCE_NOT_READY})
"""Reasons of the phase Failed that a gate gives: no trouble outside."""
UNDERWAY = frozenset({Reason.APPLYING, Reason.COPYING, Reason.SWITCHING})
"""Reasons that only say that the operator would go on."""
COLUMNS = ("name", "type", "stage", "mode", "result", "observed", "required", "evidence", "message")

Body = Mapping[str, Any]


class Said(StrEnum):
    """What is said of a promotion; the later, the worse."""

    NOTHING = "nothing"
    PASSES = "passes"
    WAITS = "waits"
    FAILS = "fails"
    ERRORS = "errors"


@dataclass(frozen=True)
class Gate:
    """One gate. `beyond` says why only the cluster, or the copy, can tell what it waits for; empty where it is told."""

    name: str
    type: str
    stage: str
    mode: str
    result: str
    observed: str
    required: str
    evidence: str
    message: str
    beyond: str = ""

    @property
    def enforced(self) -> bool:
        return self.mode != "Warn"

    @property
    def stops(self) -> bool:
        """Whether no waiting can let the move go on."""
        return self.enforced and self.result in {"Fail", "Error"}


@dataclass(frozen=True)
class Check:
    """All that is said of one promotion. `gates` is empty where there is no move to judge.

    `held` is whether the annotation keeps the operator from the move; the rest is said as if it were not there.
    """

    key: Key
    file: str
    model: str
    version: str
    target: str
    said: Said
    champion: str = ""
    phase: str = ""
    reason: str = ""
    gates: tuple[Gate, ...] = ()
    notes: tuple[str, ...] = ()
    refused: bool = False
    problem: Problem | None = None
    held: bool = False

    @property
    def trouble(self) -> bool:
        """Whether something outside keeps it from going on, whatever gates say."""
        failed = self.phase == "Failed" and self.reason not in BY_GATES
        return failed or (self.problem is not None and not self.refused)

    @property
    def headline(self) -> str:
        """`1/3 gates pass, 1 fails, 1 waits`, or why there is no such count."""
        if self.said is Said.NOTHING:
            return "nothing to judge"
        if not self.gates:
            return "refused" if self.refused else "could not be evaluated"
        counts = Counter(gate.result if gate.enforced or gate.result == "Pass" else "Warn" for gate in self.gates)
        words = (
            (counts["Fail"], "fails", "fail"),
            (counts["Error"], "in error", "in error"),
            (counts["Pending"], "waits", "wait"),
            (counts["Warn"], "warns", "warn"),
        )
        parts = [f"{n} {one if n == 1 else many}" for n, one, many in words if n]
        head = ["refused"] if self.refused else ["cannot go on"] if self.trouble else []
        held = ["held"] if self.held else []
        return ", ".join([*held, *head, f"{counts['Pass']}/{len(self.gates)} gates pass", *parts])


def check(preview: Preview, body: Body, file: str, *, strict: bool = False) -> Check:
    """What is said of a promotion with this body; `strict` fails it for waits that could end before the merge."""
    spec = _member(body, "spec")
    source, target = _member(spec, "source"), _member(spec, "target")
    known = Check(
        key=preview.key,
        file=file,
        model=str(source.get("model", "")),
        version=str(source.get("version", "")),
        target=str(target.get("model", "")),
        said=Said.ERRORS,
    )
    account = preview.account
    if account is None:
        return _without(known, preview.problem)
    ready = _ready(account)
    told = replace(
        known,
        champion=account.summary.get("champion", ""),
        phase=account.phase,
        reason=str(ready.reason) if ready else "",
        problem=next((step.problem for step in preview.steps if step.problem is not None), None),
    )
    return _judged(told, account, offline="status" not in body, strict=strict)


def on_hold(body: Body) -> str:
    """What the annotation says that holds a promotion; empty where there is none."""
    found = _member(_member(body, "metadata"), "annotations")
    if HOLD not in found:
        return ""
    return f"{HOLD} says: {one_line(str(found[HOLD]), LONGEST_FIELD) or 'nothing'}"


def let_go(body: Body) -> Body:
    """The body without that annotation."""
    meta = _member(body, "metadata")
    rest = {name: value for name, value in _member(meta, "annotations").items() if name != HOLD}
    return {**body, "metadata": {**meta, "annotations": rest}}


def held(said: Check, why: str) -> Check:
    """What is said of a promotion that the annotation holds, by what would be said without it."""
    if not said.gates or ROLLBACK in said.notes:
        # nothing to hold, and no rollback is ever held
        return said
    return replace(said, held=True, notes=(f"Held: {why}; judged as if it were not there", *said.notes))


def _without(known: Check, problem: Problem | None) -> Check:
    """A promotion that no pass got through."""
    if problem is None:
        return replace(known, said=Said.NOTHING, notes=(LEAVING,))
    refused = problem.reason is Reason.POLICY_VIOLATION
    return replace(known, said=Said.FAILS if refused else Said.ERRORS, refused=refused, problem=problem)


def _judged(told: Check, account: Account, *, offline: bool, strict: bool) -> Check:
    ready = _ready(account)
    why = (f"{told.phase}: {ready.message}",) if ready and ready.reason not in UNDERWAY else ()
    gates = tuple(_gates(account, offline=offline)) if _moves(account) else ()
    if told.trouble:
        return replace(told, gates=gates, notes=why)
    if not _moves(account):
        in_place = _in_place(account) and told.phase != HELD
        return replace(told, said=Said.NOTHING, notes=(IN_PLACE,) if in_place else why)
    stopped = any(gate.stops for gate in gates)
    refused = told.phase == "Blocked" and (told.reason == Reason.POLICY_VIOLATION or not stopped)
    # what the gates say is told gate by gate
    silent = any(not gate.message for gate in gates if gate.result != "Pass") or (refused and not stopped)
    repeated = told.phase in JUDGED and not silent
    back = (ROLLBACK,) if _member(account.status, "attempt").get("trigger") == "Rollback" else ()
    notes = (*back, *(() if repeated else why))
    return replace(told, said=_said(gates, refused=refused, strict=strict), gates=gates, notes=notes, refused=refused)


def _said(gates: tuple[Gate, ...], *, refused: bool, strict: bool) -> Said:
    results = {gate.result for gate in gates if gate.enforced}
    if "Error" in results:
        return Said.ERRORS
    waits = [gate for gate in gates if gate.enforced and gate.result == "Pending"]
    if refused or "Fail" in results or (strict and any(not gate.beyond for gate in waits)):
        return Said.FAILS
    # what waits for the copy alone waits for nobody
    return Said.WAITS if any(gate.beyond != AFTER_THE_COPY for gate in waits) else Said.PASSES


def _in_place(account: Account) -> bool:
    champion = account.summary.get("champion")
    return bool(champion) and champion == account.summary.get("candidate")


def _moves(account: Account) -> bool:
    """Whether the rows are about a move: else they are what the status remembers of an earlier one."""
    by_hand = any(condition.reason is Reason.ALIASES_DIFFER for condition in account.conditions)
    return not _in_place(account) and not by_hand and account.phase != HELD


def _gates(account: Account, *, offline: bool) -> Iterator[Gate]:
    for row in account.status.get("gates") or ():
        gate = Gate(**{column: str(row.get(column) or "") for column in COLUMNS})
        yield replace(gate, beyond=_beyond(gate, offline=offline)) if gate.result == "Pending" else gate


def _beyond(gate: Gate, *, offline: bool) -> str:
    if gate.type in IN_CLUSTER and (offline or gate.type in ALWAYS):
        return IN_CLUSTER[gate.type]
    return AFTER_THE_COPY if gate.stage == "PreSwitch" else ""


def _ready(account: Account) -> Condition | None:
    return next((condition for condition in account.conditions if condition.type == "Ready"), None)


def _member(body: Body, name: str) -> Body:
    member = body.get(name)
    return member if isinstance(member, Mapping) else {}
