"""What the front door checks of every tracked resource, whatever its type: location, tags, and the etag of a caller."""

import re
from collections.abc import Mapping

from lakeward_sandbox.azure.errors import ArmError, invalid_content
from lakeward_sandbox.azure.locations import LOCATIONS, normalised
from lakeward_sandbox.azure.world import ArmResource
from lakeward_sandbox.errors import Json

_MOST_TAGS, _LONGEST_NAME, _LONGEST_VALUE = 50, 512, 256
_NO_TAG_NAME = re.compile(r"[<>%&\\?/]")


def location(body: Json, resource_type: str) -> str:
    """The normalised location of a body. Raises ArmError when there is none or no such region."""
    given = body.get("location")
    if not isinstance(given, str) or not given:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    found = normalised(given)
    if found not in LOCATIONS:
        groups = resource_type.endswith("/resourceGroups")
        code = "LocationNotAvailableForResourceGroup" if groups else "LocationNotAvailableForResourceType"
        what = "resource group" if groups else f"resource type '{resource_type}'"
        raise ArmError(
            400,
            code,
            f"The provided location '{given}' is not available for {what}. List of available regions is "
            f"'{','.join(LOCATIONS)}'.",
        )
    return found


def tags(body: Json) -> dict[str, str] | None:
    """The tags of a body; None when it has none. Raises ArmError."""
    given = body.get("tags")
    if given is None:
        return None
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise invalid_content("tags is a map from string to string. Path 'tags'")
    if len(given) > _MOST_TAGS:
        raise ArmError(
            400,
            "InvalidTagsCount",
            f"The number of tags '{len(given)}' exceeds the maximum of {_MOST_TAGS} tags of a resource.",
        )
    if len({name.lower() for name in given}) < len(given):
        raise ArmError(400, "DuplicateTagKeys", "Tag names of a resource must differ in more than their case.")
    for name, value in given.items():
        _check_tag(name, value)
    return dict(given)


def _check_tag(name: str, value: str) -> None:
    if _NO_TAG_NAME.search(name):
        raise ArmError(
            400,
            "InvalidTagNameCharacters",
            rf"The tag names '{name}' have reserved characters '<,>,%,&,\,?,/' or control characters.",
        )
    if not 0 < len(name) <= _LONGEST_NAME:
        message = f"Tag names have 1 to {_LONGEST_NAME} characters: '{name[:40]}' has {len(name)}."
        raise ArmError(400, "InvalidTagNameLength", message)
    if len(value) > _LONGEST_VALUE:
        message = f"Tag values have at most {_LONGEST_VALUE} characters: the one of '{name}' has {len(value)}."
        raise ArmError(400, "InvalidTagValueLength", message)


def check_etag(headers: Mapping[str, str], resource_id: str, current: ArmResource | None) -> None:
    """Raises ArmError, 412, when the caller has another version in mind. Quotes do not matter."""
    wanted, unwanted = headers.get("if-match"), headers.get("if-none-match")
    own = current.etag if current else None
    if wanted and (own is None or (wanted != "*" and wanted.strip('"') != own.strip('"'))):
        raise _precondition(
            f"Etag provided in if-match header {wanted} does not match etag {own} of resource ", resource_id
        )
    if unwanted == "*" and current is not None:
        raise _precondition("If-None-Match is * but there already is a resource ", resource_id)


def _precondition(message: str, resource_id: str) -> ArmError:
    detail = {"code": "PreconditionFailedEtagMismatch", "message": f"{message}{resource_id} in NRP data store."}
    return ArmError(412, "PreconditionFailed", "Precondition failed.", [detail])
