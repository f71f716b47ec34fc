"""Whoever copies holds a few pieces of a file, however large it is, and puts nothing on disk."""

import tracemalloc
from collections.abc import Iterator

import pytest

from copying.desk import Desk
from lakeward.engine.results import State

MIB = 1024**2
SIZE, MOST = 64 * MIB, 12 * MIB


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_a_large_file_is_copied_in_little_memory(desk: Desk) -> None:
    desk.register(files=0, finalize=False)
    desk.put("large.bin", bytes(SIZE))
    desk.ana.finalize(desk.source, 1)
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    assert desk.settle(desk.wanted()).state is State.READY
    assert tracemalloc.get_traced_memory()[1] - before < MOST
    assert desk.ana.versions(desk.target)[1]["status"] == "READY"
