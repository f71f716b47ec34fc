"""How long the commands take to start: `lakeward --help`, and `lakeward plan` on the sample environments.

Help is compared with a bare `python -c pass`, run by turns. The allowance of the plan is its HTTP time, 1.3 times the
import of both SDKs, and half a second. Its HTTP time is that of a second plan in a process that has all modules loaded;
the import is that of the SDK modules that the providers use, less a bare start. Medians.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from benchmarks import samples
from benchmarks.bench import Bench
from benchmarks.figure import Reading, milliseconds

HELP, IMPORTS, SLACK = 3.0, 1.3, 0.5
TIMES, QUICK_TIMES = 7, 5
NOTHING = ("-c", "pass")
SDKS = """
import databricks.sdk, azure.mgmt.network, azure.mgmt.resource.resources as resources
databricks.sdk.WorkspaceClient, azure.mgmt.network.NetworkManagementClient, resources.ResourceManagementClient
"""
WARM = """
import sys, time
from lakeward.app import main
main(sys.argv[1:])
begun = time.monotonic()
main(sys.argv[1:])
sys.stderr.write(f"took {time.monotonic() - begun}")
"""
CHANGES = (0, 2)


def measure(bench: Bench) -> Iterator[Reading]:
    """Both ratios; the runs of the two sides take turns, so that load strikes both."""
    bench.say("starting commands")
    environ = {"PATH": os.defpath, "HOME": str(bench.folder)}
    times = range(QUICK_TIMES if bench.quick else TIMES)
    pairs = [(_took(NOTHING, environ), _took(("-m", "lakeward", "--help"), environ)) for _ in times]
    bare, told = [b for b, _ in pairs], [t for _, t in pairs]
    beside = f"{milliseconds(told)} to {milliseconds(bare)}, {len(pairs)} times"
    yield Reading("lakeward --help, to python -c pass", median(told) / median(bare), HELP, "x", beside)
    words = _plan(bench)
    runs = [(_took(words, environ), _took(("-c", SDKS), environ), _warm(words[2:], environ)) for _ in times]
    plan, sdks, http = (median(run[side] for run in runs) for side in range(3))
    imports = sdks - median(bare)
    allowed = http + IMPORTS * imports + SLACK
    beside = f"{plan:.2f} s; HTTP {http:.2f} s, import of the SDKs {imports:.2f} s, {len(runs)} times"
    yield Reading("lakeward plan, to its HTTP + 1.3 imports + 0.5 s", plan / allowed, 1.0, "x", beside)


def _plan(bench: Bench) -> tuple[str, ...]:
    folder, token = bench.folder / "plan", bench.folder / "token"
    folder.mkdir()
    token.write_text(bench.house.token("lakeward"), encoding="utf-8")
    for name in samples.files():
        text = samples.text(f"{samples.ENVIRONMENTS}/{name}.yaml", bench.house, "start")
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    secrets = (f"--secret=lakehouse-token/{key}=@{token}" for key in ("databricks", "azure"))
    return ("-m", "lakeward", "plan", "-f", str(folder), "--cluster-name=bench", "--allow-loopback-http", *secrets)


def _took(words: Sequence[str], environ: Mapping[str, str]) -> float:
    begun = time.monotonic()
    _run(words, environ)
    return time.monotonic() - begun


def _warm(words: Sequence[str], environ: Mapping[str, str]) -> float:
    return float(_run(("-c", WARM, *words), environ).rpartition("took ")[2])


def _run(words: Sequence[str], environ: Mapping[str, str]) -> str:
    command = [sys.executable, *words]
    done = subprocess.run(  # noqa: S603 - our own words
        command, env=environ, capture_output=True, text=True, check=False, timeout=120
    )
    if done.returncode not in CHANGES:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stderr
