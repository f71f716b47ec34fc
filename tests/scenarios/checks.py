"""What must hold after every scenario of a promotion, whatever happened on the way.

1. The champion is a version that is ready, and its files are those of its source: here they are read and hashed.
2. At rest the champion is the copy of the pinned version, and the target's record says so; `previous` is another one
   that was champion before, and is missing only where there was none.
3. There is one ready copy of ours for each source version.
4. No version was ever deleted by the operator while an alias named it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from lakeward.engine.outcome import Key
from scenarios.conftest import Stage
from scenarios.witness import champion_of

VERSION = re.compile(r".*/models/([^/]+)/versions/(\d+)$")
COPY = re.compile(r"models:/([^/]+\.[^/]+\.[^/]+)/(\d+)")
OURS = frozenset({"lakeward", "lakeward-copy"})
Versions = Mapping[int, Mapping[str, Any]]


def hold(stage: Stage, key: Key, planted: Collection[int] = ()) -> None:
    """Assert all four of them. `planted` are versions that the test itself made under the operator's name."""
    always(stage, key, planted)
    if key in stage.cluster.objects and stage.is_ready(key):
        target = stage.cluster.objects[key]["spec"]["target"]["model"]
        _at_rest(stage, key, stage.registry.aliases(target), stage.registry.versions(target))


def always(stage: Stage, key: Key, planted: Collection[int] = ()) -> None:
    """Assert what holds at any moment, also while a move is half done: all but the second."""
    spec = stage.cluster.objects[key]["spec"] if key in stage.cluster.objects else None
    target = spec["target"]["model"] if spec else stage.prod
    versions = stage.registry.versions(target)
    _champion_is_verified(stage, target, stage.registry.aliases(target).get(champion_of(spec or {})), versions)
    _one_copy_each({n: v for n, v in versions.items() if n not in planted})
    _nothing_named_was_deleted(stage, target)


def _champion_is_verified(stage: Stage, target: str, champion: int | None, versions: Versions) -> None:
    if champion is None:
        return
    version = versions[champion]
    assert version["status"] == "READY"
    found = COPY.fullmatch(str(version.get("source", "")))
    if found is None or version["created_by"] not in OURS:
        return
    files = stage.registry.files(target, champion)
    told = stage.registry.tags(target, champion)["lakeward_digest"]
    assert told == _digest(files), f"version {champion} is not what its digest says"
    if stage.registry.version(found[1], int(found[2])) is not None:
        assert files == stage.registry.files(found[1], int(found[2])), f"version {champion} is not its source"


def _digest(files: Mapping[str, bytes]) -> str:
    lines = (f"{path}\0{len(files[path])}\0{hashlib.sha256(files[path]).hexdigest()}\n" for path in sorted(files))
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"


def _at_rest(stage: Stage, key: Key, aliases: Mapping[str, int], versions: Versions) -> None:
    spec = stage.cluster.objects[key]["spec"]
    (source, pinned), target = (spec["source"]["model"], spec["source"]["version"]), spec["target"]["model"]
    champion = aliases[champion_of(spec)]
    if source == target:
        assert champion == pinned
    else:
        assert versions[champion]["source"] == f"models:/{source}/{pinned}"
    if not spec.get("suspend") and spec.get("mode", "Reconcile") == "Reconcile":
        assert stage.registry.tags(target)["lakeward_state"].split("/")[2:] == [str(champion), "promoted"]
    _previous_is_right(stage, key, aliases, champion)


def _previous_is_right(stage: Stage, key: Key, aliases: Mapping[str, int], champion: int) -> None:
    spec = stage.cluster.objects[key]["spec"]
    previous = aliases.get(spec.get("switch", {}).get("aliases", {}).get("previous", "previous"))
    ready = stage.cluster.condition(key, "RollbackReady")
    before = stage.cluster.witness.was_champion(spec["target"]["model"], champion_of(spec)) - {champion}
    if previous is None:
        assert not before, f"versions {before} were champion, and no alias leads back to one"
    elif previous != champion:
        assert previous in before
    if ready["status"] == "True":
        assert previous in before
        assert "lakeward_failed" not in stage.registry.tags(spec["target"]["model"], previous)
    else:
        assert ready["reason"] == "NoPrevious"


def _one_copy_each(versions: Versions) -> None:
    ready = [v for v in versions.values() if v["status"] == "READY" and v.get("created_by") in OURS]
    copies = Counter(v["source"] for v in ready if COPY.fullmatch(str(v.get("source", ""))))
    assert not [source for source, count in copies.items() if count > 1]


def _nothing_named_was_deleted(stage: Stage, target: str) -> None:
    gone = {
        int(found[2])
        for principal in OURS
        for request in stage.house.requests(principal=principal, method="DELETE")
        if (found := VERSION.match(request.path)) is not None and found[1] == target
    }
    assert not gone & stage.cluster.witness.cut[target]
