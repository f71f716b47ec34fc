"""What a person asks of an object beside its wanted state: modes, annotations, policies. Pure.

An unknown wish is treated as the one that touches least.
"""

from collections.abc import Mapping
from typing import Any

from lakeward.api.common import GROUP, Mode
from lakeward.api.objects import Object
from lakeward.engine.guards import Policy, Refusal
from lakeward.engine.reasons import Reason

REQUESTED = f"{GROUP}/requested-at"
CONFIRM_DELETE = f"{GROUP}/confirm-delete"
CONFIRM_PRUNE = f"{GROUP}/confirm-prune"
DETACH = f"{GROUP}/detach"
SUSPENDED = Refusal(Reason.SUSPENDED, "spec.suspend is true")
PLANNED = Refusal(Reason.PLANNED, "spec.mode only looks")

AnyObject = Object[Any]


def deletes(obj: AnyObject) -> bool:
    """Whether data outside goes with the object, once it is confirmed."""
    return str(getattr(obj.spec, "deletion_policy", "Retain")) == "Delete"


def confirmed(obj: AnyObject) -> bool:
    """Whether somebody confirmed this very deletion."""
    return obj.annotations.get(CONFIRM_DELETE) == obj.uid


def detached(obj: AnyObject) -> bool:
    """Whether the object is to go without any call to the outside."""
    return obj.annotations.get(DETACH) == obj.uid


def policy(obj: AnyObject, mark: str) -> Policy:
    """What the guards may let through for an object with this owner mark."""
    pruned = {obj.annotations[CONFIRM_PRUNE]} if CONFIRM_PRUNE in obj.annotations else set()
    return Policy(
        owner=mark,
        adopt=str(getattr(obj.spec, "adoption_policy", "OwnedOnly")) == "Adopt",
        delete=deletes(obj),
        confirmed=frozenset({"*"} if obj.deleting and confirmed(obj) else pruned),
        hold=hold(obj),
        leaving=obj.deleting,
    )


def hold(obj: AnyObject) -> Refusal | None:
    """Why nothing may be written for this object at all."""
    return SUSPENDED if getattr(obj.spec, "suspend", False) else PLANNED if only_looks(obj) else None


def only_looks(obj: AnyObject) -> bool:
    """Whether it plans or observes."""
    return getattr(obj.spec, "mode", Mode.RECONCILE) is not Mode.RECONCILE


def requested(obj: AnyObject) -> str | None:
    """The request to reconcile now that was not answered yet, None where there is none."""
    asked = obj.annotations.get(REQUESTED)
    return None if asked == obj.status.get("lastHandledRequest") else asked


def answered(obj: AnyObject) -> Mapping[str, str]:
    """The member of the status that says which request this pass answers."""
    asked = obj.annotations.get(REQUESTED)
    return {} if asked is None else {"lastHandledRequest": asked}
