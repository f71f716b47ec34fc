"""The stories that are cut at every write: what a person does, when it is over, and what is out there then.

Every story has a name of its own that is part of all that it makes, so that what it left can be told from the rest.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from cluster.cluster import Body, because, ready
from contract.promotion_cases import JOBS, job_id
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import MLFLOW, UC, Registry
from sweep.scene import REQUESTED, Scene

CONFIRM = "mlops.lakeward.dev/confirm-delete"
PATIENCE = 60.0
VALIDATE = "validate"
"""The job of a gate, by its key and by its name."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
UNIQUE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VOLATILE = frozenset(
    {"created_at", "updated_at", "creation_time", "last_update_time", "experiment_id", "id", "etag", "catalog_id"}
    | {"schema_id", "artifact_location", "storage_location", "storage_root", "metastore_id", "lastHandledRequest"}
    | {"resourceGuid", "run_id", "runId", "subject", "run"}
)
RUN = re.compile(r"(?<=/run/)\d+$|(?<=^databricks.job_run/)\d+/[0-9a-f]+$")
COPIES = frozenset({"championVersion", "target", "version", "champion", "candidate"})


class Story(ABC):
    """`prepare` comes before what is recorded; `act` is what is cut, up to its end; `over` waits for the end again.

    `stays`: whether the object is there at the end; `sampled`: how many points a sample takes.
    """

    title: ClassVar[str]
    plural: ClassVar[str] = "mlworkspaces"
    stays: ClassVar[bool] = True
    sampled: ClassVar[int] = 2

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.name = name

    def prepare(self) -> None:  # noqa: B027 - most stories begin with nothing
        """Do what comes before."""

    @abstractmethod
    def act(self) -> None: ...

    def over(self) -> None:
        if self.stays:
            self.scene.team.wait(self.plural, self.name, ready, PATIENCE)
        else:
            self.scene.team.wait_gone(self.plural, self.name, PATIENCE)

    @abstractmethod
    def outside(self) -> Mapping[str, Any]:
        """What is out there that bears the story's name."""

    def end(self) -> Any:
        """The whole end, with nothing in it that two undisturbed runs do not share."""
        body = self.scene.team.get(self.plural, self.name)
        inside = body and {"status": body["status"], "finalizers": body["metadata"]["finalizers"]}
        return self.plain({"outside": self.outside(), "inside": inside})

    def leave(self) -> None:
        """Forget the object, so that nobody works on it any more."""
        if self.scene.team.get(self.plural, self.name) is not None:
            self.scene.team.delete(self.plural, self.name)
            self.scene.team.wait_gone(self.plural, self.name)

    def plain(self, value: Any) -> Any:
        match value:
            case dict():
                return {self.plain(k): self.entry(k, v) for k, v in value.items() if k not in VOLATILE}
            case list() | tuple():
                return [self.plain(v) for v in value]
            case str():
                return UNIQUE.sub("UID", MOMENT.sub("TIME", value.replace(self.name, "NAME")))
        return value

    def entry(self, key: str, value: Any) -> Any:  # noqa: ARG002 - stories look at the key
        """One entry of a mapping."""
        return self.plain(value)


class Create(Story):
    title = "workspace create"

    def act(self) -> None:
        self.scene.team.apply(self.manifest())
        self.over()

    def manifest(self, **spec: object) -> Body:
        name = self.name
        grants = [
            {
                "name": f"{schema}-{principal}",
                "securable": {"type": "Schema", "name": f"{name}.{schema}"},
                "principal": principal,
                "privileges": ["USE_SCHEMA", "SELECT"],
            }
            for schema, principal in (("raw", "ml-engineers"), ("features", "data-scientists"))
        ]
        schemas = [{"name": "raw"}, {"name": "features"}]
        shelf = {"catalog": f"{name}_models", "createCatalog": True, "schemas": [{"name": "prod", "retention": "30d"}]}
        return self.scene.environment(
            name,
            unityCatalog={"catalogs": [{"name": name, "comment": "made by a test", "schemas": schemas}]},
            modelRegistry=shelf,
            grants=grants,
            mlflow={"experiments": [{"path": f"/Shared/{name}-a"}, {"path": f"/Shared/{name}-b"}]},
            **spec,
        )

    def outside(self) -> Mapping[str, Any]:
        registry, name = Registry(self.scene.house, workspace="prod"), self.name
        at = [
            *(f"{UC}/catalogs/{catalog}" for catalog in (name, f"{name}_models")),
            *(f"{UC}/schemas?catalog_name={catalog}" for catalog in (name, f"{name}_models")),
            *(f"{UC}/permissions/schema/{name}.{schema}" for schema in ("raw", "features")),
            *(f"{MLFLOW}/experiments/get-by-name?experiment_name={quote(f'/Shared/{name}-{x}')}" for x in "ab"),
        ]
        catalogs = registry.call("GET", f"{UC}/catalogs?max_results=1000")["catalogs"]
        named = sorted(c["name"] for c in catalogs if name in c["name"])
        return {"catalogs": named} | {path: registry.find(path) for path in at}

    def entry(self, key: str, value: Any) -> Any:
        return sorted(value) if key == "privileges" else super().entry(key, value)


class Chain(Create):
    """One thing after another: a catalog, then a schema in it."""

    title = "chain create"

    def manifest(self, **spec: object) -> Body:
        catalog = {"name": self.name, "schemas": [{"name": "raw"}]}
        return self.scene.environment(self.name, unityCatalog={"catalogs": [catalog]}, **spec)


class Delete(Create):
    title = "workspace delete"
    stays = False

    def prepare(self) -> None:
        self.scene.team.apply(self.manifest(deletionPolicy="Delete"))
        self.scene.team.wait(self.plural, self.name, ready, PATIENCE)

    def act(self) -> None:
        team = self.scene.team
        team.delete(self.plural, self.name)
        body = team.wait(self.plural, self.name, because("Deleting"), PATIENCE)
        team.annotate(self.plural, self.name, {CONFIRM: body["metadata"]["uid"]})
        self.over()


class Arm(Registry):
    """Azure as the operator's principal sees it."""

    def __init__(self, house: Lakehouse) -> None:
        super().__init__(house, "lakeward")
        self._url = house.azure_url


class Network(Story):
    title = "network create"
    sampled = 1

    def act(self) -> None:
        house = self.scene.house
        subnets = {
            "public": {"name": "public", "addressPrefix": "10.9.1.0/24"},
            "privateEndpoints": {"name": "endpoints", "addressPrefix": "10.9.2.0/24"},
        }
        azure = {
            "subscriptionId": house.subscription,
            "location": "eastus2",
            "tags": {"cost-center": "ml"},
            "resourceGroup": {"name": self.name},
            "network": {"name": f"{self.name}-net", "addressSpace": ["10.9.0.0/16"], "subnets": subnets},
        }
        at = {"azureResourceManager": house.azure_url}
        self.scene.team.apply(self.scene.environment(self.name, azure=azure, endpoints=at))
        self.over()

    def outside(self) -> Mapping[str, Any]:
        arm = Arm(self.scene.house)
        group = f"/subscriptions/{self.scene.house.subscription}/resourceGroups/{self.name}"
        network = f"{group}/providers/Microsoft.Network/virtualNetworks"
        return {
            "group": arm.find(f"{group}?api-version=2025-04-01"),
            "networks": arm.find(f"{network}?api-version=2026-03-01"),
        }


class Promote(Story):
    title = "promotion"
    plural = "modelpromotions"

    def prepare(self) -> None:
        """A first version is the champion already."""
        self.scene.registry.schema(self.name, "dev", "prod")
        self.pin()
        self.scene.team.wait(self.plural, self.name, ready, PATIENCE)
        self.second = self.scene.registry.register(self.dev, files=2)

    def act(self) -> None:
        self.pin(self.second)
        self.over()

    def pin(self, version: int | None = None, **spec: object) -> None:
        pinned = version or self.scene.registry.register(self.dev)
        manifest = {
            "apiVersion": "mlops.lakeward.dev/v1alpha1",
            "kind": "ModelPromotion",
            "metadata": {"name": self.name},
            "spec": {
                "workspaceRef": {"name": "env"},
                "source": {"model": self.dev, "version": pinned},
                "target": {"model": self.prod, "createIfMissing": True},
                **spec,
            },
        }
        self.scene.team.apply(manifest)

    @property
    def dev(self) -> str:
        return f"{self.name}.dev.tumor"

    @property
    def prod(self) -> str:
        return f"{self.name}.prod.tumor"

    def outside(self) -> Mapping[str, Any]:
        registry = self.scene.registry
        versions = registry.versions(self.prod)
        aliases = registry.aliases(self.prod)
        return {
            "aliases": {alias: versions[n]["source"] for alias, n in aliases.items()},
            "copies": sorted((v["source"], v["status"], v["created_by"]) for v in versions.values()),
            "tags": {versions[n]["source"]: registry.tags(self.prod, n) for n in versions},
            "bytes": str(registry.file(self.prod, aliases["champion"], "data/part-0.bin")),
            "model": registry.tags(self.prod),
        }

    copy = 0

    def end(self) -> Any:
        # a copy that is begun again gets the next number: what matters is of which version it is a copy
        found = self.scene.registry.versions(self.prod).items()
        self.copy = max((n for n, v in found if v["source"].endswith(f"/{self.second}")), default=0)
        return super().end()

    def entry(self, key: str, value: Any) -> Any:
        if key == "source" and isinstance(value, dict):
            return {k: Story.plain(self, v) for k, v in value.items() if k not in VOLATILE}
        return "COPY" if key in COPIES and str(value) == str(self.copy) else super().entry(key, value)

    def plain(self, value: Any) -> Any:
        found = super().plain(value)
        if not isinstance(found, str):
            return found
        copy = self.copy
        places = (rf"(?<=version ){copy}(?= of NAME.prod)", rf"(?<=prod.tumor version ){copy}$")
        of_copy = "|".join((*places, rf"(?<=champion=){copy}\b", rf"(?<=^UID/[23]/){copy}(?=/)"))
        return re.sub("(?<=^g[123]-)[0-9a-f]{8}$", "SUBJECT", re.sub(of_copy, "COPY", found))


def has_run(body: Body) -> bool:
    """Whether the run of a gate is known."""
    return any("run" in row for row in (body.get("status") or {}).get("gates") or ())


class Guarded(Promote):
    """All that a promotion may write: a run of a job, tags, grants, and who brought the version here."""

    title = "guarded promotion"

    def act(self) -> None:
        # whoever forgets faults forgets this, too
        self.scene.house.script(self.scene.job)
        self.pin(
            self.second,
            gates=[{"name": "validated", "type": "Job", "job": {"jobRef": {"name": VALIDATE}}}],
            tags={"pii": "none"},
            grants=[{"principal": "data-scientists", "privileges": ["EXECUTE"]}],
        )
        # it would look at the run again by itself, later
        self.scene.team.wait(self.plural, self.name, has_run, PATIENCE)
        self.scene.team.annotate(self.plural, self.name, {REQUESTED: "is it over"})
        self.over()

    def outside(self) -> Mapping[str, Any]:
        registry = Registry(self.scene.house, workspace="prod")
        runs = registry.call("GET", f"{JOBS}/runs/list?job_id={job_id(registry, self.scene.job)}").get("runs") or ()
        ours = [run for run in runs if self.dev in str(run["job_parameters"])]
        grants = registry.find(f"{UC}/permissions/function/{self.prod}")
        return {**super().outside(), "grants": grants, "runs": len(ours)}

    def plain(self, value: Any) -> Any:
        found = super().plain(value)
        return RUN.sub("RUN", found) if isinstance(found, str) else found


class Rollback(Promote):
    """What the gates of a rollback said may be forgotten: one pass asks them, switches and records."""

    title = "rollback"
    sampled = 1

    def prepare(self) -> None:
        super().prepare()
        self.pin(self.second)
        self.over()

    def act(self) -> None:
        self.pin(1)
        self.over()

    def end(self) -> Any:
        found = super().end()
        status = found["inside"]["status"]
        status["gates"] = status["summary"]["gates"] = None
        status["conditions"] = [c for c in status["conditions"] if c["type"] != "GatesPassed"]
        return found


class Release(Promote):
    title = "promotion delete"
    stays = False
    sampled = 1

    def act(self) -> None:
        self.scene.team.delete(self.plural, self.name)
        self.over()


STORIES: tuple[type[Story], ...] = (Guarded, Create, Network, Delete, Release, Rollback)
