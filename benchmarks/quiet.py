"""What it costs to look when nothing has changed: writes, which must be none, and reads for each external object.

One environment, then ten that share a metastore and an identity, are left alone for ten scan intervals. An external
object is a row of the inventory; the grants on one securable are one. Passes are spread as in the running operator, so
that a listing is shared only by those who come while it is recent. A tool that reads object by object needs 1.00.
The ten are at one workspace, as teams share it, and once more at the three workspaces that the lakehouse has.
"""

from collections.abc import Iterator, Sequence
from uuid import uuid4

from benchmarks import calls, samples
from benchmarks.bench import Bench
from benchmarks.figure import Reading
from benchmarks.offline import SCAN, Offline
from benchmarks.samples import Manifest

ALONE, SHARING = 0.65, 0.45
TEN = 10
SCANS, QUICK_SCANS = 10, 4


def measure(bench: Bench) -> Iterator[Reading]:
    """Both counts, of several scans in a time that jumps."""
    yield from _scanned(bench, "one workspace", _many(bench, ["prod"]), ALONE)
    yield from _scanned(bench, "ten on one host", _many(bench, ["prod"] * TEN), SHARING)
    hosts = (["prod", "test", "dev"] * TEN)[:TEN]
    if not bench.quick:
        yield from _scanned(bench, "ten on three hosts", _many(bench, hosts), SHARING)


def _scanned(bench: Bench, what: str, manifests: Sequence[Manifest], target: float) -> Iterator[Reading]:
    house, scans = bench.house, QUICK_SCANS if bench.quick else SCANS
    with Offline(house.token("lakeward")) as operator:
        bench.say(f"converging {what}")
        for manifest in manifests:
            operator.put(manifest)
        operator.settle()
        bench.say(f"scanning {what} for {scans} intervals")
        operator.rest(SCAN)  # the looks that follow a convergence are over
        before, told, passes = calls.mark(house), operator.kubernetes_writes, operator.passes
        operator.rest(SCAN * scans)
        made = calls.since(house, before)
        objects = sum(len(body["status"]["resources"]) for body in operator.bodies.values())
        looks = (operator.passes - passes) / len(manifests)
        reads = len(calls.reads(made)) / objects / looks
        written = operator.kubernetes_writes - told
    beside = f"{len(made)} reads, {objects} objects, {looks:.1f} scans each"
    yield Reading(f"writes outside of quiet scans, {what}", len(calls.writes(made)), 0)
    yield Reading(f"writes to Kubernetes of quiet scans, {what}", written, 0)
    yield Reading(f"reads per object and quiet scan, {what}", reads, target, "", beside)


def _many(bench: Bench, hosts: Sequence[str]) -> list[Manifest]:
    """Environments like the sample `prod`, each with objects of its own but for the shared catalog of models."""
    own = f"q{uuid4().hex[:6]}"
    made = []
    for n, host in enumerate(hosts):
        manifest = samples.environment("prod", bench.house, f"{own}{n}")
        spec = manifest["spec"]
        manifest["metadata"]["name"] = f"prod-{n}"
        spec["databricks"]["host"] = bench.house.workspace(host).url
        registry = spec["modelRegistry"]
        was, registry["catalog"] = registry["catalog"], f"{own}_models"
        if n == 0:
            registry["createCatalog"] = True
        for schema in registry["schemas"]:
            schema["name"] += f"_{n}"
        for grant in spec["grants"]:
            securable = grant["securable"]
            if securable["name"].startswith(f"{was}."):
                securable["name"] = f"{own}_models.{securable['name'].rpartition('.')[2]}_{n}"
        made.append(manifest)
    return made
