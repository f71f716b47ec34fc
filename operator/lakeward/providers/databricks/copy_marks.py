"""The marks that a copy carries from its first moment: whose it is, and which run makes it. Pure but for the time.

The tag `lakeward_attempt` is given with the creation: `<owner>` where the operator copies, and where a job does
`<owner>;<token of the run>;<number of the run>`. Where the operator copies, the tag `lakeward_digest` comes after the
last file. Anybody may write a tag: it counts only on what one of the `makers` made, our principal or the copy job's.
"""

import time
from collections.abc import Callable, Collection

from lakeward.providers.databricks.registry import PENDING, READY, Version

ATTEMPT = "lakeward_attempt"
DIGEST = "lakeward_digest"
FAILED = "FAILED_REGISTRATION"


def attempt(owner: str, token: str) -> str:
    """The mark of what a job makes, up to the number of its run."""
    return f"{owner};{token}"


def is_by_job(copy: Version) -> bool:
    """Whether a run makes this version, and not the operator."""
    return ";" in copy.tags.get(ATTEMPT, "")


def run_of(copy: Version) -> int | None:
    """The number of the run that makes this version, where it says so."""
    number = copy.tags.get(ATTEMPT, "").rpartition(";")[2]
    return int(number) if is_by_job(copy) and number.isdecimal() else None


def is_ours(copy: Version, owner: str, makers: Collection[str] | None) -> bool:
    """Whether it was made for this owner, by who makes copies; None where only what they made was read."""
    made = makers is None or copy.created_by in makers
    return made and copy.tags.get(ATTEMPT, "").partition(";")[0] == owner


def is_unfinished(copy: Version, owner: str, makers: Collection[str] | None = None) -> bool:
    """Whether it is ours, and not a copy yet. What an alias names is never counted as such."""
    return is_ours(copy, owner, makers) and copy.status != READY and not copy.aliases


def is_broken(copy: Version, owner: str, makers: Collection[str], source: Version) -> bool:
    """Whether it was made for us, lacks what its source depends on, and was never promoted: then it may be removed."""
    ours = is_ours(copy, owner, makers) and copy.created_at >= source.created_at
    lacks = copy.status == READY and len(copy.dependencies) < len(source.dependencies)
    promoted = any(key.startswith("lakeward_") for key in copy.tags.keys() - {ATTEMPT, DIGEST})
    return ours and lacks and not promoted and not copy.aliases


def is_filled(copy: Version, mark: str, limit: float | None) -> bool:
    """Whether all its files are there: its digest is written after the last one. One that is late never gets ready."""
    filled = copy.status == PENDING and DIGEST in copy.tags and copy.tags.get(ATTEMPT) == mark
    return filled and not is_late(copy, limit)


def is_left(
    copy: Version,
    owner: str,
    makers: Collection[str],
    has_ended: Callable[[Version], bool],
    limit: float | None = None,
) -> bool:
    """Whether it is unfinished and nobody is at it any more: then it may be removed.

    The operator that asks is the only one that copies, so what bears no token is left behind. A run is asked whether it
    has ended, or must have by now: it has `limit` seconds from the creation.
    """
    if not is_unfinished(copy, owner, makers):
        return False
    return copy.status == FAILED or not is_by_job(copy) or is_late(copy, limit) or has_ended(copy)


def is_late(copy: Version, limit: float | None) -> bool:
    """Whether it was begun so many seconds ago that it should be ready by now."""
    return limit is not None and time.time() - copy.created_at / 1000 > limit
