"""Decisions of three people about one promotion, for the tests of approvals and of those who pass over a gate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from lakeward.judgement.approval import Context, Decision, Given, Identity

HOUR = timedelta(hours=1)
NOON = datetime(2026, 8, 24, 12, tzinfo=UTC)
IDENTITY = Identity(enforced=True, since=NOON - 100 * HOUR, policy="2/1", message="")
CONTEXT = Context(
    uid="0d9c6c1e",
    subject="sha256:9f3c",
    attempt="g7-9f3c",
    now=NOON,
    since=NOON - 90 * HOUR,
    creator="ana@acme.example",
    identity=IDENTITY,
)


def given(
    by: str = "bob",
    decision: str = Decision.APPROVE,
    *,
    hours_ago: float = 1,
    gate: str = "risk",
    groups: tuple[str, ...] = ("model-risk",),
    uid: str = CONTEXT.uid,
    subject: str = CONTEXT.subject,
    attempt: str = "",
    reason: str = "FL-231",
    policy: str = "",
    name: str = "",
) -> Given:
    """`by` is the first part of an address; in upper case, so is the address."""
    return Given(
        object=name or f"churn-{by}-{decision}-{hours_ago}".lower(),
        by=f"{by}@ACME.EXAMPLE" if by.isupper() else f"{by}@acme.example",
        groups=groups,
        gate=gate,
        decision=decision,
        uid=uid,
        subject=subject,
        attempt=attempt,
        at=NOON - hours_ago * HOUR,
        reason=reason,
        policy=policy,
    )


def identity(**changes: object) -> Context:
    """The context with another outcome of the self-test."""
    return replace(CONTEXT, identity=replace(IDENTITY, **changes))  # type: ignore[arg-type] # fields by name
