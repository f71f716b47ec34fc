"""Who talks to the lakehouse, where, and one model that the real mlflow client trained and registered."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import UC, Talk, talk

FLOW = Path(__file__).with_name("client_flow.py")


@pytest.fixture
def dev(house: Lakehouse) -> Talk:
    return talk(house)


@pytest.fixture
def schema(dev: Talk) -> Iterator[str]:
    """A schema in a catalog of its own; what it holds goes with it, for pending versions are counted."""
    made = dev.schema()
    yield made
    dev.good("DELETE", f"{UC}/catalogs/{made.partition('.')[0]}?force=true")


@pytest.fixture
def model(dev: Talk, schema: str) -> str:
    return dev.model(schema)


@pytest.fixture(scope="session")
def sdk(shared_house: Lakehouse) -> WorkspaceClient:
    """The unmodified Databricks SDK as the operator's principal, in dev."""
    return WorkspaceClient(
        host=shared_house.workspace("dev").url, token=shared_house.token("lakeward"), auth_type="pat"
    )


@pytest.fixture(scope="session")
def trained(shared_house: Lakehouse, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the mlflow client did as ana in dev, told by itself. It keeps global state, so it has its own process."""
    schema = talk(shared_house, "ana@example.com").schema()
    folder = tmp_path_factory.mktemp("mlflow")
    environment = {
        "PATH": os.environ["PATH"],  # noqa: TID251 - handed on to a child
        "HOME": str(folder),
        "DATABRICKS_HOST": shared_house.workspace("dev").url,
        "DATABRICKS_TOKEN": shared_house.token("ana@example.com"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }
    done = subprocess.run(
        [sys.executable, str(FLOW), schema, "told.json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "told.json").read_text())
