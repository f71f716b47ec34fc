"""Who may pass over which gate, and what its verdict says then."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given as drawn

from judgement.approvals import CONTEXT, NOON, given, identity
from judgement.verdicts import STRANGE, verdict
from lakeward.judgement.approval import Context, Decision, Given, bypass, bypasses
from lakeward.judgement.gates import LONGEST_FIELD, Cause, Mode, Result, decide

GATES = {"risk": "Approval", "freeze": "Window", "source-ready": "Ready", "artifact": "Digest", "quality": "Metric"}
BYPASSABLE = ("Approval", "Window", "Ready", "Digest")


def over(gate: str = "freeze", *, attempt: str = CONTEXT.attempt, by: str = "eve", **more: object) -> Given:
    return given(by, Decision.BYPASS, gate=gate, attempt=attempt, **more)  # type: ignore[arg-type] # fields by name


def test_a_bypass_passes_over_the_gate_that_it_names() -> None:
    one, other = over("freeze"), over("risk", groups=())
    found = bypasses(GATES, [one, other], CONTEXT, BYPASSABLE)
    assert (found.by, found.ignored) == ({"freeze": one, "risk": other}, ())


REFUSED: dict[str, tuple[Given, Context, str]] = {
    "another promotion": (over(uid="x"), CONTEXT, "names another ModelPromotion"),
    "another attempt": (over(attempt="g6-77aa"), CONTEXT, "for attempt g6-77aa and ends with it"),
    "no attempt": (over(attempt=""), replace(CONTEXT, attempt=""), "for attempt none"),
    "no such gate": (over("thaw"), CONTEXT, "thaw is no gate of the spec or of the MLWorkspace"),
    "a gate of every promotion": (over("dependsOn"), CONTEXT, "and others are never passed over"),
    "a type that is not listed": (over("quality"), CONTEXT, "gates of type Metric cannot be bypassed"),
    "which are listed": (over("quality"), CONTEXT, "of the MLWorkspace lists Approval, Window, Ready, Digest"),
    "never Ready": (over("source-ready"), CONTEXT, "gates of type Ready say what the version is, and are never"),
    "never Digest": (over("artifact"), CONTEXT, "gates of type Digest say what the version is, and are never"),
    "outside a cluster": (over(), replace(CONTEXT, identity=None), "that is known in the cluster"),
    "names are not checked": (over(), identity(enforced=False, message="not bound"), "not bound"),
    "nobody knows since when": (over(), identity(since=None), "not known since when"),
    "before the policy": (over(), identity(since=NOON), "older than the admission policy"),
    "counted under another policy": (over(policy="1/1"), CONTEXT, "older than the admission policy"),
}


@pytest.mark.parametrize(("asked", "context", "why"), REFUSED.values(), ids=REFUSED)
def test_any_other_bypass_is_told_and_passes_over_nothing(asked: Given, context: Context, why: str) -> None:
    found = bypasses(GATES, [asked], context, BYPASSABLE)
    assert found.by == {}
    assert [entry.given for entry in found.ignored] == [asked]
    assert why in found.ignored[0].why


def test_a_guard_that_lists_nothing_says_so() -> None:
    found = bypasses(GATES, [over("freeze")], CONTEXT, ())
    assert found.ignored[0].why.endswith("cannot be bypassed: spec.promotions.bypassable of the MLWorkspace lists none")


def test_approvals_and_rejections_pass_over_nothing() -> None:
    other = [given(gate="freeze", attempt=CONTEXT.attempt), given(decision="Reject", gate="freeze")]
    found = bypasses(GATES, other, CONTEXT, BYPASSABLE)
    assert (found.by, found.ignored) == ({}, ())


def test_of_two_the_older_one_counts() -> None:
    old, new = over(hours_ago=2, name="z"), over(hours_ago=1, name="a")
    orders: list[Sequence[Given]] = [[old, new], [new, old]]
    for order in orders:
        found = bypasses(GATES, order, CONTEXT, BYPASSABLE)
        assert found.by == {"freeze": old}
        assert [entry.given for entry in found.ignored] == [new]
        assert "PromotionApproval z by eve@acme.example passes over" in found.ignored[0].why


def test_a_verdict_that_is_passed_over_says_by_whom_and_why() -> None:
    closed = verdict("freeze", Result.PENDING, message="outside every window.allow", mode=Mode.WARN, next_at=NOON)
    found = bypass(closed, over(reason="incident 7", name="x7"))
    assert (found.result, found.cause, found.next_at) == (Result.PASS, Cause.BYPASSED, None)
    assert (found.name, found.mode, found.observed, found.required) == ("freeze", Mode.WARN, "0.8", ">= 0.7")
    assert found.evidence == "PromotionApproval x7 by eve@acme.example: incident 7"
    assert found.message == (
        "bypassed by eve@acme.example, incident 7; without that Pending: outside every window.allow"
    )
    assert decide([found, verdict("ready")]).blocking is Result.PASS


@drawn(STRANGE, STRANGE)
def test_whatever_the_reason_is_the_verdict_is_one_line(reason: str, message: str) -> None:
    found = bypass(verdict("freeze", Result.FAIL, message=message), over(reason=reason))
    assert found.message.isprintable()
    assert len(found.message) <= LONGEST_FIELD
    assert found.evidence.isprintable()
