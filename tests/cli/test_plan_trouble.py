"""`lakeward plan` where something is wrong: each is one sentence that names the place, and the others are planned."""

import base64
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.desk import KEYS, NAMESPACE, PROGRAM, Desk


def prod(desk: Desk) -> str:
    return desk.environment("prod")


def test_a_missing_secret_names_the_flag(desk: Desk) -> None:
    said = desk.plan("-f", prod(desk), *NAMESPACE, secret=False)
    assert said.code == 1
    assert said.out.startswith(
        "MLWorkspace ml-platform/prod                                could not be planned\n"
        "  ! DIR/environments/prod.yaml: spec.credentials.token.secretRef: "
        'Secret "lakehouse-token" in namespace "ml-platform" is not among the manifests: give it with '
        "--secret lakehouse-token/databricks=@FILE or --secret lakehouse-token/databricks=env:VARIABLE\n"
    )
    assert desk.house.requests(principal="lakeward") == []


def test_a_missing_key_of_a_secret_names_the_flag_with_that_key(desk: Desk) -> None:
    given = f"lakehouse-token/databricks=@{desk.token}"
    said = desk.plan("-f", prod(desk), *NAMESPACE, "--secret", given, secret=False)
    assert said.code == 1
    assert (
        "  ! DIR/environments/prod.yaml: spec.credentials.token.azureKey: "
        'Secret "lakehouse-token" in namespace "ml-platform" is not among the manifests: give it with '
        "--secret lakehouse-token/azure=@FILE or --secret lakehouse-token/azure=env:VARIABLE\n"
    ) in said.out


@pytest.mark.parametrize("member", ["stringData", "data"])
def test_a_secret_beside_the_objects_is_used(desk: Desk, member: str) -> None:
    token = desk.house.token("lakeward") + "\n"
    value = token if member == "stringData" else base64.b64encode(token.encode()).decode()
    meta = {"name": "lakehouse-token", "namespace": "ml-platform"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, member: dict.fromkeys(KEYS, value)}
    place = desk.write("secret.json", json.dumps(secret))
    assert desk.plan("-f", prod(desk), "-f", str(place), *NAMESPACE, secret=False).code == 2


def test_a_secret_of_another_namespace_is_not_used(desk: Desk) -> None:
    given = [word for key in KEYS for word in ("--secret", f"other/lakehouse-token/{key}=@{desk.token}")]
    assert desk.plan("-f", prod(desk), *NAMESPACE, *given, secret=False).code == 1
    assert desk.plan("-f", prod(desk), "--namespace", "other", *given, secret=False).code == 2


def test_a_secret_comes_from_a_variable(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEHOUSE_TOKEN", desk.house.token("lakeward"))
    given = [word for key in KEYS for word in ("--secret", f"lakehouse-token/{key}=env:LAKEHOUSE_TOKEN")]
    assert desk.plan("-f", prod(desk), *given, secret=False).code == 2


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("lakehouse-token/databricks=dapi123", "must be [NAMESPACE/]NAME/KEY=@FILE or"),
        ("lakehouse-token=@token", "must be [NAMESPACE/]NAME/KEY=@FILE or"),
        ("a/b=@no-such-file", "no-such-file cannot be read: No such file or directory"),
        ("a/b=env:NO_SUCH_VARIABLE", "the variable NO_SUCH_VARIABLE is not set"),
    ],
)
def test_a_secret_that_cannot_be_used_is_one_sentence_without_it(desk: Desk, secret: str, says: str) -> None:
    said = desk.plan("-f", prod(desk), "--secret", secret, secret=False)
    assert (said.code, said.out) == (1, "")
    assert says in said.err
    assert said.err.count("\n") == 1
    assert "dapi123" not in said.err


def test_an_invalid_object_is_told_by_file_and_field_and_the_others_are_planned(desk: Desk) -> None:
    desk.change("environments/dev.yaml", "environment: dev", "environment: production")
    desk.change("environments/test.yaml", "  environment: test\n", "  environment: test\n  clusters: []\n")
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert said.code == 1
    assert "  ! DIR/environments/dev.yaml: spec.environment: must be 'dev', 'test' or 'prod'\n" in said.out
    assert "  ! DIR/environments/test.yaml: spec.clusters: is not a field of this version\n" in said.out
    assert "MLWorkspace ml-platform/prod                                15 to change\n" in said.out
    assert "All: 15 to change, 2 could not be planned\n" in said.out


def test_a_host_that_is_not_allowed_is_never_called(desk: Desk) -> None:
    desk.change("environments/prod.yaml", desk.house.workspace("prod").url, "https://dbx.example.com")
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert said.code == 1
    text = "spec.databricks.host: dbx.example.com is not among the hosts that the operator may log in to"
    assert f"  ! DIR/environments/prod.yaml: {text} (--allowed-hosts)\n" in said.out


def test_plain_http_needs_the_switch(desk: Desk) -> None:
    given = f"lakehouse-token/databricks=@{desk.token}"
    said = desk.run("-f", prod(desk), "--cluster-name", "test", "--secret", given)
    assert said.code == 1
    assert "--allow-loopback-http" in said.out
    assert desk.house.requests(principal="lakeward") == []


def test_a_service_that_is_down_is_said_once_and_what_is_elsewhere_is_planned(desk: Desk) -> None:
    # port 1 of this machine: nobody answers there
    desk.change("environments/prod.yaml", desk.house.workspace("prod").url, "http://127.0.0.1:1")
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert said.code == 1
    assert "MLWorkspace ml-platform/dev                                 14 to change\n" in said.out
    assert said.out.endswith(
        "MLWorkspace ml-platform/prod                                5 to change, 10 blocked\n"
        "  ! 10 of them: http://127.0.0.1:1 cannot be reached\n"
        "  + azure.resource_group/mlops-prod-rg\n"
        "  + azure.virtual_network/mlops-prod-rg/mlops-prod-vnet\n"
        "  + azure.subnet/mlops-prod-rg/mlops-prod-vnet/pe-subnet\n"
        "  + azure.subnet/mlops-prod-rg/mlops-prod-vnet/private-subnet\n"
        "  + azure.subnet/mlops-prod-rg/mlops-prod-vnet/public-subnet\n"
        "\nAll: 32 to change, 10 blocked, 1 could not be planned\n"
        "not shown: removals, because without a cluster it is not known what earlier manifests made\n"
    )


def test_json_and_verbose_name_each_thing_of_a_service_that_is_down(desk: Desk) -> None:
    desk.change("environments/prod.yaml", desk.house.workspace("prod").url, "http://127.0.0.1:1")
    steps = json.loads(desk.plan("-f", prod(desk), *NAMESPACE, "--output", "json").out)["objects"][0]["steps"]
    assert len([step for step in steps if step["note"] == "blocked: http://127.0.0.1:1 cannot be reached"]) == 10
    said = desk.plan("-f", prod(desk), *NAMESPACE, "--verbose")
    assert said.out.count("blocked: http://127.0.0.1:1 cannot be reached\n") == 10


def test_what_one_reading_cannot_tell_is_blocked_and_ends_with_one(desk: Desk) -> None:
    desk.house.fault("status", status=500, error_code="INTERNAL_ERROR", path="/experiments/", count=0)
    said = desk.plan("-f", prod(desk), *NAMESPACE)
    assert said.code == 1
    assert "14 to change, 1 blocked" in said.out
    assert "  ! mlflow.experiment//Shared/ml_experiments/prod" in said.out


def test_a_token_that_is_refused_is_not_repeated(desk: Desk) -> None:
    desk.token.write_text("wrong-token")
    said = desk.plan("-f", prod(desk), *NAMESPACE)
    assert said.code == 1
    assert "http://prod does not accept the token" in said.out
    assert "wrong-token" not in said.out + said.err


def test_a_reference_outside_the_manifests_is_named(desk: Desk) -> None:
    said = desk.plan("-f", str(desk.folder / "promotions"))
    assert said.code == 1
    assert "tumor-test.yaml: spec.workspaceRef.name: there is no MLWorkspace test in this namespace; create" in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-f", "DIR"], "LAKEWARD_CLUSTER_NAME (or --cluster-name) is required"),
        (["-f", "DIR", "--cluster-name", "A"], '--cluster-name: "A" must be lower-case letters'),
        (["-f", "DIR/empty", "--cluster-name", "a"], "no manifest of ours in DIR/empty"),
    ],
)
def test_what_keeps_it_from_starting_is_one_sentence(desk: Desk, arguments: list[str], says: str) -> None:
    (desk.folder / "empty").mkdir()
    said = desk.run(*(argument.replace("DIR", str(desk.folder)) for argument in arguments))
    assert (said.code, said.out) == (1, "")
    assert says in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["-f", "x", "--output", "xml"], ["-f", "x", "--file-name", "y"]], ids=str)
def test_wrong_usage_is_not_taken_for_changes(desk: Desk, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        desk.run(*arguments)
    assert end.value.code == 1


def test_ctrl_c_ends_quietly_while_a_call_hangs(desk: Desk, tmp_path: Path) -> None:
    fault = desk.house.fault("hang", principal="lakeward", path="/unity-catalog/", count=0)
    command = [*PROGRAM, "-f", prod(desk), *NAMESPACE, *desk.flags]
    with (tmp_path / "said").open("w+") as said:
        running = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            desk.house.wait_held(fault, seconds=30)
            running.send_signal(signal.SIGINT)
            assert running.wait(10) == 130
        finally:
            running.kill()
            running.wait()
    assert (tmp_path / "said").read_text() == ""


def test_no_sdk_is_imported_where_a_flag_is_wrong(tmp_path: Path) -> None:
    call = f"main(['plan', '-f', {str(tmp_path)!r}, '--cluster-name', 'A'])"
    asks = "import sys; print(sorted({'databricks', 'kopf', 'kubernetes', 'mlflow', 'pydantic'} & set(sys.modules)))"
    script = f"from lakeward.app import main; {call}; {asks}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
