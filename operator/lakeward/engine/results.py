"""What became of each step, and what that means for the whole. Pure values; apply makes them, report reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from lakeward.engine.errors import Problem
from lakeward.engine.plan import Action, Step
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Observed, Phase


class State(StrEnum):
    """Where one external object stands after the pass."""

    READY = "Ready"
    PROGRESSING = "Progressing"
    WAITING = "Waiting"
    BLOCKED = "Blocked"
    FAILED = "Failed"
    RETAINED = "Retained"
    GONE = "Gone"

    @property
    def settled(self) -> bool:
        """Nothing more is to be done about it."""
        return self in {State.READY, State.RETAINED, State.GONE}


@dataclass(frozen=True)
class Result:
    """One step and its end. `wrote`: the far side was changed; `again`: the next pass should come at once."""

    step: Step
    state: State
    reason: Reason | None = None
    message: str = ""
    seen: Observed | None = None
    problem: Problem | None = None
    wrote: bool = False
    again: bool = False

    @property
    def address(self) -> str:
        return self.step.address


@dataclass(frozen=True)
class Results:
    """The ends of all steps, in the order of the plan."""

    items: tuple[Result, ...] = ()

    def __iter__(self) -> Iterator[Result]:
        return iter(self.items)

    def get(self, address: str) -> Result | None:
        """The result of one address."""
        return next((r for r in self.items if r.address == address), None)

    def state(self, address: str) -> State | None:
        """The state of one address, None where it is not part of the plan."""
        result = self.get(address)
        return result.state if result else None

    @property
    def problems(self) -> tuple[Result, ...]:
        return tuple(r for r in self.items if r.problem is not None)

    @property
    def settled(self) -> bool:
        return all(r.state.settled for r in self.items)

    @property
    def wrote(self) -> tuple[Result, ...]:
        return tuple(r for r in self.items if r.wrote)


def unchanged(step: Step) -> Result:
    """The end of a step that asks for no write."""
    if step.action is Action.NOOP and step.reason is Reason.DELETING:
        return Result(step, State.GONE)
    if step.action is Action.NOOP and step.reason is not None:
        return Result(step, State.RETAINED, step.reason, step.message, step.seen)
    if step.action is Action.NOOP and step.seen is not None:
        return standing(step, step.seen)
    state = State.WAITING if step.action is Action.WAIT else State.BLOCKED
    return Result(step, state, step.reason, step.message, step.seen, step.problem)


def standing(step: Step, seen: Observed, *, wrote: bool = False) -> Result:
    """The end of a step after which the object stands as `seen`."""
    states = {Phase.READY: State.READY, Phase.PROGRESSING: State.PROGRESSING, Phase.FAILED: State.FAILED}
    state = states.get(seen.phase, State.PROGRESSING)
    reason = {State.PROGRESSING: Reason.PROGRESSING, State.FAILED: Reason.FAILED}.get(state)
    return Result(step, state, reason, seen.message, seen, wrote=wrote)
