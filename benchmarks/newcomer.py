"""How long a new object takes from its creation to Ready while others keep the operator busy, to the same when idle.

The newcomer is a small environment, one catalog with a schema, watched by a client of the API server. Each call to a
service takes 100 ms, and the operator has the settings that it is delivered with. Others: environments as large as the
samples at a workspace whose API hangs, one, then half as many as workers; five hundred promotions of another namespace
that fail, when they come and when each has failed once; a thousand promotions at rest that are all looked at anew after
a restart. These are at the API of another workspace than the newcomer, and once more at its own, whose pace they share.
Medians, one newcomer after another.
"""

import itertools
import threading
import time
from collections.abc import Iterator
from statistics import median

from benchmarks import crowd
from benchmarks.bench import Bench
from benchmarks.figure import Reading, milliseconds
from benchmarks.rig import Manifest, Rig, until

TARGET = 1.5
TIMES, QUICK_TIMES = 10, 5
LATENCY = 0.1
PAUSE = 1.0
"""Between two newcomers, so that the pace of calls has recovered when nobody else uses it."""
HANGING = (1, 4)
LONGEST = 60.0
"""Who waits longer than this comes no more, and neither do others."""
PATIENCE = 600.0
SCHEMAS = 14
"""In an environment that hangs: as many objects as in a sample."""
FAILING, QUICK_FAILING = 500, 50
TEAM, OTHERS, STUCK = "newcomers", "others", "stuck"
HOME, BUSY, HUNG = "dev", "prod", "test"
PLACES = ((HOME, "another API"), (BUSY, "its own API"))
ALL = "^/api/2"


class Newcomers:
    """They come to one namespace and leave it when they were ready."""

    def __init__(self, bench: Bench, rig: Rig) -> None:
        self._bench, self._rig = bench, rig
        self._numbers = itertools.count(1)
        rig.namespace(TEAM)

    def times(self, host: str, most: int = TIMES) -> list[float]:
        """Seconds to Ready of several, one after another; it ends with the first who does not come through."""
        found: list[float] = []
        while len(found) < min(most, QUICK_TIMES if self._bench.quick else TIMES):
            found.append(self._come(host))
            if found[-1] >= LONGEST:
                return found[-1:]
        return found

    def _come(self, host: str) -> float:
        threading.Event().wait(PAUSE)
        name = f"n{next(self._numbers)}"
        manifest = _environment(self._bench, host, name)
        begun = time.monotonic()
        self._rig.create(TEAM, manifest)
        came = self._rig.watch_ready(TEAM, "MLWorkspace", name, LONGEST)
        took = time.monotonic() - begun if came else LONGEST
        self._rig.remove(TEAM, "MLWorkspace", name)
        return took


def measure(bench: Bench) -> Iterator[Reading]:
    """All situations in one run of one machine; the crowd stays for whoever measures it next."""
    rig = bench.rig
    rig.start()
    newcomers = Newcomers(bench, rig)
    idle = _idle(bench, newcomers)
    yield Reading("newcomer to Ready, idle", median(idle), None, "s", _spread(idle))
    for count in HANGING:
        _hang(bench, rig, count)
        yield _compared(bench, newcomers, f"while another API hangs, with {count} there", HOME, idle)
        _unhang(bench, rig, count)
    count = _fail(bench, rig)
    yield _compared(bench, newcomers, f"while {count} come that fail", HOME, idle)
    until(lambda: rig.metric("lakeward_retries_total", kind="ModelPromotion") >= count, PATIENCE, "each failed once")
    for host, where in PLACES:
        yield _compared(bench, newcomers, f"while {count} fail at {where}", host, idle)
    _leave(bench, rig, count)
    count = bench.crowd.count
    rig.start()
    _slow(bench)
    for host, where in PLACES:
        yield _compared(bench, newcomers, f"while {count} resync at {where}", host, idle)
    bench.house.clear()


def _idle(bench: Bench, newcomers: Newcomers) -> list[float]:
    _slow(bench)
    for host in (HOME, BUSY):
        newcomers.times(host, 1)  # the first pays for the login
    bench.say("newcomers while idle")
    return newcomers.times(HOME)


def _slow(bench: Bench) -> None:
    """From now on each call takes a while at the workspaces that answer."""
    for host in (HOME, BUSY):
        bench.house.fault("delay", workspace=host, path=ALL, seconds=LATENCY, count=0)


def _compared(bench: Bench, newcomers: Newcomers, what: str, host: str, idle: list[float]) -> Reading:
    bench.say(f"newcomers {what}")
    calls = bench.rig.metric("lakeward_external_calls_total")
    begun = time.monotonic()
    times = newcomers.times(host)
    pace = (bench.rig.metric("lakeward_external_calls_total") - calls) / (time.monotonic() - begun)
    beside = f"{milliseconds(times)} to {milliseconds(idle)}; {_spread(times)}; {pace:.0f} calls a second meanwhile"
    return Reading(f"newcomer to Ready {what}, to idle", median(times) / median(idle), TARGET, "x", beside)


def _environment(bench: Bench, host: str, name: str, schemas: int = 1) -> Manifest:
    """One catalog with schemas."""
    manifest = crowd.login(bench, host, name)
    catalogs = [{"name": f"bench_{name.replace('-', '_')}", "schemas": [{"name": f"s{n}"} for n in range(schemas)]}]
    return {**manifest, "spec": {**manifest["spec"], "unityCatalog": {"catalogs": catalogs}}}


def _spread(times: list[float]) -> str:
    if times[-1] >= LONGEST:
        return f"one did not come through within {LONGEST:.0f} s"
    return f"{len(times)} newcomers, {min(times) * 1000:.0f} to {max(times) * 1000:.0f} ms"


def _hang(bench: Bench, rig: Rig, count: int) -> None:
    """Environments at a workspace that answered until now and does not answer any more."""
    team = rig.namespace(f"{STUCK}-{count}")
    rig.create(team, crowd.login(bench, HUNG))
    rig.wait_ready(team, "MLWorkspace", HUNG)
    hang = bench.house.fault("hang", workspace=HUNG, path=ALL, count=0)
    for n in range(count):
        rig.create(team, _environment(bench, HUNG, f"stuck-{count}-{n}", SCHEMAS))
    bench.house.wait_held(hang)


def _unhang(bench: Bench, rig: Rig, count: int) -> None:
    for n in range(count):
        rig.remove(f"{STUCK}-{count}", "MLWorkspace", f"stuck-{count}-{n}")
    for fault in bench.house.faults():
        if fault["effect"] == "hang":
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
