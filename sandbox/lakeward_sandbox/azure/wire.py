"""How each service tells of its long-running operations: which status codes, which headers, which monitor.
A resource type names its profile; nothing else of the room asks who the service is.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Monitor(StrEnum):
    """Where a client learns of an operation's progress.

    ASYNC is `Azure-AsyncOperation`: always 200, with a body that names the status. LOCATION is `Location`: 202 until it
    is done, then what a synchronous call would have answered.
    """

    ASYNC = "Azure-AsyncOperation"
    LOCATION = "Location"


@dataclass(frozen=True)
class Wire:
    """One service's manner. No monitors for a PUT means that it is synchronous."""

    put_monitors: tuple[Monitor, ...]
    delete_monitors: tuple[Monitor, ...]
    async_path: str = ""
    location_path: str = ""
    extra_headers: Mapping[str, str] | None = None
    absent_delete_is_fine: bool = True
    """204 for the deletion of what is not there, else 404."""


GROUPS = Wire(
    put_monitors=(),
    delete_monitors=(Monitor.LOCATION,),
    location_path="/subscriptions/{subscription}/operationresults/{operation}",
    absent_delete_is_fine=False,
)

NETWORK = Wire(
    put_monitors=(Monitor.ASYNC,),
    delete_monitors=(Monitor.ASYNC, Monitor.LOCATION),
    async_path="/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operations/{operation}",
    location_path=(
        "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/operationResults/{operation}"
    ),
    extra_headers={"azure-asyncnotification": "Enabled"},
)


def retry_headers(seconds: float) -> dict[str, str]:
    """`Retry-After` is whole seconds and clients take its 0 for absent, so less than one goes by the other header."""
    if seconds >= 1:
        return {"Retry-After": str(math.ceil(seconds))}
    return {"x-ms-retry-after-ms": str(max(10, math.ceil(seconds * 1000)))}
