"""Resident memory of the operator's process for each object: its growth over a thousand promotions, each one's share.

Both sizes are of one process: after its first environment was ready, and when all promotions are made and at rest.
"""

from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.figure import Reading

MB, KIB = 1_000_000, 1024
TARGET = 60.0


def measure(bench: Bench) -> Iterator[Reading]:
    """The sizes were taken when the crowd was made."""
    found = bench.crowd
    each = (found.after - found.before) / found.count / KIB
    beside = f"{found.count} promotions, {found.before / MB:.0f} MB before and {found.after / MB:.0f} MB after"
    yield Reading("memory for each object", each, TARGET, "KiB", beside)
