"""What a promotion writes on models and versions to remember: names of tags, the record of the last switch. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lakeward.providers.databricks.registry import READY, Version

SOURCE = "lakeward_source"
STATE = "lakeward_state"
PROMOTION = "lakeward_promotion"
PROMOTED_AT = "lakeward_promoted_at"
REPLACES = "lakeward_replaces"
COMMIT = "lakeward_git_commit"
APPROVED_BY = "lakeward_approved_by"
FAILED = "lakeward_failed"
RETIRE_AFTER = "lakeward_retire_after"
LAST_YEAR = 9000
PROMOTED_WORD, FAILED_WORD = "promoted", "failed"


@dataclass(frozen=True)
class Record:
    """The model tag `lakeward_state`: which object promoted which version last, for which generation."""

    uid: str
    generation: int
    version: int
    failed: bool = False

    def __str__(self) -> str:
        return f"{self.uid}/{self.generation}/{self.version}/{FAILED_WORD if self.failed else PROMOTED_WORD}"


def record(tags: Mapping[str, str]) -> Record | None:
    """The record among the tags of a model; None when there is none, or none that we can read."""
    found = re.fullmatch(rf"([^/]+)/(\d+)/(\d+)/({PROMOTED_WORD}|{FAILED_WORD})", tags.get(STATE, ""))
    return Record(found[1], int(found[2]), int(found[3]), found[4] == FAILED_WORD) if found else None


def moment(text: object) -> datetime | None:
    """A time as tags and statuses carry it, aware; None for anything else, also for one that no clock comes to."""
    try:
        found = datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found and found.year < LAST_YEAR else None


def is_number(text: str) -> bool:
    """Whether a tag can be the number of a version."""
    return re.fullmatch(r"[1-9]\d{0,8}", text) is not None


def has_failed(version: Version) -> bool:
    """Whether it was given up, and not promoted again since."""
    failed, promoted = moment(version.tags.get(FAILED)), moment(version.tags.get(PROMOTED_AT))
    return failed is not None and (promoted is None or failed >= promoted)


def is_safe(version: Version | None) -> bool:
    """Whether users may be sent back to it: it is ready, we promoted it, and it was not given up."""
    return version is not None and version.status == READY and PROMOTED_AT in version.tags and not has_failed(version)
