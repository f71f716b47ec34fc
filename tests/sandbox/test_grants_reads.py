"""How grants are listed and what is refused: pages, an order that never stays, and mistakes in a table."""

import json
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import UC, Talk

INVALID = "400 INVALID_PARAMETER_VALUE"
MISSING = "404 RESOURCE_DOES_NOT_EXIST"
EVERYBODY = {"ana@example.com", "lakeward", "data-scientists", "ml-engineers", "devops", "model-consumers"}
READS = [
    ("permissions", "max_results", "privilege_assignments"),
    ("privilege-assignments", "page_size", "privilege_assignments"),
    ("effective-permissions", "max_results", "privilege_assignments"),
    ("effective-privilege-assignments", "page_size", "effective_privilege_assignments"),
]
EXECUTE = {"principal": "devops", "add": ["EXECUTE"]}


@pytest.fixture
def crowded(dev: Talk, model: str) -> str:
    """A model on which six principals hold two privileges each."""
    changes = [{"principal": who, "add": ["EXECUTE", "APPLY_TAG"]} for who in EVERYBODY]
    dev.good("PATCH", f"{UC}/permissions/function/{model}", {"changes": changes})
    return model


def pages(dev: Talk, at: str, field: str, **query: object) -> list[list[Any]]:
    """What each page holds, until no token is left."""
    found: list[list[Any]] = []
    while True:
        page = dev.good("GET", at, query=query)
        found.append(page.get(field, []))
        if "next_page_token" not in page:
            return found
        query["page_token"] = page["next_page_token"]


@pytest.mark.parametrize(("read", "size", "field"), READS)
@pytest.mark.parametrize("length", [0, 150, 1000])
def test_a_paged_read_shows_everybody_once_over_several_pages(
    dev: Talk, crowded: str, *, read: str, size: str, field: str, length: int
) -> None:
    found = pages(dev, f"{UC}/{read}/function/{crowded}", field, **{size: length})
    shown = [assignment for page in found for assignment in page]
    assert sorted(assignment["principal"] for assignment in shown) == sorted(EVERYBODY)
    assert {len(assignment["privileges"]) for assignment in shown} == {2}
    assert [len(page) for page in found] == [3, 0, 3]


@pytest.mark.parametrize(("read", "size", "field"), READS)
def test_a_paged_read_of_one_principal_may_have_empty_pages(
    dev: Talk, crowded: str, *, read: str, size: str, field: str
) -> None:
    found = pages(dev, f"{UC}/{read}/function/{crowded}", field, **{size: 0, "principal": "DevOps"})
    assert [assignment["principal"] for page in found for assignment in page] == ["devops"]
    assert len(found) == 3


@pytest.mark.parametrize(("read", "field"), [(read, field) for read, _, field in READS if "permissions" in read])
def test_an_unpaged_read_shows_everything_at_once(dev: Talk, crowded: str, read: str, field: str) -> None:
    [page] = pages(dev, f"{UC}/{read}/function/{crowded}", field)
    assert {assignment["principal"] for assignment in page} == EVERYBODY


def test_the_sdk_turns_the_pages_itself(sdk: WorkspaceClient, crowded: str) -> None:
    assert {a.principal for a in sdk.grants.list("function", crowded)} == EVERYBODY
    assert {a.principal for a in sdk.grants.list_effective("function", crowded)} == EVERYBODY


def test_the_order_of_principals_and_of_privileges_never_stays(dev: Talk, crowded: str) -> None:
    reads = [dev.good("GET", f"{UC}/permissions/function/{crowded}")["privilege_assignments"] for _ in range(8)]
    assert len({tuple(a["principal"] for a in read) for read in reads}) > 1
    assert {tuple(a["privileges"]) for read in reads for a in read} == {
        ("APPLY_TAG", "EXECUTE"),
        ("EXECUTE", "APPLY_TAG"),
    }


def test_a_listing_goes_on_when_grants_change_between_its_pages(dev: Talk, crowded: str) -> None:
    at = f"{UC}/permissions/function/{crowded}"
    first = dev.good("GET", f"{at}?max_results=0")
    shown = {a["principal"] for a in first["privilege_assignments"]}
    gone = min(EVERYBODY - shown)
    changes = [{"principal": who, "remove": ["ALL_PRIVILEGES"]} for who in (gone, *shown)]
    dev.good("PATCH", at, {"changes": changes})
    rest = pages(dev, at, "privilege_assignments", max_results=0, page_token=first["next_page_token"])
    assert {a["principal"] for page in rest for a in page} == EVERYBODY - shown - {gone}


def test_a_token_belongs_to_one_listing(dev: Talk, schema: str, crowded: str) -> None:
    token = dev.good("GET", f"{UC}/permissions/function/{crowded}?max_results=0")["next_page_token"]
    for other in (
        f"permissions/schema/{schema}",
        f"effective-permissions/function/{crowded}",
        f"privilege-assignments/function/{crowded}",
    ):
        assert dev.ask("GET", f"{UC}/{other}", query={"page_token": token}).code == INVALID


@pytest.mark.parametrize(("read", "size", "field"), READS)
def test_a_page_size_is_zero_or_at_least_150(dev: Talk, model: str, *, read: str, size: str, field: str) -> None:
    at = f"{UC}/{read}/function/{model}"
    for length in (-1, 1, 149, "many"):
        assert dev.ask("GET", at, query={size: length}).code == INVALID
    assert pages(dev, at, field, **{size: 150}) == [[]]


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("metastore/00000000-0000-0000-0000-000000000000", "404 METASTORE_DOES_NOT_EXIST"),
        ("catalog/nowhere", "404 CATALOG_DOES_NOT_EXIST"),
        ("schema/CATALOG.none", "404 SCHEMA_DOES_NOT_EXIST"),
        ("function/SCHEMA.none", MISSING),
        ("function/CATALOG.none.none", "404 SCHEMA_DOES_NOT_EXIST"),
        ("table/SCHEMA.churn", MISSING),
        ("volume/SCHEMA.churn", MISSING),
        ("model/SCHEMA.churn", INVALID),
        ("registered_model/SCHEMA.churn", INVALID),
        ("function/SCHEMA", INVALID),
        ("schema/CATALOG", INVALID),
    ],
)
def test_what_has_no_grants_says_why(dev: Talk, schema: str, model: str, at: str, code: str) -> None:
    assert model == f"{schema}.churn"
    at = at.replace("SCHEMA", schema).replace("CATALOG", schema.partition(".")[0])
    for read, _, _ in READS:
        assert dev.ask("GET", f"{UC}/{read}/{at}").code == code
    assert dev.ask("PATCH", f"{UC}/permissions/{at}", {"changes": [EXECUTE]}).code == code


@pytest.mark.parametrize(
    ("at", "changes", "code", "text"),
    [
        ("function/MODEL", None, INVALID, "Nothing to update"),
        ("function/MODEL", [], INVALID, "Nothing to update"),
        ("function/MODEL", "EXECUTE", INVALID, "changes"),
        ("function/MODEL", [{"add": ["EXECUTE"]}], INVALID, "principal"),
        ("function/MODEL", [{"principal": 7, "add": ["EXECUTE"]}], INVALID, "principal"),
        ("function/MODEL", [{**EXECUTE, "add": "EXECUTE"}], INVALID, "add"),
        ("function/MODEL", [{**EXECUTE, "remove": [1]}], INVALID, "remove"),
        (
            "function/MODEL",
            [{**EXECUTE, "principal": "nobody"}],
            "404 PRINCIPAL_DOES_NOT_EXIST",
            "Could not find principal with name nobody.",
        ),
        ("function/MODEL", [{**EXECUTE, "add": ["SELECT"]}], INVALID, "Privilege SELECT is not applicable"),
        ("function/MODEL", [{**EXECUTE, "add": ["USE_CATALOG"]}], INVALID, "Privilege USE CATALOG is not applicable"),
        ("function/MODEL", [{**EXECUTE, "remove": ["FLY"]}], INVALID, "Privilege FLY is not applicable"),
        ("function/MODEL", [{**EXECUTE, "add": ["execute"]}], INVALID, "Privilege execute is not applicable"),
        ("function/MODEL", [{**EXECUTE, "add": ["USAGE"]}], INVALID, "Privilege USAGE is not applicable"),
        ("schema/SCHEMA", [{**EXECUTE, "add": ["USE_CATALOG"]}], INVALID, "[SCHEMA:SCHEMA]"),
        ("schema/SCHEMA", [{**EXECUTE, "add": ["BROWSE"]}], INVALID, "Privilege BROWSE is not applicable"),
        ("catalog/CATALOG", [{**EXECUTE, "add": ["CREATE_CATALOG"]}], INVALID, "[CATALOG:CATALOG]"),
        ("metastore/METASTORE", [{**EXECUTE, "add": ["ALL_PRIVILEGES"]}], INVALID, "ALL PRIVILEGES"),
        (
            "schema/SCHEMA",
            [{"principal": "devops", "add": ["USE SCHEMA", "SELECT"], "remove": ["USE_SCHEMA"]}],
            INVALID,
            "Duplicate privileges to add and delete for principal devops.",
        ),
        (
            "function/MODEL",
            [EXECUTE, {"principal": "DevOps", "remove": ["EXECUTE"]}],
            INVALID,
            "Duplicate privileges to add and delete for principal devops.",
        ),
    ],
)
def test_a_change_that_unity_catalog_refuses_is_refused_and_changes_nothing(
    house: Lakehouse, dev: Talk, model: str, *, at: str, changes: object, code: str, text: str
) -> None:
    catalog, _, rest = model.partition(".")
    schema = f"{catalog}.{rest.partition('.')[0]}"
    names = {"MODEL": model, "SCHEMA": schema, "CATALOG": catalog, "METASTORE": house.metastore_id}
    kind, name = at.split("/")
    path = f"{UC}/permissions/{kind}/{names[name]}"
    refused = dev.ask("PATCH", path, {} if changes is None else {"changes": changes})
    assert refused.code == code
    assert text.replace(f"[{name}:", f"[{names[name]}:") in json.loads(refused.content)["message"]
    assert dev.good("GET", path) == {}
