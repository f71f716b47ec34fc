"""Who moves the aliases of a target: whose claim may be taken over, who comes before us where nobody has claimed it.

Reads objects only. Names nobody of another namespace.
"""

from collections.abc import Iterator

from lakeward.api.common import GROUP, Mode
from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object, parse
from lakeward.engine.conditions import find
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import ADOPTED, owned
from lakeward.kinds.kind import World, owner
from lakeward.kinds.modelpromotion.findings import Promotion
from lakeward.providers.databricks.registry import Model
from lakeward.providers.databricks.securable import MARK

TAKE_OVER = f"{GROUP}/take-over"
PARTS = 3
UNABLE = frozenset(
    {
        Reason.LOGIN_FAILED,
        Reason.SECRET_NOT_FOUND,
        Reason.REFERENCE_NOT_FOUND,
        Reason.HOST_NOT_ALLOWED,
        Reason.INVALID_SPEC,
        Reason.PERMISSION_DENIED,
        Reason.POLICY_VIOLATION,
    }
)
"""Why an older promotion does not come first: it cannot even log in."""


def claim(target: Model | None) -> str:
    """The claim on the target, without how it came about; empty where there is none."""
    return target.tags.get(MARK, "").removesuffix(ADOPTED) if target else ""


def claimed_by(obj: Promotion, world: World, target: Model | None) -> str:
    """Who has claimed the target, as `namespace/name`, if it is a promotion of this cluster; else empty."""
    cluster, *holder = claim(target).split("/")
    known = cluster == world.cluster and len(holder) == PARTS and holder[1] == obj.kind
    return f"{holder[0]}/{holder[2]}" if known else ""


def orphaned(obj: Promotion, world: World, target: Model | None) -> frozenset[str]:
    """A claim whose holder is gone, since it could not release it when its login was gone; or that a person gave up."""
    mark = target.tags.get(MARK, "") if target else ""
    if not mark:
        return frozenset()
    cluster, *holder = mark.removesuffix(ADOPTED).split("/")
    if cluster != world.cluster:
        # whether anybody is there any more only a person knows
        return frozenset({mark}) if obj.annotations.get(TAKE_OVER) == mark.removesuffix(ADOPTED) else frozenset()
    if not world.complete or len(holder) != PARTS or holder[1] != obj.kind:
        return frozenset()
    namespace, kind, name = holder
    return frozenset({mark}) if world.get(kind, namespace, name) is None else frozenset()


def rivals(obj: Promotion, world: World, target: Model | None, host: str) -> tuple[str, ...]:
    """Older promotions of the same target, as `namespace/name`, where nobody has claimed it: the oldest comes first."""
    mine = owner(world.cluster, obj)
    found = claim(target)
    if (found and found not in orphaned(obj, world, target)) or (target and owned(found, mine)):
        return ()
    return tuple(sorted(f"{other.namespace}/{other.name}" for other in _older(obj, world, host)))


def _older(obj: Promotion, world: World, host: str) -> Iterator[Promotion]:
    for body in world.all(obj.kind):
        other = parse(ModelPromotionSpec, body)
        if not isinstance(other, Object) or other.deleting or other.uid == obj.uid:
            continue
        same = other.spec.target.model == obj.spec.target.model and _host(other, world) == host
        if same and _age(other) < _age(obj) and not _is_unable(other):
            yield other


def _is_unable(other: Promotion) -> bool:
    """Whether it does not come to claim anything, for now: then nobody waits for it."""
    stopped = other.spec.suspend or other.spec.mode is not Mode.RECONCILE
    return stopped or (find(other.status, "Ready") or {}).get("reason") in UNABLE


def _age(obj: Promotion) -> tuple[str, str]:
    return (obj.created.isoformat() if obj.created else "", obj.uid)


def _host(obj: Promotion, world: World) -> str:
    body = world.get("MLWorkspace", obj.namespace, obj.spec.workspace_ref.name)
    workspace = parse(MLWorkspaceSpec, body) if body is not None else None
    return workspace.spec.databricks.host if isinstance(workspace, Object) else ""
