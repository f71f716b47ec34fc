"""The copy of a version, made by a job of the workspace: its run is started, followed, cancelled and told of.

The job creates, fills and finalizes the version as its own principal; its program is in `manifests/databricks`. A run
is found again by its token, and by its number in the mark of the version that it makes. What a process knows beside
that, how many runs have failed, is forgotten with it.
"""

import hashlib
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lakeward.engine.errors import Invalid, Problem, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks import jobs
from lakeward.providers.databricks.api import dumps
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import makers as adopted_from
from lakeward.providers.databricks.copy_adoption import read
from lakeward.providers.databricks.copy_marks import attempt, is_unfinished, run_of
from lakeward.providers.databricks.copy_order import SLOW, TRIES, Order
from lakeward.providers.databricks.digest import remember
from lakeward.providers.databricks.executor import missing
from lakeward.providers.databricks.jobs import RunSeen
from lakeward.providers.databricks.registry import READY, Version

NEEDED = frozenset({"source_model", "source_version", "target_model", "attempt", "tags", "pin", "most_bytes"})
SUCCESS = "SUCCESS"
LONGEST_ERROR = 300
MOST_ASKED = 5
MISMATCH = re.compile(r"DigestMismatch: the files of the source have (sha256:[0-9a-f]{64}),")
"""What `manifests/databricks` says of other files than are pinned."""
LATE = "the run of the copy job took longer than allowed; another one is started"


@dataclass(frozen=True)
class Trial:
    """What this process knows of the runs for one copy.

    number   of the current try, from 1
    failed   runs that failed one after the other
    run      the number of the run that goes on
    since    when it was seen first, or cancelled, by the clock of long work
    stopped  why it was cancelled by us
    """

    number: int = 1
    failed: int = 0
    run: int | None = None
    since: float = 0.0
    stopped: str = ""


def begin(client: Databricks, order: Order) -> None:
    """Start the run of the current try. Invalid(ExecutorMissing) where there is no such job, or it is another kind."""
    job = jobs.find(client, order.job or "")
    if job is None:
        raise missing(f"there is no job {order.job}: mend spec.promotions.jobs.copy of the MLWorkspace")
    if not job.parameters >= NEEDED:
        lacking = ", ".join(sorted(NEEDED - job.parameters))
        raise missing(f"the job {order.job} has no parameter {lacking}: install the job of manifests/databricks")
    now = _trial(client, order)
    which = token(order, now.number)
    parameters = {
        "source_model": order.source,
        "source_version": str(order.version),
        "target_model": order.model,
        "attempt": attempt(order.owner, which),
        "tags": dumps(order.carry),
        "pin": order.pin or "",
        "most_bytes": str(client.limits.most),
    }
    _follow(client, order, jobs.run_now(client, job.id, which, parameters))


def token(order: Order, number: int, now: float | None = None) -> str:
    """What makes a run the same one, whoever asks for it.

    From the third try on the time is part of it: another process does not know how many there were.
    """
    which = [number] if number <= TRIES else [number, int((time.time() if now is None else now) // SLOW)]
    about = [order.owner, order.origin, order.model, *which]
    return hashlib.sha256(dumps(about).encode()).hexdigest()[:32]


def running(client: Databricks, order: Order, made: Iterable[Version], known: int | None = None) -> RunSeen | None:
    """The run that goes on for this copy: one that we started, else one that was `known`, or marked what it makes."""
    now = _trial(client, order)
    if now.run is not None:
        seen = jobs.run(client, now.run)
        return seen if seen is not None and not seen.ended else None
    made = tuple(made)
    by = makers(client, order, made, known)
    marked = [run_of(v) for v in read(client, made, by) if is_unfinished(v, order.owner, by)]
    for number in dict.fromkeys([known, *marked]):
        found = jobs.run(client, number) if number is not None else None
        if found is not None and not found.ended and _is_ours(client, found, order):
            _follow(client, order, found.id)
            return found
    return None


def makers(client: Databricks, order: Order, made: Iterable[Version], known: int | None = None) -> frozenset[str]:
    """Who makes copies for this order, as `copy_adoption.makers` tells it.

    Where it left the spec, the name of its job went with it: then runs that we started for it say as whom they run.
    """
    every = tuple(made)
    us = adopted_from(client, every, order.job)
    if order.job is not None:
        return us
    others = [v for v in every if v.created_by not in us and v.status != READY][:MOST_ASKED]
    marked = [run_of(v) for v in read(client, others, {v.created_by for v in others})]
    seen = [jobs.run(client, number) for number in dict.fromkeys([known, *marked]) if number is not None]
    found = [jobs.find(client, str(run.job)) for run in seen if run is not None and _is_ours(client, run, order)]
    return us | {job.run_as for job in found if job is not None and job.run_as}


def has_ended(client: Databricks, version: Version) -> bool:
    """Whether the run that makes this version is known to have ended."""
    number = run_of(version)
    seen = jobs.run(client, number) if number is not None else None
    return number is not None and (seen is None or seen.ended)


def told(client: Databricks, order: Order, seen: RunSeen) -> str:
    """How far a run is. One that takes longer than allowed is cancelled."""
    since = _trial(client, order).since
    if order.limit is not None and client.works.moment() - since > order.limit:
        stop(client, order, seen, LATE)
    stopped = _trial(client, order).stopped
    return f"the copy job {'is being cancelled' if stopped else f'is {seen.life_cycle.lower()}'}, see {seen.url}"


def stop(client: Databricks, order: Order, seen: RunSeen, why: str) -> None:
    """Cancel a run, once."""
    now = _trial(client, order)
    if not now.stopped:
        jobs.cancel(client, seen.id)
        client.works.note(order.work, replace(now, run=seen.id, since=client.works.moment(), stopped=why))


def stopping(client: Databricks, order: Order) -> float | None:
    """Seconds since we cancelled the run, None when we did not."""
    now = _trial(client, order)
    return client.works.moment() - now.since if now.stopped else None


def concluded(client: Databricks, order: Order, source: Version) -> Problem | None:
    """Take note of the end of our run, which left no copy: what is to be told of it before another one is started.

    Invalid(CopyFailed) from the second failure in a row on; Unavailable when it took too long; else None. A run that
    found other files than are pinned says which it found: that is kept, and no failure of the job.
    """
    now = _trial(client, order)
    if now.run is None:
        return None
    failed = now.failed + (0 if now.stopped else 1)
    client.works.note(order.work, Trial(now.number + 1, failed))
    if now.stopped == LATE:
        return Unavailable(LATE, field="spec.copy.timeout")
    if now.stopped:
        return None
    failure = _failure(client, jobs.run(client, now.run))
    found = MISMATCH.search(failure) if order.pin is not None else None
    if found is not None and found[1] != order.pin:
        # text of a job may quote what strangers named: it stops this copy, and is no digest to go by elsewhere
        remember(client, source, found[1], told=True)
        client.works.note(order.work, Trial(now.number + 1))
        return None
    return Invalid(failure, reason=Reason.COPY_FAILED, retry_after=SLOW) if failed >= TRIES else None


def forget(client: Databricks, order: Order) -> None:
    """The copy is there: what we knew of runs is over."""
    client.works.note(order.work, None)


def _is_ours(client: Databricks, seen: RunSeen, order: Order) -> bool:
    """A mark is a claim; by whom a run was started, and with what, is not."""
    what = {"source_model": order.source, "source_version": str(order.version), "target_model": order.model}
    owner = seen.parameters.get("attempt", "").partition(";")[0]
    return owner == order.owner and not jobs.foreign(client, seen, seen.job, what)


def _follow(client: Databricks, order: Order, run: int) -> None:
    now = _trial(client, order)
    client.works.note(order.work, Trial(now.number, now.failed, run, client.works.moment()))


def _failure(client: Databricks, seen: RunSeen | None) -> str:
    """What the job says of it, which is in the output of its task."""
    if seen is None:
        return "the run of the copy job is gone, and left no copy"
    if seen.result == SUCCESS:
        return f"the copy job left no copy that can be taken for one, see {seen.url}"
    asked = client.api.find(f"{jobs.JOBS}/runs/get", {"run_id": seen.id}) or {}
    tasks = [task["run_id"] for task in asked.get("tasks") or ()]
    output = client.api.find(f"{jobs.JOBS}/runs/get-output", {"run_id": tasks[-1]}) if tasks else None
    error = " ".join(str((output or {}).get("error") or seen.message).split())
    return f"the copy job failed, see {seen.url}: {error[:LONGEST_ERROR]}"


def _trial(client: Databricks, order: Order) -> Trial:
    noted = client.works.noted(order.work)
    return noted if isinstance(noted, Trial) else Trial()
