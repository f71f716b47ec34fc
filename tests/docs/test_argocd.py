"""What Argo CD says of environments and promotions, by the check that is shipped, run by a real Lua."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from cluster.cluster import Cluster
from docs.argocd import MANIFEST, PREFIX, health, scripts
from docs.pages import page
from lakeward.engine.reasons import Reason
from lakeward.kinds.modelpromotion.conditions import general
from lakeward.kinds.modelpromotion.phase import Word

Body = dict[str, Any]
PHASES: Mapping[str, tuple[Word, str]] = {
    word.phase: (word, health)
    for word, health in (
        (Word("Pending", Reason.APPLYING, "x"), "Progressing"),
        (Word("Evaluating", Reason.GATES_PENDING, "x"), "Progressing"),
        (Word("AwaitingApproval", Reason.AWAITING_APPROVAL, "x", waiting_for="Approval"), "Suspended"),
        (Word("AwaitingWindow", Reason.AWAITING_WINDOW, "x", waiting_for="Window"), "Suspended"),
        (Word("Copying", Reason.COPYING, "x"), "Progressing"),
        (Word("Verifying", Reason.VERIFYING, "x"), "Progressing"),
        (Word("AwaitingRollout", Reason.AWAITING_ROLLOUT, "x", waiting_for="Rollout"), "Progressing"),
        (Word("Switching", Reason.SWITCHING, "x"), "Progressing"),
        (Word("Promoted", Reason.PROMOTED, "x"), "Healthy"),
        (Word("Blocked", Reason.GATE_FAILED, "x", stalled=True), "Degraded"),
        (Word("Failed", Reason.SOURCE_GONE, "x", stalled=True), "Degraded"),
        (Word("Held", Reason.HELD, "x", stalled=True), "Degraded"),
        (Word("Planned", Reason.PLANNED, "x"), "Suspended"),
    )
}
"""What is written about each phase but Suspended, which the spec says itself, and how healthy that is."""


def promotion(word: Word, **changes: Any) -> Body:
    """A promotion whose status says that word, about its newest spec."""
    conditions = [{"type": c.type, "status": c.status, "reason": c.reason, "message": c.message} for c in general(word)]
    body = {
        "kind": "ModelPromotion",
        "metadata": {"name": "tumor-prod", "generation": 7},
        "spec": {},
        "status": {
            "observedGeneration": 7,
            "phase": word.phase,
            "waitingFor": word.waiting_for,
            "conditions": json.loads(json.dumps(conditions)),
        },
    }
    return body | changes


@pytest.mark.parametrize(("word", "wanted"), PHASES.values(), ids=PHASES)
def test_every_phase_has_its_health_and_says_why(word: Word, wanted: str) -> None:
    assert health(promotion(word)) == (wanted, f"{word.reason}: x")


def test_the_page_says_the_same_of_every_phase() -> None:
    rows = [line for _, line in page("docs/kinds/modelpromotion.md").prose if line.startswith("| `")]
    for phase, (_, wanted) in PHASES.items():
        (row,) = (row for row in rows if row.startswith(f"| `{phase}`"))
        assert row.endswith(f"| {wanted} |"), row


STALE = {"generation": 8}
DELETED = {"generation": 7, "deletionTimestamp": "2026-03-01T12:00:00Z"}
PROMOTED, BLOCKED = PHASES["Promoted"][0], PHASES["Blocked"][0]
OTHERWISE: Mapping[str, tuple[Body, str]] = {
    "never looked at": (promotion(PROMOTED, status=None), "Progressing"),
    "no conditions yet": (promotion(PROMOTED, status={"observedGeneration": 7}), "Progressing"),
    "good about an older spec": (promotion(PROMOTED, metadata=STALE), "Progressing"),
    "bad about an older spec": (promotion(BLOCKED, metadata=STALE), "Progressing"),
    "suspended": (promotion(PROMOTED, spec={"suspend": True}), "Suspended"),
    "to be resumed": (promotion(Word("Pending", Reason.APPLYING, "x", waiting_for="Resume")), "Suspended"),
    "being deleted": (promotion(BLOCKED, metadata=DELETED), "Progressing"),
    "an environment": (promotion(PROMOTED, kind="MLWorkspace"), "Healthy"),
    "an environment that failed": (promotion(BLOCKED, kind="MLWorkspace"), "Degraded"),
}


@pytest.mark.parametrize(("body", "wanted"), OTHERWISE.values(), ids=OTHERWISE)
def test_nothing_is_said_of_what_is_not_known_yet(body: Body, wanted: str) -> None:
    assert health({key: value for key, value in body.items() if value is not None})[0] == wanted


def test_all_kinds_that_git_delivers_have_the_same_check() -> None:
    assert set(scripts()) == {"ModelPromotion", "MLWorkspace"}
    assert len(set(scripts().values())) == 1


def test_it_goes_beside_what_the_config_of_argo_cd_has_already(installed: Cluster) -> None:
    team = installed.namespace(f"argocd-{uuid4().hex[:8]}")
    place = f"--namespace={team.name}"
    installed.kubectl("create", "configmap", "argocd-cm", place, "--from-literal=url=https://argocd.acme.example")
    words = ("apply", "--server-side", "--field-manager=lakeward", place, "-f", str(MANIFEST))
    installed.kubectl(*words)
    installed.kubectl(*words)
    data = json.loads(installed.kubectl("get", "configmap", "argocd-cm", place, "--output=json"))["data"]
    assert data.pop("url") == "https://argocd.acme.example"
    assert {key.removeprefix(PREFIX): text for key, text in data.items()} == scripts()
