"""`lakeward gate-check` of manifests that say something of themselves so that no gate is asked: they are judged."""

import json
from typing import Any

import pytest
import yaml

from cli.shelf import QUALITY, Shelf

DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
HELD = {"annotations": {"mlops.lakeward.dev/hold": "INC-7"}}
SWITCHED = {"promoted": {"version": 1, "source": 1, "since": "2099-01-01T00:00:00Z"}}
FAILS = "1/3 gates pass, 1 fails, 1 waits\n"
NOTE = "  Held: mlops.lakeward.dev/hold says: INC-7; judged as if it were not there\n"


def bad(shelf: Shelf, meta: Any = (), **spec: Any) -> dict[str, Any]:
    """A promotion of a version that its gate refuses."""
    body = shelf.promotion(shelf.register(0.1), gates=[QUALITY], **spec)
    return {**body, "metadata": {**body["metadata"], **dict(meta)}}


def test_a_file_that_says_it_is_being_deleted_is_judged(shelf: Shelf) -> None:
    shelf.put(bad(shelf, DELETED))
    said = shelf.gate_check()
    assert (said.code, FAILS in said.out) == (2, True), said.out


def test_a_file_that_says_what_its_status_is_is_judged(shelf: Shelf) -> None:
    body = bad(shelf, target={"model": shelf.dev})
    shelf.registry.point(shelf.dev, "champion", shelf.register(0.9))
    shelf.put({**body, "status": SWITCHED})
    said = shelf.gate_check()
    assert (said.code, "1/2 gates pass, 1 fails\n" in said.out) == (2, True), said.out


def test_what_the_cluster_says_is_believed(shelf: Shelf) -> None:
    text = yaml.safe_dump_all([shelf.environment, bad(shelf, DELETED)])
    said = shelf.desk.handed(text, "gate-check", "-f", "-", *shelf.flags)
    assert (said.code, "is being deleted: nothing to judge\n" in said.out) == (0, True), said.out


@pytest.mark.parametrize(
    ("meta", "spec"), [(HELD, {}), (HELD, {"suspend": True}), (HELD, {"mode": "Plan"}), ({**HELD, **DELETED}, {})]
)
def test_a_move_that_the_annotation_holds_is_judged_and_told_as_held(
    shelf: Shelf, meta: dict[str, Any], spec: dict[str, Any]
) -> None:
    shelf.put(bad(shelf, meta, **spec))
    said = shelf.gate_check()
    assert said.code == 2
    assert f"held, {FAILS}" in said.out
    assert NOTE in said.out
    (promotion,) = json.loads(shelf.gate_check("--output", "json").out)["promotions"]
    assert (promotion["held"], promotion["result"]) == (True, "fails")


def test_a_good_move_that_is_held_passes(shelf: Shelf) -> None:
    shelf.put({**(body := shelf.promotion(shelf.register(0.9))), "metadata": {**body["metadata"], **HELD}})
    said = shelf.gate_check()
    assert said.code == 0
    assert "held, 1/2 gates pass, 1 waits\n" in said.out
    assert NOTE in said.out


def test_an_annotation_that_holds_no_move_is_not_told(shelf: Shelf) -> None:
    for f1 in (0.1, 0.9):
        shelf.register(f1)
    shelf.promoted(shelf.promotion(1), shelf.promotion(2))
    for version, says in ((2, "nothing to judge\n"), (1, "a rollback: ")):
        body = shelf.promotion(version)
        shelf.put({**body, "metadata": {**body["metadata"], **HELD}})
        said = shelf.gate_check()
        assert (said.code, says in said.out, "eld" in said.out) == (0, True, False), said.out


def test_a_champion_that_was_moved_by_hand_is_told_with_the_annotation(shelf: Shelf) -> None:
    for f1 in (0.8, 0.9):
        shelf.register(f1)
    shelf.promoted(shelf.promotion(1), shelf.promotion(2))
    shelf.registry.point(shelf.prod, "champion", 1)
    body = shelf.promotion(2)
    shelf.put({**body, "metadata": {**body["metadata"], **HELD}})
    said = shelf.gate_check()
    assert (said.code, "by hand (mlops.lakeward.dev/hold says: INC-7)" in said.out) == (0, True), said.out


def test_a_file_whose_name_begins_with_a_dot_is_judged(shelf: Shelf) -> None:
    shelf.put(bad(shelf), ".evil.yaml")
    said = shelf.gate_check()
    assert (said.code, FAILS in said.out) == (2, True), said.out
