"""The list of scenarios names tests that are there, and leaves none of its numbers out."""

import ast
import re

from docs.pages import ROOT, page

ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]*)\|$")
NAME = re.compile(r"`([\w/]+\.py)::(\w+)`")
Row = tuple[int, str, tuple[tuple[str, str], ...]]


def rows(lines: list[str]) -> list[Row]:
    """The number, the words and the tests of each row."""
    found = [match for line in lines if (match := ROW.match(line))]
    return [(int(m[1]), m[2], tuple((f, t) for f, t in NAME.findall(m[3]))) for m in found]


def names_in(file: str) -> set[str]:
    """The names of the tests in a file, without running it; empty where there is no such file."""
    if not (ROOT / file).is_file():
        return set()
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"), file)
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def missing(known: list[Row]) -> list[str]:
    """The tests that are named and not there."""
    return [f"{n}: {file}::{name}" for n, _, named in known for file, name in named if name not in names_in(file)]


def listed() -> list[Row]:
    return rows([line for _, line in page("docs/scenarios.md").prose])


def test_every_scenario_is_listed_once() -> None:
    assert [number for number, _, _ in listed()] == list(range(1, 53))


def test_every_scenario_names_tests_and_all_of_them_exist() -> None:
    assert [number for number, _, named in listed() if not named] == []
    assert missing(listed()) == []


def test_a_test_that_is_not_there_is_told() -> None:
    text = ["| 1 | words | `tests/docs/test_scenarios.py::test_nothing`, `tests/docs/nowhere.py::test_x` |"]
    assert missing(rows(text)) == ["1: tests/docs/test_scenarios.py::test_nothing", "1: tests/docs/nowhere.py::test_x"]
    assert (
        missing(rows(["| 1 | words | `tests/docs/test_scenarios.py::test_a_test_that_is_not_there_is_told` |"])) == []
    )
