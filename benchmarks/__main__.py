"""Measures the figures and prints each beside its target; exit code 1 says that one does not hold.

python -m benchmarks                         all of them
python -m benchmarks --only quiet --quick    one, with small numbers; --only may be repeated
python -m benchmarks --json figures.json     the same for a program
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import converge, growth, memory, newcomer, promotion, quiet, start
from benchmarks.bench import Bench
from benchmarks.figure import Measure, Reading
from benchmarks.report import Machine, as_json, table
from lakeward_sandbox.cluster.signals import signals_unwind

FIGURES: dict[str, Measure] = {
    "converge": converge.measure,
    "quiet": quiet.measure,
    "promotion": promotion.measure,
    "start": start.measure,
    "memory": memory.measure,
    "newcomer": newcomer.measure,  # idle is before the crowd is there
    "growth": growth.measure,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what is asked for; the table goes to standard output, progress to standard error."""
    arguments = _parser().parse_args(argv)
    machine = Machine.now()
    readings: list[tuple[str, Reading]] = []
    environ = os.environ  # noqa: TID251 - the machine's PATH and choice of a cluster; there are no settings here
    with (
        signals_unwind(),
        tempfile.TemporaryDirectory(prefix="lakeward-bench-", ignore_cleanup_errors=True) as folder,
        Bench(Path(folder), environ, arguments.quick) as bench,
    ):
        for name in (name for name in FIGURES if name in (arguments.only or FIGURES)):
            sys.stderr.write(f"{name}\n")
            readings += ((name, reading) for reading in _told(bench, FIGURES[name]))
    machine = machine.ended()
    sys.stdout.write(table(readings, machine))
    if arguments.json:
        arguments.json.write_text(as_json(readings, machine, quick=arguments.quick), encoding="utf-8")
    return 0 if all(reading.holds for _, reading in readings) else 1


def _told(bench: Bench, measure: Measure) -> Iterator[Reading]:
    for reading in measure(bench):
        bench.say(f"{reading.what}: {reading.value:.2f}{reading.unit}")
        yield reading


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Lakeward's figures beside their targets."
    )
    parser.add_argument("--only", metavar="NAME", action="append", choices=tuple(FIGURES), help=", ".join(FIGURES))
    parser.add_argument("--quick", action="store_true", help="small numbers of objects and repetitions")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
