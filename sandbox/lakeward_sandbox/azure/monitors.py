"""The addresses at which clients follow an operation, and what they answer."""

from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from lakeward_sandbox.azure import operations, registry
from lakeward_sandbox.azure.calls import ArmCall
from lakeward_sandbox.azure.errors import ArmError
from lakeward_sandbox.azure.kind import ResourceType
from lakeward_sandbox.azure.operations import ArmOperation, Kind
from lakeward_sandbox.azure.wire import Monitor, retry_headers


def url(call: ArmCall, kind: ResourceType, monitor: Monitor, operation_id: str, location: str) -> str:
    """Absolute, at the host that the client called."""
    template = kind.wire.async_path if monitor == Monitor.ASYNC else kind.wire.location_path
    path = template.format(subscription=call.subscription.id, location=location, operation=operation_id)
    return f"{call.base_url}{path}?api-version={call.api_version}"


def begun(call: ArmCall, kind: ResourceType, operation: ArmOperation, location: str) -> Mapping[str, str]:
    """The headers of the answer that begins an operation."""
    wire = kind.wire
    monitors = wire.put_monitors if operation.kind == Kind.PUT else wire.delete_monitors
    if not monitors:
        return {}
    named = {str(monitor): url(call, kind, monitor, operation.id, location) for monitor in monitors}
    return {**named, **retry_headers(operation.due - operation.begun), **(wire.extra_headers or {})}


def status(call: ArmCall) -> Response:
    """Azure-AsyncOperation: 200 at all times, the body tells."""
    operation = _operation(call)
    if not operation.is_done(call.world.now):
        return JSONResponse({"status": "InProgress"}, headers=_retry(call, operation))
    if operation.error is not None:
        return JSONResponse({"status": "Failed", "error": {**operation.error, "details": []}})
    return JSONResponse({"status": "Succeeded"})


def result(call: ArmCall) -> Response:
    """Location: 202 until the operation is done, then what a synchronous call would have answered."""
    operation = _operation(call)
    if not operation.is_done(call.world.now):
        own = f"{call.base_url}{call.path}?api-version={call.api_version}"
        return Response(status_code=202, headers={"Location": own, **_retry(call, operation)})
    if operation.error is not None:
        raise ArmError(409, operation.error["code"], operation.error["message"])
    target = call.world.get(operation.target)
    if operation.kind == Kind.DELETE or target is None:
        return Response(status_code=200)
    return JSONResponse(registry.stored_kind(target.type).shown(target, call.world))


def _operation(call: ArmCall) -> ArmOperation:
    operation_id = call.params["operation"]
    found = operations.find(call.world, operation_id)
    if found is None or not found.target.startswith(f"{call.scope}/"):
        raise ArmError(404, "OperationNotFound", f"The operation '{operation_id}' could not be found.")
    return found


def _retry(call: ArmCall, operation: ArmOperation) -> dict[str, str]:
    return retry_headers(operation.due - call.world.now)
