"""`lakeward gate-check` where something is wrong with manifests, logins or gates: it names the place."""

import json

import pytest

from cli.shelf import QUALITY, Shelf
from lakeward.app import main

ANY_DATASET = {**QUALITY, "metric": {"from": "ModelVersion", "metric": "f1", "min": "0.8"}}


def second(shelf: Shelf, target: str) -> None:
    """Another promotion to this target, in another namespace, through an MLWorkspace of its own."""
    there = {**shelf.environment, "metadata": {"name": "env", "namespace": "b"}}
    shelf.put(there, "b/env.yaml")
    shelf.put(
        shelf.promotion(1, name="twin", namespace="b", target={"model": target, "createIfMissing": True}), "b/t.yaml"
    )


def test_two_promotions_with_one_target_are_refused_with_both_names(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.pin(1)
    second(shelf, shelf.prod)
    said = shelf.gate_check()
    assert said.code == 1
    assert "\n! b/twin and ml/tumor have one target, ml.prod.tumor: a model has one promotion only\n" in said.out
    assert "\nAll: 1 target in conflict, " in said.out
    told = json.loads(shelf.gate_check("--output", "json").out)
    assert told["conflicts"] == [{"target": "ml.prod.tumor", "promotions": ["b/twin", "ml/tumor"]}]


def test_a_target_in_other_letters_is_the_same(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.pin(1)
    second(shelf, shelf.prod.upper())
    assert "b/twin and ml/tumor have one target" in shelf.gate_check().out


def test_one_name_at_two_workspaces_is_two_targets(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.pin(1)
    second(shelf, shelf.prod)
    there = shelf.environment
    there["spec"]["databricks"]["host"] = shelf.desk.house.workspace("test").url
    shelf.put({**there, "metadata": {"name": "env", "namespace": "b"}}, "b/env.yaml")
    said = shelf.gate_check()
    assert "have one target" not in said.out
    assert said.code == 0


def test_a_conflict_of_others_does_not_fail_the_one_that_was_asked_for(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.pin(1)
    second(shelf, shelf.prod)
    shelf.put(
        shelf.promotion(1, name="alone", target={"model": f"{shelf.catalog}.prod.alone", "createIfMissing": True})
    )
    assert shelf.gate_check("--promotion", "alone").code == 0
    assert shelf.gate_check("--promotion", "tumor").code == 1


def test_a_gate_that_cannot_be_judged_ends_with_one(shelf: Shelf) -> None:
    run, logged = shelf.registry.log({"f1": 0.9}, "a")
    shelf.register(0.9)
    entry = {"run_id": run, "model_id": logged, "key": "f1", "value": 0.9, "timestamp": 1, "step": 1}
    shelf.registry.call(
        "POST", "/api/2.0/mlflow/runs/log-metric", {**entry, "dataset_name": "b", "dataset_digest": "b"}
    )
    number = shelf.registry.begin(shelf.dev, source=f"models:/{logged}", run_id=run, model_id=logged)
    shelf.registry.put(shelf.dev, number, "MLmodel", b"{}")
    shelf.registry.finalize(shelf.dev, number)
    shelf.pin(number, gates=[ANY_DATASET])
    said = shelf.gate_check()
    assert said.code == 1
    assert "1 in error" in said.out
    assert " Error " in said.out


def test_a_missing_secret_names_the_flag(shelf: Shelf) -> None:
    shelf.pin(1)
    code = main(["gate-check", "-f", str(shelf.folder), "--cluster-name", "test", "--allow-loopback-http"])
    said = shelf.desk.capsys.readouterr()
    assert code == 1
    assert "could not be evaluated\n" in said.out
    assert "give it with --secret databricks/databricks=@FILE" in said.out


def test_a_bad_spec_and_a_bad_file_are_told_and_the_others_are_judged(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.pin(1)
    bad = shelf.promotion(1, name="bad", target={"model": f"{shelf.catalog}.prod.bad"})
    bad["spec"]["source"]["version"] = "latest"
    shelf.put(bad)
    (shelf.folder / "worse.yaml").write_text("a: [")
    said = shelf.gate_check()
    assert said.code == 1
    assert "\n  SHELF/bad.yaml: spec.source.version: must be an integer\n" in said.out
    assert "\n! SHELF/worse.yaml: line 1 is no YAML: " in said.out
    assert "ModelPromotion ml/tumor                                     1/2 gates pass, 1 waits\n" in said.out


def test_a_foreign_claim_on_the_target_is_no_matter_of_gates_and_ends_with_one(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.promoted(shelf.promotion(1, name="first"))
    shelf.register(0.95)
    shelf.pin(2)
    said = shelf.gate_check()
    assert said.code == 1
    assert "cannot go on, 1/2 gates pass, 1 waits\n" in said.out
    assert "\n  Failed: spec.target.model: " in said.out
    assert " moves the aliases of ml.prod.tumor" in said.out


def test_a_folder_without_promotions_is_one_sentence(shelf: Shelf) -> None:
    said = shelf.gate_check()
    assert (said.code, said.out, said.err) == (1, "", "lakeward gate-check: no ModelPromotion in SHELF\n")


@pytest.mark.parametrize("arguments", [[], ["-f", "x", "--pending", "maybe"]], ids=str)
def test_wrong_usage_is_not_taken_for_a_gate_that_fails(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["gate-check", *arguments])
    assert end.value.code == 1
