"""Names, files and claims of versions are untrusted: what is no good is refused, and what only says so is no copy.

The rules themselves are tried in `tests/copying`, for the operator and for the copy job.
"""

import json
from typing import Any

import pytest

from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import SIGNATURE, Registry
from scenarios.test_approvals import reasons

BOMB = f"a: &a [x, x]\nb: &b [*a, *a]\nsignature: {json.dumps(SIGNATURE)}\n".encode()
BAD: dict[str, dict[str, bytes]] = {
    "a colon": {"data/a:b": b"x"},
    "a leading blank": {"data/%20a": b"x"},
    "too deep": {f"{'d/' * 33}a": b"x"},
    "a YAML bomb": {"MLmodel": BOMB},
    "long requirements": {"requirements.txt": b"#" * (1024**2 + 1)},
}
PINNED: dict[str, Any] = {"name": "supply-chain", "type": "Dependencies", "dependencies": {}}

ELSEWHERE = "https://x.example"


@pytest.mark.parametrize("what", BAD)
def test_a_source_that_is_not_to_be_trusted_fails_before_anything_is_made(stage: Stage, what: str) -> None:
    stage.registry.filled(stage.dev, extra=BAD[what], source="runs:/x/model")
    key = stage.promote(1)
    while stage.phase(key) != "Copying":
        stage.operator.run(key)
    mark = stage.mark()
    stage.operator.wait_woken(key)
    stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "UnsafeArtifact")), stage.message(key)
    assert stage.cluster.condition(key, "Stalled")["reason"] == "UnsafeArtifact"
    assert stage.writes(mark) == []
    assert reasons(stage, key).count("UnsafeArtifact") == 1
    hold(stage, key)


@pytest.mark.parametrize(
    "line", ["-r more.txt", "-e .", f"--index-url {ELSEWHERE}", f"numpy @ {ELSEWHERE}/n.whl", "numpy"]
)
def test_requirements_that_lead_elsewhere_block(stage: Stage, line: str) -> None:
    stage.registry.filled(
        stage.dev, extra={"requirements.txt": f"mlflow==3.1\n{line}\n".encode()}, source="runs:/x/model"
    )
    key = stage.promote(1, gates=[PINNED])
    mark = stage.mark()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateFailed")), stage.message(key)
    assert stage.writes(mark) == []
    hold(stage, key)


def forged(stage: Stage, who: str, **fields: Any) -> int:
    """A finished version that says of itself that it is our copy of the dev model's first one."""
    tags = {"lakeward_attempt": "test/ml/ModelPromotion/tumor", "lakeward_digest": f"sha256:{'0' * 64}"}
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    hand = Registry(stage.house, who, "prod")
    return hand.filled(stage.prod, source=f"models:/{stage.dev}/1", tags=listed, **fields)


def told(stage: Stage) -> dict[str, str]:
    """What run and model the source says it comes from: a copy says the same."""
    found = stage.registry.version(stage.dev, 1)
    return {name: found[name] for name in ("run_id", "model_id") if found.get(name)}


@pytest.mark.parametrize(
    ("who", "fits", "why"),
    [
        ("ana@example.com", True, "it was made by ana@example.com"),
        ("lakeward-copy", True, "it was made by lakeward-copy"),
        ("lakeward", False, "it comes from another run"),
    ],
)
def test_what_only_says_that_it_is_our_copy_is_told_and_left_alone(
    stage: Stage, who: str, fits: bool, why: str
) -> None:
    stage.registry.register(stage.dev)
    number = forged(stage, who, **(told(stage) if fits else {}))
    key = stage.promote(1)
    stage.operator.settle(key)
    assert stage.phase(key) == "Promoted", stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": number + 1}
    assert stage.registry.version(stage.prod, number)["status"] == "READY"
    warnings = [e.message for k, e in stage.cluster.events if k == key and e.reason == "CopyRejected"]
    assert len(warnings) == 1
    assert warnings[0].startswith(f"version {number} is no copy of ours: {why}")
    hold(stage, key, planted=[number])


def test_one_that_is_older_than_its_source_is_no_copy_of_it(stage: Stage) -> None:
    stage.registry.filled(stage.prod, source="runs:/x/model")
    number = forged(stage, "lakeward")
    stage.registry.filled(stage.dev, source="runs:/x/model")
    key = stage.promote(1)
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": number + 1}
    assert "CopyRejected" in reasons(stage, key)
    hold(stage, key, planted=[number])


def test_one_with_another_digest_than_the_pin_is_no_copy(stage: Stage) -> None:
    stage.registry.register(stage.dev)
    beside = f"{stage.catalog}.prod.beside"
    stage.operator.settle(stage.promote(1, name="beside", target={"model": beside, "createIfMissing": True}))
    digest = stage.registry.tags(beside, 1)["lakeward_digest"]
    stage.registry.filled(stage.prod, source="runs:/x/model")
    number = forged(stage, "lakeward", **told(stage))
    key = stage.promote(1, source={"model": stage.dev, "version": 1, "digest": digest})
    stage.operator.settle(key)
    assert stage.registry.aliases(stage.prod) == {"champion": number + 1}, stage.message(key)
    assert stage.registry.tags(stage.prod, number + 1)["lakeward_digest"] == digest
    hold(stage, key, planted=[number])


@pytest.mark.parametrize("champion", [None, "higher"])
def test_of_twins_the_champion_is_taken_and_else_the_lowest(stage: Stage, champion: str | None) -> None:
    stage.registry.register(stage.dev)
    lower, higher = (forged(stage, "lakeward", **told(stage)) for _ in range(2))
    if champion:
        stage.registry.point(stage.prod, "champion", higher)
    key = stage.promote(1)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": higher if champion else lower}
    assert sorted(stage.registry.versions(stage.prod)) == [lower, higher]
