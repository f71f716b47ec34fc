"""One environment with a source and a target schema of its own, and an operator of both kinds on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from invariants.world import NAMESPACE, Body, Operator, workspace
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import Registry
from scenarios.witness import Witness, Witnessed


@dataclass
class Stage:
    """`dev` and `prod` are full names of models; the target's model does not exist yet."""

    house: Lakehouse
    cluster: Witnessed
    operator: Operator
    registry: Registry
    catalog: str = field(default_factory=lambda: f"c{uuid4().hex[:10]}")

    @property
    def dev(self) -> str:
        return f"{self.catalog}.dev.tumor"

    @property
    def prod(self) -> str:
        return f"{self.catalog}.prod.tumor"

    def promote(self, version: int, name: str = "tumor", **spec: Any) -> Key:
        """Apply a ModelPromotion that pins this version of the dev model."""
        return self.cluster.put(self.promotion(version, name, **spec))

    def promotion(self, version: int, name: str = "tumor", **spec: Any) -> Body:
        return {
            "apiVersion": "mlops.lakeward.dev/v1alpha1",
            "kind": "ModelPromotion",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {
                "workspaceRef": {"name": "env"},
                "source": {"model": self.dev, "version": version},
                "target": {"model": self.prod, "createIfMissing": True},
                **spec,
            },
        }

    def phase(self, key: Key) -> str:
        return str(self.cluster.status(key).get("phase"))

    def ready(self, key: Key) -> tuple[str, str]:
        """Status and reason of Ready."""
        condition = self.cluster.condition(key, "Ready")
        return condition["status"], condition["reason"]

    def is_ready(self, key: Key) -> bool:
        """Whether Ready is true, and about what git says now."""
        body = self.cluster.objects[key]
        known = self.cluster.status(key).get("observedGeneration") == body["metadata"]["generation"]
        return known and self.cluster.condition(key, "Ready").get("status") == "True"

    def message(self, key: Key) -> str:
        return str(self.cluster.condition(key, "Ready")["message"])

    def told(self, key: Key, kind: str = "") -> list[str]:
        """Reasons of the events so far, of one type if it is named, without those about single objects outside."""
        events = [event for at, event in self.cluster.events if at == key and kind in {"", event.type}]
        return [str(event.reason) for event in events if event.reason != Reason.APPLYING]

    def gate(self, key: Key, name: str) -> Mapping[str, Any]:
        """The row of one gate in the status."""
        found: Mapping[str, Any] = next(row for row in self.cluster.status(key)["gates"] if row["name"] == name)
        return found

    def writes(self, after: int = 0) -> list[str]:
        """What Lakeward wrote outside, in order."""
        made = self.house.requests(principal="lakeward", after=after)
        return [f"{r.method} {r.path}" for r in made if r.method != "GET"]

    def mark(self) -> int:
        """The sequence number of the last request."""
        return max((r.sequence for r in self.house.requests()), default=0)


@pytest.fixture
def stage(house: Lakehouse) -> Iterator[Stage]:
    registry = Registry(house)
    cluster = Witnessed(Witness(registry))
    cluster.secrets[NAMESPACE, "databricks"] = {"databricks": house.token("lakeward")}
    cluster.put(workspace("env", house.workspace("prod").url))
    kinds = (MLWorkspace(), ModelPromotion())
    with Operator(cluster, kinds=kinds, canary=house.token("lakeward")) as operator:
        made = Stage(house, cluster, operator, registry)
        made.registry.schema(made.catalog, "dev", "prod")
        yield made
