"""What git applies a second time changes nothing, whatever the API server has added to it."""

import json

import pytest

from api.manifests import GOOD, Body, changed
from cluster.cluster import Namespace


@pytest.mark.parametrize("manifest", GOOD, ids=lambda m: f"{m['kind']} with {len(m['spec'])} members")
@pytest.mark.parametrize("how", [(), ("--server-side",)], ids=["kubectl apply", "server-side apply"])
def test_a_manifest_that_is_applied_twice_makes_no_difference(
    namespace: Namespace, manifest: Body, how: tuple[str, ...]
) -> None:
    own = manifest
    if manifest["kind"] == "PromotionApproval":
        own = changed(manifest, ("approver",), {"username": namespace.cluster.user})
    text = json.dumps({**own, "metadata": {"name": "twice", "namespace": namespace.name}})
    first, second = (
        json.loads(namespace.cluster.kubectl("apply", *how, "--output=json", "--filename=-", stdin=text))
        for _ in range(2)
    )
    assert (second["spec"], second["metadata"]["generation"]) == (first["spec"], 1)
    assert namespace.cluster.kubectl("diff", *how, "--filename=-", stdin=text) == ""
