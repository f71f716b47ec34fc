"""External calls of one promotion that copies a model of F files, and the writes of a rollback.

The promotion is the sample's, with its gate on a metric, into another schema; F counts MLmodel, too. It is measured as
the first one of its target and as one that replaces a champion. The allowance is 14 + 2F calls: a GET and a PUT for
each file, and the source, the target, the versions, the gate, the claim, the new version and its end, provenance,
`previous`, `champion` and the record. A rollback writes `previous`, `champion` and the record, and copies nothing.
"""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from benchmarks import calls, samples
from benchmarks.bench import Bench
from benchmarks.figure import Reading
from benchmarks.offline import Offline
from benchmarks.samples import Manifest
from benchmarks.scientist import Scientist

TARGET, ROLLBACK = 1.2, 3
BASE, PER_FILE = 14, 2
FILES, QUICK_FILES = (5, 40), (5,)


def measure(bench: Bench) -> Iterator[Reading]:
    """Two releases and the way back for each number of files; counts, so once each."""
    for files in QUICK_FILES if bench.quick else FILES:
        bench.say(f"promoting two versions of {files} files and rolling back")
        yield from _released(bench, files)


def _released(bench: Bench, files: int) -> Iterator[Reading]:
    house, own = bench.house, f"p{uuid4().hex[:6]}"
    scientist = Scientist(house, "test")
    scientist.schema(own, "dev", "candidate")
    source = f"{own}.dev.tumor_classifier"
    scientist.model(source)
    with Offline(house.token("lakeward")) as operator:
        operator.put(_login(samples.environment("test", house, own)))
        operator.settle()
        for which in ("the first", "the next"):
            version = scientist.register(source, files, score=("tumor_holdout", "f1_score", 0.9))
            made = _promoted(bench, operator, _pinned(bench, own, version))
            told = f"calls of {which} promotion of {files} files, to {BASE} + {PER_FILE}F"
            least = BASE + PER_FILE * files
            beside = f"{len(made)} calls, {len(calls.writes(made))} of them writes; {least} allowed for"
            yield Reading(told, len(made) / least, TARGET, "x", beside)
        back = calls.writes(_promoted(bench, operator, _pinned(bench, own, 1)))
        named = ", ".join(f"{r.method} {r.path.rpartition('/')[2]}" for r in back)
        yield Reading(f"writes of a rollback, {files} files", len(back), ROLLBACK, "", named)


def _promoted(bench: Bench, operator: Offline, manifest: Manifest) -> list[Any]:
    before = calls.mark(bench.house)
    operator.put(manifest)
    operator.settle()
    return calls.since(bench.house, before)


def _login(environment: Manifest) -> Manifest:
    """The environment as a way to log in, with nothing in it."""
    kept = {name: environment["spec"][name] for name in ("environment", "credentials", "databricks")}
    return {**environment, "spec": kept}


def _pinned(bench: Bench, own: str, version: int) -> Manifest:
    manifest = samples.promotion("tumor-test", bench.house, own)
    spec = manifest["spec"]
    del spec["dependsOn"]  # one promotion alone is measured
    spec["source"] = {"model": f"{own}.dev.tumor_classifier", "version": version}
    spec["target"] = {"model": f"{own}.candidate.tumor_classifier", "createIfMissing": True}
    return manifest
