"""The marks that a copy carries from its first moment: whose it is, and which run makes it. Pure.

The tag `lakeward_attempt` is given with the creation: `<owner>` where the operator copies, `<owner>;<token>` where a
job does. The tag `lakeward_digest` comes after the last file.
"""

import time
from collections.abc import Collection

from lakeward.providers.databricks.registry import PENDING, READY, Version

ATTEMPT = "lakeward_attempt"
DIGEST = "lakeward_digest"
FAILED = "FAILED_REGISTRATION"
RUN = ";"


def attempt(owner: str, token: str = "") -> str:
    """The value of the tag `lakeward_attempt`."""
    return f"{owner}{RUN}{token}" if token else owner


def token(copy: Version) -> str:
    """The token of the run that makes this version; empty where the operator makes it."""
    return copy.tags.get(ATTEMPT, "").partition(RUN)[2]


def is_unfinished(copy: Version, owner: str) -> bool:
    """Whether it is ours, and not a copy yet. What an alias names is never counted as such."""
    ours = copy.tags.get(ATTEMPT, "").partition(RUN)[0] == owner
    return ours and copy.status != READY and not copy.aliases


def is_filled(copy: Version, mark: str, limit: float | None) -> bool:
    """Whether all its files are there: its digest is written after the last one. One that is late never gets ready."""
    filled = copy.status == PENDING and DIGEST in copy.tags and copy.tags.get(ATTEMPT) == mark
    return filled and not is_late(copy, limit)


def is_left(copy: Version, owner: str, *, ended: Collection[str] = (), limit: float | None = None) -> bool:
    """Whether it is unfinished and nobody is at it any more: then it may be removed.

    The operator that asks is the only one that copies, so what bears no token is left behind. A run is known to have
    `ended`, or must have by now: it has `limit` seconds from the creation.
    """
    if not is_unfinished(copy, owner):
        return False
    return copy.status == FAILED or token(copy) in {"", *ended} or is_late(copy, limit)


def is_late(copy: Version, limit: float | None) -> bool:
    """Whether it was begun so many seconds ago that it should be ready by now."""
    return limit is not None and time.time() - copy.created_at / 1000 > limit
