"""Long-running operations: begun with a due time, and complete as soon as somebody looks after it. There is no thread
behind them, so one that was in flight when the lakehouse ended is completed by the next lakehouse.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lakeward_sandbox.azure.world import FAILED, SUCCEEDED, ArmResource, World

_REMEMBERED_SECONDS = 3600.0
_PENDING, _DONE = "pending", "done"


class Kind(StrEnum):
    """What becomes of the target."""

    PUT = "put"
    DELETE = "delete"


@dataclass(frozen=True)
class ArmOperation:
    """`touched` are the ids of all resources that it keeps busy, the target among them. `error` is how it will end."""

    id: str
    kind: str
    target: str
    touched: list[str]
    begun: float
    due: float
    error: dict[str, str] | None = None

    def is_done(self, now: float) -> bool:
        return now >= self.due


def new_id() -> str:
    return str(uuid.uuid4())


def begin(world: World, operation: ArmOperation) -> None:
    """Stores it and forgets operations whose monitor has expired."""
    operations = world.store.of(ArmOperation)
    operations.put(operation.id, operation, _PENDING)
    for old in operations.children(_DONE):
        if old.due + _REMEMBERED_SECONDS < world.now:
            operations.delete(old.id)


def find(world: World, operation_id: str) -> ArmOperation | None:
    return world.store.of(ArmOperation).get(operation_id)


def settle(world: World) -> None:
    """Completes, in the order of their due times, all operations whose time has come."""
    operations = world.store.of(ArmOperation)
    for operation in sorted(operations.children(_PENDING), key=lambda pending: pending.due):
        if operation.is_done(world.now):
            _complete(world, operation)
            operations.put(operation.id, operation, _DONE)


def _complete(world: World, operation: ArmOperation) -> None:
    if operation.kind == Kind.DELETE and operation.error is None:
        world.drop(operation.target)
    for resource in _still_touched(world, operation):
        failed = operation.error is not None and resource.id == operation.target
        world.put(resource.changed(FAILED if failed else SUCCEEDED))


def _still_touched(world: World, operation: ArmOperation) -> Sequence[ArmResource]:
    """A resource may be gone by now, with its group for example, or even have been made anew."""
    found = (world.get(resource_id) for resource_id in operation.touched)
    return [resource for resource in found if resource is not None and resource.operation == operation.id]
