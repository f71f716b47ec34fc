"""The subscriptions themselves: which one a path means, who may enter it, and what it tells about itself."""

import uuid
from collections.abc import Sequence

from starlette.responses import JSONResponse, Response

from lakeward_sandbox.azure.calls import ArmCall
from lakeward_sandbox.azure.errors import ArmError
from lakeward_sandbox.azure.locations import LOCATIONS
from lakeward_sandbox.errors import Json
from lakeward_sandbox.principals import Principal
from lakeward_sandbox.sites import SUBSCRIPTIONS, TENANT_ID, Subscription


def entered(principal: Principal, written_id: str, action: str, scope: str) -> Subscription:
    """The subscription of a path. Raises ArmError when there is none, or when the sender has no rights in it."""
    try:
        uuid.UUID(written_id)
    except ValueError as problem:
        message = f"The provided subscription identifier '{written_id}' is malformed or invalid."
        raise ArmError(400, "InvalidSubscriptionId", message) from problem
    found = next((s for s in SUBSCRIPTIONS if s.id == written_id.lower()), None)
    if found is None:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{written_id}' could not be found.")
    if found.name not in principal.subscriptions:
        raise _denied(principal, action, scope)
    return found


def _denied(principal: Principal, action: str, scope: str) -> ArmError:
    return ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{principal.name}' with object id '{principal.id}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials.",
    )


def visible(principal: Principal) -> Response:
    """The subscriptions that the sender may enter."""
    return JSONResponse({"value": [_shown(s) for s in _mine(principal)], "count": _count(len(_mine(principal)))})


def one(call: ArmCall) -> Response:
    return JSONResponse(_shown(call.subscription))


def locations(call: ArmCall) -> Response:
    found = [
        {"id": f"{call.scope}/locations/{name}", "name": name, "type": "Region", "displayName": shown}
        for name, shown in LOCATIONS.items()
    ]
    return JSONResponse({"value": found})


def _mine(principal: Principal) -> Sequence[Subscription]:
    return [subscription for subscription in SUBSCRIPTIONS if subscription.name in principal.subscriptions]


def _count(number: int) -> Json:
    return {"type": "Total", "value": number}


def _shown(subscription: Subscription) -> Json:
    return {
        "id": f"/subscriptions/{subscription.id}",
        "subscriptionId": subscription.id,
        "tenantId": TENANT_ID,
        "displayName": subscription.name,
        "state": "Enabled",
        "authorizationSource": "RoleBased",
    }
