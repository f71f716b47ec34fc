"""The unmodified mlflow client, end to end; `trained` is what it told."""

from typing import Any

from databricks.sdk import WorkspaceClient

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import LEGACY, UC, Talk, talk

PREDICTED = [0, 0, 1, 1]


def test_a_run_keeps_its_metrics_and_artifacts(trained: Any) -> None:
    assert trained["metrics"] == {"f1": 0.94}
    assert trained["found_runs"] == [trained["run_id"]]
    assert trained["artifacts"] == ["notes/hello.txt"]
    assert trained["text"] == "hello"


def test_artifacts_lie_where_databricks_keeps_them(trained: Any) -> None:
    experiment, run = trained["experiment_id"], trained["run_id"]
    assert trained["artifact_uri"] == f"dbfs:/databricks/mlflow-tracking/{experiment}/{run}/artifacts"


def test_a_model_is_registered_aliased_tagged_and_loaded_by_its_alias(trained: Any) -> None:
    second = trained["second"]
    assert trained["first"] == "1"
    assert (second["version"], second["status"], second["user"]) == ("2", "READY", "ana@example.com")
    assert second["aliases"] == ["champion"]
    assert second["tags"] == {"lane": "blue", "approved": "yes"}
    assert second["description"] == "the second"
    assert trained["aliases"] == {"champion": "2", "previous": "1"}
    assert trained["tags"] == {"team": "ml"}
    assert trained["predicted"] == PREDICTED


def test_a_search_finds_the_versions_of_one_model_newest_first(trained: Any) -> None:
    assert trained["searched"] == ["2", "1"]
    assert trained["unknown"] == []
    assert trained["searched_models"]


def test_the_stores_native_dialect_works_as_well(trained: Any) -> None:
    native = trained["native"]
    assert (native["version"], native["status"]) == ("1", "READY")
    assert (native["aliases"], native["tags"]) == (["champion"], {"lane": "green"})
    assert native["searched"] == ["1"]
    assert native["predicted"] == PREDICTED


def test_bytes_move_through_presigned_urls_as_well(trained: Any) -> None:
    assert trained["presigned"] == PREDICTED


def test_the_sdk_sees_what_mlflow_registered(trained: Any, sdk: WorkspaceClient) -> None:
    name = trained["name"]
    model = sdk.registered_models.get(name, include_aliases=True)
    assert {a.alias_name: a.version_num for a in model.aliases or []} == {"champion": 2, "previous": 1}
    champion = sdk.model_versions.get_by_alias(name, "champion")
    assert (champion.version, champion.created_by, champion.run_id) == (2, "ana@example.com", trained["run_id"])
    assert sorted(v.version or 0 for v in sdk.model_versions.list(name)) == [1, 2]


def test_a_version_records_what_its_run_measured(trained: Any, house: Lakehouse) -> None:
    version = talk(house, workspace="prod").good("GET", f"{UC}/models/{trained['name']}/versions/2")
    [metric] = version["model_metrics"]
    assert (metric["key"], metric["value"]) == ("f1", 0.94)
    assert (metric["run_id"], metric["model_id"]) == (trained["run_id"], trained["model_id"])
    assert version["model_params"] == [{"name": "C", "value": "1.0"}]
    assert version["model_id"] == trained["model_id"]
    assert version["run_workspace_id"] == house.workspace("dev").id


def test_a_copy_in_another_workspace_finds_the_metrics_of_its_run(trained: Any, house: Lakehouse, model: str) -> None:
    prod = talk(house, workspace="prod")
    number = prod.pending(model, run_id=trained["run_id"], model_id=trained["model_id"])
    version = prod.good("GET", f"{UC}/models/{model}/versions/{number}")
    assert [m["value"] for m in version["model_metrics"]] == [0.94]
    assert version["run_workspace_id"] == house.workspace("dev").id


def test_a_run_without_a_logged_model_gives_its_own_metrics(trained: Any, dev: Talk, model: str) -> None:
    version = dev.good("GET", f"{UC}/models/{model}/versions/{dev.pending(model, run_id=trained['run_id'])}")
    assert [(m["key"], m["run_id"]) for m in version["model_metrics"]] == [("f1", trained["run_id"])]
    assert "model_id" not in version


def test_tracking_belongs_to_one_workspace_and_models_to_all(trained: Any, house: Lakehouse) -> None:
    dev, prod = talk(house), talk(house, workspace="prod")
    query = {"run_id": trained["run_id"]}
    assert dev.ask("GET", "/api/2.0/mlflow/runs/get", query=query).status == 200
    assert prod.ask("GET", "/api/2.0/mlflow/runs/get", query=query).code == "404 RESOURCE_DOES_NOT_EXIST"
    folder = f"/WorkspaceInternal/Mlflow/Artifacts/{trained['experiment_id']}/Runs/{trained['run_id']}/artifacts"
    assert dev.ask("HEAD", f"/api/2.0/fs/directories{folder}").status == 200
    assert prod.ask("HEAD", f"/api/2.0/fs/directories{folder}").status == 404
    legacy = prod.good("GET", f"{LEGACY}/registered-models/get", query={"name": trained["name"]})
    assert {a["alias"] for a in legacy["registered_model"]["aliases"]} == {"champion", "previous"}


def test_the_sdk_lists_a_runs_artifacts(trained: Any, sdk: WorkspaceClient) -> None:
    top = [(f.path, f.is_dir) for f in sdk.experiments.list_artifacts(run_id=trained["run_id"])]
    assert top == [("notes", True)]
    below = [(f.path, f.file_size) for f in sdk.experiments.list_artifacts(run_id=trained["run_id"], path="notes")]
    assert below == [("notes/hello.txt", 5)]
