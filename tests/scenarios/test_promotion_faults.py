"""Promotions in bad weather: whatever call fails, and however, the end is that of a calm run, with one copy."""

import re
from collections import Counter
from typing import Any

import pytest

from scenarios.conftest import Stage
from scenarios.registry import MLMODEL


def promoted_twice(stage: Stage) -> None:
    """A first version is champion already; the second is pinned."""
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    stage.registry.register(stage.dev, files=2)


def end_state(stage: Stage) -> dict[str, object]:
    """What must not depend on the weather: whose bytes the aliases name, and how many copies there are."""
    versions = stage.registry.versions(stage.prod)
    aliases = stage.registry.aliases(stage.prod)
    return {
        "aliases": {alias: versions[number]["source"].rpartition("/")[2] for alias, number in aliases.items()},
        "copies": sorted(v["source"].rpartition("/")[2] for v in versions.values()),
        "states": {v["status"] for v in versions.values()},
        "bytes": stage.registry.file(stage.prod, aliases["champion"], "data/part-1.bin"),
        "champion": sorted(stage.registry.tags(stage.prod, aliases["champion"])),
        "model": sorted(stage.registry.tags(stage.prod)),
    }


@pytest.fixture(scope="session")
def calm() -> dict[str, object]:
    """The writes and the end of a calm run, once somebody has made it."""
    return {}


@pytest.fixture
def writes(stage: Stage, calm: dict[str, object]) -> list[tuple[str, str]]:
    """The method and the path, without the catalog's name, of each write of the second promotion."""
    if not calm:
        promoted_twice(stage)
        mark = stage.mark()
        stage.operator.settle(stage.promote(2))
        calm["writes"] = [tuple(w.replace(stage.catalog, "CATALOG").split(" ", 1)) for w in stage.writes(mark)]
        calm["end"] = end_state(stage)
        stage.catalog = f"{stage.catalog}b"
        stage.registry.schema(stage.catalog, "dev", "prod")
        stage.cluster.objects = {k: v for k, v in stage.cluster.objects.items() if k.kind == "MLWorkspace"}
    found = calm["writes"]
    assert isinstance(found, list)
    return found


FAULTS = [
    ("reset", {"when": "before"}),
    ("reset", {"when": "after"}),
    ("status", {"status": 500, "error_code": "INTERNAL_ERROR"}),
    ("status", {"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "when": "before"}),
]


@pytest.mark.parametrize(("effect", "how"), FAULTS, ids=["reset before", "answer lost", "500", "429"])
def test_every_write_may_fail_once(
    stage: Stage, writes: list[tuple[str, str]], calm: dict[str, object], effect: str, how: dict[str, Any]
) -> None:
    promoted_twice(stage)
    key = stage.promote(2)
    wanted = Counter(writes)
    faults = {call: _fault(stage, *call, effect, count=count, **how) for call, count in wanted.items()}
    stage.operator.settle(key, most=60)
    assert {call: stage.house.hits(fault) for call, fault in faults.items()} == wanted
    assert stage.phase(key) == "Promoted", stage.message(key)
    assert end_state(stage) == calm["end"]


def _fault(stage: Stage, method: str, path: str, effect: str, **how: Any) -> str:
    """Strike calls like this one; the numbers of copies rise with each try."""
    pattern = re.escape(path.replace("CATALOG", stage.catalog))
    pattern = re.sub(r"/2(?=/|$)", r"/\\d+", pattern)
    return stage.house.fault(effect, method=method, path=f"^{pattern}$", principal="lakeward", **how)


def test_a_forged_copy_is_not_adopted(stage: Stage) -> None:
    promoted_twice(stage)
    tags = [{"key": "lakeward_digest", "value": "x"}]
    forged = stage.registry.begin(stage.prod, source=f"models:/{stage.dev}/2", tags=tags)
    stage.registry.put(stage.prod, forged, "MLmodel", MLMODEL.encode())
    stage.registry.finalize(stage.prod, forged)
    key = stage.promote(2)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted"
    assert stage.registry.aliases(stage.prod)["champion"] != forged


def test_lost_status_is_rebuilt_without_a_write(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    del stage.cluster.objects[key]["status"]
    mark = stage.mark()
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted")
    assert stage.writes(mark) == []
