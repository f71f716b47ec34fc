"""Every manifest of ours in the documentation is one that the models and a real API server take."""

from collections.abc import Iterator
from typing import Any

import yaml

from cluster.cluster import Cluster
from docs.pages import Block, blocks
from lakeward.api.gates import GateType
from lakeward.api.objects import GROUP, BadSpec, kind_info, parse

Body = dict[str, Any]


def manifests() -> Iterator[tuple[Block, Body]]:
    for block in blocks("yaml"):
        for body in yaml.safe_load_all(block.text):
            if str(body.get("apiVersion", "")).startswith(GROUP):
                yield block, body


def test_every_manifest_is_read_by_the_models() -> None:
    refused = {str(block): read for block, body in manifests() if isinstance(read := _read(body), BadSpec)}
    assert refused == {}
    assert len(list(manifests())) > 10


def test_every_manifest_is_admitted_by_a_real_api_server(installed: Cluster) -> None:
    said = {str(block): _admitted(installed, body) for block, body in manifests()}
    assert {place: text for place, text in said.items() if text} == {}
    assert len(said) > 10


def test_every_gate_type_and_every_part_of_a_spec_is_shown() -> None:
    shown = [body["spec"] for _, body in manifests()]
    # Ready is the one that every promotion has by itself
    assert {gate["type"] for spec in shown for gate in spec.get("gates", ())} >= set(GateType) - {GateType.READY}
    assert {member for spec in shown for member in spec} >= {
        *("azure", "unityCatalog", "modelRegistry", "grants", "mlflow", "promotions"),
        *("dependsOn", "gates", "copy", "tags", "switch", "retention", "mode"),
    }


def _read(body: Body) -> object:
    info = kind_info(body["kind"])
    assert info is not None
    return parse(info.spec, body)


def _admitted(cluster: Cluster, body: Body) -> str:
    info = kind_info(body["kind"])
    assert info is not None
    # the namespace of the example need not exist
    named = {"name": body["metadata"]["name"]}
    if body["kind"] == "PromotionApproval":
        # only bob approves as bob
        body = {**body, "spec": {**body["spec"], "approver": {"username": cluster.user}}}
    return cluster.admit(info.plural, body | {"metadata": named})
