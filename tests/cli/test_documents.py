"""Texts that somebody wrote to end a command: each is one sentence, in bounded time and memory."""

import os
from pathlib import Path

import pytest

from lakeward.cli.documents import LARGEST, Unreadable, load, nodes, text_of

TIMES = ", ".join


def grown(first: str, nextone: str, levels: int = 12) -> str:
    """A text that its aliases make ten times as large on every line."""
    lines = [f"a{n}: &a{n} {nextone.replace('MANY', TIMES([f'*a{n - 1}'] * 10))}\n" for n in range(1, levels)]
    return "".join([f"a0: &a0 {first}\n", *lines])


def refusal(text: str, *, json: bool = False) -> str:
    with pytest.raises(Unreadable) as error:
        list(load(text, json=json))
    return str(error.value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("0x_", "int"),
        ("0b_", "int"),
        ("!!int foo", "int"),
        ("!!int ''", "int"),
        ("!!float foo", "float"),
        ("!!bool foo", "bool"),
        ("!!timestamp foo", "timestamp"),
        ("!!timestamp 2026-99-99", "timestamp"),
    ],
)
def test_a_value_that_is_not_what_it_looks_like_is_told_with_its_line(value: str, kind: str) -> None:
    text = f"kind: A\nx: {value}\n"
    assert refusal(text) == f"line 2 is no YAML: a value is not the {kind} that it is said to be"


@pytest.mark.parametrize("number", ["1" * 5000, f"0x{'f' * 5000}", f"{'1:' * 100}1", f"{'1:' * 100}1.5"])
def test_a_number_without_end_is_told_with_its_line(number: str) -> None:
    assert refusal(f"kind: A\nx: {number}\n") == "line 2 is no YAML: a number has more than 64 characters"


@pytest.mark.parametrize(
    ("text", "json"),
    [(f'{{"x": {"1" * 5000}}}', True), ('x: "\\UFFFFFFFF"', False), ('x: "\\U00110000"', False)],
)
def test_what_is_too_large_without_a_place_is_told_without_it(text: str, json: bool) -> None:
    assert refusal(text, json=json) == "a number or an escape in the text is too large"


@pytest.mark.parametrize(
    "text",
    [
        grown("[x]", "[MANY]"),
        grown("{k: x}", "{<<: [MANY]}"),
        f"a: &a {'x' * 100_000}\nb: [{TIMES(['*a'] * 10_000)}]\n",
        "---\n".join([grown("[x]", "[MANY]", 5)] * 100),
    ],
    ids=["lists", "merges", "a long value", "many documents"],
)
def test_aliases_that_stand_for_more_than_fits_are_refused_before_they_are_followed(text: str) -> None:
    says = "the text has more than 1000000 entries with what its aliases repeat: give it in parts"
    assert refusal(text) == says
    with pytest.raises(Unreadable, match="the text has more than 1000000 entries"):
        nodes(text)


@pytest.mark.parametrize("text", ["a: &a {b: *a}", "a: &a 1\n---\na: &a [*a]\n", "&a {<<: *a}"])
def test_a_document_within_itself_is_refused(text: str) -> None:
    assert refusal(text) == "a document is a part of itself"


@pytest.mark.parametrize(
    "text", ["a: " + "[" * 5000, "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 1300))]
)
def test_what_is_nested_too_deeply_is_refused(text: str) -> None:
    assert refusal(text) == "the text is nested too deeply"


def test_aliases_within_bounds_are_what_they_stand_for() -> None:
    text = "a: &a {b: 1}\nc: *a\nd: {<<: *a, e: [*a, *a]}\n---\na: &a 2\nb: *a\n"
    one, two = load(text)
    assert one == {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1, "e": [{"b": 1}, {"b": 1}]}}
    assert two == {"a": 2, "b": 2}


def test_only_regular_files_of_some_size_are_read(tmp_path: Path) -> None:
    for name in ("pipe", "zero", "large", "right"):
        place = tmp_path / name
        if name == "pipe":
            os.mkfifo(place)
        elif name == "zero":
            place.symlink_to("/dev/zero")
        else:
            place.write_bytes(b"#" * (LARGEST + (name == "large")))
    assert text_of(tmp_path / "right") == "#" * LARGEST
    for name, says in (
        ("pipe", "is no regular file"),
        ("zero", "is no regular file"),
        ("large", "is larger than 8 MiB"),
    ):
        with pytest.raises(Unreadable, match=says):
            text_of(tmp_path / name)
