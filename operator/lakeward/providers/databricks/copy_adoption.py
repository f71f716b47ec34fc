"""Which finished version is taken for the copy, and why others that say they are it are not.

Source, tags and dates of a version are claims of whoever made it: they count only on what our principal made.
"""

from collections.abc import Collection, Iterable

from lakeward.providers.databricks import jobs, registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_marks import DIGEST
from lakeward.providers.databricks.registry import READY, Version

MOST_TOLD = 5
"""How many of those that somebody else made are told."""


def adoptable(
    client: Databricks,
    made: Iterable[Version],
    source: Version | None,
    pin: str | None = None,
    *,
    prefer: int | None = None,
    job: str | None = None,
) -> Version | None:
    """The finished copy that is provably ours, with its digest, as pinned: `prefer` where it fits, else the lowest.

    While the source exists it must be a copy of that one, and not of a namesake that was deleted. What the principal of
    the copy job `job` made is ours, too.
    """
    candidates = _candidates(client, tuple(made), source, job)
    fitting = [c for c in candidates if _claims(c) and not doubt(client, c, source, pin, job)]
    return min(fitting, key=lambda c: (c.version != prefer, c.version), default=None)


def rejected(
    client: Databricks,
    made: Iterable[Version],
    source: Version | None,
    pin: str | None = None,
    *,
    job: str | None = None,
) -> tuple[tuple[int, str], ...]:
    """The finished versions that claim to be the copy and are not taken for it: number, and why not.

    Of those that are out of the question as they are listed, because of who made them and when, a few.
    """
    every = tuple(made)
    candidates = _candidates(client, every, source, job)
    asked = {c.version for c in candidates}
    finished = [v for v in every if v.status == READY and v.version not in asked][:MOST_TOLD]
    doubts = [(v.version, _unlike(client, v, source, job)) for v in finished]
    doubts += [(c.version, doubt(client, c, source, pin, job)) for c in candidates if _claims(c)]
    return tuple(sorted((number, why) for number, why in doubts if why))


def makers(client: Databricks, made: Iterable[Version], job: str | None) -> frozenset[str]:
    """Who makes copies: our principal, and that of the copy job, which is asked for only where others made some."""
    us = client.principal()
    others = job is not None and any(v.created_by != us for v in made)
    return frozenset({us, *([runner(client, job)] if others and job is not None else [])} - {""})


def read(client: Databricks, made: Iterable[Version], by: Collection[str]) -> tuple[Version, ...]:
    """Those that one of these made, each read by itself."""
    found = (registry.version(client, v.model, v.version) for v in made if v.created_by in by)
    return tuple(v for v in found if v is not None)


def runner(client: Databricks, job: str) -> str:
    """The principal as whom the copy job runs, empty where there is no such job. Read as seldom as listings are."""

    def read() -> str:
        found = jobs.find(client, job)
        return found.run_as if found else ""

    return client.scanned(f"runner {job}", read)


def _candidates(
    client: Databricks, made: tuple[Version, ...], source: Version | None, job: str | None
) -> tuple[Version, ...]:
    """Those that may be the copy, each read by itself."""
    return read(client, (v for v in made if not _is_older(v, source)), makers(client, made, job))


def _is_older(copy: Version, source: Version | None) -> bool:
    return source is not None and copy.created_at < source.created_at


def _claims(copy: Version) -> bool:
    return copy.status == READY and DIGEST in copy.tags


def doubt(
    client: Databricks, copy: Version, source: Version | None, pin: str | None = None, job: str | None = None
) -> str:
    """Why a version with its digest is not the copy; empty when it is."""
    unlike = _unlike(client, copy, source, job)
    if unlike:
        return unlike
    if source is not None and (copy.run_id, copy.model_id) != (source.run_id, source.model_id):
        return "it comes from another run than the version that it names as its source"
    if source is not None and len(copy.dependencies) < len(source.dependencies):
        return "it lacks dependencies of its source"
    if pin is not None and copy.tags[DIGEST] != pin:
        return "its digest is not the one that is pinned"
    return ""


def _unlike(client: Databricks, copy: Version, source: Version | None, job: str | None) -> str:
    """Why a version cannot be the copy, as far as a listing tells."""
    if copy.created_by not in makers(client, (copy,), job):
        return f"it was made by {copy.created_by or 'nobody known'}"
    if _is_older(copy, source):
        return "it is older than the version that it names as its source"
    return ""
