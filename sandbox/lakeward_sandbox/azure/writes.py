"""PUT, PATCH and DELETE of every type: the front door's checks, then the type's own, then an operation in its wire."""

from dataclasses import replace

from starlette.responses import JSONResponse, Response

from lakeward_sandbox.azure import envelope, monitors, operations, providers, registry
from lakeward_sandbox.azure.calls import Address, ArmCall, existing, existing_group
from lakeward_sandbox.azure.errors import ArmError
from lakeward_sandbox.azure.kind import Change, Draft
from lakeward_sandbox.azure.operations import ArmOperation, Kind
from lakeward_sandbox.azure.wire import Monitor
from lakeward_sandbox.azure.world import DELETING, UPDATING, ArmResource, root_of, typed


def put(call: ArmCall, at: Address) -> Response:
    """Creates or replaces."""
    parent = _standing(call, at)
    current = call.world.get(at.id)
    if current is None:
        at.kind.check_name(at.name)
    location = _location(call, at, current)
    tags = envelope.tags(call.body) if at.kind.tracked else None
    resource_id = current.id if current else at.below(parent.id if parent else at.parent_id)
    _check_free(call, at, resource_id, current)
    name = current.name if current else at.name
    change = at.kind.change(Draft(call.world, resource_id, name, location, call.body, parent, current))
    wanted = ArmResource(resource_id, name, at.kind.name, location, tags, change.properties)
    operation = _write(call, at, wanted, change)
    stored = call.world.get(resource_id)
    assert stored is not None  # noqa: S101 - it was written just now
    headers = monitors.begun(call, at.kind, operation, _region(call, stored)) if operation else {}
    return JSONResponse(at.kind.shown(stored, call.world), 200 if current else 201, headers)


def patch(call: ArmCall, at: Address) -> Response:
    """Replaces the tags, at once."""
    if not at.kind.tracked:
        raise not_allowed("PATCH")
    current = existing(call, at)
    _standing(call, at)
    tags = envelope.tags(call.body)
    _check_free(call, at, current.id, current)
    if tags is not None:
        current = replace(current.changed(current.state), tags=tags)
        call.world.put(current)
    return JSONResponse(at.kind.shown(current, call.world))


def delete(call: ArmCall, at: Address) -> Response:
    """Begins the deletion; a second call joins the one in flight."""
    current = call.world.get(at.id)
    if at.kind is not registry.GROUP:
        existing_group(call, at.group)
    if current is None:
        if at.kind.wire.absent_delete_is_fine:
            return Response(status_code=204)
        existing(call, at)
    assert current is not None  # noqa: S101 - existing raised otherwise
    begun = operations.find(call.world, current.operation) if current.state == DELETING else None
    if begun is None:
        _standing(call, at)
        _check_free(call, at, current.id, current)
        begun = _begin(call, Kind.DELETE, current, [])
    return Response(status_code=202, headers=monitors.begun(call, at.kind, begun, _region(call, current)))


def not_allowed(method: str) -> ArmError:
    """405."""
    return ArmError(405, "MethodNotAllowed", f"The requested resource does not support http method '{method}'.")


def _standing(call: ArmCall, at: Address) -> ArmResource | None:
    """The group or the resource in which something is written. Raises ArmError when it is not there to stay."""
    if at.kind is registry.GROUP:
        _refuse_deleting(call.world.get(at.id))
        return None
    providers.check_registered(call.world, call.subscription, at.kind.namespace)
    group = existing_group(call, at.group)
    _refuse_deleting(group)
    parent = at.parent(call.world)
    if parent is None:
        raise ArmError(
            404,
            "ParentResourceNotFound",
            f"Failed to perform 'write' on resource(s) of type '{at.kind.short_name}', because the parent resource "
            f"'{at.parent_id}' could not be found.",
        )
    return parent


def _refuse_deleting(group: ArmResource | None) -> None:
    if group is not None and group.state == DELETING:
        raise ArmError(
            409,
            "ResourceGroupBeingDeleted",
            f"The resource group '{group.name}' is in deprovisioning state and cannot perform this operation.",
        )


def _location(call: ArmCall, at: Address, current: ArmResource | None) -> str | None:
    if not at.kind.tracked:
        return None
    location = envelope.location(call.body, at.kind.name)
    if current is not None and location != current.location:
        raise at.kind.moved(current, at.group, location)
    return location


def _check_free(call: ArmCall, at: Address, resource_id: str, current: ArmResource | None) -> None:
    """Raises ArmError when the caller has another version in mind, or when another write is in flight."""
    if at.kind.etags:
        envelope.check_etag(call.headers, resource_id, current)
    root = call.world.get(root_of(resource_id))
    if root is None or not root.operation:
        return
    kind = registry.stored_kind(root.type)
    status = monitors.url(call, kind, Monitor.ASYNC, root.operation, _region(call, root))
    raise ArmError(
        409,
        "AnotherOperationInProgress",
        "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: "
        f"{status}.",
    )


def _region(call: ArmCall, resource: ArmResource) -> str:
    """Where a resource is; a child is where its root is."""
    root = call.world.get(root_of(resource.id))
    return (root.location if root else resource.location) or "global"


def _write(call: ArmCall, at: Address, wanted: ArmResource, change: Change) -> ArmOperation | None:
    """Stores the resource with its children, Succeeded at once where the wire is synchronous."""
    call.world.put(wanted)
    children = _write_children(call, at, wanted, change)
    if not at.kind.wire.put_monitors:
        return None
    return _begin(call, Kind.PUT, wanted, children)


def _write_children(call: ArmCall, at: Address, parent: ArmResource, change: Change) -> list[str]:
    """The ids of all children, which the operation keeps busy too."""
    before = typed(call.world.children(parent.id, at.kind.child_type)) if at.kind.child_type else {}
    if change.children is None:
        return [child.id for child in before.values()]
    for name in before.keys() - {name.lower() for name in change.children}:
        call.world.drop(before[name].id)
    short, written = at.kind.child_type.rpartition("/")[2], []
    for name, properties in change.children.items():
        child = ArmResource(f"{parent.id}/{short}/{name}", name, at.kind.child_type, None, None, properties)
        call.world.put(child)
        written.append(child.id)
    return written


def _begin(call: ArmCall, kind: Kind, target: ArmResource, children: list[str]) -> ArmOperation:
    """Begins an operation and marks everything that it keeps busy: its target, the children, the root above them."""
    now = call.world.now
    touched = list(dict.fromkeys([target.id, *children, root_of(target.id)]))
    operation = ArmOperation(operations.new_id(), kind, target.id, touched, now, now + call.seconds)
    if call.operation_error is not None:
        operation = replace(operation, error=dict(call.operation_error))
    for resource_id in touched:
        resource = call.world.get(resource_id)
        if resource is not None:
            deleted = kind == Kind.DELETE and resource_id == target.id
            call.world.put(resource.changed(DELETING if deleted else UPDATING, operation.id))
    operations.begin(call.world, operation)
    return operation
