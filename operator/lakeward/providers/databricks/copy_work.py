"""The long work behind a copy's creation: looks what is there, decides who copies, and sees to it.

It is found again by what it leaves outside: a version with all its files is finished, one that was cut is removed.
"""

from collections.abc import Iterable
from functools import partial

from lakeward.engine.errors import Unavailable
from lakeward.engine.reasons import Reason
from lakeward.engine.work import Tell
from lakeward.providers.databricks import artifacts, copy_job, copying, executor, registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import adoptable, doubt, read
from lakeward.providers.databricks.copy_marks import FAILED, is_broken, is_filled, is_left, is_unfinished
from lakeward.providers.databricks.copy_order import TRIES, Order, Original
from lakeward.providers.databricks.executor import Executor
from lakeward.providers.databricks.registry import Version


def carry_out(client: Databricks, order: Order, tell: Tell) -> None:
    """Have the copy made, unless it is there. Nothing is created before all that can be judged is."""
    with registry.changing_copies(client, order.model, order.origin):
        _carry_out(client, order, tell)


def _carry_out(client: Databricks, order: Order, tell: Tell) -> None:
    source = registry.version(client, order.source, order.version)
    if source is None:
        raise Unavailable(f"{order.source} has no version {order.version}", reason=Reason.SOURCE_NOT_FOUND)
    listed = registry.copies(client, order.model, order.origin)
    if adoptable(client, listed, source, order.pin, job=order.job) is not None:
        return
    by = copy_job.makers(client, order, listed)
    made = read(client, listed, by)
    problem = copy_job.concluded(client, order, source)
    if problem is not None:
        _clear(client, order, source, made)
        raise problem
    copying.need_pinned(client, order, source)
    ready = (v for v in made if is_filled(v, order.owner, order.limit))
    filled = next((v for v in ready if not doubt(client, v, source, order.pin)), None)
    # it was cut after the last file, or is still being registered
    if filled is not None and copying.finish(client, order, source, filled.version):
        return
    refused = filled is not None or any(v.status == FAILED and is_unfinished(v, order.owner, by) for v in made)
    files = artifacts.listing(client, order.source, order.version)
    original = Original(source, files, executor.mlmodel(client, order.source, order.version, files))
    loader = executor.loader_module(original.mlmodel)
    who = executor.choose(order.executor, order.job, loader, original.size, client.limits.in_process)
    _clear(client, order, source, tuple(v for v in made if v is not filled))
    if who is Executor.DATABRICKS_JOB:
        copying.go_on(client, order)
        copy_job.begin(client, order)
    else:
        copying.copy(client, order, original, tell, tries=TRIES - refused)


def _clear(client: Databricks, order: Order, source: Version, made: tuple[Version, ...]) -> None:
    for version in left(client, order, made):
        copying.remove(client, order, version.version)
    by = copy_job.makers(client, order, made)
    for version in read(client, made, by):
        if is_broken(version, order.owner, by, source):
            copying.remove(client, order, version.version, broken=True)


def left(client: Databricks, order: Order, made: Iterable[Version], run: int | None = None) -> tuple[Version, ...]:
    """What was begun for this copy and is left behind; `run` is the run of the copy job that was seen last."""
    every, has_ended = tuple(made), partial(copy_job.has_ended, client)
    by = copy_job.makers(client, order, every, run)
    return tuple(v for v in read(client, every, by) if is_left(v, order.owner, by, has_ended, order.limit))
