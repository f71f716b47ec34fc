"""Which of all the points a run looks at: a plain run of the tests a few that change with the day, a sweep all."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Choice:
    """All of them where there is no seed, else some, the same ones for the same seed."""

    seed: str | None

    @classmethod
    def of(cls, option: str) -> Self:
        """As the option says it: `all`, `sample:SEED`, or `sample` for the ones of today."""
        return cls(None if option == "all" else option.partition(":")[2] or f"{datetime.now(UTC):%Y-%m-%d}")

    def take(self, found: Sequence[T], most: int, about: str) -> Sequence[T]:
        """All of them, or so many."""
        if self.seed is None:
            return found
        chosen = random.Random(f"{self.seed} {about}")  # noqa: S311 - which ones a day looks at is no secret
        return chosen.sample(found, min(most, len(found)))

    def __str__(self) -> str:
        return "all" if self.seed is None else f"those of --sweep=sample:{self.seed}"
