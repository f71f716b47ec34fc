"""One copy against the real lakehouse: passes over it, and a person and another process beside them."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from lakeward.engine import apply, guards, plan
from lakeward.engine.guards import Policy
from lakeward.engine.inventory import Row
from lakeward.engine.results import Result, State
from lakeward.engine.snapshots import Snapshots
from lakeward.engine.work import Running, Works
from lakeward.providers.databricks.api import Api
from lakeward.providers.databricks.client import CopyLimits, Databricks, scope
from lakeward.providers.databricks.model_version import ModelVersion
from lakeward.providers.limits import Bucket
from lakeward.providers.types import TYPES
from lakeward_sandbox.launch import Lakehouse, Request
from sandbox.waiting import wait_for
from scenarios.registry import MLMODEL, UC, Registry

OWNER = "test/ml/ModelPromotion/tumor"
DEADLINE = 20.0


@dataclass
class Desk:
    """`ana` owns the source, `lakeward` is the operator's own principal by hand. `now` is the clock of long work."""

    house: Lakehouse
    pool: ThreadPoolExecutor
    limits: CopyLimits = field(default_factory=CopyLimits)
    catalog: str = field(default_factory=lambda: f"k{uuid4().hex[:10]}")
    going: bool = True
    now: float = 0.0

    def __post_init__(self) -> None:
        self.ana = Registry(self.house)
        self.lakeward = Registry(self.house, "lakeward")
        self.woken = threading.Semaphore(0)
        self.works = Works(self.pool, lambda: self.going, lambda: self.now)
        self._snapshots = Snapshots(time.monotonic)
        self._host, self._token = self.house.workspace("dev").url, self.house.token("lakeward")
        self._api = Api(self._host, self._token, Bucket(1000.0))
        self.ana.schema(self.catalog, "dev", "prod")
        made = {"catalog_name": self.catalog, "schema_name": "prod", "name": "tumor"}
        self.lakeward.call("POST", f"{UC}/models", made)

    @property
    def source(self) -> str:
        return f"{self.catalog}.dev.tumor"

    @property
    def target(self) -> str:
        return f"{self.catalog}.prod.tumor"

    @property
    def origin(self) -> str:
        return f"models:/{self.source}/1"

    def close(self) -> None:
        """Nothing is left: a workspace may have only so many versions that wait for their files."""
        self.house.clear()
        self.works.stop()
        self.wait_end()
        for model in (self.source, self.target):
            if self.ana.find(f"{UC}/models/{model}") is not None:
                self.ana.call("DELETE", f"{UC}/models/{model}")

    def client(self) -> Databricks:
        """As a new pass sees it."""
        now = time.monotonic()
        identity = scope(self._host, self._token)
        return Databricks(
            self._api, identity, self._snapshots, self.works, now, now, self.woken.release, limits=self.limits
        )

    def wanted(self, **fields: Any) -> ModelVersion:
        return ModelVersion(model=self.target, source=self.source, version=1, owner=OWNER, **fields)

    def left(self) -> ModelVersion:
        """What stays of it when its row is all that is known."""
        return replace(ModelVersion.at(self.wanted().key).left(()), owner=OWNER)

    def register(self, files: int = 2, finalize: bool = True, **fields: Any) -> None:
        """The version to copy; one that is not finalized may still change its files."""
        if self.ana.find(f"{UC}/models/{self.source}") is None:
            made = {"catalog_name": self.catalog, "schema_name": "dev", "name": "tumor"}
            self.ana.call("POST", f"{UC}/models", made)
        number = self.ana.begin(self.source, source="runs:/x/model", **fields)
        self.put("MLmodel", MLMODEL.encode())
        for n in range(files):
            self.put(f"data/part-{n}.bin", bytes([n]) * 1000)
        if finalize:
            self.ana.finalize(self.source, number)

    def put(self, path: str, content: bytes) -> None:
        """A file of the source."""
        self.ana.put(self.source, 1, path, content)

    def begin(self, mark: str = OWNER, tags: Mapping[str, str] | None = None, **fields: Any) -> int:
        """By another process of the operator's principal: a version of the target that waits for its files."""
        every = {"lakeward_attempt": mark, **(tags or {})}
        listed = [{"key": key, "value": value} for key, value in every.items()]
        return self.lakeward.begin(self.target, source=self.origin, tags=listed, **fields)

    def versions(self) -> dict[int, str]:
        """Number and status of every version of the target."""
        return {number: v["status"] for number, v in sorted(self.ana.versions(self.target).items())}

    def tags(self, number: int) -> dict[str, str]:
        return self.ana.tags(self.target, number)

    def run(self, wanted: ModelVersion | None, rows: Sequence[Row] = ()) -> Result:
        """One pass over the copy, or over what the rows list of it."""
        clients = {"databricks": self.client()}
        desired = [wanted] if wanted else []
        gone = plan.stale(rows, desired, TYPES, OWNER)
        seen = plan.observe([*desired, *gone], clients, map)
        judged = guards.judge(plan.make(desired, gone, seen, rows), Policy(owner=OWNER))
        with ThreadPoolExecutor(1) as branch:
            (result,) = apply.apply(judged, clients, branch, lambda: self.going)
        return result

    def settle(self, wanted: ModelVersion, most: int = 6) -> Result:
        """Passes until one finds nothing to do or tells a problem; long work is waited for."""
        for _ in range(most):
            result = self.run(wanted)
            if result.problem is not None or (result.state is State.READY and not result.wrote):
                return result
            self.wait_end()
        raise AssertionError(f"it did not come to rest: {result}")

    def wait_end(self) -> None:
        """Return when no long work runs."""
        wait_for(lambda: not self.works.running(), DEADLINE)

    def progress(self) -> str:
        """How far the one work is; empty when there is none."""
        (key,) = self.works.running() or {""}
        state = self.works.state(key)
        return state.progress if isinstance(state, Running) else ""

    def hold(self, method: str, path: str, **fields: Any) -> str:
        """Hold the operator's next such call."""
        return self.house.fault("hold", method=method, path=path, principal="lakeward", **fields)

    def writes(self) -> list[Request]:
        """By the operator, not by hand."""
        made = self.house.requests(principal="lakeward")
        return [r for r in made if r.method != "GET" and not r.user_agent.startswith("Python-urllib")]

    def creates(self) -> int:
        """How many versions the operator asked for."""
        return sum(r.method == "POST" and r.path.endswith("/models/versions") for r in self.writes())
