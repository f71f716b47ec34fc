"""A thousand promotions at rest, and what they cost in memory: the crowd beside which other figures are taken.

Each promotes a version of a model of its own by its alias alone, through one environment in one namespace, so that the
far side is asked for little and the operator has as many objects as a large organisation.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.rig import CREATORS, SECRET, Manifest, Rig, until
from benchmarks.scientist import Scientist

COUNT, QUICK_COUNT = 1000, 100
NAMESPACE, CATALOG = "crowd", "bench_crowd"
HOST = "prod"
FAST = "1000"
SECONDS = 1800.0


@dataclass(frozen=True)
class Crowd:
    """How many, and the operator's resident bytes before and after they came."""

    count: int
    before: int
    after: int


def gathered(bench: Bench, rig: Rig) -> Crowd:
    """Make it with an operator whose calls are not paced, and leave that operator running."""
    bench.house.clear()
    count = QUICK_COUNT if bench.quick else COUNT
    names = [f"m{n:04}" for n in range(count)]
    _registered(bench, names)
    rig.start(calls_per_second=FAST)
    rig.namespace(NAMESPACE)
    rig.create(NAMESPACE, login(bench, HOST))
    rig.wait_ready(NAMESPACE, "MLWorkspace", HOST)
    before = rig.resident()
    bench.say(f"promoting {count} models")
    rig.create_all(NAMESPACE, _promotions(names))
    settled(bench, rig, count)
    return Crowd(count, before, rig.resident())


def settled(bench: Bench, rig: Rig, count: int) -> None:
    """Return when so many promotions are ready and none waits."""
    told = 0.0

    def holds() -> bool:
        nonlocal told
        now = rig.metric("lakeward_objects", kind="ModelPromotion", ready="True")
        if now >= told + count / 5:
            told = now
            bench.say(f"{now:.0f} are ready")
        return now >= count and not rig.metric("lakeward_queue_depth") and not rig.metric("lakeward_passes_running")

    until(holds, SECONDS, f"{count} promotions are ready")


def login(bench: Bench, host: str, name: str = "") -> Manifest:
    """An environment with nothing in it: the way to log in to a workspace."""
    spec = {
        "environment": "dev",
        "credentials": {"token": {"secretRef": {"name": SECRET}}},
        "databricks": {"host": bench.house.workspace(host).url},
    }
    return _manifest("MLWorkspace", name or host, spec)


def promotion(name: str, workspace: str, model: str, version: int) -> Manifest:
    """One that moves the alias of a model's own version."""
    pinned = {"model": model, "version": version}
    return _manifest(
        "ModelPromotion", name, {"workspaceRef": {"name": workspace}, "source": pinned, "target": {"model": model}}
    )


def _promotions(names: list[str]) -> Iterator[Manifest]:
    return (promotion(name, HOST, f"{CATALOG}.models.{name}", 1) for name in names)


def _registered(bench: Bench, names: list[str]) -> None:
    bench.say(f"registering {len(names)} models")
    scientist = Scientist(bench.house, HOST)
    scientist.schema(CATALOG, "models")

    def one(name: str) -> None:
        scientist.model(f"{CATALOG}.models.{name}")
        scientist.register(f"{CATALOG}.models.{name}")

    with ThreadPoolExecutor(CREATORS) as pool:
        list(pool.map(one, names))


def _manifest(kind: str, name: str, spec: Manifest) -> Manifest:
    return {"apiVersion": "mlops.lakeward.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
