"""The import contracts of pyproject.toml as a table, so that the page and the linter say the same."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = "| Contract | What `lint-imports` refuses |\n|---|---|\n"

Contract = Mapping[str, Any]


def contracts(file: Path) -> str:
    """One row for each contract, in the order of the file."""
    found = tomllib.loads(file.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return HEAD + "\n".join(f"| {c['name']} | {_refused(c)} |" for c in found) + "\n"


def _refused(contract: Contract) -> str:
    match contract["type"]:
        case "layers":
            order = ", ".join(_layer(layer) for layer in contract["layers"])
            return f"an import upward, or between two rooms of one layer; from the top: {order}"
        case "protected":
            allowed = _names(contract["allowed_importers"])
            return f"an import of {_names(contract['protected_modules'])} by others than {allowed}"
        case "forbidden":
            among = "" if contract.get("allow_indirect_imports") else ", also through others"
            forbidden = _names(contract["forbidden_modules"])
            return f"an import of {forbidden} by {_names(contract['source_modules'])}{among}"
        case "independence":
            ignored = contract.get("ignore_imports", ())
            but = f", but for `{'`, `'.join(ignored)}`" if ignored else ""
            return f"an import of one of these by another: {_names(contract['modules'])}{but}"
        case other:
            raise ValueError(f"{contract['name']}: contracts of type {other} cannot be told yet")


def _layer(layer: str) -> str:
    """One layer; parentheses say that a room may be missing."""
    return " and ".join(f"`{room.strip(' ()')}`" for room in layer.split("|"))


def _names(modules: list[str]) -> str:
    return ", ".join(f"`{module.removeprefix('lakeward.')}`" for module in modules)
