"""What one pass over one object asks of its caller: a status, events, when to come again. Knows no client."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lakeward.engine.reasons import Reason


@dataclass(frozen=True)
class Key:
    """The name of one custom resource: kind as in its manifest, for example `MLWorkspace`."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Event:
    """A Kubernetes event about the object: only for transitions, never for repetition."""

    type: Literal["Normal", "Warning"]
    reason: Reason
    message: str


@dataclass(frozen=True)
class Outcome:
    """The end of a pass.

    status    the whole status, or None to leave it as it is
    events    what changed for a person, in order
    after     seconds until the next pass; None means the scan interval
    moving    the far side is still at work: failures of before are not forgotten yet
    failed    the pass did not get through: the caller backs off, with `after` as the lower bound
    released  the object is being deleted and nothing of it is left outside: its finalizer may fall
    left      what is left outside when it is released all the same, for the log
    """

    status: Mapping[str, Any] | None
    events: tuple[Event, ...] = ()
    after: float | None = None
    failed: bool = False
    moving: bool = False
    released: bool = False
    left: tuple[str, ...] = ()
