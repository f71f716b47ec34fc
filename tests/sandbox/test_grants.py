"""Grants with the unmodified Databricks SDK and in raw JSON: what a change does, and what a read shows of it."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.catalog import PermissionsChange, Privilege

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import UC, Talk, new_model, talk

PERMISSIONS = f"{UC}/permissions"
NEWER = "BROWSE_NEXT"


def changed(dev: Talk, at: str, *changes: dict[str, Any], **more: object) -> Any:
    return dev.good("PATCH", f"{PERMISSIONS}/{at}", {"changes": changes, **more})


def give(principal: str, *privileges: str) -> dict[str, Any]:
    return {"principal": principal, "add": privileges}


def take(principal: str, *privileges: str) -> dict[str, Any]:
    return {"principal": principal, "remove": privileges}


def held(answer: Any) -> dict[str, list[str]]:
    return {a["principal"]: sorted(a["privileges"]) for a in answer.get("privilege_assignments", [])}


def direct(dev: Talk, at: str) -> dict[str, list[str]]:
    return held(dev.good("GET", f"{PERMISSIONS}/{at}"))


@pytest.fixture
def metastore(house: Lakehouse, dev: Talk) -> Iterator[str]:
    """Every test shares it, so nothing is left on it."""
    at = f"metastore/{house.metastore_id}"
    yield at
    for principal, privileges in direct(dev, at).items():
        changed(dev, at, take(principal, *privileges))


def test_the_sdk_changes_and_reads_the_grants_of_a_model(sdk: WorkspaceClient, model: str) -> None:
    both = [Privilege.EXECUTE, Privilege.APPLY_TAG]
    sdk.grants.update("function", model, changes=[PermissionsChange(principal="ml-engineers", add=both)])
    taken = PermissionsChange(principal="ml-engineers", remove=[Privilege.APPLY_TAG])
    answer = sdk.grants.update("FUNCTION", model, changes=[taken])
    for assignments in (
        answer.privilege_assignments,
        sdk.grants.get("function", model).privilege_assignments,
        sdk.grants.get("function", model, max_results=0, principal="ML-Engineers").privilege_assignments,
        list(sdk.grants.list("function", model)),
    ):
        assert [(a.principal, a.privileges) for a in assignments or []] == [("ml-engineers", [Privilege.EXECUTE])]


def test_the_sdk_reads_where_a_privilege_comes_from(sdk: WorkspaceClient, schema: str, model: str) -> None:
    catalog = schema.partition(".")[0]
    for kind, name, privilege in (
        ("catalog", catalog, Privilege.USE_CATALOG),
        ("schema", schema, Privilege.USE_SCHEMA),
        ("function", model, Privilege.EXECUTE),
    ):
        sdk.grants.update(kind, name, changes=[PermissionsChange(principal="model-consumers", add=[privilege])])
    for found in (
        sdk.grants.get_effective("function", model).privilege_assignments,
        list(sdk.grants.list_effective("function", model)),
    ):
        [assignment] = found or []
        assert {
            (p.privilege, p.inherited_from_type and p.inherited_from_type.value, p.inherited_from_name)
            for p in assignment.privileges or []
        } == {
            (Privilege.USE_CATALOG, "CATALOG", catalog),
            (Privilege.USE_SCHEMA, "SCHEMA", schema),
            (Privilege.EXECUTE, None, None),
        }


def test_the_sdk_is_told_that_a_principal_does_not_exist(sdk: WorkspaceClient, model: str) -> None:
    stranger = PermissionsChange(principal="nobody@example.com", add=[Privilege.EXECUTE])
    with pytest.raises(NotFound, match=r"^Could not find principal with name nobody@example\.com\.$"):
        sdk.grants.update("function", model, changes=[stranger])


def test_a_privilege_newer_than_the_sdk_is_granted_shown_and_revoked(
    sdk: WorkspaceClient, dev: Talk, model: str
) -> None:
    assert NEWER not in Privilege.__members__
    changed(dev, f"function/{model}", give("devops", NEWER, "EXECUTE"))
    [typed] = sdk.grants.get("function", model).privilege_assignments or []
    assert typed.privileges == [Privilege.EXECUTE]
    assert direct(dev, f"function/{model}") == {"devops": [NEWER, "EXECUTE"]}
    [effective] = dev.good("GET", f"{UC}/effective-permissions/function/{model}")["privilege_assignments"]
    assert {"privilege": NEWER} in effective["privileges"]
    changed(dev, f"function/{model}", take("devops", NEWER))
    assert direct(dev, f"function/{model}") == {"devops": ["EXECUTE"]}


def test_what_is_granted_on_the_metastore_is_effective_below(
    house: Lakehouse, dev: Talk, schema: str, metastore: str
) -> None:
    changed(dev, metastore, give("devops", "CREATE CATALOG"))
    changed(dev, f"schema/{schema}", give("DevOps", "USE_SCHEMA"))
    found = dev.good("GET", f"{UC}/effective-permissions/schema/{schema}?principal=devops")
    [assignment] = found["privilege_assignments"]
    assert assignment["principal"] == "DevOps"
    origin = {"inherited_from_type": "METASTORE", "inherited_from_name": house.metastore_id}
    assert sorted(assignment["privileges"], key=json.dumps) == [
        {"privilege": "CREATE_CATALOG", **origin},
        {"privilege": "USE_SCHEMA"},
    ]
    assert direct(dev, f"schema/{schema}") == {"DevOps": ["USE_SCHEMA"]}


def test_a_change_adds_and_removes_and_leaves_the_rest(dev: Talk, schema: str) -> None:
    at = f"schema/{schema}"
    changed(dev, at, give("devops", "USE_SCHEMA", "SELECT"), give("ml-engineers", "USE_SCHEMA"))
    swap = {"principal": "devops", "add": ["MODIFY"], "remove": ["SELECT", "EXECUTE"]}
    answer = held(changed(dev, at, swap))
    assert answer == direct(dev, at) == {"devops": ["MODIFY", "USE_SCHEMA"], "ml-engineers": ["USE_SCHEMA"]}
    changed(dev, at, take("devops", "MODIFY", "USE_SCHEMA"), take("ml-engineers", "USE_SCHEMA"))
    assert dev.good("GET", f"{PERMISSIONS}/{at}") == {}


def test_changes_happen_all_or_not_at_all(dev: Talk, schema: str) -> None:
    changes = [give("devops", "USE_SCHEMA"), give("nobody", "USE_SCHEMA")]
    assert dev.ask("PATCH", f"{PERMISSIONS}/schema/{schema}", {"changes": changes}).status == 404
    assert direct(dev, f"schema/{schema}") == {}


def test_who_loses_all_privileges_loses_every_other_one(dev: Talk, schema: str) -> None:
    at = f"schema/{schema}"
    changed(dev, at, give("devops", "SELECT"), give("ml-engineers", "SELECT"))
    changed(dev, at, give("devops", "ALL PRIVILEGES"))
    assert direct(dev, at)["devops"] == ["ALL_PRIVILEGES", "SELECT"]
    changed(dev, at, {"principal": "devops", "add": ["MODIFY"], "remove": ["ALL_PRIVILEGES"]})
    assert direct(dev, at) == {"devops": ["MODIFY"], "ml-engineers": ["SELECT"]}
    changed(dev, at, take("ml-engineers", "ALL_PRIVILEGES"))
    assert direct(dev, at) == {"devops": ["MODIFY"]}


@pytest.mark.parametrize(
    ("kind", "written", "stored"),
    [
        ("catalog", "USE CATALOG", "USE_CATALOG"),
        ("catalog", "USAGE", "USE_CATALOG"),
        ("catalog", "CREATE", "CREATE_SCHEMA"),
        ("schema", "USAGE", "USE_SCHEMA"),
        ("schema", "CREATE", "CREATE_TABLE"),
        ("schema", "CREATE MODEL", "CREATE_MODEL"),
        ("schema", NEWER, NEWER),
    ],
)
def test_a_privilege_has_one_spelling_however_it_was_written(
    dev: Talk, schema: str, kind: str, written: str, stored: str
) -> None:
    at = f"{kind}/{schema if kind == 'schema' else schema.partition('.')[0]}"
    assert held(changed(dev, at, give("devops", written, stored))) == {"devops": [stored]}
    assert held(changed(dev, at, take("devops", written))) == {}


def test_a_principal_keeps_the_spelling_of_its_first_grant(dev: Talk, model: str) -> None:
    changed(dev, f"function/{model}", give("Ana@Example.com", "EXECUTE"), give("ana@example.com", "APPLY_TAG"))
    changed(dev, f"Function/{model.upper()}", give("ANA@EXAMPLE.COM", "MANAGE"))
    assert direct(dev, f"FUNCTION/{model}") == {"Ana@Example.com": ["APPLY_TAG", "EXECUTE", "MANAGE"]}
    changed(dev, f"function/{model}", take("ana@example.com", "ALL_PRIVILEGES"))
    changed(dev, f"function/{model}", give("ana@example.com", "EXECUTE"))
    assert direct(dev, f"function/{model}") == {"ana@example.com": ["EXECUTE"]}


def test_an_answer_without_the_permissions_is_empty(dev: Talk, model: str) -> None:
    change = give("devops", "EXECUTE")
    assert changed(dev, f"function/{model}", change, omit_permissions_in_response=True) == {}
    assert direct(dev, f"function/{model}") == {"devops": ["EXECUTE"]}


def test_a_schema_is_updated_when_its_grants_change(dev: Talk, schema: str) -> None:
    def updated() -> int:
        return int(dev.good("GET", f"{UC}/schemas/{schema}")["updated_at"])

    before = updated()
    changed(dev, f"schema/{schema}", give("devops", "USE_SCHEMA"))
    moved = updated()
    assert moved > before
    changed(dev, f"schema/{schema}", give("devops", "USE SCHEMA"), take("ml-engineers", "SELECT"))
    assert updated() == moved
    changed(dev, f"schema/{schema}", take("devops", "USE_SCHEMA"))
    assert updated() > moved


def test_a_renamed_model_keeps_its_grants(dev: Talk, schema: str, model: str) -> None:
    changed(dev, f"function/{model}", give("devops", "EXECUTE"))
    dev.good("PATCH", f"{UC}/models/{model}", {"new_name": "renamed"})
    assert direct(dev, f"function/{schema}.renamed") == {"devops": ["EXECUTE"]}
    assert dev.ask("GET", f"{PERMISSIONS}/function/{model}").status == 404
    dev.good("POST", f"{UC}/models", new_model(schema, "churn"))
    assert direct(dev, f"function/{model}") == {}


def test_grants_go_with_what_they_were_made_on(house: Lakehouse, dev: Talk) -> None:
    schema = dev.schema()
    catalog, model = schema.partition(".")[0], dev.model(schema)
    places = {"function": model, "schema": schema, "catalog": catalog}
    ids = [
        dev.good("GET", f"{UC}/models/{model}")["id"],
        dev.good("GET", f"{UC}/schemas/{schema}")["schema_id"],
        catalog,
    ]
    for kind, name in places.items():
        changed(dev, f"{kind}/{name}", give("devops", "MANAGE"))
    assert kept(house, ids) == 3
    dev.good("DELETE", f"{UC}/models/{model}")
    assert kept(house, ids) == 2
    dev.good("DELETE", f"{UC}/catalogs/{catalog}?force=true")
    assert kept(house, ids) == 0
    dev.good("POST", f"{UC}/catalogs", {"name": catalog})
    assert direct(dev, f"catalog/{catalog}") == {}
    dev.good("DELETE", f"{UC}/catalogs/{catalog}")


def kept(house: Lakehouse, ids: list[str]) -> int:
    """How many grants the lakehouse still keeps on disk for these objects; the API shows none of the deleted."""
    database = sqlite3.connect(house.state / "objects.sqlite")
    try:
        keys = [key for (key,) in database.execute("SELECT key FROM objects WHERE kind = 'Grant'")]
    finally:
        database.close()
    return sum(any(one in key for one in ids) for key in keys)


def test_reads_after_a_change_see_the_past_for_a_while(house: Lakehouse, dev: Talk, model: str) -> None:
    house.fault("stale", path="/(permissions|effective-permissions)/function/", reads=2, write_path="/permissions/")
    changed(dev, f"function/{model}", give("devops", "EXECUTE"))
    assert [direct(dev, f"function/{model}") for _ in range(3)] == [{}, {}, {"devops": ["EXECUTE"]}]
    at = f"{UC}/effective-permissions/function/{model}"
    assert [bool(dev.good("GET", at)) for _ in range(3)] == [False, False, True]


def test_only_an_owner_or_an_admin_changes_grants(house: Lakehouse, dev: Talk, schema: str, model: str) -> None:
    stranger, catalog = talk(house, "lakeward-dev"), schema.partition(".")[0]
    change = {"changes": [give("devops", "MANAGE")]}
    at = {kind: f"{PERMISSIONS}/{kind}/{name}" for kind, name in (("function", model), ("schema", schema))}
    changed(dev, f"function/{model}", give("lakeward-dev", "MANAGE"))
    for path in (*at.values(), f"{PERMISSIONS}/catalog/{catalog}", f"{PERMISSIONS}/metastore/{house.metastore_id}"):
        assert stranger.ask("PATCH", path, change).code == "403 PERMISSION_DENIED"
        assert stranger.ask("GET", path).status == 200
    dev.good("PATCH", f"{UC}/models/{model}", {"owner": "lakeward-dev"})
    stranger.good("PATCH", at["function"], change)
    assert stranger.ask("PATCH", at["schema"], change).code == "403 PERMISSION_DENIED"
    dev.good("PATCH", f"{UC}/models/{model}", {"owner": "lakeward"})
    dev.good("PATCH", f"{UC}/schemas/{schema}", {"owner": "lakeward-dev"})
    stranger.good("PATCH", at["function"], change)


def test_the_sheet_of_the_lakehouse_lists_the_groups_that_grants_can_be_made_to(
    house: Lakehouse, dev: Talk, model: str
) -> None:
    groups = json.loads((house.state / "sandbox.json").read_text())["groups"]
    assert set(groups) == {"data-scientists", "ml-engineers", "devops", "model-consumers"}
    assert held(changed(dev, f"function/{model}", *(give(group, "EXECUTE") for group in groups))).keys() == set(groups)
