"""Strange specs do no harm: what is invalid is refused by name, what is valid ends in a status, and nothing spins."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from api.manifests import APPROVAL, PROMOTION, WORKSPACE, Body
from cluster.cluster import Cluster as ApiServer
from invariants.world import NAMESPACE, Cluster, Operator, workspace
from lakeward.api.objects import KINDS, BadSpec, Object, kind_info, parse
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from lakeward.kinds.promotionapproval import PromotionApproval
from lakeward_sandbox.launch import Lakehouse
from strange.specs import broken, valid

PLURALS = {info.kind: info.plural for info in KINDS}
POLICY = "ValidatingAdmissionPolicy"
QUICK = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@pytest.fixture
def desk(house: Lakehouse) -> Iterator[tuple[Cluster, Operator]]:
    cluster = Cluster()
    token = house.token("lakeward")
    cluster.secrets[NAMESPACE, "databricks"] = {"databricks": token, "azure": token}
    cluster.put(workspace("env", house.workspace("prod").url))
    with Operator(cluster, kinds=(MLWorkspace(), ModelPromotion(), PromotionApproval()), canary=token) as operator:
        yield cluster, operator


def read(body: Body) -> Object[Any] | BadSpec:
    info = kind_info(body["kind"])
    assert info
    return parse(info.spec, body)


def agree(api: ApiServer, body: Body) -> None:
    """The API server and the models say the same, and both name the field."""
    ours, theirs = read(body), api.admit(PLURALS[body["kind"]], body)
    if POLICY in theirs:
        theirs = ""  # a policy is asked after the rules of the CRD: it judges who sends what, not what it is
    assert isinstance(ours, BadSpec) == bool(theirs), (ours, theirs, body)
    if isinstance(ours, BadSpec):
        assert ours.field
        assert ours.message


@QUICK
@given(body=broken(WORKSPACE))
def test_a_broken_workspace_is_refused_by_both_or_by_none(installed: ApiServer, body: Body) -> None:
    agree(installed, body)


@QUICK
@given(body=broken(PROMOTION))
def test_a_broken_promotion_is_refused_by_both_or_by_none(installed: ApiServer, body: Body) -> None:
    agree(installed, body)


@QUICK
@given(body=broken(APPROVAL))
def test_a_broken_approval_is_refused_by_both_or_by_none(installed: ApiServer, body: Body) -> None:
    agree(installed, body)


@QUICK
@given(body=valid("MLWorkspace"))
def test_a_strange_workspace_is_taken_by_both_and_ends_in_a_status(
    installed: ApiServer, desk: tuple[Cluster, Operator], house: Lakehouse, body: Body
) -> None:
    agree(installed, body)
    spec = {**body["spec"], "databricks": {"host": house.workspace("dev").url}}
    spec |= {"credentials": {"token": {"secretRef": {"name": "databricks"}}}}
    spec |= {"endpoints": {"azureResourceManager": house.azure_url}}
    if "azure" in spec:
        spec["azure"] = {**spec["azure"], "subscriptionId": house.subscription}
    rests(desk, {**body, "metadata": {"name": "strange"}, "spec": spec})


@QUICK
@given(body=valid("ModelPromotion"))
def test_a_strange_promotion_is_taken_by_both_and_ends_in_a_status(
    installed: ApiServer, desk: tuple[Cluster, Operator], body: Body
) -> None:
    agree(installed, body)
    spec = {**body["spec"], "workspaceRef": {"name": "env"}}
    rests(desk, {**body, "metadata": {"name": "strange"}, "spec": spec})


@QUICK
@given(body=valid("PromotionApproval"))
def test_a_strange_approval_is_taken_by_both_and_ends_in_a_status(
    installed: ApiServer, desk: tuple[Cluster, Operator], body: Body
) -> None:
    agree(installed, body)
    rests(desk, {**body, "metadata": {"name": "strange"}})


def rests(desk: tuple[Cluster, Operator], body: Body) -> None:
    """Some passes: each ends in a sound status, and asks for the next one late or with a growing pause."""
    cluster, operator = desk
    key = cluster.put(body)
    for _ in range(3):
        outcome = operator.run(key)
    assert outcome.failed or outcome.after is None or outcome.after >= 1 or outcome.released
    assert cluster.condition(key, "Ready")["status"] in {"True", "False"}
    cluster.objects.pop(key)
