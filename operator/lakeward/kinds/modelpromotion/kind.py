"""The kind ModelPromotion: gather its findings, judge them, decide what should be outside, tell what became of it."""

from collections.abc import Iterator
from datetime import timedelta

from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import Object
from lakeward.engine.outcome import Key
from lakeward.engine.results import Results
from lakeward.judgement.gates import Stage, decide
from lakeward.kinds.kind import Account, Desired, World
from lakeward.kinds.modelpromotion import gather, story
from lakeward.kinds.modelpromotion.decide import finish, resources
from lakeward.kinds.modelpromotion.findings import Findings
from lakeward.kinds.modelpromotion.judge import judge
from lakeward.kinds.modelpromotion.rollout import Rollouts

GRACE = timedelta(seconds=60)


class ModelPromotion:
    """One target model's champion: the version of a source model that git pins.

    `grace`: no verdict of drift so soon after our own switch. `rollouts`: who answers for spec.switch.after.
    """

    name = "ModelPromotion"
    spec = ModelPromotionSpec
    leaves_marks = True

    def __init__(self, grace: timedelta = GRACE, rollouts: Rollouts | None = None) -> None:
        self._grace = grace
        self._rollouts = rollouts

    def refs(self, obj: Object[ModelPromotionSpec]) -> frozenset[Key]:
        return frozenset(_refs(obj))

    def gather(self, obj: Object[ModelPromotionSpec], world: World) -> Findings:
        return gather.gather(obj, world, self._grace, self._rollouts)

    def compile(self, obj: Object[ModelPromotionSpec], evidence: Findings) -> Desired:
        verdicts = judge(obj, evidence)
        decision = decide(verdicts, before=_stage(evidence))
        return Desired(tuple(resources(obj, evidence, verdicts, decision)), orphaned=evidence.orphaned)

    def leave(self, obj: Object[ModelPromotionSpec], evidence: Findings) -> Desired:
        decision = decide(judge(obj, evidence), before=_stage(evidence))
        return Desired(tuple(finish(obj, evidence, decision)))

    def report(self, obj: Object[ModelPromotionSpec], evidence: Findings, results: Results) -> Account:
        verdicts = judge(obj, evidence)
        return story.tell(obj, evidence, verdicts, decide(verdicts, before=_stage(evidence)), results)


def _stage(found: Findings) -> Stage:
    """What the move comes to next."""
    return Stage.PRE_COPY if found.copy is None else Stage.PRE_SWITCH


def _refs(obj: Object[ModelPromotionSpec]) -> Iterator[Key]:
    spec = obj.spec
    yield Key("MLWorkspace", obj.namespace, spec.workspace_ref.name)
    if spec.source.workspace_ref is not None:
        yield Key("MLWorkspace", obj.namespace, spec.source.workspace_ref.name)
    for dependency in spec.depends_on:
        yield Key("ModelPromotion", obj.namespace, dependency.name)
