"""An environment in the lakehouse for one test: its manifest, what a person sees of it, and drift by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from invariants.world import Body, workspace
from lakeward_sandbox.launch import Lakehouse, Request
from scenarios.registry import MLFLOW, UC, Registry

ADDED_BY_SERVICE = "unity.catalog."


@dataclass
class Environment:
    """One catalog with a schema, a registry with a catalog and a schema, one experiment: five objects."""

    house: Lakehouse
    name: str = field(default_factory=lambda: f"e{uuid4().hex[:10]}")

    def __post_init__(self) -> None:
        self.hand = Registry(self.house)
        self.catalog, self.registry = self.name, f"{self.name}_models"
        self.path = f"/Shared/{self.name}"

    @property
    def catalogs(self) -> list[dict[str, Any]]:
        return [{"name": self.catalog, "comment": "two\nlines", "schemas": [{"name": "raw", "comment": "bronze"}]}]

    @property
    def models(self) -> dict[str, Any]:
        return {"catalog": self.registry, "createCatalog": True, "schemas": [{"name": "prod", "retention": "365d"}]}

    def manifest(self, **spec: Any) -> Body:
        whole: dict[str, Any] = {
            "unityCatalog": {"catalogs": self.catalogs},
            "modelRegistry": self.models,
            "mlflow": {"experiments": [{"path": self.path}]},
            **spec,
        }
        members = {k: v for k, v in whole.items() if v is not None}
        return workspace(self.name, self.house.workspace("dev").url, **members)

    @property
    def addresses(self) -> set[str]:
        """Those of the whole manifest."""
        return {
            f"databricks.catalog/{self.catalog}",
            f"databricks.schema/{self.catalog}.raw",
            f"databricks.catalog/{self.registry}",
            f"databricks.schema/{self.registry}.prod",
            f"mlflow.experiment/{self.path}",
        }

    def facts(self) -> Mapping[str, object]:
        """What a person sees of all five, each absent one left out."""
        places = {
            self.catalog: f"{UC}/catalogs/{self.catalog}",
            f"{self.catalog}.raw": f"{UC}/schemas/{self.catalog}.raw",
            self.registry: f"{UC}/catalogs/{self.registry}",
            f"{self.registry}.prod": f"{UC}/schemas/{self.registry}.prod",
        }
        seen = {name: _securable(self.hand.find(at)) for name, at in places.items()} | {self.path: self._experiment()}
        return {name: facts for name, facts in seen.items() if facts}

    def change(self, at: str, comment: str | None = None, **properties: str | None) -> None:
        """Change a securable by hand; a property of None is taken away."""
        kept = {
            k: v for k, v in self.hand.find(f"{UC}/{at}")["properties"].items() if not k.startswith(ADDED_BY_SERVICE)
        }
        wanted = {k: v for k, v in {**kept, **properties}.items() if v is not None}
        body = {"properties": wanted} | ({"comment": comment} if comment is not None else {})
        self.hand.call("PATCH", f"{UC}/{at}", body)

    def calls(self) -> list[Request]:
        """What the operator sent since the log was cleared."""
        return self.house.requests(principal="lakeward")

    def writes(self) -> list[Request]:
        return [r for r in self.calls() if r.method != "GET"]

    def _experiment(self) -> Mapping[str, object]:
        answer = self.hand.find(f"{MLFLOW}/experiments/get-by-name?experiment_name={quote(self.path, safe='')}") or {}
        found = answer.get("experiment")
        if not found or found["lifecycle_stage"] == "deleted":
            return {}
        return {t["key"]: t["value"] for t in found.get("tags", ()) if t["key"] == "lakeward_owner"} | {"there": True}


def _securable(found: Mapping[str, Any] | None) -> Mapping[str, object]:
    if found is None:
        return {}
    told = {k: v for k, v in found["properties"].items() if not k.startswith(ADDED_BY_SERVICE)}
    return {"comment": found.get("comment"), "by": found["created_by"], **told}
