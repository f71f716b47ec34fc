"""A desk with the samples, and a shelf with a model, for one test each."""

from pathlib import Path
from uuid import uuid4

import pytest

from cli.desk import PORTS, Desk
from cli.repository import Repository
from cli.shelf import Shelf
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import Registry

SAMPLES = Path(__file__).parents[2] / "manifests" / "samples"


@pytest.fixture
def desk(house: Lakehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(house, tmp_path / "manifests", capsys, f"m{uuid4().hex[:8]}_")
    (tmp_path / "token").write_text(f"{house.token('lakeward')}\n")
    for sample in SAMPLES.rglob("*.yaml"):
        made.write(str(sample.relative_to(SAMPLES)), _own(sample.read_text(), made))
    return made


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    made = Shelf(desk, Registry(desk.house), f"c{uuid4().hex[:10]}")
    made.registry.schema(made.catalog, "dev", "prod")
    made.put(made.environment)
    return made


@pytest.fixture
def checkout(shelf: Shelf) -> Repository:
    """The folder of the shelf as a repository, with the environment in it."""
    made = Repository.made(shelf.folder)
    made.commit()
    return made


def _own(text: str, desk: Desk) -> str:
    for name, port in PORTS.items():
        text = text.replace(f"http://127.0.0.1:{port}", desk.house.workspace(name).url)
    text = text.replace("http://127.0.0.1:8440", desk.house.azure_url).replace("mlops-", f"{desk.own}ops-")
    return text.replace("ml_", desk.own)
