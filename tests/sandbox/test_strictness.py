"""Where Unity Catalog is strict, the lakehouse is: names, codes, the states of a version, owners, deletions."""

import json

import pytest

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import FS, LEGACY, MLMODEL, SIGNATURE, UC, Talk, new_model, root, talk

INVALID = "400 INVALID_PARAMETER_VALUE"
STATE = "400 INVALID_STATE"
MISSING = "404 RESOURCE_DOES_NOT_EXIST"
TAKEN = "409 RESOURCE_ALREADY_EXISTS"
TAGS = f"{UC}/securable-tags/FUNCTION"


@pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "a\tb", "a\x7fb", "n" * 256])
def test_a_model_name_that_unity_catalog_refuses_is_refused(dev: Talk, schema: str, name: str) -> None:
    assert dev.ask("POST", f"{UC}/models", new_model(schema, name)).code == INVALID
    assert dev.ask("POST", f"{LEGACY}/registered-models/create", {"name": f"{schema}.{name}"}).code == INVALID


def test_model_names_are_kept_in_lower_case(dev: Talk, schema: str) -> None:
    assert dev.good("POST", f"{UC}/models", new_model(schema, "ChURN"))["full_name"] == f"{schema}.churn"
    assert dev.good("GET", f"{UC}/models/{schema.upper()}.CHURN")["name"] == "churn"


def test_a_name_is_taken_in_both_dialects(dev: Talk, schema: str, model: str) -> None:
    assert dev.ask("POST", f"{UC}/models", new_model(schema, "churn")).code == TAKEN
    assert dev.ask("POST", f"{LEGACY}/registered-models/create", {"name": model.upper()}).code == TAKEN


def test_what_does_not_exist_is_missing_in_both_dialects(dev: Talk, schema: str, model: str) -> None:
    assert dev.ask("GET", f"{UC}/models/{schema}.none").code == MISSING
    assert dev.ask("GET", f"{UC}/models/nowhere.models.none").code == "404 CATALOG_DOES_NOT_EXIST"
    assert dev.ask("GET", f"{UC}/models/{schema.partition('.')[0]}.none.none").code == "404 SCHEMA_DOES_NOT_EXIST"
    assert dev.ask("GET", f"{UC}/models/{model}/versions/1").code == MISSING
    assert dev.ask("GET", f"{UC}/models/{model}/aliases/none").code == MISSING
    assert dev.ask("DELETE", f"{UC}/models/{model}/aliases/none").code == MISSING
    assert dev.ask("DELETE", f"{UC}/models/{model}/versions/1").code == MISSING
    assert dev.ask("PUT", f"{UC}/models/{model}/aliases/champion", {"version_num": 7}).code == MISSING
    legacy = {"name": model, "version": "1"}
    assert dev.ask("GET", f"{LEGACY}/registered-models/get", query={"name": f"{schema}.none"}).code == MISSING
    assert dev.ask("GET", f"{LEGACY}/model-versions/get", query=legacy).code == MISSING
    assert dev.ask("POST", f"{LEGACY}/model-versions/finalize", legacy).code == MISSING
    alias = {"name": model, "alias": "none"}
    assert dev.ask("GET", f"{LEGACY}/registered-models/alias", query=alias).code == MISSING


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{UC}/models", {"name": "x"}),
        ("POST", f"{UC}/models", {"name": "x", "catalog_name": 3, "schema_name": "y"}),
        ("PATCH", f"{UC}/models/MODEL", {}),
        ("PATCH", f"{UC}/models/MODEL", {"storage_location": "abfss://x"}),
        ("PATCH", f"{UC}/models/MODEL", {"owner": "nobody@example.com"}),
        ("PATCH", f"{UC}/models/MODEL", {"new_name": "other.schema.churn"}),
        ("GET", f"{UC}/models?catalog_name=alone", None),
        ("GET", f"{UC}/models?max_results=-1", None),
        ("GET", f"{UC}/models?page_token=nonsense", None),
        ("GET", f"{UC}/models/MODEL/versions/zero", None),
        ("GET", f"{UC}/models/MODEL/versions/0", None),
        (
            "POST",
            f"{UC}/models/versions",
            {"catalog_name": "a", "schema_name": "b", "model_name": "c d", "source": "s"},
        ),
        ("PUT", f"{UC}/models/MODEL/aliases/champion", {}),
        ("PUT", f"{UC}/models/MODEL/aliases/champion", {"version_num": "one"}),
        ("PATCH", f"{TAGS}/MODEL", {}),
        ("PATCH", f"{TAGS}/MODEL", {"changes": {"add_tags": [{"value": "no key"}]}}),
        ("PATCH", f"{UC}/securable-tags/TABLE/MODEL", {"changes": {"add_tags": []}}),
        ("GET", f"{LEGACY}/registered-models/search?filter=name%3D'x'", None),
        ("GET", f"{LEGACY}/model-versions/search?filter=run_id%3D'x'", None),
        ("PATCH", f"{LEGACY}/registered-models/update", {"name": "MODEL"}),
    ],
)
def test_a_request_that_makes_no_sense_is_a_bad_parameter(
    dev: Talk, model: str, method: str, path: str, body: object
) -> None:
    body = None if body is None else json.loads(json.dumps(body).replace("MODEL", model))
    assert dev.ask(method, path.replace("MODEL", model), body).code == INVALID


def test_a_body_that_is_no_json_object_is_refused(dev: Talk) -> None:
    for content in (b"{", b"[]", b'"text"'):
        assert dev.ask("POST", f"{UC}/models", content=content).code == "400 MALFORMED_REQUEST"


def test_a_version_is_pending_until_it_is_finalized(dev: Talk, model: str) -> None:
    number = dev.pending(model)
    at = f"{UC}/models/{model}/versions/{number}"
    assert dev.good("GET", at)["status"] == "PENDING_REGISTRATION"
    dev.put(f"{root(model, number)}/MLmodel", MLMODEL)
    assert dev.good("GET", at)["status"] == "PENDING_REGISTRATION"
    assert dev.finalize(model, number)["status"] == "READY"
    assert dev.finalize(model, number)["status"] == "READY"


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"\xff\xfe",
        b"a: [",
        b"just text",
        b"flavors: {}",
        json.dumps({"signature": {"inputs": SIGNATURE["inputs"]}}).encode(),
        json.dumps({"signature": {"outputs": SIGNATURE["outputs"]}}).encode(),
        json.dumps({"signature": {**SIGNATURE, "inputs": "[]"}}).encode(),
        json.dumps({"signature": {**SIGNATURE, "inputs": "["}}).encode(),
    ],
)
def test_a_version_without_a_signature_fails_registration_for_good(
    dev: Talk, model: str, content: bytes | None
) -> None:
    number = dev.pending(model)
    if content is not None:
        assert dev.put(f"{root(model, number)}/MLmodel", content).status == 204
    assert dev.finalize(model, number)["status"] == "FAILED_REGISTRATION"
    again = dev.ask("PATCH", f"{UC}/models/{model}/versions/{number}/finalize", {})
    assert again.code == STATE
    legacy = dev.good("GET", f"{LEGACY}/model-versions/get", query={"name": model, "version": number})
    assert legacy["model_version"]["status_message"]
    assert dev.put(f"{root(model, number)}/late", b"x").code == STATE


def test_numbers_are_never_given_twice(dev: Talk, model: str) -> None:
    assert [dev.pending(model), dev.pending(model)] == [1, 2]
    dev.good("DELETE", f"{UC}/models/{model}/versions/2")
    assert dev.pending(model) == 3


def test_a_workspace_may_have_twenty_pending_versions(house: Lakehouse) -> None:
    test = talk(house, workspace="test")
    model = test.model(test.schema())
    for _ in range(20):
        test.pending(model)
    catalog, schema, name = model.split(".")
    body = {"catalog_name": catalog, "schema_name": schema, "model_name": name, "source": "s"}
    assert test.ask("POST", f"{UC}/models/versions", body).code == "429 RESOURCE_EXHAUSTED"
    assert talk(house).pending(model) == 21
    test.good("DELETE", f"{UC}/models/{model}")


def test_what_the_client_sent_is_kept_and_what_it_did_not_send_stays_away(dev: Talk, model: str) -> None:
    sent = {"source": "models:/a.b.c/7", "run_id": "no-such-run", "model_id": "m-unknown", "comment": "why"}
    kept = dev.good("GET", f"{UC}/models/{model}/versions/{dev.pending(model, **sent)}")
    assert {name: kept[name] for name in sent} == sent
    bare = dev.good("GET", f"{UC}/models/{model}/versions/{dev.pending(model, run_id='', model_id='')}")
    assert not {"run_id", "model_id", "comment", "tags", "model_metrics", "aliases"} & bare.keys()


def test_a_schema_with_models_goes_only_by_force(dev: Talk, schema: str, model: str) -> None:
    number = dev.ready(model)
    assert dev.ask("DELETE", f"{UC}/schemas/{schema}").code == STATE
    assert dev.good("GET", f"{UC}/models/{model}/versions/{number}")["status"] == "READY"
    dev.good("DELETE", f"{UC}/schemas/{schema}?force=true")
    assert dev.ask("GET", f"{UC}/models/{model}").code == "404 SCHEMA_DOES_NOT_EXIST"


def test_a_model_takes_its_versions_and_bytes_with_it(house: Lakehouse, dev: Talk, schema: str, model: str) -> None:
    dev.ready(model)
    old = set((house.state / "files" / "models").glob(f"{dev.good('GET', f'{UC}/models/{model}')['id']}/*/*"))
    assert old
    dev.good("DELETE", f"{UC}/models/{model}")
    assert not any(path.exists() for path in old)
    assert dev.ask("GET", f"{FS}/directories{root(model, 1)}").status == 404
    assert dev.pending(dev.model(schema)) == 1


def test_only_the_owner_or_an_admin_changes_a_model(house: Lakehouse, dev: Talk, model: str) -> None:
    stranger = talk(house, "lakeward-dev")
    number = dev.pending(model)
    denied = [
        stranger.ask("PUT", f"{UC}/models/{model}/aliases/a", {"version_num": number}),
        stranger.ask("PATCH", f"{UC}/models/{model}", {"comment": "mine"}),
        stranger.ask("PATCH", f"{TAGS}/{model}", {"changes": {"add_tags": [{"key": "a", "value": ""}]}}),
        stranger.ask("DELETE", f"{UC}/models/{model}/versions/{number}"),
        stranger.ask("DELETE", f"{UC}/models/{model}"),
        stranger.ask("DELETE", f"{LEGACY}/registered-models/delete", {"name": model}),
    ]
    assert {answer.code for answer in denied} == {"403 PERMISSION_DENIED"}
    assert stranger.good("GET", f"{UC}/models/{model}")["owner"] == "lakeward"
    assert dev.good("PATCH", f"{UC}/models/{model}", {"owner": "Lakeward-Dev"})["owner"] == "lakeward-dev"
    stranger.good("PUT", f"{UC}/models/{model}/aliases/a", {"version_num": number})


def test_pages_follow_each_other_and_their_tokens_fit_one_listing(dev: Talk, schema: str, model: str) -> None:
    for _ in range(5):
        dev.pending(model)
    at, numbers, query = f"{UC}/models/{model}/versions", [], {"max_results": "2"}
    while True:
        page = dev.good("GET", at, query=query)
        numbers += [v["version"] for v in page["model_versions"]]
        if "next_page_token" not in page:
            break
        query["page_token"] = page["next_page_token"]
    assert numbers == [5, 4, 3, 2, 1]
    other = dev.model(schema, "other")
    assert dev.ask("GET", f"{UC}/models/{other}/versions", query=query).code == INVALID


def test_temporary_credentials_send_the_client_to_the_files_api(dev: Talk, model: str) -> None:
    number = dev.pending(model)
    catalog, schema, name = model.split(".")
    body = {"catalog_name": catalog, "schema_name": schema, "model_name": name, "version": number}
    at = f"{UC}/temporary-model-version-credentials"
    given = dev.good("POST", at, {**body, "operation": "MODEL_VERSION_OPERATION_READ_WRITE"})
    assert given == {"storage_mode": "DEFAULT_STORAGE"}
    assert dev.ask("POST", at, {**body, "operation": "STEAL"}).code == INVALID
    assert dev.ask("POST", at, {**body, "version": 9, "operation": "READ_MODEL_VERSION"}).code == MISSING
