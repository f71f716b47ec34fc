"""A PromotionApproval by a real operator: it wakes its promotion, is told what became of it, and goes without us."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from api.manifests import SMALLEST_APPROVAL
from cluster.cluster import Body, Namespace, condition, ready
from cluster.process import Operator, until
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import Registry

Make = Callable[..., Body]
MP, PA = "modelpromotions", "promotionapprovals"
MOST = 4
"""So many passes one change of an approval may cost its promotion; a circle of wakes makes hundreds."""


@pytest.fixture
def patient(shared_operator: Operator) -> Iterator[Operator]:
    """The operator, running, with no scan that would make passes by itself."""
    if shared_operator.running:
        shared_operator.stop()
    shared_operator.start(scan_interval="1h")
    yield shared_operator
    shared_operator.stop()


@pytest.fixture
def promoted(patient: Operator, team: Namespace, workspace: Make, house: Lakehouse) -> Body:
    """A promotion that has nothing left to do."""
    assert patient.running
    catalog, registry = f"c{uuid4().hex[:10]}", Registry(house)
    registry.schema(catalog, "dev")
    model = f"{catalog}.dev.tumor"
    version = registry.register(model)
    team.cluster.kubectl("label", "namespace", team.name, "mlops.lakeward.dev/protected=true")
    team.apply(workspace(unityCatalog=None))
    spec = {"workspaceRef": {"name": "dev"}, "source": {"model": model, "version": version}, "target": {"model": model}}
    team.apply({**SMALLEST_APPROVAL, "kind": "ModelPromotion", "metadata": {"name": "tumor"}, "spec": spec})
    return team.wait(MP, "tumor", ready)


def passes(operator: Operator) -> float:
    return operator.metric("lakeward_passes_total", kind="ModelPromotion")


def approval(team: Namespace, promotion: Body) -> Body:
    reference = {"name": "tumor", "uid": promotion["metadata"]["uid"]}
    spec = {**SMALLEST_APPROVAL["spec"], "promotionRef": reference, "approver": {"username": team.cluster.user}}
    return {**SMALLEST_APPROVAL, "metadata": {"name": "tumor-x7k2p"}, "spec": spec}


def test_an_approval_wakes_its_promotion_whenever_it_changes_and_nothing_goes_in_circles(
    patient: Operator, team: Namespace, promoted: Body
) -> None:
    changes: list[Callable[[], object]] = [
        lambda: team.apply(approval(team, promoted)),
        lambda: team.annotate(PA, "tumor-x7k2p", {"note": "seen"}),
        lambda: team.delete(PA, "tumor-x7k2p"),
    ]
    begun = passes(patient)
    for change in changes:
        before = passes(patient)
        change()
        until(lambda before=before: passes(patient) > before, 10, "the promotion has looked")  # type: ignore[misc]  # bound per turn
    team.wait_gone(PA, "tumor-x7k2p")
    assert passes(patient) <= begun + MOST * len(changes)


@pytest.mark.usefixtures("patient")
def test_an_approval_says_what_its_promotion_made_of_it(team: Namespace, promoted: Body) -> None:
    team.apply(approval(team, promoted))
    body = team.wait(PA, "tumor-x7k2p", lambda found: (found.get("status") or {}).get("phase") == "Ignored")
    assert "finalizers" not in body["metadata"]
    assert condition(body, "Ready")["reason"] == "ApprovalIgnored"
    head, row = team.cluster.kubectl("get", "pa", f"--namespace={team.name}").splitlines()
    assert head.split() == ["NAME", "PROMOTION", "GATE", "DECISION", "BY", "COUNTED", "AGE"]
    assert row.split()[:6] == ["tumor-x7k2p", "tumor", "risk-signoff", "Approve", team.cluster.user, "No"]


def test_an_approval_goes_although_nobody_is_there(patient: Operator, team: Namespace, promoted: Body) -> None:
    team.apply(approval(team, promoted))
    team.wait(PA, "tumor-x7k2p", lambda found: bool(condition(found, "Ready")))
    patient.stop()
    team.delete(PA, "tumor-x7k2p")
    team.wait_gone(PA, "tumor-x7k2p", 5)
    patient.start()
