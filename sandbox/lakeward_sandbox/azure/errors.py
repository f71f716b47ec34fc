"""Azure Resource Manager's refusals as values of one exception. Clients branch on the code; texts are for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

from lakeward_sandbox.errors import Json, arm_error

# the front door says by this header that no resource provider was asked
GATEWAY = {"x-ms-failure-cause": "gateway"}


@dataclass(eq=False)
class ArmError(Exception):
    """A refusal; `headers` go with it."""

    status: int
    code: str
    message: str
    details: Sequence[Json] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        return arm_error(self.status, self.code, self.message, self.details, self.headers)


def invalid_content(why: str) -> ArmError:
    """400 of the front door: a body that it cannot read."""
    return ArmError(
        400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{why}'."
    )


def malformed(why: str) -> ArmError:
    """400 of Microsoft.Network: a body that it cannot read."""
    return ArmError(400, "InvalidRequestFormat", "Cannot parse the request.", [{"code": "InvalidJson", "message": why}])


def group_missing(name: str) -> ArmError:
    """404."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.", headers=GATEWAY)


def resource_missing(short_type: str, names: Sequence[str], group: str) -> ArmError:
    """404 of the front door for a resource that it does not know."""
    namespace, *types = short_type.split("/")
    path = "/".join([namespace, *(part for pair in zip(types, names, strict=True) for part in pair)])
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{path}' under resource group '{group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
        headers=GATEWAY,
    )
