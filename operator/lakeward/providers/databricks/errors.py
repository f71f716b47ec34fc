"""The only place that knows the errors of the Databricks SDK: each becomes one of the engine's problems.

Texts of 401 and 403 are not repeated: the SDK appends its configuration to them.
"""

import requests
from databricks.sdk.clock import Clock
from databricks.sdk.errors import (
    BadRequest,
    NotFound,
    PermissionDenied,
    ResourceConflict,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.errors.base import DatabricksError

from lakeward.engine.errors import Conflict, Denied, Invalid, Problem, Throttled, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks.rights import right

CREDENTIALS_RETRY = 60.0
DENIED_RETRY = 300.0
REFUSED_RETRY = 300.0


class WaitAskedError(Exception):
    """The SDK wants to pause before it tries again; `seconds` is the pause. Raised instead: the queue owns waiting."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class NoPause(Clock):
    """A clock for the SDK that never sleeps, so that no call is sent twice behind our back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        """The wall clock, in seconds."""
        return float(self._clock.time())

    def sleep(self, seconds: float) -> None:
        """Refuse to sleep."""
        raise WaitAskedError(seconds)


def translate(error: Exception, call: str, host: str, login: str = "") -> Problem:
    """The problem behind what a call raised. `call` is `METHOD /path`, `login` the field of the credentials."""
    cause = error.__context__ if isinstance(error, WaitAskedError) else error
    if isinstance(error, TimeoutError) and error.__cause__ is not None:
        cause = error.__cause__
    if isinstance(cause, DatabricksError):
        # what was sent as a stream cannot be sent again, so the SDK does not ask for a pause: the answer did
        pause = error.seconds if isinstance(error, WaitAskedError) else cause.retry_after_secs
        return _answered(cause, call, host, login, pause)
    if isinstance(cause, requests.Timeout):
        return Unavailable(f"{host} did not answer {call} in time")
    if isinstance(cause, requests.ConnectionError):
        return Unavailable(f"{host} cannot be reached")
    return Unavailable(f"{call} at {host} ended with {type(cause).__name__}")


def _answered(cause: DatabricksError, call: str, host: str, login: str, pause: float | None) -> Problem:
    text = f"{call}: {cause} ({cause.error_code})" if cause.error_code else f"{call}: {cause}"
    match cause:
        case Unauthenticated():
            text = f"{host} does not accept the token"
            return Denied(text, reason=Reason.LOGIN_FAILED, field=login, retry_after=CREDENTIALS_RETRY)
        case PermissionDenied():
            needed = right(call)
            text = f"the principal lacks a right for {call} at {host}{needed and f': it needs {needed}'}"
            return Denied(text, retry_after=DENIED_RETRY)
        case TooManyRequests():
            return Throttled(f"{host} asks to slow down", retry_after=pause)
        case ResourceConflict():
            return Conflict(text)
        case NotFound():
            return Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND)
        case BadRequest():
            return Invalid(text, reason=Reason.REFUSED, retry_after=REFUSED_RETRY)
        case _:
            return Unavailable(text, retry_after=pause)
