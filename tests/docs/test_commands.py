"""The commands of the documentation do what it says: typed in order, on a real API server and the local lakehouse."""

import json
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from docs.pages import ROOT, blocks, page
from docs.story import story
from lakeward_sandbox.launch import Lakehouse

FREE = {
    "lakeward-sandbox up": "lakeward-sandbox up --port 0 --azure-seconds 0",
    "lakeward run": "lakeward run --health-port 0",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What of a checkout the page uses."""
    made = tmp_path / "checkout"
    made.mkdir()
    for folder in ("crds", "manifests"):
        shutil.copytree(ROOT / folder, made / folder)
    return made


@pytest.mark.timeout(400)
def test_the_quick_start_does_what_it_says(checkout: Path) -> None:
    steps = page("docs/quick-start.md").blocks
    with story(checkout, FREE | {"8001": str(unused())}) as told:
        for block in steps:
            told.type(block)
            sheet = checkout / ".lakeward" / "lakehouse" / "sandbox.json"
            if "background" in block.words and block.word("until"):
                told.wait()
            if sheet.exists():
                _follow(checkout, json.loads(sheet.read_text()))
        said = "\n".join(told.said.values())
    assert "All: 42 to change" in said
    assert "dev    dev    127.0.0.1" in said
    assert "risk-signoff: 0 of 1 approvals (one more from model-risk)" in said
    assert "You, bob@example.com, in model-risk, approve gate risk-signoff: FL-231 reviewed" in said
    assert "tumor-prod   1        1          Promoted   6/6     True" in said
    assert "dependsOn: Pass, found tumor-test at 1 Promoted" in said
    assert "Release version 2" in said
    assert "tumor-prod   1        1          Promoted   1/1     True" in said


def test_the_example_of_a_test_passes(house: Lakehouse) -> None:
    (example,) = (block for block in blocks("python") if "test" in block.words)
    module: dict[str, Any] = {}
    exec(compile(example.text, str(example), "exec"), module)  # noqa: S102 - a page of this repository
    assert "house" in module
    module["test_what_my_client_sends"](house)


def unused() -> int:
    """A port that nobody has, for a program that only the page starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _follow(checkout: Path, sheet: Mapping[str, Any]) -> None:
    """The samples name fixed ports; here the lakehouse has free ones."""
    urls = {8440: sheet["azureResourceManager"]["url"]}
    urls |= {port: sheet["workspaces"][name]["url"] for port, name in ((8442, "dev"), (8443, "test"), (8444, "prod"))}
    for file in (checkout / "manifests" / "samples").rglob("*.yaml"):
        text = file.read_text()
        for port, url in urls.items():
            text = text.replace(f"http://127.0.0.1:{port}", url)
        file.write_text(text)
