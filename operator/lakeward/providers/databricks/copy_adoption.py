"""Which finished version is taken for the copy, and why others that say they are it are not.

Source, tags and dates of a version are claims of whoever made it: they count only on what our principal made.
"""

from collections.abc import Iterable

from lakeward.providers.databricks import jobs
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_marks import DIGEST
from lakeward.providers.databricks.registry import READY, Version


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
    fitting = [c for c in made if _claims(c) and not doubt(client, c, source, pin, job)]
    return min(fitting, key=lambda c: (c.version != prefer, c.version), default=None)


def rejected(
    client: Databricks,
    made: Iterable[Version],
    source: Version | None,
    pin: str | None = None,
    *,
    job: str | None = None,
) -> tuple[tuple[int, str], ...]:
    """The finished versions that claim to be the copy and are not taken for it: number, and why not."""
    doubts = ((c.version, doubt(client, c, source, pin, job)) for c in made if _claims(c))
    return tuple((number, why) for number, why in doubts if why)


def runner(client: Databricks, job: str) -> str:
    """The principal as whom the copy job runs, empty where there is no such job. Read as seldom as listings are."""

    def read() -> str:
        found = jobs.find(client, job)
        return found.run_as if found else ""

    return client.scanned(f"runner {job}", read)


def _claims(copy: Version) -> bool:
    return copy.status == READY and DIGEST in copy.tags


def doubt(
    client: Databricks, copy: Version, source: Version | None, pin: str | None = None, job: str | None = None
) -> str:
    """Why a version with its digest is not the copy; empty when it is."""
    if copy.created_by != client.principal() and (job is None or copy.created_by != runner(client, job)):
        return f"it was made by {copy.created_by or 'nobody known'}"
    if source is not None and copy.created_at < source.created_at:
        return "it is older than the version that it names as its source"
    if source is not None and (copy.run_id, copy.model_id) != (source.run_id, source.model_id):
        return "it comes from another run than the version that it names as its source"
    if source is not None and len(copy.dependencies) < len(source.dependencies):
        return "it lacks dependencies of its source"
    if pin is not None and copy.tags[DIGEST] != pin:
        return "its digest is not the one that is pinned"
    return ""
