"""Bodies of custom resources, good and bad, through `parse`."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from api.manifests import GOOD, PROMOTION, SMALLEST_PROMOTION, SMALLEST_WORKSPACE, WORKSPACE, Body, changed
from api.refusals import REFUSALS, Refusal
from lakeward.api.common import format_duration, parse_duration
from lakeward.api.gates import GateMode, WhenMissing
from lakeward.api.mlworkspace import AdoptionPolicy, DeletionPolicy, MLWorkspaceSpec
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import KINDS, BadSpec, Object, kind_info, parse


def parsed(body: Body) -> Object[Any] | BadSpec:
    info = kind_info(body["kind"])
    assert info
    return parse(info.spec, body)


def good(model: type[Any], body: Body) -> Any:
    found = parse(model, body)
    assert isinstance(found, Object), found
    return found.spec


@pytest.mark.parametrize("body", GOOD, ids=lambda body: body["kind"])
def test_a_good_manifest_becomes_an_object_and_says_the_same_when_written_again(body: Body) -> None:
    found = parsed(body)
    assert isinstance(found, Object), found
    assert found.spec.model_dump(by_alias=True, exclude_unset=True, mode="json") == body["spec"]


@pytest.mark.parametrize("refusal", REFUSALS, ids=str)
def test_a_bad_spec_is_a_value_that_names_its_field(refusal: Refusal) -> None:
    found = parsed(refusal.manifest)
    assert isinstance(found, BadSpec), found
    assert found.field == refusal.field
    assert found.message
    assert "\n" not in found.message


def test_what_the_smallest_workspace_leaves_out_has_safe_values() -> None:
    spec: MLWorkspaceSpec = good(MLWorkspaceSpec, SMALLEST_WORKSPACE)
    assert (spec.suspend, spec.mode) == (False, "Reconcile")
    assert spec.adoption_policy is AdoptionPolicy.OWNED_ONLY
    assert spec.deletion_policy is DeletionPolicy.RETAIN
    assert spec.credentials.token is not None
    assert spec.credentials.token.databricks_key == "databricks"
    assert (spec.unity_catalog, spec.model_registry, spec.mlflow) == (None, None, None)


def test_what_the_smallest_promotion_leaves_out_has_the_documented_values() -> None:
    spec: ModelPromotionSpec = good(ModelPromotionSpec, SMALLEST_PROMOTION)
    assert spec.gate_policy.retry_interval == timedelta(minutes=5)
    assert spec.gate_policy.pending_deadline == timedelta(days=7)
    assert spec.copy_.timeout == timedelta(hours=1)
    assert (spec.switch.aliases.champion, spec.switch.aliases.previous) == ("champion", "previous")
    assert not spec.target.create_if_missing
    assert spec.provenance.tags
    assert (spec.gates, spec.depends_on) == ((), ())


def test_what_a_gate_leaves_out_is_enforced_and_passes_only_without_a_champion() -> None:
    spec: ModelPromotionSpec = good(ModelPromotionSpec, PROMOTION)
    _, quality, latency, *_ = spec.gates
    assert quality.mode is GateMode.ENFORCE
    assert latency.metric is not None
    assert latency.metric.vs_champion is not None
    assert latency.metric.vs_champion.on_no_champion is WhenMissing.PASS
    assert latency.metric.vs_champion.on_missing is WhenMissing.FAIL


def test_decimals_and_durations_arrive_exact() -> None:
    spec: ModelPromotionSpec = good(ModelPromotionSpec, PROMOTION)
    metric = spec.gates[1].metric
    assert metric is not None
    assert metric.min == Decimal("0.82")
    workspace: MLWorkspaceSpec = good(MLWorkspaceSpec, WORKSPACE)
    assert workspace.model_registry is not None
    assert workspace.model_registry.schemas[0].retention == timedelta(days=365)


def test_the_metadata_of_a_live_object_arrives() -> None:
    live = {
        "name": "prod",
        "namespace": "ml-platform",
        "uid": "5f1c",
        "generation": 3,
        "annotations": {"mlops.lakeward.dev/requested-at": "now"},
        "creationTimestamp": "2026-08-24T08:02:11Z",
        "deletionTimestamp": "2026-08-25T08:02:11Z",
        "finalizers": ["mlops.lakeward.dev/finalizer"],
    }
    found = parse(MLWorkspaceSpec, {**WORKSPACE, "metadata": live, "status": {"phase": "Ready"}})
    assert isinstance(found, Object)
    assert (found.kind, found.namespace, found.name, found.uid) == ("MLWorkspace", "ml-platform", "prod", "5f1c")
    assert (found.generation, found.annotations) == (3, {"mlops.lakeward.dev/requested-at": "now"})
    assert found.created == datetime(2026, 8, 24, 8, 2, 11, tzinfo=UTC)
    assert (found.deleting, found.finalizers) == (True, ("mlops.lakeward.dev/finalizer",))
    assert found.status == {"phase": "Ready"}


def test_a_manifest_from_a_file_has_no_uid_no_status_and_the_default_namespace() -> None:
    found = parse(MLWorkspaceSpec, {**WORKSPACE, "metadata": {"name": "prod"}})
    assert isinstance(found, Object)
    assert (found.namespace, found.uid, found.generation) == ("default", "", 0)
    assert (found.created, found.deleting, found.finalizers, found.status) == (None, False, (), {})


def test_null_members_count_as_left_out_as_they_do_for_the_api_server() -> None:
    spec: MLWorkspaceSpec = good(MLWorkspaceSpec, changed(changed(WORKSPACE, ("suspend",), None), ("mlflow",), None))
    assert (spec.suspend, spec.mlflow) == (False, None)


def test_a_whole_number_with_a_point_counts_as_whole_as_it_does_for_the_api_server() -> None:
    spec: ModelPromotionSpec = good(ModelPromotionSpec, changed(PROMOTION, ("source", "version"), 1.7e1))
    assert spec.source.version == 17


def test_keys_that_yaml_reads_as_numbers_or_switches_are_text_as_they_are_for_the_api_server() -> None:
    spec: ModelPromotionSpec = good(ModelPromotionSpec, changed(PROMOTION, ("tags",), {2026: "a", True: "b"}))
    assert spec.tags == {"2026": "a", "true": "b"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, ""),
        ([], ""),
        ("text", ""),
        ({}, "metadata.name"),
        ({"metadata": None}, "metadata.name"),
        ({"metadata": {"name": 7}}, "metadata.name"),
        ({"metadata": {"name": "a"}}, "spec"),
        ({"metadata": {"name": "a"}, "spec": None}, "spec"),
        ({"metadata": {"name": "a"}, "spec": []}, "spec"),
        ({"metadata": {"name": "a"}, "spec": {"environment": object()}}, "spec.environment"),
        ({"metadata": {"name": "a"}, "spec": {1: 2, "environment": "dev"}}, "spec.credentials"),
    ],
)
def test_a_body_that_is_no_custom_resource_is_refused_without_an_exception(body: Any, field: str) -> None:
    found = parse(MLWorkspaceSpec, body)
    assert isinstance(found, BadSpec)
    assert found.field == field
    assert found.message


def test_odd_metadata_is_read_as_far_as_it_makes_sense() -> None:
    odd = {"name": "a", "annotations": [], "finalizers": "x", "generation": "3", "creationTimestamp": "yesterday"}
    found = parse(MLWorkspaceSpec, {**WORKSPACE, "metadata": odd, "status": "none"})
    assert isinstance(found, Object)
    assert (found.annotations, found.finalizers, found.generation, found.created) == ({}, (), 0, None)
    assert found.status == {}


@pytest.mark.parametrize(
    "path", [("credentials", "token"), ("credentials", "token", "secretRef", "name"), ("databricks", "host")]
)
def test_a_refusal_never_repeats_a_value_because_it_may_be_a_secret(path: tuple[str, ...]) -> None:
    found = parsed(changed(WORKSPACE, path, "dapi-0123456789 SECRET"))
    assert isinstance(found, BadSpec)
    assert "dapi" not in found.message + found.field


def test_a_model_cannot_be_changed() -> None:
    spec: MLWorkspaceSpec = good(MLWorkspaceSpec, WORKSPACE)
    with pytest.raises(ValidationError):
        spec.suspend = True  # type: ignore[misc]  # that it is refused is the point


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("99999d", timedelta(days=99999)),
    ],
)
def test_a_duration_is_a_number_and_a_unit_and_can_be_written_again(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span
    assert parse_duration(format_duration(span)) == span


@pytest.mark.parametrize("text", ["", "30", "m", "0m", "-1h", "1.5h", "1w", "1h30m", "30m\n", " 30m", "٣m", "100000s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        parse_duration(text)


def test_every_kind_is_found_by_its_name_and_no_other() -> None:
    assert [kind_info(info.kind) for info in KINDS] == list(KINDS)
    assert kind_info("Pod") is None


def test_credentials_have_no_place_for_a_secret_but_the_name_of_one() -> None:
    spec: MLWorkspaceSpec = good(MLWorkspaceSpec, WORKSPACE)
    assert spec.credentials.model_dump() == {
        "token": {"secret_ref": {"name": "databricks-token"}, "databricks_key": "databricks", "azure_key": "azure"}
    }
