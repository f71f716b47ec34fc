"""The errors that the lakehouse answers with, as values of one exception, and Databricks' shape for them.
A status code and an error code decide which exception a client raises; texts are for people.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import JSONResponse, Response

Json = Mapping[str, object]


class StartError(Exception):
    """The program cannot run as asked; the text is one sentence for the person who started it."""


@dataclass(eq=False)
class ApiError(Exception):
    """A refusal by the emulated service."""

    status: int
    error_code: str
    message: str
    details: Sequence[Json] = field(default_factory=tuple)
    retry_after: int | None = None

    def response(self) -> Response:
        """`error_code`, `message` and `details`, as every Databricks API answers."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        request_info = {"@type": "type.googleapis.com/google.rpc.RequestInfo", "request_id": str(uuid.uuid4())}
        body = {"error_code": self.error_code, "message": self.message, "details": [*self.details, request_info]}
        return JSONResponse(body, self.status, headers)


def invalid(message: str) -> ApiError:
    """400: a value that can never be accepted."""
    return ApiError(400, "INVALID_PARAMETER_VALUE", message)


def invalid_state(message: str) -> ApiError:
    """400: the value is sound, but the object is not in a state that allows the call."""
    return ApiError(400, "INVALID_STATE", message)


def denied(message: str) -> ApiError:
    """403."""
    return ApiError(403, "PERMISSION_DENIED", message)


def unauthenticated() -> ApiError:
    """401."""
    return ApiError(401, "UNAUTHENTICATED", "Credential was not sent or was of an unsupported type for this API.")


def no_endpoint(method: str, path: str) -> ApiError:
    """404 for a path that no API has."""
    return ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {path}'")


def missing(message: str, error_code: str = "RESOURCE_DOES_NOT_EXIST") -> ApiError:
    """404 for an object."""
    return ApiError(404, error_code, message)


def exists(message: str, error_code: str = "RESOURCE_ALREADY_EXISTS") -> ApiError:
    """409: the name is taken."""
    return ApiError(409, error_code, message)


def arm_error(
    status: int, code: str, message: str, details: Sequence[Json] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """Azure Resource Manager's shape: one `error` object."""
    return JSONResponse({"error": {"code": code, "message": message, "details": list(details)}}, status, headers)
