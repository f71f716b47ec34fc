"""The room judges; it must know nothing but numbers and words."""

import ast
import sys
from pathlib import Path

import lakeward.judgement

ROOM = Path(lakeward.judgement.__file__ or "").parent
CLOCKS_AND_DOORS = {"time", "os", "socket", "subprocess", "urllib", "http", "logging", "random"}


def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)}


def test_judgement_imports_the_standard_library_and_itself_only() -> None:
    found = {name for file in ROOM.glob("*.py") for name in imported(file)}
    others = {name for name in found if not name.startswith("lakeward.judgement.")}
    assert others, "the files were read"
    assert others <= sys.stdlib_module_names | {"collections.abc"}
    assert not others & CLOCKS_AND_DOORS


def test_judgement_knows_what_an_instant_is_and_never_what_time_it_is() -> None:
    asked = {
        f"{file.name}:{node.lineno}"
        for file in ROOM.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"} and _on_a_class(node.value)
    }
    assert asked == set()


def _on_a_class(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    return name in {"date", "datetime"}
