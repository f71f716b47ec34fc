"""The rules of comparison, one by one."""

from dataclasses import replace

import pytest

from engine.farside import Grant, Thing
from lakeward.engine.diff import Change, diff, managed, merged, shown

BASE = Thing(name="a", comment="c", place="here", parts=("x", "y"), labels={"k": "v"})


@pytest.mark.parametrize(
    ("want", "have", "expected"),
    [
        (BASE, BASE, ()),
        (replace(BASE, comment=None), replace(BASE, comment="theirs"), ()),
        (replace(BASE, comment=""), BASE, (Change("comment", "c", ""),)),
        (replace(BASE, comment="d"), BASE, (Change("comment", "c", "d"),)),
        (replace(BASE, place="there"), BASE, (Change("place", "here", "there", immutable=True),)),
        (replace(BASE, password="new"), BASE, ()),
        (replace(BASE, parts=("y", "x")), BASE, ()),
        (replace(BASE, parts=("x", "x")), BASE, (Change("parts", ("x", "y"), ("x", "x")),)),
        (replace(BASE, parts=("x",)), replace(BASE, parts=None), (Change("parts", None, ("x",)),)),
        (replace(BASE, labels={"k": "v"}), replace(BASE, labels={"k": "v", "foreign": "1"}), ()),
        (replace(BASE, labels={"k": "w"}), BASE, (Change("labels.k", "v", "w"),)),
        (replace(BASE, labels={"n": "1"}), replace(BASE, labels=None), (Change("labels.n", None, "1"),)),
        (replace(BASE, labels={}), BASE, ()),
        (replace(BASE, labels=None), BASE, ()),
        (replace(BASE, owner="me", after=("far.thing/b",)), BASE, ()),
        (
            replace(BASE, labels={"z": "1", "b": "2"}, comment="d"),
            BASE,
            (Change("comment", "c", "d"), Change("labels.b", None, "2"), Change("labels.z", None, "1")),
        ),
    ],
)
def test_a_diff_holds_what_differs_and_is_declared(want: Thing, have: Thing, expected: tuple[Change, ...]) -> None:
    assert diff(want, have) == expected


def test_an_entry_that_we_managed_and_that_left_the_spec_is_a_change_to_nothing() -> None:
    have = replace(BASE, labels={"k": "v", "old": "1", "foreign": "2"})
    assert diff(BASE, have, formerly=("labels.k", "labels.old")) == (Change("labels.old", "1", None),)


def test_an_entry_that_left_the_spec_and_is_gone_already_is_no_change() -> None:
    assert diff(BASE, BASE, formerly=("labels.old",)) == ()


def test_a_key_with_dots_is_one_key() -> None:
    have = replace(BASE, labels={"k": "v", "a.b.c": "1"})
    assert diff(BASE, have, formerly=("labels.a.b.c",)) == (Change("labels.a.b.c", "1", None),)
    assert merged(have.labels, "labels", diff(BASE, have, formerly=("labels.a.b.c",))) == {"k": "v"}


def test_two_types_cannot_be_compared() -> None:
    with pytest.raises(TypeError, match="Thing with Grant"):
        diff(Thing(name="a"), Grant(name="a"))


def test_managed_names_the_entries_of_all_mappings() -> None:
    assert managed(replace(BASE, labels={"z": "1", "a": "2"})) == ("labels.a", "labels.z")
    assert managed(replace(BASE, labels=None)) == ()


def test_merged_keeps_foreign_keys_changes_ours_and_takes_away_what_left() -> None:
    changes = (Change("labels.k", "v", "w"), Change("labels.old", "1", None), Change("comment", "a", "b"))
    assert merged({"k": "v", "old": "1", "foreign": "2"}, "labels", changes) == {"k": "w", "foreign": "2"}
    assert merged(None, "labels", (Change("labels.k", None, "v"),)) == {"k": "v"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "(none)"), ("a", '"a"'), (3, "3"), (("x",), "('x',)"), ("two\r\nlines", '"two\\r\\nlines"')],
)
def test_a_value_is_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_change_reads_as_path_and_both_values() -> None:
    assert str(Change("comment", None, "x")) == 'comment: (none) -> "x"'
    assert Change("labels.a.b", None, "x").field == "labels"
