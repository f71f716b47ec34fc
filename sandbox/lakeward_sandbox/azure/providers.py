"""Resource providers and their registration with a subscription, which is a long-running thing of its own."""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from lakeward_sandbox.azure import registry
from lakeward_sandbox.azure.calls import ArmCall
from lakeward_sandbox.azure.errors import ArmError
from lakeward_sandbox.azure.locations import LOCATIONS
from lakeward_sandbox.azure.world import World
from lakeward_sandbox.errors import Json
from lakeward_sandbox.sites import Subscription


@dataclass(frozen=True)
class ArmRegistration:
    """Where none is stored, the provider is registered: the seeded subscriptions are in use already."""

    registered: bool
    due: float

    def state(self, now: float) -> str:
        done, going = ("Registered", "Registering") if self.registered else ("NotRegistered", "Unregistering")
        return done if now >= self.due else going


def one(call: ArmCall) -> Response:
    return JSONResponse(_shown(call, registry.namespace(call.params["namespace"])))


def every(call: ArmCall) -> Response:
    return JSONResponse({"value": [_shown(call, name) for name in registry.NAMESPACES.values()]})


def register(call: ArmCall) -> Response:
    return _change(call, registered=True)


def unregister(call: ArmCall) -> Response:
    return _change(call, registered=False)


def check_registered(world: World, subscription: Subscription, namespace: str) -> None:
    """Raises ArmError where a write would need a registration first."""
    if _registration(world, subscription, namespace).registered:
        return
    message = f"The subscription is not registered to use namespace '{namespace}'. See "
    detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": message}
    raise ArmError(
        409, "MissingSubscriptionRegistration", f"{message}https://aka.ms/rps-not-found for how to.", [detail]
    )


def _change(call: ArmCall, *, registered: bool) -> Response:
    namespace = registry.namespace(call.params["namespace"])
    before = _registration(call.world, call.subscription, namespace)
    if before.registered != registered:
        after = ArmRegistration(registered, call.world.now + call.seconds)
        call.world.store.of(ArmRegistration).put(_key(call.subscription, namespace), after)
    return JSONResponse(_shown(call, namespace))


def _registration(world: World, subscription: Subscription, namespace: str) -> ArmRegistration:
    stored = world.store.of(ArmRegistration).get(_key(subscription, namespace))
    return stored or ArmRegistration(registered=True, due=0)


def _key(subscription: Subscription, namespace: str) -> str:
    return f"{subscription.id}/{namespace}"


def _shown(call: ArmCall, namespace: str) -> Json:
    kinds = [registry.GROUP] if namespace == registry.GROUP.namespace else registry.IN_GROUPS
    return {
        "id": f"{call.scope}/providers/{namespace}",
        "namespace": namespace,
        "registrationPolicy": "RegistrationFree" if registry.GROUP in kinds else "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": kind.short_name,
                "locations": list(LOCATIONS.values()),
                "apiVersions": sorted(kind.api_versions),
            }
            for kind in kinds
            if kind.namespace == namespace
        ],
        "registrationState": _registration(call.world, call.subscription, namespace).state(call.world.now),
    }
