"""The gate Metric against the real lakehouse: what is missing, is no number or was measured elsewhere never passes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from invariants.world import workspace
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import MLFLOW, UC

Values = Mapping[str, float | str]


@pytest.fixture(autouse=True)
def _where_runs_are(stage: Stage) -> None:
    """Runs can be read only in the workspace where they were made."""
    stage.cluster.put(workspace("env", stage.house.workspace("prod").url, promotions={"trustedSources": ["dev"]}))
    stage.cluster.put(workspace("dev", stage.house.workspace("dev").url))


def pin(stage: Stage, version: int, gate: dict[str, Any], **spec: Any) -> Key:
    source = {"model": stage.dev, "version": version, "workspaceRef": {"name": "dev"}}
    return stage.promote(version, gates=[gate], source=source, **spec)


def quality(**metric: Any) -> dict[str, Any]:
    rule = {"from": "ModelVersion", "metric": "f1", "dataset": "holdout", "min": "0.8"}
    return {
        "name": "quality",
        "type": "Metric",
        "metric": {k: v for k, v in {**rule, **metric}.items() if v is not None},
    }


VERSUS = {"vsChampion": {"minAbsoluteChange": "0"}}


def register(stage: Stage, *, run: Values | None = None, model: Values | None = None) -> int:
    """A version with metrics of its run only, or of the version only."""
    registry = stage.registry
    _, logged = registry.log(model or {}, "holdout")
    alone, _ = registry.log({}, "holdout")
    for key, value in (run or {}).items():
        log(stage, run_id=alone, key=key, value=value)
    return registry.filled(stage.dev, source=f"models:/{logged}", run_id=alone, model_id=logged)


def log(stage: Stage, dataset: str = "holdout", digest: str = "", step: int = 0, **fields: Any) -> None:
    """Log one value."""
    on = {"dataset_name": dataset, "dataset_digest": digest or f"digest-{dataset}"}
    stage.registry.call("POST", f"{MLFLOW}/runs/log-metric", {"timestamp": 1, "step": step, **on, **fields})


def nothing_was_made(stage: Stage) -> bool:
    return stage.registry.find(f"{UC}/models/{stage.prod}") is None


@pytest.mark.parametrize(
    ("source", "metrics"),
    [
        ("ModelVersion", {"run": {"f1": 0.99}, "model": {"accuracy": 0.99}}),
        ("Run", {"model": {"f1": 0.99}}),
        ("ModelVersion", {"model": {"accuracy": 0.99}}),
        ("Run", {}),
    ],
    ids=["only in the run", "only in the version", "another metric", "none at all"],
)
def test_a_metric_is_looked_for_in_one_place_until_its_deadline(
    stage: Stage, source: str, metrics: dict[str, Values]
) -> None:
    version = register(stage, **metrics)
    key = pin(stage, version, quality(**{"from": source}), gatePolicy={"pendingDeadline": "2h"})
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Evaluating", ("False", "GatesPending")), stage.message(key)
    assert "f1 is not in the" in stage.message(key)
    stage.cluster.now += timedelta(hours=2)
    outcome = stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateFailed"))
    assert stage.cluster.condition(key, "Stalled")["reason"] == "GateFailed"
    assert stage.told(key, "Warning") == ["GateFailed"]
    assert outcome.after == 300
    assert nothing_was_made(stage)
    hold(stage, key)


def test_the_deadline_is_told_beforehand_and_a_metric_in_time_goes_on(stage: Stage) -> None:
    version = register(stage)
    key = pin(stage, version, quality(**{"from": "Run"}, dataset=None), gatePolicy={"pendingDeadline": "2h"})
    stage.operator.settle(key)
    status = stage.cluster.status(key)
    assert status["attempt"]["startedAt"] == "2026-03-01T12:01:00Z"
    assert status["nextCheckAt"] == "2026-03-01T14:01:00Z"
    run = stage.registry.version(stage.dev, version)["run_id"]
    log(stage, run_id=run, key="f1", value=0.9)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)


@pytest.mark.parametrize(
    ("source", "value"),
    [("Run", "NaN"), ("Run", "Infinity"), ("ModelVersion", "Infinity"), ("ModelVersion", "-Infinity")],
)
def test_what_is_no_number_is_refused_at_once(stage: Stage, source: str, value: str) -> None:
    # runs keep no data sets; of a logged model MLflow keeps NaN as 0, so that nobody can tell
    version = register(stage, run={"f1": value}, model={"f1": value})
    bounds = {"min": None, "max": "120"} if value == "-Infinity" else {}
    key = pin(stage, version, quality(**{"from": source}, dataset=None, **bounds))
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateFailed")), stage.message(key)
    assert "can be compared with nothing" in stage.message(key)
    assert nothing_was_made(stage)
    hold(stage, key)


def promoted(stage: Stage, dataset: str) -> Key:
    """A champion that was measured on that dataset."""
    key = stage.promote(stage.registry.register(stage.dev, {"f1": 0.85}, dataset))
    stage.operator.settle(key)
    return key


@pytest.mark.parametrize(
    ("champion", "candidate", "dataset", "words"),
    [
        ("train", "holdout", None, ("dataset holdout", "dataset train")),
        ("train", "holdout", "holdout", ("champion 1", "dataset train", "dataset holdout")),
        ("holdout", "train", "holdout", ("the candidate", "dataset train", "dataset holdout")),
        ("holdout", "", None, ("dataset holdout", "no recorded dataset")),
    ],
    ids=["nobody named one", "the champion's is another", "the candidate's is another", "one is not recorded"],
)
def test_a_champion_that_was_measured_on_other_data_blocks(
    stage: Stage, champion: str, candidate: str, dataset: str | None, words: tuple[str, ...]
) -> None:
    key = promoted(stage, champion)
    gate = quality(dataset=dataset, **VERSUS)
    stage.promote(stage.registry.register(stage.dev, {"f1": 0.99}, candidate), gates=[gate])
    stage.cluster.events.clear()
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateFailed"))
    assert [word for word in words if word not in stage.message(key)] == [], stage.message(key)
    assert stage.told(key, "Warning") == ["GateFailed"]
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    hold(stage, key)


def test_one_name_for_two_states_of_a_dataset_blocks(stage: Stage) -> None:
    key = promoted(stage, "holdout")
    run, logged = stage.registry.log({}, "")
    log(stage, digest="digest-of-july", run_id=run, model_id=logged, key="f1", value=0.99)
    version = stage.registry.filled(stage.dev, source=f"models:/{logged}", run_id=run, model_id=logged)
    stage.promote(version, gates=[quality(**VERSUS)])
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "GateFailed")
    assert "digest-of-july for the candidate and digest-holdout for the champion" in stage.message(key)
    hold(stage, key)


def test_several_readings_without_a_choice_are_no_answer(stage: Stage) -> None:
    run, logged = stage.registry.log({}, "")
    for step, dataset in enumerate(("train", "holdout")):
        log(stage, dataset, step=step, run_id=run, model_id=logged, key="f1", value=0.99)
    version = stage.registry.filled(stage.dev, source=f"models:/{logged}", run_id=run, model_id=logged)
    key = stage.promote(version, gates=[quality(dataset=None)])
    stage.operator.settle(key)
    assert (stage.phase(key), stage.ready(key)) == ("Blocked", ("False", "GateError"))
    assert "f1 of the candidate has 2 readings" in stage.message(key)
    assert stage.gate(key, "quality")["result"] == "Error"
    assert nothing_was_made(stage)
    hold(stage, key)


def test_a_champion_without_the_metric_blocks_unless_the_gate_allows_it(stage: Stage) -> None:
    key = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(key)
    version = stage.registry.register(stage.dev, {"f1": 0.9})
    stage.promote(version, gates=[quality(**VERSUS)])
    stage.operator.settle(key)
    assert stage.ready(key) == ("False", "GateFailed")
    assert "champion 1 has no f1" in stage.message(key)
    stage.promote(version, gates=[quality(vsChampion={**VERSUS["vsChampion"], "onMissing": "Pass"})])
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    hold(stage, key)
