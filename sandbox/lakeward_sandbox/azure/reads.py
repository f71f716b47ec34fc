"""GET, HEAD and listings of every type. Pages are small on purpose: a client that forgets `nextLink` shows it soon."""

import base64
import binascii
from collections.abc import Callable, Sequence
from urllib.parse import quote, urlencode

from starlette.responses import JSONResponse, Response

from lakeward_sandbox.azure import registry
from lakeward_sandbox.azure.calls import Address, ArmCall, existing, existing_group, missing
from lakeward_sandbox.azure.errors import ArmError
from lakeward_sandbox.azure.world import ArmResource
from lakeward_sandbox.errors import Json

PAGE = 50


def get(call: ArmCall, at: Address) -> Response:
    if at.is_collection:
        return _collection(call, at)
    found = existing(call, at)
    headers = {"ETag": found.etag} if at.kind.etags else {}
    return JSONResponse(at.kind.shown(found, call.world), headers=headers)


def head(call: ArmCall, at: Address) -> Response:
    """204 or 404, never a body."""
    try:
        existing(call, at)
    except ArmError as absent:
        return Response(status_code=absent.status)
    return Response(status_code=204)


def groups(call: ArmCall) -> Response:
    """All groups of the subscription."""
    return _page(call, call.world.children(call.scope, registry.GROUP.name), _shown(call))


def everywhere(call: ArmCall) -> Response:
    """All resources of one type in the subscription."""
    kind = registry.kind_of(call.params["namespace"], call.params["type"], call.api_version)
    return _page(call, call.world.below(call.scope, kind.name), _shown(call))


def resources(call: ArmCall) -> Response:
    """The tracked resources of all types, without their properties: in one group, or in all."""
    within = [existing_group(call, call.params["group"])] if "group" in call.params else _all_groups(call)
    found = [r for group in within for r in call.world.children(group.id) if registry.stored_kind(r.type).tracked]
    return _page(call, found, _summary)


def _collection(call: ArmCall, at: Address) -> Response:
    existing_group(call, at.group)
    if at.names and call.world.get(at.parent_id) is None:
        raise missing(call, Address(at.kind, at.group, [*at.names, ""], at.parent_id))
    return _page(call, call.world.children(at.parent_id, at.kind.name), _shown(call))


def _all_groups(call: ArmCall) -> Sequence[ArmResource]:
    return call.world.children(call.scope, registry.GROUP.name)


def _shown(call: ArmCall) -> Callable[[ArmResource], Json]:
    return lambda resource: registry.stored_kind(resource.type).shown(resource, call.world)


def _summary(resource: ArmResource) -> Json:
    body: dict[str, object] = {"id": resource.id, "name": resource.name, "type": resource.type}
    body["location"] = resource.location
    return body if resource.tags is None else {**body, "tags": resource.tags}


def _page(call: ArmCall, found: Sequence[ArmResource], render: Callable[[ArmResource], Json]) -> Response:
    if call.query.get("$filter"):
        message = f"Invalid $filter '{call.query['$filter']}' specified in the query string: none is served here."
        raise ArmError(400, "InvalidFilterInQueryString", message)
    size, after = min(_top(call), PAGE), _opened(call.query.get("$skiptoken", ""))
    rest = [resource for resource in found if resource.id.lower() > after]
    body: dict[str, object] = {"value": [render(resource) for resource in rest[:size]]}
    if len(rest) > size:
        body["nextLink"] = _next_link(call, rest[size - 1])
    return JSONResponse(body)


def _top(call: ArmCall) -> int:
    given = call.query.get("$top", str(PAGE))
    if not given.isdecimal() or int(given) == 0:
        raise ArmError(400, "InvalidQueryParameterValue", f"Invalid $top '{given}' specified in the query string.")
    return int(given)


def _next_link(call: ArmCall, last: ArmResource) -> str:
    token = base64.urlsafe_b64encode(last.id.lower().encode()).decode()
    query = {"api-version": call.api_version, "$skiptoken": token}
    if "$top" in call.query:
        query["$top"] = call.query["$top"]
    return f"{call.base_url}{quote(call.path)}?{urlencode(query)}"


def _opened(token: str) -> str:
    try:
        return base64.b64decode(token, b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as problem:
        raise ArmError(400, "InvalidSkipToken", "The $skiptoken of the query string is not one of ours.") from problem
