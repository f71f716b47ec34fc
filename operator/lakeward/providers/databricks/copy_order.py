"""What is to be copied, where to, and under which marks and bounds: one value for whoever copies. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lakeward.providers.databricks import registry
from lakeward.providers.databricks.artifacts import File
from lakeward.providers.databricks.executor import Executor
from lakeward.providers.databricks.registry import Version

TRIES = 2
"""How often a copy is tried before a person is asked."""
SLOW = 300.0
"""Seconds before it is tried again then."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """One copy, as it is wanted.

    work      the key of the long work, by which it is found again and asked to leave
    owner     whose copy it is
    carry     tags that it gets beside ours
    pin       the digest that its files must have
    limit     seconds that it may take
    executor  who copies
    job       the copy job: its number as text, or its name
    """

    work: str
    model: str
    source: str
    version: int
    owner: str
    carry: Mapping[str, str] = field(default_factory=dict)
    pin: str | None = None
    limit: float | None = None
    executor: Executor = Executor.AUTO
    job: str | None = None

    @property
    def origin(self) -> str:
        """How the copy names its source."""
        return registry.source_of(self.source, self.version)


@dataclass(frozen=True)
class Original:
    """The version that is copied, as it was looked at and judged before anything was created."""

    version: Version
    files: tuple[File, ...]
    mlmodel: bytes

    @property
    def size(self) -> int:
        return sum(f.size for f in self.files)
