"""Addresses, references and owner marks."""

from dataclasses import replace

import pytest

from engine.farside import ME, Thing
from lakeward.engine.resource import ADOPTED, UNKNOWN, Ref, owned, refs, resolve, split

SIZED = Thing(name="a", inside="top", size=Ref("far.thing/b", "number"))


def test_an_address_is_the_kind_and_the_key_and_comes_apart_again() -> None:
    assert SIZED.address == "far.thing/top.a"
    assert split(SIZED.address) == ("far.thing", "top.a")
    assert split("mlflow.experiment//Shared/x") == ("mlflow.experiment", "/Shared/x")
    assert Thing.at("top.a").address == SIZED.address
    assert SIZED.provider == "far"


def test_references_are_found_and_resolved_where_their_output_is_known() -> None:
    ref = Ref("far.thing/b", "number")
    assert refs(SIZED) == (ref,)
    assert str(ref) == UNKNOWN
    assert resolve(SIZED, {}) == SIZED
    assert resolve(SIZED, {"far.thing/b": {"other": 3}}) == SIZED
    resolved = resolve(SIZED, {"far.thing/b": {"number": 3}})
    assert resolved == replace(SIZED, size=3)
    assert refs(resolved) == ()


@pytest.mark.parametrize(
    ("mark", "ours"),
    [(ME, True), (ME + ADOPTED, True), ("", False), (ME + "x", False), (ME.upper(), False), (ADOPTED, False)],
)
def test_a_mark_is_ours_when_it_is_the_same_made_or_adopted(mark: str, ours: bool) -> None:
    assert owned(mark, ME) is ours
