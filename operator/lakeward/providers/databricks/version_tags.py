"""The tags that a promoted version has beside the records of its promotion. What left the spec leaves the version."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.providers.databricks.model_tags import ModelTags

RECORDS = "tags.lakeward_"


@dataclass(frozen=True)
class VersionTags(ModelTags):
    """The declared tags of a version are there; of those that were declared once and are not, only records stay.

    They stay on a version that is promoted no more: pruned are its tags while it is.
    """

    kind: ClassVar[str] = "databricks.version_tags"
    told: ClassVar[bool] = True

    def ours(self, formerly: Collection[str], seen: Self) -> Collection[str]:  # noqa: ARG002 - records are never to go
        return frozenset(key for key in formerly if not key.startswith(RECORDS))
