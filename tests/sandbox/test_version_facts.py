"""What a copy of a model version must keep, and how it can go wrong: dependencies, and registrations that fail."""

import pytest
from databricks.sdk import WorkspaceClient

from lakeward_sandbox.launch import Lakehouse, LakehouseError
from sandbox.talk import LEGACY, MLMODEL, UC, Talk, root

TABLE = {"table": {"table_full_name": "a.b.features"}}
FUNCTION = {"function": {"function_full_name": "a.b.f"}}
CONNECTION = {"connection": {"connection_name": "c"}}
DEPENDENCIES = {"dependencies": [TABLE, FUNCTION, CONNECTION]}


def test_dependencies_are_read_back_by_number(sdk: WorkspaceClient, dev: Talk, model: str) -> None:
    number = dev.ready(model, model_version_dependencies=DEPENDENCIES)
    assert dev.good("GET", f"{UC}/models/{model}/versions/{number}")["model_version_dependencies"] == DEPENDENCIES
    kept = sdk.model_versions.get(model, number).model_version_dependencies
    assert kept is not None
    assert kept.as_dict() == DEPENDENCIES


def test_dependencies_of_the_other_dialect_are_read_back_in_the_native_one(dev: Talk, model: str) -> None:
    given = [
        {"type": "DATABRICKS_TABLE", "name": "a.b.features"},
        {"type": "DATABRICKS_UC_FUNCTION", "name": "a.b.f"},
        {"type": "DATABRICKS_UC_CONNECTION", "name": "c"},
    ]
    body = {"name": model, "source": "dbfs:/made/by/hand", "model_version_dependencies": given}
    made = dev.good("POST", f"{LEGACY}/model-versions/create", body)["model_version"]
    read = dev.good("GET", f"{UC}/models/{model}/versions/{made['version']}")
    assert read["model_version_dependencies"] == DEPENDENCIES


def test_a_fault_lets_a_field_of_a_call_be_forgotten(house: Lakehouse, dev: Talk, model: str) -> None:
    fault = house.fault("forget", method="POST", path="/models/versions$", body_field="model_version_dependencies")
    number = dev.pending(model, model_version_dependencies=DEPENDENCIES, comment="kept")
    read = dev.good("GET", f"{UC}/models/{model}/versions/{number}")
    assert ("model_version_dependencies" in read, read["comment"]) == (False, "kept")
    [sent] = house.requests(method="POST", path="/models/versions")
    assert ("model_version_dependencies" in sent.body_fields, sent.fault) == (True, "forget")
    assert house.hits(fault) == 1


def test_a_fault_that_forgets_says_what(house: Lakehouse) -> None:
    with pytest.raises(LakehouseError, match="body_field is missing"):
        house.fault("forget", path="/models/versions$")


def test_a_fault_lets_a_registration_fail_for_good(house: Lakehouse, dev: Talk, model: str) -> None:
    number = dev.pending(model)
    dev.put(f"{root(model, number)}/MLmodel", MLMODEL)
    house.fault("fail", method="PATCH", path="/finalize$", message="The files are being scanned.")
    assert dev.finalize(model, number)["status"] == "FAILED_REGISTRATION"
    legacy = dev.good("GET", f"{LEGACY}/model-versions/get", query={"name": model, "version": number})
    assert legacy["model_version"]["status_message"] == "The files are being scanned."
    assert dev.ask("PATCH", f"{UC}/models/{model}/versions/{number}/finalize", {}).code == "400 INVALID_STATE"
