"""An MLWorkspace from `kubectl apply` to the lakehouse and back, by a real operator and a real API server."""

from collections.abc import Callable

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound

from cluster.cluster import Body, Namespace, because, condition, ready
from cluster.process import Operator, until
from lakeward_sandbox.launch import Lakehouse

pytestmark = pytest.mark.usefixtures("operator")

Make = Callable[..., Body]
MLW = "mlworkspaces"
SECRET_FIELD = "spec.credentials.token.secretRef"


def version(body: Body | None) -> str:
    assert body is not None
    return str(body["metadata"]["resourceVersion"])


def catalogs(*names: str) -> Body:
    return {"catalogs": [{"name": name, "schemas": [{"name": "raw"}]} for name in names]}


def writes(operator: Operator) -> float:
    return operator.metric("lakeward_kubernetes_writes_total")


@pytest.fixture
def lakehouse(house: Lakehouse) -> WorkspaceClient:
    return WorkspaceClient(host=house.workspace("dev").url, token=house.token("ana@example.com"), auth_type="pat")


def test_an_environment_becomes_ready_and_kubectl_shows_it(
    operator: Operator, team: Namespace, workspace: Make, lakehouse: WorkspaceClient
) -> None:
    name = team.name.replace("-", "_")
    team.apply(workspace())
    body = team.wait(MLW, "dev", ready)
    assert {row["address"]: row["state"] for row in body["status"]["resources"]} == {
        f"databricks.catalog/{name}": "Ready",
        f"databricks.schema/{name}.raw": "Ready",
        f"mlflow.experiment//Shared/{name}": "Ready",
    }
    assert (lakehouse.catalogs.get(name).properties or {})["lakeward_owner"] == f"test/{team.name}/MLWorkspace/dev"
    assert lakehouse.schemas.get(f"{name}.raw").name == "raw"
    head, row = team.cluster.kubectl("get", "mlw", f"--namespace={team.name}").splitlines()
    assert head.split() == ["NAME", "ENV", "HOST", "RESOURCES", "DRIFT", "PHASE", "READY", "AGE"]
    assert row.split()[:7] == ["dev", "dev", body["status"]["summary"]["host"], "3/3", "0", "Ready", "True"]
    until(lambda: len(team.events("dev")) == 4, 10, "it is all told")
    assert sorted(team.events("dev")) == [
        ("Normal", "Applying", f"created databricks.catalog/{name}"),
        ("Normal", "Applying", f"created databricks.schema/{name}.raw"),
        ("Normal", "Applying", f"created mlflow.experiment//Shared/{name}"),
        ("Normal", "Converged", "3 objects in place"),
    ]
    assert operator.metric("lakeward_external_calls_total", method="POST", code="200") >= 3


def test_a_scan_that_finds_nothing_new_writes_nothing(operator: Operator, team: Namespace, workspace: Make) -> None:
    team.apply(workspace())
    before = version(team.wait(MLW, "dev", ready))
    operator.wait_passes(1)
    written = writes(operator)
    operator.wait_passes(2)
    assert writes(operator) == written
    assert version(team.get(MLW, "dev")) == before


def test_entries_that_change_places_leave_the_status_at_rest(
    operator: Operator, team: Namespace, workspace: Make
) -> None:
    a, b, c = (f"{team.name.replace('-', '_')}_{letter}" for letter in "abc")
    team.apply(workspace(unityCatalog=catalogs(a, b, c), mlflow={"experiments": []}))
    team.wait(MLW, "dev", ready)
    team.apply(workspace(unityCatalog=catalogs(c, a), mlflow={"experiments": []}))
    team.wait(MLW, "dev", ready)
    operator.wait_passes(2)
    written = writes(operator)
    operator.wait_passes(2)
    assert writes(operator) == written


def test_an_edit_is_followed_and_told(team: Namespace, workspace: Make, lakehouse: WorkspaceClient) -> None:
    name = team.name.replace("-", "_")
    team.apply(workspace())
    team.wait(MLW, "dev", ready)
    edited = workspace(unityCatalog={"catalogs": [{"name": name, "comment": "edited"}]})
    generation = team.apply(edited)["metadata"]["generation"]
    body = team.wait(MLW, "dev", ready)
    assert generation == 2
    assert {c["observedGeneration"] for c in body["status"]["conditions"]} == {2}
    assert lakehouse.catalogs.get(name).comment == "edited"
    told = f"updated databricks.catalog/{name} (comment"
    until(lambda: any(note.startswith(told) for _, _, note in team.events("dev")), 10, "the update is told")


def test_drift_is_repaired_by_a_scan(team: Namespace, workspace: Make, lakehouse: WorkspaceClient) -> None:
    name = team.name.replace("-", "_")
    team.apply(workspace())
    team.wait(MLW, "dev", ready)
    lakehouse.catalogs.update(name, comment="edited by hand")
    until(lambda: lakehouse.catalogs.get(name).comment == "made by a test", 15, "the comment is as declared")


def test_a_request_to_reconcile_now_is_answered(team: Namespace, workspace: Make) -> None:
    team.apply(workspace())
    team.wait(MLW, "dev", ready)
    team.annotate(MLW, "dev", {"mlops.lakeward.dev/requested-at": "noon"})
    team.wait(MLW, "dev", lambda body: body["status"].get("lastHandledRequest") == "noon")


def test_a_missing_secret_is_named_and_mended_without_a_restart(
    namespace: Namespace, workspace: Make, house: Lakehouse
) -> None:
    namespace.apply(workspace())
    body = namespace.wait(MLW, "dev", because("SecretNotFound"))
    told = condition(body, "Ready")["message"]
    assert told == f'{SECRET_FIELD}: Secret "lakehouse-token" in namespace "{namespace.name}" does not exist'
    namespace.secret("lakehouse-token", {"other": "x"})
    namespace.annotate(MLW, "dev", {"mlops.lakeward.dev/requested-at": "1"})
    body = namespace.wait(MLW, "dev", lambda body: "has no key" in condition(body, "Ready").get("message", ""))
    assert condition(body, "Ready")["reason"] == "SecretNotFound"
    namespace.secret("lakehouse-token", {"databricks": house.token("lakeward") + "\n"})
    namespace.annotate(MLW, "dev", {"mlops.lakeward.dev/requested-at": "2"})
    namespace.wait(MLW, "dev", ready)


def test_a_wrong_token_is_a_failed_login_and_stays_secret(
    operator: Operator, namespace: Namespace, workspace: Make, house: Lakehouse
) -> None:
    namespace.secret("lakehouse-token", {"databricks": "planted-token-value"})
    namespace.apply(workspace())
    body = namespace.wait(MLW, "dev", because("LoginFailed"))
    assert condition(body, "Stalled")["status"] == "True"
    assert "planted-token-value" not in f"{body}{operator.log}{namespace.events('dev')}"
    namespace.secret("lakehouse-token", {"databricks": house.token("lakeward")})
    namespace.annotate(MLW, "dev", {"mlops.lakeward.dev/requested-at": "now"})
    namespace.wait(MLW, "dev", ready)


def test_a_host_that_is_not_allowed_is_never_called(operator: Operator, team: Namespace, workspace: Make) -> None:
    team.apply(workspace(databricks={"host": "https://lakehouse.example.com"}))
    body = team.wait(MLW, "dev", because("HostNotAllowed"))
    assert condition(body, "Stalled")["message"].startswith("spec.databricks.host: lakehouse.example.com")
    assert operator.metric("lakeward_external_calls_total", host="lakehouse.example.com") == 0


def test_an_object_of_somebody_else_is_left_alone(team: Namespace, workspace: Make, lakehouse: WorkspaceClient) -> None:
    name = team.name.replace("-", "_")
    lakehouse.catalogs.create(name, comment="by hand")
    team.apply(workspace())
    body = team.wait(MLW, "dev", because("ForeignObject"))
    assert condition(body, "Stalled")["message"].startswith(f"databricks.catalog/{name}: it exists")
    assert lakehouse.catalogs.get(name).comment == "by hand"


def test_a_lakehouse_that_is_down_is_tried_ever_less_often_and_found_again(
    operator: Operator, team: Namespace, workspace: Make, house: Lakehouse
) -> None:
    fault = house.fault("reset", path="unity-catalog|mlflow", count=0)
    team.apply(workspace())
    body = team.wait(MLW, "dev", because("Unavailable"))
    assert condition(body, "Reconciling")["status"] == "True"
    retries = operator.metric("lakeward_retries_total")
    until(lambda: operator.metric("lakeward_retries_total") >= retries + 3, 20, "three more tries were made")
    warnings = [note for type_, _, note in team.events("dev") if "Unavailable" in note or type_ == "Warning"]
    assert len(team.events("dev")) == 1, warnings
    house.remove(fault)
    team.wait(MLW, "dev", ready)


def test_a_deletion_with_retain_leaves_what_was_made(
    team: Namespace, workspace: Make, lakehouse: WorkspaceClient
) -> None:
    team.apply(workspace())
    team.wait(MLW, "dev", ready)
    team.delete(MLW, "dev")
    team.wait_gone(MLW, "dev")
    assert lakehouse.catalogs.get(team.name.replace("-", "_"))


def test_a_deletion_with_delete_waits_for_a_confirmation(
    team: Namespace, workspace: Make, lakehouse: WorkspaceClient
) -> None:
    team.apply(workspace(deletionPolicy="Delete"))
    uid = team.wait(MLW, "dev", ready)["metadata"]["uid"]
    team.delete(MLW, "dev")
    body = team.wait(MLW, "dev", because("Deleting"))
    assert f"mlops.lakeward.dev/confirm-delete={uid}" in condition(body, "Stalled")["message"]
    team.annotate(MLW, "dev", {"mlops.lakeward.dev/confirm-delete": uid})
    team.wait_gone(MLW, "dev")
    with pytest.raises(NotFound):
        lakehouse.catalogs.get(team.name.replace("-", "_"))


def test_a_namespace_that_goes_takes_nothing_outside_with_it(
    team: Namespace, workspace: Make, lakehouse: WorkspaceClient
) -> None:
    team.apply(workspace(deletionPolicy="Delete"))
    team.wait(MLW, "dev", ready)
    team.cluster.core.delete_namespace(team.name)
    team.wait_gone(MLW, "dev")
    assert lakehouse.catalogs.get(team.name.replace("-", "_"))
