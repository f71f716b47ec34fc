"""The promotions that one depends on: themselves, and whom they depend on. Reads objects only."""

from collections.abc import Mapping

from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object, parse
from lakeward.kinds.kind import World
from lakeward.kinds.modelpromotion.findings import Promotion

MOST = 200


def named(obj: Promotion, world: World) -> Mapping[str, Promotion | None]:
    """The promotions of dependsOn by name, None where one does not exist."""
    return {d.name: _sibling(obj, d.name, world) for d in obj.spec.depends_on}


def edges(obj: Promotion, world: World) -> Mapping[str, tuple[str, ...]]:
    """Who depends on whom, as far as it can be reached from this object."""
    found = {obj.name: tuple(d.name for d in obj.spec.depends_on)}
    waiting = list(found[obj.name])
    while waiting and len(found) < MOST:
        name = waiting.pop()
        if name not in found:
            sibling = _sibling(obj, name, world)
            found[name] = tuple(d.name for d in sibling.spec.depends_on) if sibling else ()
            waiting += found[name]
    return found


def _sibling(obj: Promotion, name: str, world: World) -> Promotion | None:
    body = world.get(obj.kind, obj.namespace, name)
    parsed = parse(ModelPromotionSpec, body) if body is not None else None
    return parsed if isinstance(parsed, Object) else None
