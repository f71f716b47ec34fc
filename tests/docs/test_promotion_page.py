"""The page of ModelPromotion leaves out no gate, no phase, no condition and no event that the code knows."""

import ast
from collections.abc import Iterator

from docs.pages import ROOT, page
from lakeward.api.gates import GateType
from lakeward.engine.reasons import Reason

FOLDER = ROOT / "operator" / "lakeward" / "kinds" / "modelpromotion"
PAGE = "docs/kinds/modelpromotion.md"


def calls(file: str, name: str) -> Iterator[ast.Call]:
    """Calls of that name in a file of the kind."""
    tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"), file)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def texts(file: str, name: str) -> set[str]:
    """The first argument of those calls, where it is a text."""
    first = (call.args[0] for call in calls(file, name) if call.args)
    return {arg.value for arg in first if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}


def reasons(file: str) -> set[str]:
    """The reasons of the events that a file tells, where it names them."""
    attributes = (node for call in calls(file, "Event") for node in ast.walk(call) if isinstance(node, ast.Attribute))
    return {str(Reason[node.attr]) for node in attributes if node.attr in Reason.__members__}


def cells(section: str) -> set[str]:
    """The words of the first column of the tables below a heading."""
    lines = [line for _, line in page(PAGE).prose]
    begin = lines.index(f"## {section}")
    end = next(n for n, line in enumerate(lines) if n > begin and line.startswith("## "))
    firsts = (line.split("|")[1] for line in lines[begin:end] if line.startswith("| "))
    return {word.strip(" `") for first in firsts for word in first.split(",")}


def test_every_gate_is_told() -> None:
    assert cells("Gates") >= {*map(str, GateType), "dependsOn"}


def test_every_phase_and_every_condition_is_told() -> None:
    phases, conditions = texts("phase.py", "Word"), texts("conditions.py", "Condition")
    assert len(phases) > 10
    assert len(conditions) > 5
    assert cells("Phases and conditions") >= phases | conditions


def test_every_event_is_told() -> None:
    told = reasons("news.py")
    assert len(told) > 15
    assert cells("Events") >= told
