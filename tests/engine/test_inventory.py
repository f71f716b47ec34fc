"""The rows of a status, whatever somebody made of them."""

from typing import Any

import pytest

from lakeward.engine.inventory import Row, read


@pytest.mark.parametrize(
    "row",
    [
        Row("far.thing/a", "Ready"),
        Row("far.thing/a", "Failed", "why"),
        Row("far.thing/a", "Ready", keys=("labels.a", "labels.b")),
        Row("far.thing/a", "Ready", id="17"),
        Row("mlflow.experiment//Shared/a b", "Retained", "kept"),
    ],
)
def test_a_row_is_read_as_it_was_written(row: Row) -> None:
    assert read({"resources": [row.as_status()]}) == (row,)


def test_a_row_holds_no_empty_members() -> None:
    assert Row("a/b", "Ready").as_status() == {"address": "a/b", "state": "Ready"}


@pytest.mark.parametrize(
    "status", [{}, {"resources": None}, {"resources": {}}, {"resources": [None, 3, "x", {}, {"address": 4}]}]
)
def test_what_makes_no_sense_is_ignored(status: dict[str, Any]) -> None:
    assert read(status) == ()


def test_a_row_without_its_optional_members_is_a_row() -> None:
    assert read({"resources": [{"address": "a/b"}, {"address": "c/d", "keys": None}]}) == (
        Row("a/b", ""),
        Row("c/d", ""),
    )


def test_the_order_is_kept() -> None:
    rows = [Row(f"t/{name}", "Ready") for name in "zam"]
    assert read({"resources": [r.as_status() for r in rows]}) == tuple(rows)


def test_retained_is_told_by_the_state() -> None:
    assert Row("a/b", "Retained").retained
    assert not Row("a/b", "Ready").retained
