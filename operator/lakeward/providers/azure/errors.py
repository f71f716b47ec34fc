"""Every answer of Azure Resource Manager that is no success becomes one of the engine's problems, by status and code.

The only place that knows the exceptions of azure-core. Texts of 401 and 403 are not repeated: they name ids of people.
"""

from collections.abc import Callable, Mapping

from azure.core.exceptions import (
    AzureError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from lakeward.engine.errors import Conflict, Denied, Invalid, Problem, Throttled, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.providers.azure.wire import Reply, error_of, told

RAISED = (AzureError, ValueError)
CREDENTIALS_RETRY = 60.0
REFUSED_RETRY = 300.0
BUSY_RETRY = 5.0
SERVER_ERRORS = 500
SUBSCRIPTION_FIELD = "spec.azure.subscriptionId"
Made = Callable[[str, float | None], Problem]


def unanswered(error: Exception, call: str, host: str) -> Problem:
    """The problem behind what a call raised instead of an answer. `call` is `METHOD /path`."""
    match error:
        case ServiceRequestTimeoutError() | ServiceResponseTimeoutError():
            return Unavailable(f"{host} did not answer {call} in time")
        case ServiceRequestError():
            return Unavailable(f"{host} cannot be reached")
        case ServiceResponseError():
            return Unavailable(f"the connection to {host} broke during {call}")
        case _:
            return Unavailable(f"{call} at {host} ended with {type(error).__name__}")


def refused(reply: Reply, call: str, host: str, subscription: str, login: str) -> Problem:
    """The problem behind an answer: by the code where it says more than the status, which is often misleading."""
    code, messages = error_of(reply.json)
    text = f"{call}: {told(code, messages)}"
    if code in _BUSY:
        text = f"{call}: Azure is busy with another operation there ({code})"
        return Conflict(text, retry_after=reply.pause or BUSY_RETRY)
    if code in _BY_CODE:
        return _BY_CODE[code](text, reply.pause)
    if code.startswith("InUse"):
        return Unavailable(text, retry_after=reply.pause)
    return _by_status(reply, text, f"{call} in subscription {subscription}", host, login)


def _by_status(reply: Reply, text: str, call: str, host: str, login: str) -> Problem:
    match reply.status:
        case 401:
            refusal = f"{host} does not accept the token"
            return Denied(refusal, reason=Reason.LOGIN_FAILED, field=login, retry_after=CREDENTIALS_RETRY)
        case 403:
            lacks = f"the principal lacks a right for {call} at {host}"
            return Denied(lacks, field=SUBSCRIPTION_FIELD, retry_after=CREDENTIALS_RETRY)
        case 404:
            return Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND)
        case 409 | 412:
            return Conflict(text, retry_after=reply.pause)
        case 429:
            return Throttled(f"{host} asks to slow down", retry_after=reply.pause)
        case status if status >= SERVER_ERRORS or status in {408, *range(300, 400)}:
            return Unavailable(text, retry_after=reply.pause)
        case _:
            return _impossible(text, reply.pause)


def _impossible(text: str, _pause: float | None) -> Problem:
    return Invalid(text, reason=Reason.REFUSED, retry_after=REFUSED_RETRY)


def _not_allowed(text: str, _pause: float | None) -> Problem:
    return Denied(text, reason=Reason.REFUSED, retry_after=CREDENTIALS_RETRY)


def _not_yet(text: str, pause: float | None) -> Problem:
    return Unavailable(text, retry_after=pause)


def _no_subscription(_text: str, _pause: float | None) -> Problem:
    text = "there is no such subscription, or the token is for another tenant"
    return Invalid(text, reason=Reason.REFERENCE_NOT_FOUND, field=SUBSCRIPTION_FIELD, retry_after=REFUSED_RETRY)


# contention, whatever the status: some come as 400, some as 429
_BUSY = frozenset(
    {
        "AnotherOperationInProgress",
        "RetryableError",
        "RetryableErrorDueToAnotherOperation",
        "CanceledAndSupersededDueToAnotherOperation",
        "ReferencedResourceNotProvisioned",
        "OperationPreempted",
    }
)
_BY_CODE: Mapping[str, Made] = {
    "SubscriptionNotFound": _no_subscription,
    "InvalidSubscriptionId": _no_subscription,
    "MissingSubscriptionRegistration": _not_allowed,
    "RequestDisallowedByPolicy": _not_allowed,
    "RequestDisallowedByAzure": _not_allowed,
    "ReadOnlyDisabledSubscription": _not_allowed,
    "ScopeLocked": _not_allowed,
    "InvalidResourceLocation": _impossible,
    "InvalidResourceGroupLocation": _impossible,
    "ResourceGroupBeingDeleted": _not_yet,
    "CannotDeleteResource": _not_yet,
    "OperationTimedOut": _not_yet,
    "InternalServerError": _not_yet,
}
