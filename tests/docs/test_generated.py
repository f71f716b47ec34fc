"""What the code knows better is in the documentation as the code says it."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from docs.pages import ROOT, page
from lakeward.engine.explained import EXPLAINED
from lakeward.engine.reasons import Reason
from lakeward.settings import OPTIONS


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "docs.generate", *arguments],
        cwd=ROOT / "tools",
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    return tmp_path / "docs"


def test_the_pages_are_what_the_code_says() -> None:
    said = generate("--check")
    assert (said.returncode, said.stderr) == (0, "")


def test_a_page_that_is_out_of_date_is_named_and_mended(copy: Path) -> None:
    file = copy / "kinds" / "mlworkspace.md"
    text = file.read_text()
    file.write_text(text.replace("| `spec.environment` |", "| `spec.surroundings` |"))
    said = generate("--check", "--folder", str(copy))
    assert said.returncode == 1
    assert said.stderr == "docs: kinds/mlworkspace.md is not what the code says: run make docs\n"
    assert generate("--folder", str(copy)).returncode == 0
    assert file.read_text() == text


def test_every_reason_is_explained_in_sentences() -> None:
    assert set(EXPLAINED) == set(Reason)
    for reason, told in EXPLAINED.items():
        assert told.meaning.endswith("."), reason
        assert told.way_out.endswith("."), reason
    assert len({told.meaning for told in EXPLAINED.values()}) == len(Reason)


def test_every_reason_can_be_linked_to() -> None:
    assert {str(reason).lower() for reason in Reason} <= page("docs/troubleshooting.md").anchors


def test_every_setting_is_in_the_table() -> None:
    rows = [line for _, line in page("docs/running.md").prose if line.startswith("| `--")]
    assert len(rows) == len(OPTIONS)
    assert all(any(f"`{option.flag}` | `{option.variable}`" in row for row in rows) for option in OPTIONS)


def test_the_drawing_of_the_rooms_has_the_layers_of_the_linter_in_their_order() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in config if contract["type"] == "layers")
    rooms = [room.strip(" ()") for layer in layers for room in layer.split("|") if room != "__main__"]
    drawing = page("docs/architecture.md").blocks[0].text.split()
    assert [word for word in drawing if word in rooms][: len(rooms)] == rooms
