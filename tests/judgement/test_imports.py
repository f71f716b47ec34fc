"""The room judges; it must know nothing but numbers and words."""

import ast
import sys
from pathlib import Path

import lakeward.judgement

ROOM = Path(lakeward.judgement.__file__ or "").parent
CLOCKS_AND_DOORS = {"time", "datetime", "os", "socket", "subprocess", "urllib", "http", "logging", "random"}


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
