"""The generator of the CRDs: what it makes of our models, and what it refuses to make."""

from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from pydantic import Field, Strict

from lakeward.api.common import Api, Boolean, Column, KindInfo, Mode
from lakeward.api.crd import bounds, crd, problems, render, structural, write
from lakeward.api.mlworkspace import MLWORKSPACE
from lakeward.api.objects import KINDS
from lakeward.api.schema import ListMap

COMMITTED = Path(__file__).parents[2] / "crds"


def root(info: KindInfo) -> Any:
    return crd(info)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def member(info: KindInfo, path: str) -> Any:
    node = root(info)
    for step in path.split("."):
        node = node["items"] if step == "[]" else node["properties"][step]
    return node


def test_the_committed_crds_are_what_the_models_say(tmp_path: Path) -> None:
    written = write(tmp_path / "crds")
    assert {path.name: path.read_text() for path in written} == {
        path.name: path.read_text() for path in COMMITTED.iterdir()
    }


@pytest.mark.parametrize("info", KINDS, ids=lambda info: info.kind)
def test_the_yaml_is_the_crd_and_has_no_anchors(info: KindInfo) -> None:
    text = render(info)
    assert yaml.safe_load(text) == crd(info)
    assert "&id" not in text
    assert text.startswith("# Generated")


@pytest.mark.parametrize("info", KINDS, ids=lambda info: info.kind)
def test_a_kind_is_namespaced_has_a_status_subresource_and_is_listed_with_the_others(info: KindInfo) -> None:
    spec = crd(info)["spec"]
    assert spec["scope"] == "Namespaced"
    assert spec["names"]["shortNames"] == [info.short]
    assert spec["names"]["categories"] == ["mlops"]
    assert spec["versions"][0]["subresources"] == {"status": {}}


@pytest.mark.parametrize("info", KINDS, ids=lambda info: info.kind)
def test_a_status_that_nobody_wrote_is_not_taken_for_current(info: KindInfo) -> None:
    assert root(info)["properties"]["status"]["default"] == {"observedGeneration": -1}


@pytest.mark.parametrize("info", KINDS, ids=lambda info: info.kind)
def test_status_words_are_open_and_nothing_in_it_is_required_or_defaulted(info: KindInfo) -> None:
    text = yaml.safe_dump(root(info)["properties"]["status"]["properties"])
    assert "enum:" not in text
    assert "default:" not in text
    assert "required" not in root(info)["properties"]["status"]


def test_defaults_are_only_words_and_switches_outside_of_lists() -> None:
    found = {info.kind: dict(_defaults(root(info)["properties"]["spec"], "spec")) for info in KINDS}
    assert found == {
        "MLWorkspace": {
            "spec.suspend": False,
            "spec.mode": "Reconcile",
            "spec.adoptionPolicy": "OwnedOnly",
            "spec.deletionPolicy": "Retain",
            "spec.modelRegistry.createCatalog": False,
            "spec.promotions.allowDelete": False,
        },
        "ModelPromotion": {
            "spec.suspend": False,
            "spec.mode": "Reconcile",
            "spec.target.createIfMissing": False,
            "spec.copy.executor": "Auto",
            "spec.switch.driftPolicy": "Revert",
            "spec.provenance.tags": True,
            "spec.retention.action": "Report",
            "spec.deletionPolicy": "Retain",
        },
        "PromotionApproval": {},
    }


def _defaults(schema: Any, path: str) -> list[tuple[str, Any]]:
    found = [(path, schema["default"])] if "default" in schema else []
    for name, child in schema.get("properties", {}).items():
        found += _defaults(child, f"{path}.{name}")
    return found + (_defaults(schema["items"], f"{path}[]") if "items" in schema else [])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.environment", {"type": "string", "enum": ["dev", "test", "prod"]}),
        ("spec.modelRegistry.schemas.[].name", {"type": "string", "minLength": 1, "maxLength": 255}),
        ("spec.modelRegistry.schemas.[].retention", {"type": "string", "maxLength": 20}),
        ("spec.mlflow.experiments", {"x-kubernetes-list-map-keys": ["path"], "maxItems": 200}),
        ("status.conditions", {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]}),
        ("status.resources", {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["address"]}),
        ("status.resources.[].keys.[]", {"type": "string"}),
        ("status.observedGeneration", {"type": "integer", "format": "int64"}),
    ],
)
def test_a_field_becomes_what_kubernetes_calls_it(path: str, expected: dict[str, Any]) -> None:
    node = member(MLWORKSPACE, path)
    assert {key: node.get(key) for key in expected} == expected


def test_a_fields_own_sentence_wins_over_that_of_its_type() -> None:
    assert member(MLWORKSPACE, "spec.mode")["description"].startswith("Reconcile converges")


class Item(Api):
    """An item."""

    name: Annotated[str, Field(max_length=9)] | None = None
    """Its name."""
    mode: Mode = Mode.PLAN
    """Its mode."""
    on: Boolean = True
    """Its switch."""


class Mute(Api):
    """A model that explains nothing."""

    count: Annotated[int, Strict()] = 0


class Silent(Api):
    """A model with everything that a spec must not have."""

    items: Annotated[tuple[Item, ...], ListMap("name")] = ()
    names: tuple[str, ...] = ()
    """Names."""
    entries: dict[str, Mute] = Field(default_factory=dict)
    """Entries."""
    anything: dict[str, str] = Field(default_factory=dict)
    """Anything."""
    any: Any = None
    """Any."""


def test_what_makes_a_bad_crd_is_named_with_its_path() -> None:
    assert problems(structural(Silent), ".spec") == [
        ".spec.items: no description",
        ".spec.items: list key name is not required",
        ".spec.entries{}.count: no description",
        ".spec.any: no type",
    ]


def test_what_has_no_bound_is_named_with_its_path() -> None:
    assert bounds(structural(Silent), ".spec") == [
        ".spec.items: no maxItems",
        ".spec.names: no maxItems",
        ".spec.names: not a list of type set",
        ".spec.names[]: no maxLength",
        ".spec.entries: no bound on its keys",
        ".spec.entries{}.count: no maximum up to 9007199254740991",
        ".spec.anything: no bound on its keys",
        ".spec.anything{}: no maxLength",
    ]


def test_items_of_a_list_are_never_defaulted() -> None:
    assert _defaults(structural(Silent), "") == []
    assert dict(_defaults(structural(Item), "")) == {".mode": "Plan", ".on": True}


def test_nothing_is_written_when_a_model_cannot_be_a_crd() -> None:
    columns = (Column("Age", ".metadata.creationTimestamp", "date"),)
    info = KindInfo(
        kind="Silent", plural="silents", short="si", spec=Silent, status=Silent, columns=columns, description="Silent."
    )
    with pytest.raises(ValueError, match=r"Silent cannot be a CRD: .*spec.items: no description"):
        render(info)


def test_a_union_is_refused_because_a_structural_schema_has_none() -> None:
    class Either(Api):
        """Either."""

        value: int | str = 0
        """A value."""

    with pytest.raises(TypeError, match="a union of 2 types"):
        structural(Either)
