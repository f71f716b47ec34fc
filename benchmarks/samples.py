"""The manifests of manifests/samples, with the addresses of a running lakehouse and names that nobody else uses."""

from collections.abc import Mapping
from typing import Any

import yaml

from benchmarks.bench import ROOT
from lakeward_sandbox.launch import Lakehouse

SAMPLES = ROOT / "manifests" / "samples"
ENVIRONMENTS, PROMOTIONS = "environments", "promotions"
PORTS = {"dev": 8442, "test": 8443, "prod": 8444}
AZURE = "http://127.0.0.1:8440"

Manifest = dict[str, Any]


def text(file: str, house: Lakehouse, own: str) -> str:
    """One file below the samples. `own` goes before all names of its own: catalogs, groups, paths."""
    found = (SAMPLES / file).read_text(encoding="utf-8")
    for name, port in PORTS.items():
        found = found.replace(f"http://127.0.0.1:{port}", house.workspace(name).url)
    found = found.replace(AZURE, house.azure_url).replace("mlops-", f"{own}-mlops-")
    return found.replace("ml_", f"{own}_ml_")


def environment(name: str, house: Lakehouse, own: str) -> Manifest:
    """`dev`, `test` or `prod`."""
    return _manifest(f"{ENVIRONMENTS}/{name}.yaml", house, own)


def promotion(name: str, house: Lakehouse, own: str) -> Manifest:
    """`tumor-dev`, `tumor-test` or `tumor-prod`."""
    return _manifest(f"{PROMOTIONS}/{name}.yaml", house, own)


def files() -> tuple[str, ...]:
    """The environments in the order of their kustomization."""
    listed: Mapping[str, Any] = yaml.safe_load((SAMPLES / ENVIRONMENTS / "kustomization.yaml").read_text())
    return tuple(str(name).removesuffix(".yaml") for name in listed["resources"])


def _manifest(file: str, house: Lakehouse, own: str) -> Manifest:
    found: Manifest = yaml.safe_load(text(file, house, own))
    return found
