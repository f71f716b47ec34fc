"""The door to whoever rolls a candidate out between copy and switch. Knows no endpoint: nobody answers here yet."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object


class RolloutState(StrEnum):
    """What became of the candidate so far."""

    WAITING = "Waiting"
    STABLE = "Stable"
    GIVEN_UP = "GivenUp"


@dataclass(frozen=True)
class Rollout:
    """The word on one candidate, and why."""

    state: RolloutState
    message: str


class Rollouts(Protocol):
    """Says how the rollout of a candidate stands. Reads only."""

    def rollout(self, obj: Object[ModelPromotionSpec], candidate: int) -> Rollout:
        """The word on this version of the target model; Waiting while it has not been begun."""
        ...
