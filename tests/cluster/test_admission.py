"""A real API server refuses what the models refuse, with the same field and words, and takes what they take."""

import pytest

from api.manifests import APPROVAL, GOOD, PROMOTION, WORKSPACE, Body, Path, changed
from api.refusals import REFUSALS, Refusal
from api.schemas import rules
from cluster.cluster import Cluster, Namespace
from lakeward.api.crd import structural
from lakeward.api.objects import KINDS

PLURALS = {info.kind: info.plural for info in KINDS}

FIXED: tuple[tuple[Body, Path, object, str], ...] = (
    (PROMOTION, ("target", "model"), "prod.churn.other", "target.model is immutable"),
    (APPROVAL, ("reason",), "something else", "approvals are immutable"),
    (APPROVAL, ("decision",), "Reject", "approvals are immutable"),
    (APPROVAL, ("approver", "groups"), [], "approvals are immutable"),
    (WORKSPACE, ("databricks", "host"), "https://other.azuredatabricks.net", "databricks.host is immutable"),
    (WORKSPACE, ("azure", "location"), "westeurope", "azure.location is immutable"),
    (WORKSPACE, ("azure", "resourceGroup", "name"), "other", "azure.resourceGroup.name is immutable"),
    (
        WORKSPACE,
        ("azure", "subscriptionId"),
        "00000000-0000-0000-0000-000000000000",
        "azure.subscriptionId is immutable",
    ),
)


@pytest.mark.parametrize("manifest", GOOD, ids=lambda m: f"{m['kind']} with {len(m['spec'])} members")
def test_a_good_manifest_is_admitted(installed: Cluster, manifest: Body) -> None:
    assert installed.admit(PLURALS[manifest["kind"]], _own(installed, manifest)) == ""


def test_each_bad_manifest_is_refused_with_its_words_and_its_field(installed: Cluster) -> None:
    wrong = [found for found in (_wrong(installed, refusal) for refusal in REFUSALS) if found]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("base", "path", "value", "words"), FIXED, ids=lambda v: v if isinstance(v, str) else "")
def test_what_cannot_change_is_refused_by_name(
    namespace: Namespace, base: Body, path: Path, value: object, words: str
) -> None:
    plural = PLURALS[base["kind"]]
    namespace.apply(_own(namespace.cluster, base) | {"metadata": {"name": "fixed", "namespace": namespace.name}})
    other = changed(base, path, value) | {"metadata": {"name": "fixed", "namespace": namespace.name}}
    assert words in namespace.cluster.admit_change(plural, other)


def test_every_rule_against_a_change_is_tried() -> None:
    wanted = {r["message"] for info in KINDS for r in rules(structural(info.spec)) if "oldSelf" in r["rule"]}
    assert {text for text in wanted if not any(words in text for *_, words in FIXED)} == set()


def _own(cluster: Cluster, manifest: Body) -> Body:
    """The manifest as we may send it: an approval is its sender's."""
    if manifest["kind"] != "PromotionApproval":
        return manifest
    return changed(manifest, ("approver",), {"username": cluster.user})


def _wrong(cluster: Cluster, refusal: Refusal) -> str:
    """What is wrong with the answer of the API server; empty where it says what it should."""
    said = cluster.admit(PLURALS[refusal.base["kind"]], refusal.manifest)
    missing = [part for part in (refusal.words, _bare(refusal.field)) if part not in said]
    return f"{refusal}: no {missing} in: {said or 'admitted'}" if missing else ""


def _bare(field: str) -> str:
    """The last member of a path: the server writes numbers of items, and keys of maps, in its own way."""
    return field.rpartition(".")[2].partition("[")[0]
