"""The unmodified Databricks SDK, end to end: catalogs, schemas, models, versions, aliases, files."""

import hashlib
import io
from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import NotFound
from databricks.sdk.service.ml import ExperimentTag

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import MLMODEL, Talk, root


def test_a_catalog_a_schema_and_a_model_live_and_die(sdk: WorkspaceClient) -> None:
    sdk.catalogs.create("sdk_life", comment="c")
    sdk.schemas.create("models", "sdk_life")
    made = sdk.registered_models.create(catalog_name="sdk_life", schema_name="models", name="churn", comment="m")
    assert (made.full_name, made.owner, made.comment) == ("sdk_life.models.churn", "lakeward", "m")
    assert sdk.registered_models.update("sdk_life.models.churn", comment="n").comment == "n"
    listed = sdk.registered_models.list(catalog_name="sdk_life", schema_name="models")
    assert [m.full_name for m in listed] == ["sdk_life.models.churn"]
    sdk.registered_models.delete("sdk_life.models.churn")
    with pytest.raises(NotFound):
        sdk.registered_models.get("sdk_life.models.churn")
    sdk.schemas.delete("sdk_life.models")
    sdk.catalogs.delete("sdk_life")


def test_versions_and_aliases_are_read_changed_and_deleted(sdk: WorkspaceClient, dev: Talk, model: str) -> None:
    dev.ready(model)
    dev.ready(model)
    sdk.registered_models.set_alias(model, "champion", 1)
    moved = sdk.registered_models.set_alias(model, "champion", 2)
    assert (moved.alias_name, moved.version_num) == ("champion", 2)
    assert sdk.model_versions.update(model, 2, comment="better").comment == "better"
    by_alias = sdk.model_versions.get_by_alias(model, "champion", include_aliases=True)
    assert [a.alias_name for a in by_alias.aliases or []] == ["champion"]
    sdk.registered_models.delete_alias(model, "champion")
    with pytest.raises(NotFound):
        sdk.model_versions.get_by_alias(model, "champion")
    sdk.model_versions.delete(model, 1)
    assert [v.version for v in sdk.model_versions.list(model)] == [2]


def test_a_model_gets_a_new_name_and_keeps_everything(sdk: WorkspaceClient, dev: Talk, model: str) -> None:
    number = dev.ready(model)
    sdk.registered_models.set_alias(model, "champion", number)
    renamed = sdk.registered_models.update(model, new_name="renamed").full_name or ""
    assert renamed == model.rpartition(".")[0] + ".renamed"
    assert sdk.model_versions.get_by_alias(renamed, "champion").version == number
    assert sdk.files.download(f"{root(renamed, number)}/MLmodel").contents is not None
    with pytest.raises(NotFound):
        sdk.registered_models.get(model)


@pytest.mark.parametrize("one_call_a_file", [True, False])
def test_a_version_is_copied_file_by_file(house: Lakehouse, dev: Talk, schema: str, *, one_call_a_file: bool) -> None:
    config = Config(host=house.workspace("prod").url, token=house.token("lakeward"), auth_type="pat")
    config.disable_experimental_files_api_client = one_call_a_file
    prod = WorkspaceClient(config=config)
    source, target = dev.model(schema, "source"), dev.model(schema, "target")
    number = dev.pending(source)
    files = {"MLmodel": MLMODEL, "data/weights.bin": bytes(range(256)) * 5000, "a b/ü+%.txt": b"", "data/x/y": b"y"}
    for path, content in files.items():
        assert dev.put(f"{root(source, number)}/{path}", content).status == 204
    dev.finalize(source, number)

    copied = copy(prod, source, number, target)

    assert prod.model_versions.get(target, copied).source == f"models:/{source}/{number}"
    found = {path.removeprefix(f"{root(target, copied)}/"): path for path in walk(prod, root(target, copied))}
    assert found.keys() == files.keys()
    assert {name: digest(prod, path) for name, path in found.items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }


def test_a_large_upload_that_the_sdk_announces_first_arrives(sdk: WorkspaceClient, dev: Talk, model: str) -> None:
    target = f"{root(model, dev.pending(model))}/large.bin"
    content = bytes(1024 * 1024) * 51
    sdk.files.upload(target, io.BytesIO(content), overwrite=True)
    assert sdk.files.get_metadata(target).content_length == len(content)


def test_directories_are_listed_with_the_names_that_were_asked_for(sdk: WorkspaceClient, dev: Talk, model: str) -> None:
    top = root(model.upper(), dev.pending(model))
    assert list(sdk.files.list_directory_contents(top)) == []
    for n in range(5):
        dev.put(f"{top}/part-{n}", b"x" * n)
    sdk.files.create_directory(f"{top}/empty")
    listed = list(sdk.files.list_directory_contents(top, page_size=2))
    assert [(e.path, e.file_size, e.is_directory) for e in listed] == [
        (f"{top}/empty", None, True),
        *((f"{top}/part-{n}", n, False) for n in range(5)),
    ]
    sdk.files.get_directory_metadata(f"{top}/empty")
    sdk.files.delete_directory(f"{top}/empty")
    with pytest.raises(NotFound):
        sdk.files.get_directory_metadata(f"{top}/empty")


def test_experiments_are_found_without_naming_a_page_size(sdk: WorkspaceClient) -> None:
    made = sdk.experiments.create_experiment("/Shared/sdk", tags=[ExperimentTag("team", "ml")]).experiment_id
    assert made in [e.experiment_id for e in sdk.experiments.search_experiments()]
    assert [e.experiment_id for e in sdk.experiments.search_experiments(filter="name = '/Shared/sdk'")] == [made]
    assert made in [e.experiment_id for e in sdk.experiments.list_experiments()]
    found = sdk.experiments.get_by_name("/Shared/sdk").experiment
    assert found is not None
    assert found.artifact_location == f"dbfs:/databricks/mlflow-tracking/{made}"


def copy(client: WorkspaceClient, source: str, version: int, target: str) -> int:
    """Creates, fills and finalizes a version as a copy of another one."""
    catalog, schema, name = target.split(".")
    body = {"catalog_name": catalog, "schema_name": schema, "model_name": name, "source": f"models:/{source}/{version}"}
    made = client.api_client.do("POST", "/api/2.1/unity-catalog/models/versions", body=body)
    assert isinstance(made, dict)
    number = int(made["version"])
    for path in walk(client, root(source, version)):
        content = client.files.download(path).contents
        assert content is not None
        below = path.removeprefix(root(source, version))
        client.files.upload(root(target, number) + below, io.BytesIO(content.read()), overwrite=True)
    finalize = f"/api/2.1/unity-catalog/models/{target}/versions/{number}/finalize"
    client.api_client.do("PATCH", finalize, body={"full_name": target, "version": number})
    return number


def walk(client: WorkspaceClient, folder: str) -> Iterator[str]:
    for entry in client.files.list_directory_contents(folder):
        assert entry.path is not None
        if entry.is_directory:
            yield from walk(client, entry.path)
        else:
            yield entry.path


def digest(client: WorkspaceClient, path: str) -> str:
    content = client.files.download(path).contents
    assert content is not None
    return hashlib.sha256(content.read()).hexdigest()
