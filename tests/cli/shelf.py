"""A model with versions at an environment of its own, and manifests about it in a folder of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cli.desk import SWITCHES, Desk, Said
from invariants.world import NAMESPACE, Body, Cluster, Operator, workspace
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from scenarios.registry import UC, Registry

QUALITY: Body = {
    "name": "quality",
    "type": "Metric",
    "metric": {"from": "ModelVersion", "metric": "f1", "dataset": "holdout", "min": "0.8"},
}
VALIDATED: Body = {
    "name": "validated",
    "type": "Tag",
    "tag": {"from": "Source", "key": "validation_status", "in": ["passed"]},
}


@dataclass(frozen=True)
class Shelf:
    """`dev` and `prod` are full names of models; prod's does not exist yet. Manifests lie in `folder`."""

    desk: Desk
    registry: Registry
    catalog: str

    @property
    def folder(self) -> Path:
        return self.desk.folder.parent / "shelf"

    @property
    def dev(self) -> str:
        return f"{self.catalog}.dev.tumor"

    @property
    def prod(self) -> str:
        return f"{self.catalog}.prod.tumor"

    @property
    def environment(self) -> Body:
        return workspace("env", self.desk.house.workspace("prod").url)

    def register(self, f1: float, tags: Mapping[str, str] | None = None, dataset: str = "holdout") -> int:
        number = self.registry.register(self.dev, {"f1": f1}, dataset=dataset)
        for key, value in (tags or {}).items():
            self.tag(number, key, value)
        return number

    def tag(self, version: int, key: str, value: str) -> None:
        change = {"changes": {"add_tags": [{"key": key, "value": value}]}}
        self.registry.call("PATCH", f"{UC}/subentity-tags/FUNCTION/{self.dev}/{version}", change)

    def promotion(self, version: int, name: str = "tumor", namespace: str = NAMESPACE, **spec: Any) -> Body:
        return {
            "apiVersion": "mlops.lakeward.dev/v1alpha1",
            "kind": "ModelPromotion",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "workspaceRef": {"name": "env"},
                "source": {"model": self.dev, "version": version},
                "target": {"model": self.prod, "createIfMissing": True},
                **spec,
            },
        }

    def put(self, body: Body, name: str = "") -> Path:
        """Write a manifest; a file is named like its object."""
        place = self.folder / (name or f"{body['metadata']['name']}.yaml")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(yaml.safe_dump(body))
        return place

    def pin(self, version: int, **spec: Any) -> Path:
        return self.put(self.promotion(version, **spec))

    def promoted(self, *bodies: Body) -> Cluster:
        """What an operator leaves that was told these, one after the other, until each came to rest."""
        cluster = Cluster()
        cluster.secrets[NAMESPACE, "databricks"] = {"databricks": self.desk.house.token("lakeward")}
        cluster.put(self.environment)
        with Operator(cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
            for body in bodies:
                operator.settle(cluster.put(body))
        self.desk.house.clear()
        return cluster

    def gate_check(self, *arguments: str) -> Said:
        return self.command("gate-check", *arguments)

    def propose(self, *arguments: str) -> Said:
        return self.command("propose", *arguments)

    def command(self, command: str, *arguments: str) -> Said:
        said = self.desk.command(command, "-f", str(self.folder), *arguments, *self.flags)
        return Said(said.code, self.told(said.out), self.told(said.err))

    def told(self, text: str) -> str:
        return text.replace(str(self.folder), "SHELF").replace(self.catalog, "ml")

    @property
    def flags(self) -> tuple[str, ...]:
        return ("--secret", f"databricks/databricks=@{self.desk.token}", *SWITCHES)
