"""What can go wrong, as values that the report understands. Knows no vendor: providers translate once, at their client.

Problem
+-- Invalid       the spec cannot work; waits for a change of the spec
+-- Denied        the login or a right is missing; tried again slowly, because secrets and grants are mended outside
+-- Conflict      somebody else owns it, made it first, or changed it while we looked
+-- Throttled     asked to slow down; never called again before `retry_after`
+-- Unavailable   not there now: server errors, the network, a reference or a Secret that does not exist yet
"""

from lakeward.engine.reasons import Reason


class Problem(Exception):  # noqa: N818 - a problem is a value of the report first, and raised second
    """Something that stops a step. `message` is one line, deterministic, without secrets, times and request ids.

    `stalled` says that a person is needed; `retry_after` is in seconds, None leaves the time to the backoff;
    `field` is the path in the spec that a person would change, if there is one.
    """

    stalled = False
    default = Reason.FAILED

    def __init__(
        self,
        message: str,
        *,
        reason: Reason | None = None,
        field: str = "",
        retry_after: float | None = None,
        stalled: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = " ".join(message.split())[:500]
        self.reason = reason or self.default
        self.field = field
        self.retry_after = retry_after
        if stalled is not None:
            self.stalled = stalled

    @property
    def text(self) -> str:
        """The message, led by the field of the spec that it is about."""
        return f"{self.field}: {self.message}" if self.field else self.message

    def __repr__(self) -> str:
        """Kind of problem, reason and text, as tests and logs want to read it."""
        return f"{type(self).__name__}({self.reason}: {self.text})"


class Invalid(Problem):
    stalled = True
    default = Reason.INVALID_SPEC


class Denied(Problem):
    stalled = True
    default = Reason.PERMISSION_DENIED


class Conflict(Problem):
    default = Reason.CONFLICT


class Throttled(Problem):
    default = Reason.THROTTLED


class Unavailable(Problem):
    default = Reason.UNAVAILABLE
