"""How long a new object takes from its creation to Ready while others keep the operator busy, to the same when idle.

The newcomer is a small environment, one catalog with a schema, watched by a client of the API server. The operator has
the settings that it is delivered with. Others: ten environments at a workspace whose API hangs; five hundred promotions
of another namespace that fail; a thousand promotions at rest that are all looked at anew after a restart. The last two
are at the API of another workspace than the newcomer, and once more at its own, where its pace is shared, too.
Medians of several newcomers, one after another.
"""

import itertools
import threading
import time
from collections.abc import Iterator
from statistics import median

from benchmarks.bench import Bench
from benchmarks.figure import Reading, milliseconds
from benchmarks.rig import Rig

from benchmarks import crowd

TARGET = 1.5
TIMES, QUICK_TIMES = 15, 5
PAUSE = 1.0
"""Between two newcomers, so that the pace of calls has recovered when nobody else uses it."""
HANGING, FAILING, QUICK_FAILING = 10, 500, 50
TEAM, OTHERS, STUCK = "newcomers", "others", "stuck"
HOME, BUSY, HUNG = "dev", "prod", "test"


class Newcomers:
    """They come to one namespace and leave it when they were ready."""

    def __init__(self, bench: Bench, rig: Rig) -> None:
        self._bench, self._rig = bench, rig
        self._numbers = itertools.count(1)
        rig.namespace(TEAM)

    def times(self, host: str) -> list[float]:
        """Seconds to Ready of several, one after another."""
        self._come(host)  # the first pays for the login
        return [self._come(host) for _ in range(QUICK_TIMES if self._bench.quick else TIMES)]

    def _come(self, host: str) -> float:
        threading.Event().wait(PAUSE)
        name = f"n{next(self._numbers)}"
        manifest = dict(crowd.login(self._bench, host, name))
        catalogs = [{"name": f"bench_{name}", "schemas": [{"name": "raw"}]}]
        manifest["spec"] = {**manifest["spec"], "unityCatalog": {"catalogs": catalogs}}
        begun = time.monotonic()
        self._rig.create(TEAM, manifest)
        self._rig.wait_ready(TEAM, "MLWorkspace", name)
        took = time.monotonic() - begun
        self._rig.remove(TEAM, "MLWorkspace", name)
        return took


def measure(bench: Bench) -> Iterator[Reading]:
    """All situations in one run of one machine; the crowd stays for whoever measures it next."""
    rig = bench.rig
    rig.start()
    newcomers = Newcomers(bench, rig)
    bench.say("newcomers while idle")
    idle = newcomers.times(HOME)
    yield Reading("newcomer to Ready, idle", median(idle), None, "s", _spread(idle))
    _hang(bench, rig)
    yield _compared(bench, newcomers, "while another API hangs", HOME, idle)
    _unhang(bench, rig)
    count = _fail(bench, rig)
    for host, where in ((HOME, "another API"), (BUSY, "its own API")):
        yield _compared(bench, newcomers, f"while {count} fail at {where}", host, idle)
    _leave(bench, rig, count)
    count = bench.crowd.count
    rig.start()
    for host, where in ((HOME, "another API"), (BUSY, "its own API")):
        yield _compared(bench, newcomers, f"while {count} resync at {where}", host, idle)


def _compared(bench: Bench, newcomers: Newcomers, what: str, host: str, idle: list[float]) -> Reading:
    bench.say(f"newcomers {what}")
    calls = bench.rig.metric("lakeward_external_calls_total")
    begun = time.monotonic()
    times = newcomers.times(host)
    pace = (bench.rig.metric("lakeward_external_calls_total") - calls) / (time.monotonic() - begun)
    beside = f"{milliseconds(times)} to {milliseconds(idle)}; {_spread(times)}; {pace:.0f} calls a second meanwhile"
    return Reading(f"newcomer to Ready {what}, to idle", median(times) / median(idle), TARGET, "x", beside)


def _spread(times: list[float]) -> str:
    return f"{len(times)} newcomers, {min(times) * 1000:.0f} to {max(times) * 1000:.0f} ms"


def _hang(bench: Bench, rig: Rig) -> None:
    """Environments at a workspace that answered until now and does not answer any more, all with a change."""
    rig.namespace(STUCK)
    names = [f"stuck-{n}" for n in range(HANGING)]
    rig.create_all(STUCK, (crowd.login(bench, HUNG, name) for name in names))
    for name in names:
        rig.wait_ready(STUCK, "MLWorkspace", name)
        rig.remove(STUCK, "MLWorkspace", name)
    bench.house.fault("hang", workspace=HUNG, path="/api/2", count=0)
    for name in names:
        manifest = dict(crowd.login(bench, HUNG, name))
        catalogs = [{"name": f"bench_{name.replace('-', '_')}"}]
        manifest["spec"] = {**manifest["spec"], "unityCatalog": {"catalogs": catalogs}}
        rig.create(STUCK, manifest)


def _unhang(bench: Bench, rig: Rig) -> None:
    for n in range(HANGING):
        rig.remove(STUCK, "MLWorkspace", f"stuck-{n}")
    for fault in bench.house.faults():
        bench.house.release(str(fault["id"]))
        bench.house.remove(str(fault["id"]))


def _fail(bench: Bench, rig: Rig) -> int:
    """Promotions of versions that do not exist, in a namespace of their own."""
    count = QUICK_FAILING if bench.quick else FAILING
    rig.namespace(OTHERS)
    rig.create(OTHERS, crowd.login(bench, BUSY))
    rig.create_all(OTHERS, (crowd.promotion(f"f{n}", BUSY, f"bench_none.models.f{n}", 1) for n in range(count)))
    return count


def _leave(bench: Bench, rig: Rig, count: int) -> None:
    bench.say("the failing ones leave")
    rig.stop()
    for n in range(count):
        rig.remove(OTHERS, "ModelPromotion", f"f{n}")
    rig.remove(OTHERS, "MLWorkspace", BUSY)
