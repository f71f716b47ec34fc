"""All kinds, and what passes are made with: the one list that the operator and the command line share."""

from collections.abc import Callable
from datetime import timedelta

from lakeward.kinds.kind import World
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import GRACE, ModelPromotion
from lakeward.kinds.promotionapproval import PromotionApproval
from lakeward.passes.reconcile import AnyKind, Reconciler, Runtime
from lakeward.providers.types import TYPES


def kinds(grace: timedelta = GRACE) -> tuple[AnyKind, ...]:
    """Every kind; `grace` is how long after our own switch another champion is not called drift."""
    return (MLWorkspace(), ModelPromotion(grace), PromotionApproval())


def reconciler(
    world: World, proceed: Callable[[], bool], grace: timedelta = GRACE, abandon: Callable[[str], None] = lambda _: None
) -> Reconciler:
    """Passes over objects of all kinds; `proceed` is asked before each write, `abandon` ends an owner's long work."""
    return Reconciler(world, kinds(grace), Runtime(types=TYPES, proceed=proceed, abandon=abandon))
