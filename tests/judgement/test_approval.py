"""The gate Approval: which decisions count, and what they make of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from judgement.approvals import CONTEXT, HOUR, IDENTITY, NOON, given, identity
from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.approval import ApprovalGate, Context, Decision, Given, evaluate
from lakeward.judgement.gates import Cause, Mode, Result, Stage

APPROVE, REJECT, BYPASS = Decision
TWO = ApprovalGate(
    name="risk",
    min_approvals=2,
    groups=("model-risk",),
    users=("eve@acme.example",),
    not_by_creator=True,
    expires_after=72 * HOUR,
)
ONE = replace(TWO, min_approvals=1)
ANYONE = replace(ONE, groups=(), users=(), not_by_creator=False)


class Rule(NamedTuple):
    gate: ApprovalGate
    given: Sequence[Given]
    context: Context
    result: Result
    cause: Cause | None
    observed: str
    ignored: Sequence[str] = ()


PASS, FAIL, PENDING, ERROR = Result.PASS, Result.FAIL, Result.PENDING, Result.ERROR
NEED_MORE, REJECTED = Cause.NEED_MORE, Cause.REJECTED
ELSEWHERE = identity(policy="3/1")
RULES = {
    "nobody": Rule(TWO, [], CONTEXT, PENDING, NEED_MORE, "0/2"),
    "one of two": Rule(TWO, [given()], CONTEXT, PENDING, NEED_MORE, "1/2"),
    "two": Rule(TWO, [given(), given("carl")], CONTEXT, PASS, None, "2/2"),
    "more than enough": Rule(TWO, [given(), given("carl"), given("dora")], CONTEXT, PASS, None, "3/2"),
    "a user of the list": Rule(ONE, [given("eve", groups=())], CONTEXT, PASS, None, "1/1"),
    "the list is exact": Rule(ONE, [given("EVE", groups=())], CONTEXT, PENDING, NEED_MORE, "0/1", ["none of the gate"]),
    "one of the groups": Rule(ONE, [given(groups=("a", "model-risk"))], CONTEXT, PASS, None, "1/1"),
    "no group of the list": Rule(ONE, [given(groups=("a",))], CONTEXT, PENDING, NEED_MORE, "0/1", ["is none of"]),
    "without any list": Rule(ANYONE, [given(groups=())], CONTEXT, PASS, None, "1/1"),
    "one person twice": Rule(
        TWO, [given(), given(hours_ago=2)], CONTEXT, PENDING, NEED_MORE, "1/2", ["a newer decision of the same"]
    ),
    "one person in upper case": Rule(
        TWO, [given(), given("BOB", hours_ago=2)], CONTEXT, PENDING, NEED_MORE, "1/2", ["a newer decision of the same"]
    ),
    # what it is about
    "another gate": Rule(ONE, [given(gate="legal")], CONTEXT, PENDING, NEED_MORE, "0/1"),
    "another promotion": Rule(ONE, [given(uid="f")], CONTEXT, PENDING, NEED_MORE, "0/1", ["another ModelPromotion"]),
    "another subject": Rule(ONE, [given(subject="x")], CONTEXT, PENDING, NEED_MORE, "0/1", ["another subject"]),
    "another attempt": Rule(ONE, [given(attempt="g6")], CONTEXT, PASS, None, "1/1"),
    "no known decision": Rule(ONE, [given(decision="Yes")], CONTEXT, PENDING, NEED_MORE, "0/1", ["is Yes and not"]),
    "a bypass is no approval": Rule(ONE, [given(decision=BYPASS)], CONTEXT, PENDING, NEED_MORE, "0/1"),
    # who registered the version
    "the creator": Rule(ONE, [given("ana")], CONTEXT, PENDING, NEED_MORE, "0/1", ["registered the source version"]),
    "the creator in upper case": Rule(
        ONE, [given("ANA")], CONTEXT, PENDING, NEED_MORE, "0/1", ["registered the source version"]
    ),
    "a creator who is registered in upper case": Rule(
        ONE,
        [given("ana")],
        replace(CONTEXT, creator="Ana@ACME.example"),
        PENDING,
        NEED_MORE,
        "0/1",
        ["registered the source version"],
    ),
    "a creator who may": Rule(ANYONE, [given("ana")], CONTEXT, PASS, None, "1/1"),
    "no known creator": Rule(ONE, [given()], replace(CONTEXT, creator=None), ERROR, Cause.CREATOR_UNMAPPED, "0/1"),
    "no known creator, nobody asks": Rule(ANYONE, [given()], replace(CONTEXT, creator=None), PASS, None, "1/1"),
    # when
    "about to expire": Rule(ONE, [given(hours_ago=71.9)], CONTEXT, PASS, None, "1/1"),
    "just expired": Rule(ONE, [given(hours_ago=72)], CONTEXT, PENDING, NEED_MORE, "0/1", ["expired after 3d"]),
    "one of two expired": Rule(
        TWO, [given(hours_ago=80), given("carl")], CONTEXT, PENDING, NEED_MORE, "1/2", ["expired after 3d"]
    ),
    "as it left champion": Rule(
        replace(ONE, expires_after=1000 * HOUR), [given(hours_ago=90)], CONTEXT, PASS, None, "1/1"
    ),
    "before it left champion": Rule(
        replace(ONE, expires_after=1000 * HOUR),
        [given(hours_ago=90.1)],
        CONTEXT,
        PENDING,
        NEED_MORE,
        "0/1",
        ["left champion"],
    ),
    "it never was champion": Rule(
        replace(ONE, expires_after=1000 * HOUR),
        [given(hours_ago=90.1)],
        replace(CONTEXT, since=None),
        PASS,
        None,
        "1/1",
    ),
    "a clock that is ahead": Rule(ONE, [given(hours_ago=-1)], CONTEXT, PASS, None, "1/1"),
    # whether the name can be believed
    "outside a cluster": Rule(ONE, [given()], replace(CONTEXT, identity=None), PENDING, Cause.NOT_IN_CLUSTER, "0/1"),
    "names are not checked": Rule(ONE, [given()], identity(enforced=False), ERROR, Cause.IDENTITY_NOT_ENFORCED, "0/1"),
    "nobody knows since when": Rule(ONE, [given()], identity(since=None), ERROR, Cause.IDENTITY_NOT_ENFORCED, "0/1"),
    "before the policy": Rule(
        ONE, [given()], identity(since=NOON), PENDING, NEED_MORE, "0/1", ["older than the admission policy"]
    ),
    "in the second of the policy": Rule(
        ONE, [given()], identity(since=NOON - HOUR), PENDING, NEED_MORE, "0/1", ["older than the admission policy"]
    ),
    "counted before under this policy": Rule(ONE, [given(policy="2/1")], CONTEXT, PASS, None, "1/1"),
    "counted before under another": Rule(
        ONE, [given(policy="2/1")], ELSEWHERE, PENDING, NEED_MORE, "0/1", ["has changed since; approve anew"]
    ),
    "first seen under another": Rule(ONE, [given()], ELSEWHERE, PASS, None, "1/1"),
    # rejections
    "rejected": Rule(ONE, [given(decision=REJECT)], CONTEXT, FAIL, REJECTED, "0/1"),
    "rejected beside enough": Rule(ONE, [given(), given("carl", REJECT)], CONTEXT, FAIL, REJECTED, "1/1"),
    "a rejection does not expire": Rule(ONE, [given(decision=REJECT, hours_ago=9999)], CONTEXT, FAIL, REJECTED, "0/1"),
    "nor with the policy": Rule(ONE, [given(decision=REJECT, policy="1/1")], ELSEWHERE, FAIL, REJECTED, "0/1"),
    "rejected by a stranger": Rule(
        ONE, [given(decision=REJECT, groups=())], CONTEXT, PENDING, NEED_MORE, "0/1", ["is none of the gate's"]
    ),
    "rejected by the creator": Rule(
        ONE, [given("ana", REJECT)], CONTEXT, PENDING, NEED_MORE, "0/1", ["registered the source version"]
    ),
    "another subject was rejected": Rule(
        ONE, [given(decision=REJECT, subject="x")], CONTEXT, PENDING, NEED_MORE, "0/1", ["another subject"]
    ),
    "taken back": Rule(
        ONE, [given(decision=REJECT, hours_ago=2), given()], CONTEXT, PASS, None, "1/1", ["a newer decision"]
    ),
    "taken back in upper case": Rule(
        ONE, [given(decision=REJECT, hours_ago=2), given("BOB")], CONTEXT, PASS, None, "1/1", ["a newer decision"]
    ),
    "not taken back by another": Rule(
        ONE, [given(decision=REJECT, hours_ago=2), given("carl")], CONTEXT, FAIL, REJECTED, "1/1"
    ),
    "approved, then rejected": Rule(
        ONE, [given(hours_ago=2), given(decision=REJECT)], CONTEXT, FAIL, REJECTED, "0/1", ["a newer decision"]
    ),
    "both in one second": Rule(
        ONE, [given(decision=REJECT, name="a"), given(name="b")], CONTEXT, FAIL, REJECTED, "0/1", ["a newer decision"]
    ),
    "taken back, and that has expired": Rule(
        ONE,
        [given(decision=REJECT, hours_ago=81), given(hours_ago=80)],
        CONTEXT,
        PENDING,
        NEED_MORE,
        "0/1",
        ["a newer decision", "expired after 3d"],
    ),
    "taken back under another policy": Rule(
        ONE,
        [given(decision=REJECT, hours_ago=2), given(policy="2/1")],
        ELSEWHERE,
        PENDING,
        NEED_MORE,
        "0/1",
        ["a newer decision", "has changed since"],
    ),
    "taken back before the policy was made anew": Rule(
        ONE,
        [given(decision=REJECT, hours_ago=2), given(policy="2/1")],
        identity(since=NOON, policy="1/1"),
        PENDING,
        NEED_MORE,
        "0/1",
        ["a newer decision", "has changed since"],
    ),
    "taken back by who cannot be believed": Rule(
        ONE,
        [given(decision=REJECT, hours_ago=2), given()],
        identity(since=NOON),
        FAIL,
        REJECTED,
        "0/1",
        ["older than the admission policy"],
    ),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_has_its_verdict(rule: Rule) -> None:
    found = evaluate(rule.gate, rule.given, rule.context)
    said = found.verdict
    assert (said.result, said.cause, said.observed) == (rule.result, rule.cause, rule.observed), said.message
    assert len(found.ignored) == len(rule.ignored)
    for entry, why in zip(found.ignored, rule.ignored, strict=True):
        assert why in entry.why
        assert entry.expired == ("expired" in why)
    assert_well_said(said)


def test_what_counts_is_handed_back_oldest_first() -> None:
    carl, bob, ivo = given("carl", hours_ago=3), given(hours_ago=2), given("ivo", REJECT)
    assert evaluate(TWO, [ivo, bob, carl], CONTEXT).counted == (carl, bob, ivo)


def test_a_pass_says_who_approved() -> None:
    said = evaluate(replace(TWO, mode=Mode.WARN), [given(name="x7"), given("carl", name="k2")], CONTEXT).verdict
    assert (said.name, said.type, said.stage, said.mode) == ("risk", "Approval", Stage.PRE_COPY, Mode.WARN)
    assert said.message == "2 of 2 approvals"
    assert said.required == (
        "2 from model-risk or eve@acme.example, not by who registered the source version, younger than 3d"
    )
    assert said.evidence == "PromotionApproval k2 by carl@acme.example, PromotionApproval x7 by bob@acme.example"


def test_a_gate_that_waits_says_for_whom() -> None:
    gate = replace(TWO, users=())
    assert evaluate(gate, [given()], CONTEXT).verdict.message == "1 of 2 approvals (one more from model-risk)"
    assert evaluate(gate, [], CONTEXT).verdict.message == "0 of 2 approvals (2 more from model-risk)"
    assert evaluate(ANYONE, [], CONTEXT).verdict.message == "0 of 1 approvals (one more from anyone who may approve)"
    late = evaluate(gate, [given(hours_ago=80), given("carl")], CONTEXT).verdict.message
    assert late == "1 of 2 approvals (one more from model-risk); expired: bob@acme.example"


def test_a_rejection_says_who_why_and_how_it_is_lifted() -> None:
    said = evaluate(ONE, [given(decision=REJECT, reason="drift", name="x7")], CONTEXT).verdict
    assert said.message == (
        "rejected by bob@acme.example, drift; bob@acme.example can decide anew, or delete PromotionApproval x7"
    )
    assert said.evidence == "PromotionApproval x7 by bob@acme.example"


def test_the_self_test_says_what_is_wrong_with_the_policy() -> None:
    said = evaluate(ONE, [], identity(enforced=False, message="the policy is not bound; apply manifests/")).verdict
    assert said.message == "the policy is not bound; apply manifests/"


def test_it_changes_when_too_few_are_left() -> None:
    three = [given(hours_ago=3), given("carl", hours_ago=2), given("dora", hours_ago=1)]
    assert evaluate(TWO, three, CONTEXT).verdict.next_at == NOON + 70 * HOUR
    assert evaluate(replace(TWO, min_approvals=3), three, CONTEXT).verdict.next_at == NOON + 69 * HOUR
    assert evaluate(ONE, three, CONTEXT).verdict.next_at == NOON + 71 * HOUR
    assert evaluate(TWO, three[:1], CONTEXT).verdict.next_at is None
    assert evaluate(ONE, [*three, given("ivo", REJECT)], CONTEXT).verdict.next_at is None


@pytest.mark.parametrize("gate", [replace(ONE, min_approvals=0), replace(ONE, expires_after=timedelta(0))])
def test_a_gate_that_asks_for_nothing_is_an_error(gate: ApprovalGate) -> None:
    said = evaluate(gate, [given()], CONTEXT).verdict
    assert (said.result, said.cause) == (ERROR, Cause.INVALID_GATE)
    assert_well_said(said)


GIVEN = st.builds(
    given,
    st.sampled_from(["ana", "bob", "BOB", "carl", "eve"]),
    st.sampled_from([*Decision, "Yes"]),
    hours_ago=st.sampled_from([-1, 1, 2, 50, 73, 95, 105]),
    gate=st.sampled_from(["risk", "risk", "legal"]),
    groups=st.sampled_from([(), ("model-risk",)]),
    subject=st.sampled_from([CONTEXT.subject, CONTEXT.subject, "x"]),
    policy=st.sampled_from(["", "2/1", "1/1"]),
    reason=STRANGE,
    name=st.uuids().map(str),
)
GIVENS = st.lists(GIVEN, max_size=8)


@drawn(GIVENS, st.randoms(use_true_random=False), st.sampled_from([ONE, TWO, ANYONE]))
def test_every_decision_about_the_gate_is_told_once_in_whatever_order_they_come(
    all_given: list[Given], random: Random, gate: ApprovalGate
) -> None:
    found = evaluate(gate, all_given, CONTEXT)
    shuffled = list(all_given)
    random.shuffle(shuffled)
    assert evaluate(gate, shuffled, CONTEXT) == found
    told = [*found.counted, *(entry.given for entry in found.ignored)]
    own = [g for g in all_given if g.gate == "risk" and g.decision != BYPASS]
    assert sorted(g.object for g in told) == sorted(g.object for g in own)
    assert_well_said(found.verdict)


@drawn(GIVENS)
def test_it_passes_only_on_fresh_approvals_of_distinct_persons_whom_the_policy_has_checked(
    all_given: list[Given],
) -> None:
    found = evaluate(TWO, all_given, CONTEXT)
    if found.verdict.result is not PASS:
        return
    assert len({g.by.lower() for g in found.counted}) == len(found.counted) >= 2
    for one in found.counted:
        assert (one.decision, one.subject, one.gate) == (APPROVE, CONTEXT.subject, "risk")
        assert "model-risk" in one.groups or one.by == "eve@acme.example"
        assert one.by != "ana@acme.example"
        assert NOON - one.at < 72 * HOUR
        assert one.policy in ("", IDENTITY.policy)


@drawn(GIVENS, GIVEN)
def test_somebody_elses_decision_never_lifts_a_rejection(all_given: list[Given], other: Given) -> None:
    before = evaluate(TWO, all_given, CONTEXT)
    after = evaluate(TWO, [*all_given, other], CONTEXT)
    standing = {g.object for g in before.counted if g.decision == REJECT and g.by.lower() != other.by.lower()}
    assert standing <= {g.object for g in after.counted}


@drawn(GIVENS, st.integers(0, 200))
def test_nothing_changes_by_time_alone_before_it_says_so(all_given: list[Given], hours: int) -> None:
    found = evaluate(TWO, all_given, CONTEXT).verdict
    later = evaluate(TWO, all_given, replace(CONTEXT, now=NOON + hours * HOUR)).verdict
    if found.next_at is None or NOON + hours * HOUR < found.next_at:
        assert later.result is found.result
    else:
        assert later.result is PENDING
