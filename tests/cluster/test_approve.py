"""`lakeward approve` on a real API server: as people with rights of their own, in a terminal and without one."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.manifests import SMALLEST_WORKSPACE
from cluster.cluster import Cluster, Namespace
from cluster.deciding import GATES, JUDGED, PENDING, STATUS, SUBJECT, awaiting, tell
from cluster.people import MP, PA, Person
from cluster.process import Operator, until
from lakeward.app import main
from lakeward_sandbox.cluster.processes import Guard, Program

Body = dict[str, Any]
BOB, EVE, DEV, ONCALL = (
    Person("bob", ("reviewers", "model-risk")),
    Person("eve", ("reviewers",)),
    Person("dev"),
    Person("oncall"),
)
NOBODY = Person("nobody")
BYPASS = ("--yes", "--bypass", "--gate=risk-signoff")
CTRL_C = b"\x03"
SERVES = re.compile(r"Starting to serve on (\S+)")


@pytest.fixture(scope="module")
def room(installed: Cluster, shared_operator: Operator) -> Iterator[Namespace]:
    with awaiting(installed, shared_operator) as made:
        yield made


@contextmanager
def guarded(room: Namespace, **promotions: Any) -> Iterator[None]:
    """While this says what promotions may do."""
    spec = {**SMALLEST_WORKSPACE["spec"], "promotions": promotions}
    room.apply({**SMALLEST_WORKSPACE, "metadata": {"name": "prod"}, "spec": spec})
    try:
        yield
    finally:
        room.clear("mlworkspaces")
        tell(room, STATUS)


@pytest.fixture(scope="module")
def kubeconfig(
    installed: Cluster, room: Namespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Person], str]]:
    """The kubeconfig of a person, by way of a `kubectl proxy` that is them."""
    folder, guard, files = tmp_path_factory.mktemp("people"), Guard(), dict[Person, str]()
    programs: list[Program] = []

    def of(person: Person) -> str:
        if person not in files:
            groups = [f"--as-group={name}" for name in (*person.groups, "system:authenticated")]
            command = [str(installed.program), f"--kubeconfig={installed.kubeconfig}", "proxy", "--port=0"]
            program = guard.launch([*command, f"--as={person.name}", *groups], folder / f"{person.name}.log")
            programs.append(program)
            until(lambda: bool(SERVES.search(program.log.read_text())), 20, "the proxy serves")
            found = SERVES.search(program.log.read_text())
            assert found
            files[person] = str(folder / person.name)
            context = {"cluster": "it", "user": "me", "namespace": room.name}
            view = {
                "clusters": [{"name": "it", "cluster": {"server": f"http://{found[1]}"}}],
                "users": [{"name": "me", "user": {}}],
                "contexts": [
                    {"name": "here", "context": context},
                    {"name": "plain", "context": {**context, "namespace": ""}},
                ],
                "current-context": "here",
            }
            Path(files[person]).write_text(json.dumps(view))
        return files[person]

    yield of
    for program in programs:
        program.stop(5)
    guard.close()


@dataclass(frozen=True)
class Desk:
    """Where a person runs the command: in a room, with a kubeconfig of their own."""

    room: Namespace
    kubeconfig: Callable[[Person], str]
    capsys: pytest.CaptureFixture[str]

    def approve(self, person: Person, *flags: str, what: str = "mp/churn-prod") -> tuple[int, str, str]:
        """The exit code, and what was said and complained about."""
        self.capsys.readouterr()
        code = main(["approve", what, f"--kubeconfig={self.kubeconfig(person)}", "--reason=FL-231 reviewed", *flags])
        return code, *self.capsys.readouterr()

    def approvals(self) -> str:
        return self.room.cluster.kubectl("get", "pa", f"--namespace={self.room.name}", "--output=name")


@pytest.fixture
def desk(room: Namespace, kubeconfig: Callable[[Person], str], capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(room, kubeconfig, capsys)


def made(room: Namespace, said: str) -> Body:
    """The approval that the command says it made."""
    found = re.search(r"promotionapproval/(\S+) made", said)
    assert found, said
    body = room.get(PA, found[1])
    assert body
    return body


@pytest.mark.parametrize(
    ("who", "flags", "expected"),
    [
        (BOB, (), {"decision": "Approve", "approver": {"username": "bob", "groups": ["model-risk"]}}),
        (BOB, ("--gate", "risk-signoff", "--reject"), {"decision": "Reject"}),
        (BOB, ("--subject", SUBJECT), {"subject": SUBJECT}),
        (BOB, ("--group", "reviewers"), {"approver": {"username": "bob", "groups": ["reviewers"]}}),
        (ONCALL, ("--bypass", "--gate", "risk-signoff"), {"decision": "Bypass", "attempt": "g1-9f9f9f9f"}),
    ],
)
def test_an_approval_is_made_as_oneself(desk: Desk, who: Person, flags: tuple[str, ...], expected: Body) -> None:
    code, out, _ = desk.approve(who, "--yes", *flags)
    assert code == 0
    assert "source   prod.churn.classifier version 1" in out
    assert "risk-signoff  Approval  Pending  0         1" in out
    body = made(desk.room, out)
    promotion = desk.room.get(MP, "churn-prod")
    assert promotion
    always = {"gate": "risk-signoff", "subject": SUBJECT, "reason": "FL-231 reviewed"}
    assert {name: body["spec"].get(name) for name in always | expected} == always | expected
    assert body["spec"]["promotionRef"] == {"name": "churn-prod", "uid": promotion["metadata"]["uid"]}
    assert body["metadata"]["name"].startswith("churn-prod-")
    assert [one["uid"] for one in body["metadata"]["ownerReferences"]] == [promotion["metadata"]["uid"]]


def test_a_gate_of_the_guard_is_decided_as_a_member_of_what_the_guard_asks_for(desk: Desk) -> None:
    required = {**GATES[0], "name": "audit", "approval": {"approvers": {"groups": ["reviewers"]}}}
    with guarded(desk.room, requireGates=[required]):
        tell(desk.room, {**STATUS, "gates": [{"name": "audit", "type": "Approval", "result": "Pending"}]})
        by_eve, by_dev = desk.approve(EVE, "--yes", "--gate=audit"), desk.approve(DEV, "--yes", "--gate=audit")
    assert made(desk.room, by_eve[1])["spec"]["approver"] == {"username": "eve", "groups": ["reviewers"]}
    # who may not read the guard is told so, and the API server decides
    assert "Who may is not for you to read: if the gate asks for members of a group, name it by --group." in by_dev[1]
    assert "the verb approve on modelpromotions/churn-prod is required" in by_dev[2]


SIGNED_AND_CLOSED = [
    {"name": "source-ready", "type": "Ready", "result": "Pass"},
    {"name": "dependsOn", "type": "dependsOn", "result": "Pending"},
    {"name": "quality", "type": "Metric", "result": "Fail"},
    {**PENDING, "result": "Pass"},
    {"name": "freeze", "type": "Window", "result": "Pending"},
]


def test_break_glass_takes_the_only_gate_that_it_can_pass_over(desk: Desk) -> None:
    with guarded(desk.room, bypassable=["Window", "Approval"]):
        tell(desk.room, {**STATUS, "gates": SIGNED_AND_CLOSED})
        code, out, complaint = desk.approve(ONCALL, "--yes", "--bypass")
    assert (code, complaint) == (0, "")
    assert "No --gate was given: freeze is the only one that can be passed over and does not pass." in out
    body = made(desk.room, out)["spec"]
    assert (body["gate"], body["decision"], body["attempt"]) == ("freeze", "Bypass", "g1-9f9f9f9f")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--gate=source-ready",), "gate source-ready is one that promotions have by themselves, and is never passed"),
        (("--gate=dependsOn",), "gate dependsOn is one that promotions have by themselves, and is never passed over"),
        (("--gate=quality",), "spec.promotions.bypassable of MLWorkspace {room}/prod lists Window, Approval"),
        (("--gate=again",), "gate again is of type Ready, which says what the version is and is never passed over"),
        (("--gate=risk-signoff",), "gate risk-signoff passes already: there is nothing to pass over"),
    ],
)
def test_a_bypass_that_could_not_count_is_not_made(desk: Desk, flags: tuple[str, ...], says: str) -> None:
    before = desk.approvals()
    with guarded(desk.room, bypassable=["Window", "Approval"]):
        tell(desk.room, {**STATUS, "gates": SIGNED_AND_CLOSED})
        code, out, complaint = desk.approve(ONCALL, "--yes", "--bypass", *flags)
    assert (code, out, complaint.count("\n")) == (1, "", 1)
    assert says.format(room=desk.room.name) in complaint
    assert desk.approvals() == before


def test_a_pin_under_hold_is_decided_about_by_its_own_subject_and_shows_no_gates(desk: Desk) -> None:
    held = "mlops.lakeward.dev/hold says: INC-7; take the annotation off to go on"
    tell(desk.room, {**STATUS, "phase": "Held", "gates": [], "summary": {"message": held}})
    try:
        code, out, _ = desk.approve(BOB, "--yes")
    finally:
        tell(desk.room, {**STATUS, "summary": None})
    assert code == 0
    assert f"  No gate is judged yet: {held}\n" in out
    assert made(desk.room, out)["spec"]["subject"] == SUBJECT


@pytest.mark.parametrize(
    ("who", "flags", "what", "says"),
    [
        (EVE, ("--yes",), "mp/churn-prod", "you are eve, and gate risk-signoff counts only group model-risk: "),
        (EVE, ("--yes", "--group", "model-risk"), "mp/churn-prod", "you are eve, and not in the group model-risk"),
        (EVE, ("--yes",), "mp/churn-prod", "log in as one of them, or ask one of them to decide"),
        (BOB, ("--yes", "--bypass"), "mp/churn-prod", "say which --gate; MLWorkspace prod, which says what can be"),
        (BOB, BYPASS, "mp/churn-prod", "the verb bypass on modelpromotions/churn-prod is required"),
        (DEV, BYPASS, "mp/churn-prod", "the verb bypass on modelpromotions/churn-prod is required"),
        (BOB, ("--yes", "--subject", f"sha256:{'0' * 64}"), "churn-prod", "not about what you reviewed"),
        (BOB, ("--yes", "--gate", "again"), "churn-prod", "gate again is of type Ready, which nobody approves"),
        (BOB, ("--yes",), "modelpromotion/ltv-prod", "there is no ModelPromotion {room}/ltv-prod at http://127.0.0.1:"),
        (BOB, ("--yes", "--context=plain"), "mp/churn-prod", 'cannot get resource "modelpromotions"'),
        (
            NOBODY,
            ("--yes",),
            "mp/churn-prod",
            "the ClusterRoles lakeward-approver and lakeward-breakglass of manifests",
        ),
        (BOB, ("--yes", "--context=nowhere"), "mp/churn-prod", "no way to a Kubernetes API server: kubeconfig"),
        (BOB, (), "mp/churn-prod", "nobody can be asked here: look at it in a terminal, or give --yes"),
    ],
    ids=lambda value: value.name if isinstance(value, Person) else None,
)
def test_a_refusal_is_one_sentence_that_says_what_is_missing(
    desk: Desk, who: Person, flags: tuple[str, ...], what: str, says: str
) -> None:
    before = desk.approvals()
    code, _, complaint = desk.approve(who, *flags, what=what)
    assert code == 1
    assert complaint.startswith("lakeward approve: ")
    assert says.format(room=desk.room.name) in complaint
    assert complaint.count("\n") == 1
    assert desk.approvals() == before


def test_a_login_that_is_refused_and_a_server_that_is_away(
    capsys: pytest.CaptureFixture[str], installed: Cluster, tmp_path: Path
) -> None:
    view = json.loads(installed.kubectl("config", "view", "--raw", "--minify", "-o=json"))
    view["users"][0]["user"] = {"token": "outdated"}
    (tmp_path / "outdated").write_text(json.dumps(view))
    view["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "away").write_text(json.dumps(view))
    said = []
    for name in ("outdated", "away"):
        assert main(["approve", "mp/x", "--reason", "y", "--kubeconfig", str(tmp_path / name)]) == 1
        said.append(capsys.readouterr().err)
    assert said[0].endswith("refuses the login: log in again\n")
    assert (
        "the API server at https://127.0.0.1:1 does not answer: check the network, --kubeconfig, --context" in said[1]
    )


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"observedGeneration": 0}, "has changed since the operator last looked at it: wait"),
        ({"conditions": [{**JUDGED, "observedGeneration": 0}]}, "has changed and the operator cannot judge that yet: "),
    ],
)
def test_a_status_that_is_out_of_date_is_waited_for(desk: Desk, status: Body, says: str) -> None:
    tell(desk.room, {**STATUS, **status})
    try:
        code, _, complaint = desk.approve(BOB, "--yes")
    finally:
        tell(desk.room, STATUS)
    assert code == 1
    assert says in complaint


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), "the following arguments are required: --reason"),
        (("--reason", " "), "must have 1 to 1024 characters"),
        (("--reason", "x" * 1025), "must have 1 to 1024 characters"),
        (("--reason", "x", "--subject", "9f3c"), "must be sha256: and 64 hexadecimal digits"),
        (("--reason", "x", "--reject", "--bypass"), "not allowed with argument"),
    ],
)
def test_wrong_usage_ends_with_two(capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], says: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(["approve", "mp/churn-prod", *flags])
    assert end.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        (b"y\n", 0, "made; whether it counts"),
        (b"n\n", 1, "not confirmed"),
        (b"\n", 1, "not confirmed"),
        (CTRL_C, 130, ""),
    ],
    ids=["yes", "no", "only enter", "Ctrl-C"],
)
def test_in_a_terminal_a_person_is_asked(
    kubeconfig: Callable[[Person], str], typed: bytes, code: int, says: str
) -> None:
    command = [
        sys.executable,
        "-m",
        "lakeward",
        "approve",
        "mp/churn-prod",
        "--reason=FL-231",
        "--kubeconfig",
        kubeconfig(BOB),
    ]
    terminal, end = pty.openpty()
    with subprocess.Popen(command, stdin=end, stdout=end, stderr=end) as program:
        os.close(end)
        said = _until(terminal, "[y/N] ")
        if typed == CTRL_C:
            program.send_signal(signal.SIGINT)
        else:
            os.write(terminal, typed)
        said += _until(terminal, None)
        assert program.wait(20) == code, said
    os.close(terminal)
    assert "risk-signoff  Approval" in said
    assert "Approve this? [y/N]" in said
    assert says in said


def _until(terminal: int, words: str | None, seconds: float = 20.0) -> str:
    """What is written to the terminal up to these words, or to its end."""
    said, deadline = "", time.monotonic() + seconds
    while words is None or words not in said:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more within {seconds:.0f} s: {said}"
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            piece = b""
        if not piece:
            return said
        said += piece.decode()
    return said
