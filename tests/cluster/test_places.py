"""The place of an object: the host that its calls go to."""

from collections.abc import Mapping
from typing import Any

import pytest

from lakeward.cluster.places import place
from lakeward.engine.outcome import Key

HOST = "https://adb-1.azuredatabricks.net"
KNOWN: Mapping[Key, Any] = {
    Key("MLWorkspace", "ml", "prod"): {"spec": {"databricks": {"host": HOST}}},
    Key("MLWorkspace", "ml", "odd"): {"spec": {"databricks": "x"}},
    Key("ModelPromotion", "ml", "tumor"): {"spec": {"workspaceRef": {"name": "prod"}}},
    Key("ModelPromotion", "ml", "early"): {"spec": {"workspaceRef": {"name": "not-there-yet"}}},
    Key("ModelPromotion", "other", "tumor"): {"spec": {"workspaceRef": {"name": "prod"}}},
}


@pytest.mark.parametrize(
    ("kind", "namespace", "name", "expected"),
    [
        ("MLWorkspace", "ml", "prod", HOST),
        ("MLWorkspace", "ml", "odd", "namespace ml"),
        ("MLWorkspace", "ml", "gone", "namespace ml"),
        ("ModelPromotion", "ml", "tumor", HOST),
        ("ModelPromotion", "ml", "early", "namespace ml"),
        ("ModelPromotion", "other", "tumor", "namespace other"),
    ],
)
def test_the_place_is_the_host_of_the_workspace(kind: str, namespace: str, name: str, expected: str) -> None:
    assert place(KNOWN.get, Key(kind, namespace, name)) == expected
