"""Who copies, as a table, and what is read of a model's MLmodel."""

import re
from typing import Any

import pytest

from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks.artifacts import File, size
from lakeward.providers.databricks.copy_files import TOLD_EVERY, Course
from lakeward.providers.databricks.copy_job import token
from lakeward.providers.databricks.copy_order import Order
from lakeward.providers.databricks.executor import FEATURE_STORE, Executor, choose, loader_module

AUTO, OURS, JOB = Executor
SKLEARN = "mlflow.sklearn"


@pytest.mark.parametrize(
    ("asked", "job", "loader", "bytes_", "chosen"),
    [
        (AUTO, None, SKLEARN, 10, OURS),
        (AUTO, "copy", SKLEARN, 10, OURS),
        (AUTO, "copy", SKLEARN, 11, JOB),
        (AUTO, "copy", FEATURE_STORE, 1, JOB),
        (AUTO, "copy", "", 1, OURS),
        (AUTO, None, SKLEARN, 11, None),
        (AUTO, None, FEATURE_STORE, 1, None),
        (OURS, "copy", SKLEARN, 10, OURS),
        (OURS, "copy", SKLEARN, 11, None),
        (OURS, "copy", FEATURE_STORE, 1, None),
        (JOB, "copy", SKLEARN, 1, JOB),
        (JOB, "17", FEATURE_STORE, 11, JOB),
        (JOB, None, SKLEARN, 1, None),
    ],
)
def test_who_copies(asked: Executor, job: str | None, loader: str, bytes_: int, chosen: Executor | None) -> None:
    if chosen is not None:
        assert choose(asked, job, loader, bytes_, most=10) is chosen
        return
    with pytest.raises(Invalid) as told:
        choose(asked, job, loader, bytes_, most=10)
    assert (told.value.reason, told.value.retry_after) == (Reason.EXECUTOR_MISSING, 300.0)


@pytest.mark.parametrize(
    ("text", "loader"),
    [
        (b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n", "mlflow.sklearn"),
        (b'{"flavors": {"python_function": {"loader_module": "x"}}}', "x"),
        (b"flavors: {sklearn: {}}", ""),
        (b"flavors: [python_function]", ""),
        (b"flavors: {python_function: loader_module}", ""),
        (b"- flavors", ""),
        (b"", ""),
    ],
)
def test_what_loads_a_model_is_read_and_never_imported(text: bytes, loader: str) -> None:
    assert loader_module(text) == loader


@pytest.mark.parametrize("text", [b"a: &x 1\nb: *x", b"a: !!python/object/apply:os.system [id]", b"a: [", b"\xff"])
def test_what_is_no_plain_yaml_is_not_to_be_trusted(text: bytes) -> None:
    with pytest.raises(Invalid) as told:
        loader_module(text)
    assert told.value.reason is Reason.UNSAFE_ARTIFACT


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (64 * 1024**2, "64 MiB"),
        (int(1.2 * 1024**3), "1.2 GiB"),
        (100 * 1024**3, "100 GiB"),
        (2000 * 1024**3, "2000 GiB"),
    ],
)
def test_sizes_as_a_person_reads_them(count: int, text: str) -> None:
    assert size(count) == text


def test_the_progress_is_told_at_each_file_and_every_64_mib() -> None:
    said: list[str] = []
    course = Course((File("a", 4 * TOLD_EVERY), File("b", 0)), said.append, lambda _: False)
    course.step()
    for _ in range(8):
        course.add(TOLD_EVERY // 2)
    course.step()
    assert said == [
        *(f"copying file 1 of 2, {done} of 256 MiB" for done in ("0 bytes", "64 MiB", "128 MiB", "192 MiB", "256 MiB")),
        "copying file 2 of 2, 256 MiB of 256 MiB",
    ]


def order(**fields: Any) -> Order:
    return Order(**{"work": "w", "model": "c.prod.m", "source": "c.dev.m", "version": 1, "owner": "t/ns/K/n", **fields})


def test_a_run_is_the_same_for_whoever_asks_for_that_try_of_that_copy() -> None:
    first = token(order(), 1, now=0.0)
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert token(order(work="x", pin="sha256:y", limit=5.0), 1, now=1e9) == first
    others = [
        token(order(**{k: v}), 1) for k, v in (("model", "c.p.m"), ("version", 2), ("owner", "o"), ("source", "x"))
    ]
    assert len({first, token(order(), 2), *others}) == 6


def test_from_the_third_try_on_a_run_is_another_one_every_five_minutes() -> None:
    assert token(order(), 3, now=300.0) == token(order(), 3, now=599.0)
    assert len({token(order(), n, now=now) for n in (3, 4) for now in (0.0, 300.0)}) == 4
