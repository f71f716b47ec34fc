"""Resident memory of the operator's process: at rest, and while it copies a large model.

At rest: the three sample environments are in place, so that both SDKs are loaded, and nothing else. While copying: the
peak above what it held before, of a model with one file of 200 MB; constant memory means that the peak does not know
the size.
"""

import threading
from collections.abc import Iterator
from typing import Self

from benchmarks import crowd, samples
from benchmarks.bench import Bench
from benchmarks.figure import Reading
from benchmarks.rig import Rig
from benchmarks.scientist import Scientist

MB = 1_000_000
IDLE, COPY = 220.0, 20.0
SIZE, QUICK_SIZE = 200 * MB, 50 * MB
PROBE = 0.05
SAMPLES, TEAM, CATALOG, HOST = "samples", "copies", "bench_copies", "test"
MODEL = "large"


def measure(bench: Bench) -> Iterator[Reading]:
    """Sizes of one process."""
    rig = bench.rig
    rig.start()
    rig.namespace(SAMPLES)
    for name in samples.files():
        rig.create(SAMPLES, samples.environment(name, bench.house, "mem"))
    for name in samples.files():
        rig.wait_ready(SAMPLES, "MLWorkspace", name)
    yield Reading("memory at rest", rig.resident() / MB, IDLE, "MB", "the three sample environments in place")
    yield _copied(bench, rig)
    # who comes next finds nobody
    for name in samples.files():
        rig.remove(SAMPLES, "MLWorkspace", name)
    rig.remove(TEAM, "ModelPromotion", MODEL)
    rig.remove(TEAM, "MLWorkspace", HOST)


def _copied(bench: Bench, rig: Rig) -> Reading:
    size = QUICK_SIZE if bench.quick else SIZE
    bench.say(f"copying a model of {size // MB} MB")
    scientist = Scientist(bench.house, HOST)
    scientist.schema(CATALOG, "dev", "prod")
    scientist.model(f"{CATALOG}.dev.{MODEL}")
    scientist.register(f"{CATALOG}.dev.{MODEL}", files=2, size=size)
    rig.namespace(TEAM)
    rig.create(TEAM, crowd.login(bench, HOST))
    rig.wait_ready(TEAM, "MLWorkspace", HOST)
    manifest = dict(crowd.promotion(MODEL, HOST, f"{CATALOG}.dev.{MODEL}", 1))
    target = {"model": f"{CATALOG}.prod.{MODEL}", "createIfMissing": True}
    manifest["spec"] = {**manifest["spec"], "target": target}
    before = rig.resident()
    with _Peak(rig) as peak:
        rig.create(TEAM, manifest)
        rig.wait_ready(TEAM, "ModelPromotion", MODEL, 600)
    beside = f"{before / MB:.0f} MB before, {peak.most / MB:.0f} MB at the peak, one file of {size // MB} MB"
    return Reading("memory of a copy, peak growth", max(0, peak.most - before) / MB, COPY, "MB", beside)


class _Peak:
    """The most that the operator held while the block ran, looked at twenty times a second."""

    def __init__(self, rig: Rig) -> None:
        self.most = 0
        self._rig = rig
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(PROBE):
            self.most = max(self.most, self._rig.resident())
