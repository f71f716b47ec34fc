"""`as` and its like in a kubeconfig: `lakeward approve` acts as that person, as kubectl does; the operator refuses."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cluster.cluster import Cluster, Namespace
from cluster.deciding import SUBJECT, awaiting
from cluster.people import MP, PA
from cluster.process import Operator
from lakeward.app import main
from lakeward.cluster.approve.talk import WHOAMI, Talk
from lakeward.cluster.approve.wish import NotMade
from lakeward.cluster.calls import Calls
from lakeward.cluster.clock import Clock
from lakeward.cluster.login import Login, LoginError

Body = dict[str, Any]
BOB = {"as": "bob", "as-groups": ["reviewers", "model-risk", "with, comma"]}


@pytest.fixture(scope="module")
def room(installed: Cluster, shared_operator: Operator) -> Iterator[Namespace]:
    with awaiting(installed, shared_operator) as made:
        yield made


@pytest.fixture
def kubeconfig(installed: Cluster, tmp_path: Path) -> Callable[..., str]:
    """The administrator's kubeconfig with these fields of its user."""

    def write(**fields: Any) -> str:
        view = json.loads(installed.kubectl("config", "view", "--raw", "--minify", "-o=json"))
        view["users"][0]["user"] |= fields
        (tmp_path / "config").write_text(json.dumps(view))
        return str(tmp_path / "config")

    return write


def whoami(file: str) -> Body:
    """Whom the API server sees."""
    client = Login(file).client()
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    try:
        found: Body = Calls(client, Clock()).create(WHOAMI, review)["status"]["userInfo"]
    finally:
        client.close()  # type: ignore[no-untyped-call]  # untyped in the client
    return found


def kubectl_whoami(cluster: Cluster, file: str) -> Body:
    """Whom it sees when kubectl asks."""
    found: Body = json.loads(cluster.kubectl("auth", "whoami", "--output=json", f"--kubeconfig={file}"))["status"]
    return dict(found["userInfo"])


FIELDS: dict[str, Body] = {
    "nobody": {},
    "as": {"as": "bob"},
    "as-groups": BOB,
    "as-uid": {"as": "bob", "as-uid": "u-7"},
    "as-user-extra": {"as": "bob", "as-user-extra": {"acme.example/Team 100%": ["risk", "a, b"], "scopes": ["x"]}},
    "a ServiceAccount": {"as": "system:serviceaccount:default:default"},
    "beyond Latin-1": {"as": "zoë@acme.example", "as-groups": ["リスク"]},
    "empty": {"as": "", "as-groups": [], "as-uid": ""},
}


@pytest.mark.parametrize("fields", FIELDS.values(), ids=FIELDS)
def test_the_api_server_sees_whom_kubectl_would_show_it(
    installed: Cluster, kubeconfig: Callable[..., str], fields: Body
) -> None:
    file = kubeconfig(**fields)
    seen = whoami(file)
    assert seen == kubectl_whoami(installed, file)
    assert seen["username"] == (fields.get("as") or installed.user)


def test_an_approval_is_made_as_whom_the_kubeconfig_says(
    room: Namespace, kubeconfig: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [f"--namespace={room.name}", "--reason=FL-231 reviewed", "--yes"]
    assert main(["approve", "mp/churn-prod", f"--kubeconfig={kubeconfig(**BOB)}", *flags]) == 0
    said = capsys.readouterr().out
    assert "You, bob, in model-risk, approve gate risk-signoff" in said
    found = re.search(r"promotionapproval/(\S+) made", said)
    assert found
    body = room.get(PA, found[1])
    assert body
    assert body["spec"]["approver"] == {"username": "bob", "groups": ["model-risk"]}
    assert main(["approve", "mp/churn-prod", f"--kubeconfig={kubeconfig(**{'as': 'nobody'})}", *flags]) == 1
    assert 'User "nobody" cannot get resource "modelpromotions"' in capsys.readouterr().err


def test_the_admission_policy_sees_the_impersonated_name(room: Namespace, kubeconfig: Callable[..., str]) -> None:
    login = Login(kubeconfig(**BOB))
    promotion = room.get(MP, "churn-prod")
    assert promotion
    body = {
        "apiVersion": "mlops.lakeward.dev/v1alpha1",
        "kind": "PromotionApproval",
        "metadata": {"generateName": "lie-", "namespace": room.name},
        "spec": {
            "promotionRef": {"name": "churn-prod", "uid": promotion["metadata"]["uid"]},
            "gate": "risk-signoff",
            "subject": SUBJECT,
            "decision": "Approve",
            "reason": "a lie",
            "approver": {"username": room.cluster.user, "groups": []},
        },
    }
    client = login.client()
    with pytest.raises(NotMade, match="you can only approve as yourself"):
        Talk(Calls(client, Clock()), login.host).approve(room.name, body)
    client.close()  # type: ignore[no-untyped-call]  # untyped in the client


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"as-groups": ["x"]}, "].user of the kubeconfig: as-groups needs as: say as whom"),
        ({"as-uid": "x"}, "as-uid needs as: say as whom"),
        ({"as-user-extra": {"k": ["x"]}}, "as-user-extra needs as: say as whom"),
        ({"as": 7}, "as must be a string of one line"),
        ({"as": "bob\nImpersonate-Group: system:masters"}, "as must be a string of one line"),
        ({"as": "bob", "as-groups": "x"}, "as-groups must be a list of strings"),
        ({"as": "bob", "as-groups": [7]}, "as-groups must be a string of one line"),
        ({"as": "bob", "as-user-extra": ["x"]}, "as-user-extra must be lists of strings by key"),
        ({"as": "bob", "as-user-extra": {"k": "x"}}, "as-user-extra.k must be a list of strings"),
    ],
)
def test_fields_that_say_nothing_are_refused(
    kubeconfig: Callable[..., str], capsys: pytest.CaptureFixture[str], fields: Body, says: str
) -> None:
    assert main(["approve", "mp/churn-prod", "--reason=x", "--yes", f"--kubeconfig={kubeconfig(**fields)}"]) == 1
    complaint = capsys.readouterr().err
    assert says in complaint
    assert complaint.count("\n") == 1


def test_the_operator_does_not_start_as_another(shared_operator: Operator, kubeconfig: Callable[..., str]) -> None:
    with pytest.raises(LoginError):
        Login(kubeconfig(**BOB)).async_client(1)
    if shared_operator.running:
        shared_operator.stop()
    shared_operator.launch(kubeconfig=kubeconfig(**BOB))
    assert shared_operator.wait_end() == 1
    lines = shared_operator.log.splitlines()
    assert len(lines) == 1
    assert "cannot start: the kubeconfig has users[].user.as, and the operator cannot act as another" in lines[0]
    shared_operator.end()
