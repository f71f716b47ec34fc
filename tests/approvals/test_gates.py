"""Which gate `lakeward approve --bypass` takes, and which Bypass it does not even make because it could not count."""

import copy
from typing import Any

import pytest

from lakeward.cluster.approve.decide import matter
from lakeward.cluster.approve.show import remarks
from lakeward.cluster.approve.wish import BYPASS, NotMade, Wish

Body = dict[str, Any]
TYPES = {
    "source-ready": "Ready",
    "dependsOn": "dependsOn",
    "quality": "Metric",
    "risk-signoff": "Approval",
    "freeze": "Window",
    "again": "Ready",
    "copy-ready": "Ready",
}
BY_ITSELF = ("source-ready", "copy-ready", "dependsOn", "policy", "champion", "digest-pin")


def promotion(**results: str) -> Body:
    """A promotion whose gates pass, but for those that are named: `Warn` is a gate that only warns and fails."""
    told = {name.replace("_", "-"): result for name, result in results.items()}
    rows = [
        {
            "name": name,
            "type": kind,
            "mode": "Warn" if told.get(name) == "Warn" else "Enforce",
            "result": "Fail" if told.get(name) == "Warn" else told.get(name, "Pass"),
        }
        for name, kind in TYPES.items()
    ]
    own = [{"name": name, "type": TYPES[name]} for name in ("quality", "risk-signoff", "freeze", "again")]
    return {
        "metadata": {"name": "churn-prod", "namespace": "team-churn", "uid": "u1", "generation": 7},
        "spec": {"workspaceRef": {"name": "prod"}, "gates": own},
        "status": {
            "observedGeneration": 7,
            "attempt": {"id": "g7-9f3c2a1b", "subject": "sha256:9f"},
            "conditions": [{"type": "GatesPassed", "observedGeneration": 7}],
            "gates": rows,
        },
    }


def unjudged() -> Body:
    body = promotion()
    body["status"]["gates"] = []
    return body


def guard(*types: str) -> Body:
    audit = {"name": "audit", "type": "Approval", "approval": {}}
    return {"spec": {"promotions": {"bypassable": list(types), "requireGates": [audit, {"name": "x", "type": "Job"}]}}}


def over(gate: str = "") -> Wish:
    return Wish(namespace="team-churn", name="churn-prod", decision=BYPASS, reason="INC-77", gate=gate)


CLOSED = promotion(freeze="Pending", copy_ready="Pending")
WINDOW = guard("Approval", "Window")


@pytest.mark.parametrize(
    ("body", "gate", "limits", "taken"),
    [
        (CLOSED, "", WINDOW, "freeze"),
        (promotion(freeze="Fail", quality="Fail"), "", WINDOW, "freeze"),
        (promotion(freeze="Warn", risk_signoff="Pending"), "", WINDOW, "risk-signoff"),
        (promotion(freeze="Error", risk_signoff="Pending"), "freeze", WINDOW, "freeze"),
        (CLOSED, "freeze", None, "freeze"),
        (unjudged(), "freeze", WINDOW, "freeze"),
        (unjudged(), "audit", WINDOW, "audit"),
    ],
)
def test_the_gate_that_stands_in_the_way_is_passed_over(body: Body, gate: str, limits: Body | None, taken: str) -> None:
    assert matter(body, over(gate), limits).gate == taken


ALL = promotion(freeze="Pending", risk_signoff="Pending", quality="Fail", again="Fail", source_ready="Fail")
REFUSED: dict[str, tuple[Body, str, Body | None, str]] = {
    **{
        f"{name} by itself": (ALL, name, None, f"gate {name} is one that promotions have by themselves, and is never")
        for name in BY_ITSELF
    },
    "a type that is not listed": (
        ALL,
        "quality",
        WINDOW,
        "is of type Metric, and spec.promotions.bypassable of MLWorkspace team-churn/prod lists Approval, Window",
    ),
    "nothing is listed": (ALL, "freeze", guard(), "of MLWorkspace team-churn/prod lists no type"),
    "a guard that says nothing of promotions": (ALL, "freeze", {"spec": {}}, "lists no type"),
    "what the version is": (
        ALL,
        "again",
        guard("Ready"),
        "gate again is of type Ready, which says what the version is",
    ),
    "the same, unread": (ALL, "again", None, "gate again is of type Ready, which says what the version is"),
    "it passes": (CLOSED, "risk-signoff", WINDOW, "gate risk-signoff passes already: there is nothing to pass over"),
    "it passes, unread": (CLOSED, "risk-signoff", None, "gate risk-signoff passes already: there is nothing to pass"),
    "it warns": (promotion(freeze="Warn"), "freeze", WINDOW, "gate freeze only warns: there is nothing to pass over"),
    "a rollback": (CLOSED, "audit", WINDOW, "gate audit is not asked in this attempt: there is nothing to pass over"),
    "no such gate": (
        CLOSED,
        "frezee",
        WINDOW,
        "no gate frezee: its gates are quality, risk-signoff, freeze, again, audit",
    ),
    "only a demand for a type": (CLOSED, "x", WINDOW, "has no gate x"),
    "two": (ALL, "", WINDOW, "say which --gate; those that can be passed over are risk-signoff, freeze"),
    "none of a type that is listed": (
        promotion(quality="Fail"),
        "",
        WINDOW,
        "no gate can be passed over; those that do not pass are quality of type Metric, and spec.promotions.bypassable",
    ),
    "none at all": (promotion(), "", WINDOW, "those that do not pass are none but those that are never passed over"),
    "none judged": (unjudged(), "", WINDOW, "say which --gate, because no gate is judged yet"),
    "which is not known": (
        CLOSED,
        "",
        None,
        "say which --gate; MLWorkspace prod, which says what can be passed over, cannot",
    ),
}


@pytest.mark.parametrize(("body", "gate", "limits", "says"), REFUSED.values(), ids=REFUSED)
def test_a_bypass_that_cannot_count_is_refused_in_one_sentence(
    body: Body, gate: str, limits: Body | None, says: str
) -> None:
    with pytest.raises(NotMade) as told:
        matter(body, over(gate), limits)
    assert says in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("gate", "limits", "says"),
    [
        ("", WINDOW, ["No --gate was given: freeze is the only one that can be passed over and does not pass."]),
        ("freeze", WINDOW, []),
        ("freeze", None, ["MLWorkspace prod cannot be read: whether it lets gate freeze be passed over is unchecked."]),
    ],
)
def test_how_the_gate_was_chosen_and_what_is_unchecked_is_said(gate: str, limits: Body | None, says: list[str]) -> None:
    about = matter(CLOSED, over(gate), limits)
    assert list(remarks(about, over(gate), limits, None)) == says


def test_a_gate_of_the_guard_is_there_before_any_gate_is_judged() -> None:
    asked = Wish(namespace="team-churn", name="churn-prod", decision="Approve", reason="FL-231", gate="audit")
    body = copy.deepcopy(unjudged())
    assert matter(body, asked, guard()).gate == "audit"
    with pytest.raises(NotMade, match="has no gate audit"):
        matter(body, asked, None)
