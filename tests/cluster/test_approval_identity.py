"""The policies of manifests/install on a real API server: who approves, who withdraws, who writes promotions."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from api.manifests import SMALLEST_APPROVAL, SMALLEST_PROMOTION, changed
from cluster.cluster import Cluster, Namespace
from cluster.people import CONTROLLERS, MP, PA, Person, staffed

Body = dict[str, Any]

ANA, BOB, EVE = Person("ana"), Person("bob", ("reviewers", "model-risk")), Person("eve", ("reviewers",))
HALF, DEV, GIT, ONCALL = Person("half"), Person("dev"), Person("git"), Person("oncall")
OPERATOR = Person("system:serviceaccount:lakeward-system:lakeward")
COLLECTOR = Person(f"{CONTROLLERS}generic-garbage-collector")
SWEEPER = Person(f"{CONTROLLERS}namespace-controller")
ROBOT = "robot"

YOURSELF = "denied request: you can only approve as yourself"
ACCOUNT = "denied request: a service account cannot approve"
GROUP = "denied request: group not held by the requester"
VERB, GLASS = "the verb approve on modelpromotions/churn-prod is", "the verb bypass on modelpromotions/churn-prod is"
WITHDRAW = "denied request: only its approver withdraws an approval"
PROTECTED = "denied request: this namespace is protected: "
TAKE_OVER, HOLD = "mlops.lakeward.dev/take-over", "mlops.lakeward.dev/hold"
GHOST = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "ghost", "uid": "0d9c6c1e-8a7e-4d1b-9a3e-3f1a5c2b7e10"}]


@pytest.fixture(scope="module")
def room(installed: Cluster) -> Iterator[Namespace]:
    with staffed(installed, f"approvals-{uuid4().hex[:8]}") as made:
        yield made


@pytest.fixture(scope="module")
def guarded(installed: Cluster) -> Iterator[Namespace]:
    """A protected namespace with one promotion that carries a claim to take over."""
    with staffed(installed, f"protected-{uuid4().hex[:8]}") as made:
        made.apply(_promotion("churn-prod", {"annotations": {TAKE_OVER: "a/b/c"}}))
        installed.kubectl("label", "namespace", made.name, "mlops.lakeward.dev/protected=true")
        yield made


def approval(name: str, by: str, **spec: object) -> Body:
    approver = {"username": by, **({"groups": spec.pop("groups")} if "groups" in spec else {})}
    body = {**SMALLEST_APPROVAL, "metadata": {"name": name}}
    return {**body, "spec": {**body["spec"], **spec, "approver": approver}}


def _promotion(name: str, metadata: Body, version: int = 1) -> Body:
    body = changed(SMALLEST_PROMOTION, ("source", "version"), version)
    return {**body, "metadata": {"name": name, **metadata}}


def made(room: Namespace, by: Person, **spec: object) -> str:
    """The name of an approval that this person gave."""
    name = f"given-{uuid4().hex[:8]}"
    assert by.create(room, PA, approval(name, by.name, **spec)) == ""
    return name


BYPASS = {"decision": "Bypass", "attempt": "g1-00000000"}


@pytest.mark.parametrize(
    ("who", "by", "spec", "says"),
    [
        (BOB, "bob", {}, ""),
        (BOB, "bob", {"decision": "Reject"}, ""),
        (ANA, "ana", {}, ""),
        (BOB, "bob", {"groups": []}, ""),
        (BOB, "bob", {"groups": ["model-risk"]}, ""),
        (BOB, "bob", {"groups": ["model-risk", "reviewers"]}, ""),
        (BOB, "eve", {}, YOURSELF),
        (BOB, "Bob", {}, YOURSELF),
        (BOB, "eve", {"decision": "Reject"}, YOURSELF),
        (ONCALL, "bob", BYPASS, YOURSELF),
        (EVE, "eve", {"groups": ["model-risk"]}, GROUP),
        (BOB, "bob", {"groups": ["model-risk", "Reviewers"]}, GROUP),
        (ANA, "ana", {"groups": ["reviewers"]}, GROUP),
        (DEV, "dev", {}, VERB),
        (DEV, "dev", {"decision": "Reject"}, VERB),
        (HALF, "half", {}, VERB),
        (HALF, "half", {"promotionRef": {"name": "other", "uid": "x"}}, ""),
        (BOB, "bob", BYPASS, GLASS),
        (ONCALL, "oncall", BYPASS, ""),
        (ONCALL, "oncall", {}, VERB),
        (OPERATOR, "nobody", {}, YOURSELF),
        (OPERATOR, OPERATOR.name, {}, ACCOUNT),
        (Person(ROBOT), "bob", {}, YOURSELF),
        (Person(ROBOT), ROBOT, {}, ACCOUNT),
        (Person(ROBOT), ROBOT, {"decision": "Reject"}, ACCOUNT),
        (Person("mallory", ("reviewers", "system:serviceaccounts")), "mallory", {}, ACCOUNT),
        (Person("system:node:n1", ("reviewers",)), "system:node:n1", {}, ACCOUNT),
    ],
    ids=lambda value: value.name if isinstance(value, Person) else None,
)
def test_who_approves_is_who_says_so_and_may(room: Namespace, who: Person, by: str, spec: Body, says: str) -> None:
    account = f"system:serviceaccount:{room.name}:default"
    sender = Person(account) if who.name == ROBOT else who
    body = approval("tried", account if by == ROBOT else by, **dict(spec))
    said = sender.create(room, PA, body, dry=True)
    assert says in said
    assert bool(said) == bool(says), said


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        ({"spec": {"reason": "on second thoughts"}}, "approvals are immutable"),
        ({"spec": {"decision": "Reject"}}, "approvals are immutable"),
        ({"spec": {"approver": {"username": "dev"}}}, "approvals are immutable"),
        ({"metadata": {"ownerReferences": GHOST}}, "denied request: owners of an approval do not change"),
        ({"metadata": {"annotations": {"note": "seen"}}}, ""),
        ({"metadata": {"labels": {"team": "churn"}}}, ""),
        ({"spec": {"reason": "FL-231"}}, ""),
    ],
    ids=str,
)
def test_what_was_decided_stays(room: Namespace, patch: Body, says: str) -> None:
    name = made(room, BOB)
    said = DEV.patch(room, f"{PA}/{name}", patch, dry=True)
    assert says in said
    assert bool(said) == bool(says), said


@pytest.mark.parametrize(
    ("who", "says"),
    [
        (BOB, ""),
        (ONCALL, ""),
        (COLLECTOR, ""),
        (SWEEPER, ""),
        (EVE, WITHDRAW),
        (DEV, WITHDRAW),
        (OPERATOR, "cannot delete"),
    ],
    ids=lambda value: value.name if isinstance(value, Person) else None,
)
@pytest.mark.parametrize("decision", ["Approve", "Reject"])
def test_only_its_approver_withdraws_an_approval(room: Namespace, decision: str, who: Person, says: str) -> None:
    name = made(room, BOB, decision=decision)
    said = who.delete(room, f"{PA}/{name}", dry=True)
    assert says in said
    assert bool(said) == bool(says), said


def test_nobody_withdraws_the_approvals_of_others_by_deleting_all(room: Namespace) -> None:
    made(room, BOB)
    assert WITHDRAW in DEV.delete(room, PA, dry=True)


def test_a_namespace_goes_with_the_approvals_and_promotions_in_it(installed: Cluster) -> None:
    with staffed(installed, f"leaving-{uuid4().hex[:8]}") as leaving:
        made(leaving, BOB)
        leaving.apply(_promotion("churn-prod", {}))
        installed.kubectl("label", "namespace", leaving.name, "mlops.lakeward.dev/protected=true")
        installed.kubectl("delete", "namespace", leaving.name, "--wait=false")
        leaving.wait_gone(PA, "any", 60)
        installed.kubectl("wait", "--for=delete", f"namespace/{leaving.name}", "--timeout=60s")


CREATE, CHANGE, DELETE = "create", "patch", "delete"
OTHER = {"spec": {"source": {"version": 2}}}
OPERATION = {
    "make": (CREATE, _promotion("another", {})),
    "make, name by the server": (CREATE, {**SMALLEST_PROMOTION, "metadata": {"generateName": "another-"}}),
    "change the version": (CHANGE, OTHER),
    "suspend": (CHANGE, {"spec": {"suspend": True}}),
    "say the same again": (CHANGE, {"spec": {"source": {"version": 1}}}),
    "hold": (CHANGE, {"metadata": {"annotations": {HOLD: "incident"}}}),
    "ask again": (CHANGE, {"metadata": {"annotations": {"mlops.lakeward.dev/requested-at": "now"}}}),
    "label": (CHANGE, {"metadata": {"labels": {"team": "churn"}}}),
    "take over another": (CHANGE, {"metadata": {"annotations": {TAKE_OVER: "x/y/z"}}}),
    "take over none": (CHANGE, {"metadata": {"annotations": {TAKE_OVER: None}}}),
    "drop all annotations": (CHANGE, {"metadata": {"annotations": None}}),
    "hold and change": (CHANGE, {"metadata": {"annotations": {HOLD: "incident"}}, **OTHER}),
    "give an owner": (CHANGE, {"metadata": {"ownerReferences": GHOST}}),
    "add a finalizer": (CHANGE, {"metadata": {"finalizers": ["mlops.lakeward.dev/cleanup"]}}),
    "delete": (DELETE, {}),
}
HARMLESS = {"say the same again", "hold", "ask again", "label", "add a finalizer"}
WRITES = [
    *((GIT, operation, "") for operation in OPERATION),
    *((ONCALL, operation, "") for operation in OPERATION),
    *((DEV, operation, "" if operation in HARMLESS else PROTECTED) for operation in OPERATION),
    (COLLECTOR, "delete", ""),
    (SWEEPER, "delete", ""),
    (COLLECTOR, "give an owner", ""),
    (OPERATOR, "add a finalizer", ""),
    (OPERATOR, "change the version", PROTECTED),
    (OPERATOR, "delete", "cannot delete"),
    (BOB, "hold", "cannot patch"),
]


@pytest.mark.parametrize(("who", "operation", "says"), WRITES, ids=lambda v: v.name if isinstance(v, Person) else v)
def test_in_a_protected_namespace_only_git_changes_what_is_promoted(
    guarded: Namespace, who: Person, operation: str, says: str
) -> None:
    said = tried(guarded, who, operation)
    assert says in said
    assert bool(said) == bool(says), said


def tried(room: Namespace, who: Person, operation: str) -> str:
    """What the API server says to this operation, which is not made."""
    verb, body = OPERATION[operation]
    if verb == CREATE:
        return who.create(room, MP, body, dry=True)
    if verb == DELETE:
        return who.delete(room, f"{MP}/churn-prod", dry=True)
    return who.patch(room, f"{MP}/churn-prod", body, dry=True)


def test_all_promotions_of_a_protected_namespace_are_not_deleted_at_once(guarded: Namespace) -> None:
    assert PROTECTED in DEV.delete(guarded, MP, dry=True)


def test_the_status_is_not_asked_about(guarded: Namespace) -> None:
    path, patch = f"{MP}/churn-prod/status", {"status": {"phase": "Promoted"}}
    assert OPERATOR.patch(guarded, path, patch, dry=True) == ""
    assert "cannot patch" in DEV.patch(guarded, path, patch, dry=True)


def test_elsewhere_rbac_alone_decides(room: Namespace) -> None:
    room.apply(_promotion("churn-prod", {}))
    assert {operation: tried(room, DEV, operation) for operation in OPERATION} == dict.fromkeys(OPERATION, "")
