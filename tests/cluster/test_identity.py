"""Whether approvers are who they say: proved on a real API server, with the policy in force, weakened and away."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from api.manifests import changed
from cluster.cluster import REPOSITORY, Cluster, Namespace
from cluster.process import until
from lakeward.cluster.calls import CallError, Calls
from lakeward.cluster.clock import Clock
from lakeward.cluster.identity import Identities, answer
from lakeward.cluster.identity_policy import OPERATIONS, POLICY, RULES, VARIABLES, WORDS, weakness
from lakeward.cluster.login import Login
from lakeward.cluster.metrics import Metrics
from lakeward.cluster.reads import Reads
from lakeward.engine.errors import Unavailable
from lakeward.judgement.approval import Identity
from lakeward_sandbox.cluster import find
from lakeward_sandbox.cluster.accounts import log_in

Body = dict[str, Any]
FILE = REPOSITORY / "manifests" / "install" / "approval-identity.yaml"
POLICIES, BINDINGS = "validatingadmissionpolicy", "validatingadmissionpolicybinding"
SAID = f"ValidatingAdmissionPolicy '{POLICY}' with binding '{POLICY}' denied request: {WORDS}"


@pytest.fixture(scope="module")
def reads(installed: Cluster, control_plane: find.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reads]:
    """The API server as the operator's account reads it."""
    assert installed
    file = tmp_path_factory.mktemp("login") / "kubeconfig"
    log_in(control_plane, "lakeward-system", "lakeward", file)
    yield from _reads(file)


def _reads(kubeconfig: Path) -> Iterator[Reads]:
    client = Login(str(kubeconfig)).client()
    yield Reads(Calls(client, Clock()))
    client.close()  # type: ignore[no-untyped-call]  # untyped in the client


@pytest.fixture
def identities(reads: Reads) -> Identities:
    """Proofs of which none is still good when it is asked for again."""
    ticks = itertools.count(step=10)
    return Identities(reads, lambda: next(ticks))


@contextmanager
def policy_again(cluster: Cluster, identities: Identities, namespace: str) -> Iterator[None]:
    """Whatever is done to the policy inside is undone, and in force again afterwards."""
    try:
        yield
    finally:
        cluster.kubectl("delete", "--ignore-not-found", "-f", str(FILE))
        cluster.kubectl("apply", "-f", str(FILE))
        until(lambda: identities(namespace).enforced, 30, "the policy is in force again")


def test_the_policy_of_manifests_install_is_proved(
    identities: Identities, installed: Cluster, namespace: Namespace
) -> None:
    found = identities(namespace.name)
    made = [json.loads(installed.kubectl("get", kind, POLICY, "-o=json"))["metadata"] for kind in (POLICIES, BINDINGS)]
    since = max(datetime.fromisoformat(metadata["creationTimestamp"]) for metadata in made)
    assert found == Identity(True, since, "/".join(str(metadata["generation"]) for metadata in made), "")
    assert not namespace.cluster.kubectl("get", "pa", f"--namespace={namespace.name}", "-o=name")


GOOD_POLICY, GOOD_BINDING = (
    {"metadata": {}, "spec": body["spec"]} for body in yaml.safe_load_all(FILE.read_text(encoding="utf-8"))
)
(RULE,) = GOOD_POLICY["spec"]["matchConstraints"]["resourceRules"]
VALIDATIONS, NAMED = GOOD_POLICY["spec"]["validations"], GOOD_POLICY["spec"]["variables"]
AS_SHIPPED = "as it is in manifests/install"
NOT_DENIED = ("patch", BINDINGS, {"spec": {"validationActions": ["Audit"]}})
WEAKENED = [
    (("delete", BINDINGS, None), "there is no ValidatingAdmissionPolicy"),
    (("delete", POLICIES, None), "there is no ValidatingAdmissionPolicy"),
    (NOT_DENIED, "must be bound with validationActions Deny"),
    (("patch", POLICIES, {"spec": {"failurePolicy": "Ignore"}}), "must have failurePolicy Fail"),
    (
        ("patch", BINDINGS, {"spec": {"matchResources": {"namespaceSelector": {"matchLabels": {"not": "here"}}}}}),
        "the API server takes an approval in another's name in namespace ",
    ),
    (
        ("patch", POLICIES, {"spec": {"validations": [{"expression": "false", "message": "no approvals on Fridays"}]}}),
        f'lacks the validation "{WORDS}"',
    ),
    (
        (
            "patch",
            POLICIES,
            {"spec": {"validations": [{"expression": "false", "message": "no approvals on Fridays"}, *VALIDATIONS]}},
        ),
        "was refused for another reason: ",
    ),
    (("patch", POLICIES, {"spec": {"validations": VALIDATIONS[:1]}}), 'lacks the validation "a service account'),
    (
        (
            "patch",
            POLICIES,
            {"spec": {"matchConstraints": {"resourceRules": [{**RULE, "resourceNames": ["lakeward-self-test"]}]}}},
        ),
        "which has no resourceNames",
    ),
]


@pytest.mark.parametrize(("weaken", "says"), WEAKENED, ids=lambda value: value if isinstance(value, str) else "")
def test_a_weaker_policy_is_no_proof(
    identities: Identities,
    installed: Cluster,
    namespace: Namespace,
    weaken: tuple[str, str, object],
    says: str,
) -> None:
    verb, kind, patch = weaken
    with policy_again(installed, identities, namespace.name):
        extra = () if patch is None else ("--type=merge", f"--patch={json.dumps(patch)}")
        installed.kubectl(verb, kind, POLICY, *extra)
        until(lambda: says in identities(namespace.name).message, 30, f"it is told: {says}")
        found = identities(namespace.name)
        assert (found.enforced, found.since, found.policy) == (False, None, "")
        assert "\n" not in found.message


def test_an_account_without_rights_proves_nothing(
    installed: Cluster, control_plane: find.Cluster, namespace: Namespace, tmp_path: Path
) -> None:
    log_in(control_plane, namespace.name, "default", tmp_path / "kubeconfig")
    (powerless,) = _reads(tmp_path / "kubeconfig")
    found = Identities(powerless)(namespace.name)
    assert not found.enforced
    assert found.message.startswith("the operator's account may not read ValidatingAdmissionPolicy")
    read = ("get", ["validatingadmissionpolicies", "validatingadmissionpolicybindings"])
    rule = {"apiGroups": ["admissionregistration.k8s.io"], "resources": read[1], "verbs": [read[0]]}
    name = f"reader-{uuid4().hex[:8]}"
    subject = {"kind": "ServiceAccount", "name": "default", "namespace": namespace.name}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    head = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": name}}
    for body in (
        {**head, "kind": "ClusterRole", "rules": [rule]},
        {**head, "kind": "ClusterRoleBinding", "roleRef": role, "subjects": [subject]},
    ):
        installed.kubectl("apply", "-f=-", stdin=json.dumps(body))
    says = "the operator's account may not try an approval: promotionapprovals.mlops.lakeward.dev is forbidden"
    (reader,) = _reads(tmp_path / "kubeconfig")
    ticks = itertools.count(step=10)
    proofs = Identities(reader, lambda: next(ticks))
    until(lambda: proofs(namespace.name).message.startswith(says), 10, "its account may read, and not create")
    with suppress(AssertionError):
        installed.kubectl("delete", "clusterrole,clusterrolebinding", name)


def test_a_proof_is_good_for_some_seconds(reads: Reads, installed: Cluster, namespace: Namespace) -> None:
    now = 100.0
    proofs = Identities(reads, lambda: now)
    assert proofs(namespace.name).enforced
    ticks = itertools.count(step=10)
    with policy_again(installed, Identities(reads, lambda: next(ticks)), namespace.name):
        installed.kubectl("delete", BINDINGS, POLICY)
        now = 104.9
        assert proofs(namespace.name).enforced
        assert proofs.known() == {namespace.name: True}
        now = 105.0
        assert not proofs(namespace.name).enforced
    assert proofs.known() == {namespace.name: False}
    now = 3705.0
    assert proofs.known() == {}


def test_an_api_server_that_does_not_answer_says_nothing_about_the_policy(installed: Cluster, tmp_path: Path) -> None:
    view = json.loads(installed.kubectl("config", "view", "--raw", "--minify", "-o=json"))
    view["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (tmp_path / "kubeconfig").write_text(json.dumps(view))
    (nobody,) = _reads(tmp_path / "kubeconfig")
    with pytest.raises(Unavailable, match="could not be tried: the API server did not answer"):
        Identities(nobody)("team")


def test_what_is_known_is_on_the_metrics() -> None:
    metrics = Metrics()
    metrics.watch_identities(lambda: {"team-a": True, "team-b": False})
    said = metrics.text().decode()
    assert 'lakeward_approvals_enforced{namespace="team-a"} 1.0' in said
    assert 'lakeward_approvals_enforced{namespace="team-b"} 0.0' in said


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (CallError(422, "long", (SAID,)), ""),
        (CallError(403, "long", ("another webhook", SAID)), ""),
        (CallError(422, SAID), "was refused for another reason"),
        (CallError(422, "x", (SAID.replace(POLICY, "another-policy"),)), "was refused for another reason: x"),
        (CallError(422, "x", (f"{SAID}, but not today",)), "was refused for another reason: x"),
        (CallError(403, "rbac says no"), "the operator's account may not try an approval: rbac says no"),
        (CallError(403, "is being terminated", ("the namespace goes",)), "was refused for another reason: is being"),
        (CallError(404, "x"), "does not serve PromotionApprovals: apply crds"),
        (CallError(401, "Unauthorized"), "was refused for another reason: Unauthorized"),
    ],
)
def test_only_the_words_of_the_rule_prove_it(error: CallError, says: str) -> None:
    found = answer(error)
    assert says in found
    assert bool(found) == bool(says)


@pytest.mark.parametrize("status", [0, 429, 500, 503])
def test_no_answer_is_no_refusal(status: int) -> None:
    with pytest.raises(Unavailable):
        answer(CallError(status))


def test_what_the_operator_demands_is_what_manifests_install_brings() -> None:
    assert {rule["message"]: " ".join(rule["expression"].split()) for rule in VALIDATIONS} == RULES
    assert {variable["name"]: " ".join(variable["expression"].split()) for variable in NAMED} == VARIABLES
    assert next(iter(RULES)) == WORDS
    assert set(RULE["operations"]) == OPERATIONS
    assert weakness(GOOD_POLICY, GOOD_BINDING) == ""


SOME = {"matchLabels": {"a": "b"}}


RULES_AT = ("matchConstraints", "resourceRules")
OTHERS = {"apiGroups": ["other.example"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}


def said(which: int, expression: str) -> list[Body]:
    """The validations, one of them with other words."""
    return [rule if n != which else {**rule, "expression": expression} for n, rule in enumerate(VALIDATIONS)]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("failurePolicy",), "Fail", ""),
        (("failurePolicy",), "Ignore", "must have failurePolicy Fail"),
        (("matchConditions",), [{"name": "not-bob", "expression": "true"}], "must have no matchConditions"),
        (("matchConstraints", "objectSelector"), SOME, "must be about all approvals"),
        (("matchConstraints", "namespaceSelector"), SOME, "must be about all approvals"),
        (("matchConstraints", "excludeResourceRules"), [RULE], "must be about all approvals"),
        (RULES_AT, [{**RULE, "operations": ["*"]}], ""),
        (RULES_AT, [{**RULE, "resources": ["*"]}], ""),
        (RULES_AT, [{**RULE, "operations": ["CREATE"]}], "must be about CREATE, UPDATE"),
        (RULES_AT, [{**RULE, "resources": ["x"]}], "must be about CREATE, UPDATE"),
        (RULES_AT, [{**RULE, "resources": ["x", "*/*"], "apiGroups": ["*"], "scope": "*"}], ""),
        (RULES_AT, [OTHERS, {**RULE, "scope": "Namespaced", "apiVersions": ["v1alpha1"]}], ""),
        (RULES_AT, [{**RULE, "scope": "Cluster"}], "which has no resourceNames and is not of scope Cluster"),
        (RULES_AT, [{**RULE, "resourceNames": ["lakeward-self-test"]}], "which has no resourceNames"),
        (RULES_AT, [{**RULE, "apiVersions": ["v1"]}], "must be about CREATE, UPDATE"),
        (RULES_AT, [{**RULE, "resources": ["promotionapprovals/status"]}], "must be about CREATE, UPDATE"),
        (RULES_AT, [{**RULE, "operations": ["CREATE"]}, OTHERS], "must be about CREATE, UPDATE"),
        (RULES_AT, [{**RULE, "operations": [verb]} for verb in RULE["operations"]], "in one of its resourceRules"),
        (RULES_AT, [], "must be about CREATE, UPDATE"),
        (("paramKind",), {"apiVersion": "v1", "kind": "ConfigMap"}, "must have no paramKind"),
        (("validations",), [], f'lacks the validation "{WORDS}" {AS_SHIPPED}'),
        (("validations",), [*VALIDATIONS, {"expression": "size(object.spec.reason) > 9"}], ""),
        *((("validations",), said(n, "true"), rule["message"]) for n, rule in enumerate(VALIDATIONS)),
        (("validations",), said(0, VALIDATIONS[0]["expression"].replace(" ", "\n  ")), ""),
        (("validations",), said(0, VALIDATIONS[0]["expression"] + " || true"), f'lacks the validation "{WORDS}"'),
        (("variables",), [], f"must have the variable spec {AS_SHIPPED}"),
        (("variables",), [*NAMED, {"name": "more", "expression": "1"}], ""),
        *(
            (("variables",), [*NAMED[:n], {**one, "expression": "true"}, *NAMED[n + 1 :]], f"variable {one['name']} ")
            for n, one in enumerate(NAMED)
        ),
    ],
)
def test_a_policy_that_looks_away_is_weak(path: tuple[str, ...], value: object, says: str) -> None:
    found = weakness(changed(GOOD_POLICY, path, value), GOOD_BINDING)
    assert says in found
    assert bool(found) == bool(says)
    assert found.endswith(": apply manifests/install/approval-identity.yaml as an administrator" if says else "")


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({}, ""),
        ({"matchResources": {"namespaceSelector": SOME}}, ""),
        ({"matchResources": {"objectSelector": SOME}}, "must be about all approvals"),
        ({"matchResources": {"excludeResourceRules": [RULE]}}, "must be about all approvals"),
        ({"matchResources": {"resourceRules": [RULE]}}, "must be about all approvals"),
        ({"paramRef": {"name": "x", "parameterNotFoundAction": "Allow"}}, "must be bound without paramRef"),
        ({"policyName": "another"}, "is not what its binding names"),
        ({"validationActions": ["Warn"]}, "must be bound with validationActions Deny"),
        ({"validationActions": []}, "must be bound with validationActions Deny"),
    ],
)
def test_a_binding_that_looks_away_is_weak(spec: Body, says: str) -> None:
    found = weakness(GOOD_POLICY, {**GOOD_BINDING, "spec": {**GOOD_BINDING["spec"], **spec}})
    assert says in found
    assert bool(found) == bool(says)


@pytest.mark.parametrize("which", [0, 1])
def test_what_is_being_deleted_is_weak(which: int) -> None:
    bodies = [GOOD_POLICY, GOOD_BINDING]
    bodies[which] = {**bodies[which], "metadata": {"deletionTimestamp": "now"}}
    assert "is being deleted" in weakness(*bodies)
