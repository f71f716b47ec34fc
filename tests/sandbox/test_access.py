"""Who may enter: tokens, workspaces, the pages of MLflow, hosts, and paths that nobody serves."""

import pytest

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import UC, Answer, Talk, talk

EXPERIMENTS = "/api/2.0/mlflow/experiments/search?max_results=5"


def test_the_api_needs_a_known_token(house: Lakehouse) -> None:
    for path in (f"{UC}/catalogs", EXPERIMENTS, "/api/2.0/fs/directories/Models/a/b/c/1", "/api/2.0/nowhere"):
        for token in (None, "", "dapi0000"):
            assert Talk(house.workspace("dev").url, token).ask("GET", path).code == "401 UNAUTHENTICATED"


@pytest.mark.parametrize("path", [f"{UC}/catalogs", EXPERIMENTS, "/api/2.0/preview/scim/v2/Me"])
def test_a_token_opens_its_own_workspaces_only(house: Lakehouse, path: str) -> None:
    assert talk(house, "lakeward-dev", "dev").ask("GET", path).status == 200
    assert talk(house, "lakeward-dev", "prod").ask("GET", path).code == "403 PERMISSION_DENIED"


@pytest.mark.parametrize("workspace", ["dev", "test", "prod"])
def test_the_pages_of_mlflow_need_no_token(house: Lakehouse, workspace: str) -> None:
    page = talk(house, None, workspace).ask("GET", "/")
    assert page.status == 200
    assert b"<html" in page.content


@pytest.mark.parametrize("host", ["localhost:8442", "lakehouse.ml.svc.cluster.local", "adb-1.azuredatabricks.net"])
def test_any_host_name_is_fine(house: Lakehouse, host: str) -> None:
    for path in ("/", EXPERIMENTS, f"{UC}/catalogs"):
        assert talk(house).ask("GET", path, headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/2.0/nowhere"),
        ("PUT", f"{UC}/models"),
        ("GET", "/api/2.0/mlflow/experiments/nowhere"),
        ("DELETE", "/api/2.0/mlflow/runs/get"),
        ("GET", "/api/2.0/mlflow/registered-models/get"),
        ("GET", f"{UC}/models/a.b.c/nothing"),
    ],
)
def test_a_path_that_nobody_serves_says_so_in_json(house: Lakehouse, method: str, path: str) -> None:
    assert talk(house).ask(method, path).code == "404 ENDPOINT_NOT_FOUND"


def test_every_answer_names_its_workspace(house: Lakehouse) -> None:
    prod = house.workspace("prod")
    answers: list[Answer] = [
        talk(house, principal, "prod").ask("GET", path)
        for principal in ("lakeward", "lakeward-dev", None)
        for path in ("/", f"{UC}/catalogs", EXPERIMENTS, "/api/2.0/nowhere", "/.well-known/databricks-config")
    ]
    assert {answer.headers["x-databricks-org-id"] for answer in answers} == {str(prod.id)}


def test_errors_carry_a_code_a_message_and_details(house: Lakehouse) -> None:
    refused = talk(house).ask("GET", f"{UC}/models/nowhere.a.b").json
    assert refused.keys() == {"error_code", "message", "details"}
    assert refused["details"][0]["request_id"]


def test_an_escaped_slash_stays_inside_its_name(house: Lakehouse) -> None:
    assert talk(house).ask("GET", f"{UC}/models/a.b.c%2Fversions%2F1").code == "400 INVALID_PARAMETER_VALUE"
