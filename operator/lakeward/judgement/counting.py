"""Which decisions about an Approval gate count, and why the others do not. Knows no verdict and no client.

A decision for it must be vouched for, fresh and not outdated; one against it stands until its author takes it back,
for doubt stops a promotion and never starts one. Decisions of one second are ordered so that the one against it wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lakeward.judgement.gates import Mode
from lakeward.judgement.given import Context, Decision, Given, Identity, Ignored
from lakeward.judgement.spans import show


@dataclass(frozen=True, kw_only=True)
class ApprovalGate:
    """Whose approval is asked for.

    name            name of the gate
    min_approvals   how many persons must approve
    groups, users   who may: members of any of the groups, and the users; exact names. Both empty: whom admission lets
    not_by_creator  whether whoever registered the source version is left out
    expires_after   how long an approval counts
    mode            Enforce or Warn
    """

    name: str
    min_approvals: int
    groups: tuple[str, ...]
    users: tuple[str, ...]
    not_by_creator: bool
    expires_after: timedelta
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True)
class Count:
    """All decisions about one gate.

    approvals   those that count, one for each person, oldest first
    rejections  those that stand, one for each person, oldest first
    ignored     all others, oldest first
    """

    approvals: tuple[Given, ...]
    rejections: tuple[Given, ...]
    ignored: tuple[Ignored, ...]


def count(gate: ApprovalGate, given: Sequence[Given], context: Context, identity: Identity) -> Count:
    """What was decided about the gate; decisions about other gates, and those to pass over one, are left out."""
    own = sorted((g for g in given if g.gate == gate.name and g.decision != Decision.BYPASS), key=_age)
    ignored: list[Ignored] = []
    last: dict[str, Given] = {}
    for decision in own:
        why = _unheard(gate, decision, context, identity)
        if why:
            ignored.append(Ignored(decision, why))
            continue
        if decision.person in last:
            ignored.append(Ignored(last[decision.person], "a newer decision of the same approver counts"))
        last[decision.person] = decision
    heard = sorted(last.values(), key=_age)
    approvals = [decision for decision in heard if decision.decision == Decision.APPROVE]
    stale = {decision: found for decision in approvals if (found := _stale(gate, decision, context, identity))}
    return Count(
        approvals=tuple(decision for decision in approvals if decision not in stale),
        rejections=tuple(decision for decision in heard if decision.decision == Decision.REJECT),
        ignored=tuple(sorted([*ignored, *stale.values()], key=lambda entry: _age(entry.given))),
    )


def expiry(gate: ApprovalGate, given: Given) -> datetime:
    """When an approval ceases to count."""
    return given.at + gate.expires_after


def _age(given: Given) -> tuple[datetime, bool, str]:
    return given.at, given.decision == Decision.REJECT, given.object


def _unheard(gate: ApprovalGate, given: Given, context: Context, identity: Identity) -> str:
    """Why it says nothing, not even against what its maker said before; empty where it does."""
    if given.uid != context.uid:
        return "it names another ModelPromotion, or one of that name that is gone"
    if given.decision not in (Decision.APPROVE, Decision.REJECT):
        return f"its decision is {given.decision} and not Approve, Reject or Bypass"
    if given.subject != context.subject:
        return "it is about another subject: source, gates or target were changed; see status.attempt.subject"
    if not _may(gate, given):
        return f"{given.by} is none of the gate's approvers"
    if gate.not_by_creator and context.creator is not None and given.person == context.creator.casefold():
        return f"{given.by} registered the source version"
    if given.decision == Decision.APPROVE and not given.policy and not identity.older_than(given):
        return "it is older than the admission policy that checks names; approve anew"
    return ""


def _may(gate: ApprovalGate, given: Given) -> bool:
    anyone = not gate.groups and not gate.users
    return anyone or given.by in gate.users or bool(set(gate.groups) & set(given.groups))


def _stale(gate: ApprovalGate, given: Given, context: Context, identity: Identity) -> Ignored | None:
    """Why an approval does not count although it is its maker's last word."""
    if context.since is not None and given.at < context.since:
        return Ignored(given, "it is older than the last time that this version left champion; approve anew")
    if not identity.vouches_for(given):
        return Ignored(given, "the admission policy that checks names has changed since; approve anew")
    if context.now >= expiry(gate, given):
        return Ignored(given, f"it has expired after {show(gate.expires_after)}; approve anew", expired=True)
    return None
