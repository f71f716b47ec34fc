"""One resource at a time against the real lakehouse: the operator's clients, a person beside it, and single passes."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from contract.hand import Hand
from lakeward.engine import apply, guards, plan
from lakeward.engine.guards import Policy
from lakeward.engine.inventory import Row
from lakeward.engine.plan import Plan
from lakeward.engine.resource import Clients, Phase, Resource
from lakeward.engine.results import Results, State
from lakeward.engine.snapshots import Snapshots
from lakeward.engine.work import Works
from lakeward.providers.azure import api as arm
from lakeward.providers.azure import client as azure
from lakeward.providers.databricks.api import Api
from lakeward.providers.databricks.client import Databricks, scope
from lakeward.providers.databricks.model_version import ModelVersion
from lakeward.providers.limits import Bucket
from lakeward.providers.types import TYPES
from lakeward_sandbox.launch import Lakehouse, Request
from sandbox.waiting import wait_for

OWNER = "test/ml/MLWorkspace/contract"
SOMEBODY = "test/ml/MLWorkspace/somebody"
CONFIRMED = Policy(owner=OWNER, delete=True, confirmed=frozenset({"*"}))
DEADLINE = 20.0


@dataclass
class Bench:
    """`name` is free for use in the lakehouse; `hand` is a person who changes things beside the operator."""

    house: Lakehouse
    pool: ThreadPoolExecutor
    name: str = field(default_factory=lambda: f"k{uuid4().hex[:10]}")
    snapshots: Snapshots = field(default_factory=lambda: Snapshots(time.monotonic))
    woken: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __post_init__(self) -> None:
        self.hand = Hand(self.house)
        self.token = self.house.token("lakeward")
        self.host = self.house.workspace("dev").url
        self.works = Works(self.pool)
        self.api = Api(self.host, self.token, Bucket(1000.0))
        self.arm = arm.Api(self.house.azure_url, self.house.subscription, self.token, Bucket(1000.0))

    def client(self, resource: Resource[Any]) -> Any:
        """That of the resource's provider."""
        return self.clients()[resource.provider]

    def clients(self) -> Clients:
        """As a new pass sees them: what was read before is too old."""
        now = time.monotonic()
        identity = scope(self.host, self.token)
        client = Databricks(self.api, identity, self.snapshots, self.works, now, now, self.woken.release)
        identity = azure.scope(self.arm.host, self.house.subscription, self.token)
        return {
            "databricks": client,
            "mlflow": client,
            "azure": azure.Azure(self.arm, identity, self.snapshots, now, now),
        }

    def planned(
        self, desired: Resource[Any] | None, policy: Policy | None = None, rows: Sequence[Row] = ()
    ) -> tuple[Plan, Clients]:
        """Observe, plan, guard. Without a desired resource, what the rows list is to go."""
        return self.planned_all([desired] if desired else [], policy, rows)

    def planned_all(
        self, desired: Sequence[Resource[Any]], policy: Policy | None = None, rows: Sequence[Row] = ()
    ) -> tuple[Plan, Clients]:
        """The same for several."""
        clients = self.clients()
        wanted = [replace(d, owner=OWNER) for d in desired]
        gone = plan.stale(rows, wanted, TYPES, OWNER)
        seen = plan.observe([*wanted, *gone], clients, map)
        return guards.judge(plan.make(wanted, gone, seen, rows), policy or Policy(owner=OWNER)), clients

    def apply(self, made: Plan, clients: Clients) -> Results:
        with ThreadPoolExecutor(2) as pool:
            return apply.apply(made, clients, pool, lambda: True)

    def run(self, desired: Resource[Any] | None, policy: Policy | None = None, rows: Sequence[Row] = ()) -> Results:
        """One pass."""
        return self.apply(*self.planned(desired, policy, rows))

    def settle(self, desired: Resource[Any], policy: Policy | None = None, most: int = 6) -> Results:
        """Passes until the resource is in place; long work is waited for."""
        for _ in range(most):
            results = self.run(desired, policy)
            if results.settled and not results.wrote:
                return results
            self.wait_for_work(results)
        raise AssertionError(f"{desired.address} did not come to rest: {[(r.state, r.message) for r in results]}")

    def wait_for_work(self, results: Results) -> None:
        """Return when the long work that this pass began, if it did, has ended, here and in Azure."""
        working = any(r.state is State.PROGRESSING and isinstance(r.step.resource, ModelVersion) for r in results)
        assert not working or self.woken.acquire(timeout=DEADLINE)
        for result in results:
            if result.state is State.PROGRESSING and result.step.resource.provider == "azure":
                self.rest(result.step.resource)

    def rest(self, resource: Resource[Any]) -> None:
        """Return when nothing moves there."""

        def rests() -> bool:
            seen = resource.observe(self.client(resource).fresh())
            return seen is None or seen.phase not in {Phase.PROGRESSING, Phase.DELETING}

        wait_for(rests, DEADLINE)

    def remove(self, resource: Resource[Any]) -> None:
        """Delete it, and wait until it is gone."""
        resource.delete(self.client(resource).fresh())
        self.rest(resource)

    def pruned(self, row: Row, most: int = 4) -> Results:
        """Passes, with a person's consent, until what the row lists is gone or nobody works at it."""
        for _ in range(most):
            results = self.run(None, CONFIRMED, [row])
            if results.settled:
                return results
            self.wait_for_work(results)
        raise AssertionError(f"{row.address} was not removed: {[(r.state, r.message) for r in results]}")

    def writes(self) -> list[Request]:
        """What the operator sent that changes something."""
        return [r for r in self.house.requests(principal="lakeward") if r.method != "GET"]


@contextmanager
def bench(house: Lakehouse) -> Iterator[Bench]:
    with ThreadPoolExecutor(2) as pool:
        yield Bench(house, pool)
