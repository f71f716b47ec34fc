"""What must hold after every scenario of a promotion, whatever happened on the way.

1. The champion is a version that is ready and whose files were verified.
2. At rest the champion is the copy of the pinned version, and `previous` another one that was champion before.
3. There is one ready copy of ours for each source version.
4. No version that an alias named was ever deleted by the operator.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lakeward.engine.outcome import Key
from scenarios.conftest import Stage

VERSION = re.compile(r".*/models/([^/]+)/versions/(\d+)$")


def hold(stage: Stage, key: Key) -> None:
    """Assert all four of them."""
    spec = stage.cluster.objects[key]["spec"] if key in stage.cluster.objects else None
    target = spec["target"]["model"] if spec else stage.prod
    versions = stage.registry.versions(target)
    aliases = stage.registry.aliases(target)
    _champion_is_verified(stage, target, aliases, versions)
    if spec and stage.cluster.condition(key, "Ready").get("status") == "True":
        _at_rest(stage, spec, target, aliases, versions)
    _one_copy_each(stage, target, versions)
    _nothing_aliased_was_deleted(stage, key, target)


def _champion_is_verified(
    stage: Stage, target: str, aliases: Mapping[str, int], versions: Mapping[int, Mapping[str, Any]]
) -> None:
    champion = aliases.get("champion")
    if champion is None:
        return
    assert versions[champion]["status"] == "READY"
    tags = stage.registry.tags(target, champion)
    if str(versions[champion].get("source", "")).startswith("models:/c") and "lakeward_promotion" in tags:
        assert tags["lakeward_digest"].startswith("sha256:")


def _at_rest(
    stage: Stage,
    spec: Mapping[str, Any],
    target: str,
    aliases: Mapping[str, int],
    versions: Mapping[int, Mapping[str, Any]],
) -> None:
    pinned, source = spec["source"]["version"], spec["source"]["model"]
    champion, previous = aliases["champion"], aliases.get("previous")
    if source == target:
        assert champion == pinned
    else:
        assert versions[champion]["source"] == f"models:/{source}/{pinned}"
    if previous is not None:
        assert previous != champion
        assert _was_champion(stage, target, previous)


def _was_champion(stage: Stage, target: str, version: int) -> bool:
    """Whether we promoted it or somebody pointed the champion at it, by the records of both."""
    return "lakeward_promoted_at" in stage.registry.tags(target, version) or version in stage.registry.pointed


def _one_copy_each(stage: Stage, target: str, versions: Mapping[int, Mapping[str, Any]]) -> None:
    ours = [
        v["source"]
        for n, v in versions.items()
        if v["status"] == "READY"
        and v.get("created_by") == "lakeward"
        and "lakeward_digest" in stage.registry.tags(target, n)
    ]
    assert not [source for source, count in Counter(ours).items() if count > 1]


def _nothing_aliased_was_deleted(stage: Stage, key: Key, target: str) -> None:
    gone = {
        int(found[2])
        for request in stage.house.requests(principal="lakeward")
        if request.method == "DELETE" and (found := VERSION.match(request.path)) is not None and found[1] == target
    }
    served = (
        {entry.get("target") for entry in stage.cluster.status(key).get("history", ())}
        if key in stage.cluster.objects
        else set()
    )
    assert not gone & {*served, *stage.registry.pointed, *stage.registry.aliases(target).values()}
