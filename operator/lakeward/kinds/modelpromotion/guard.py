"""What the MLWorkspace allows a promotion: the gates that count, and what is refused. Pure.

The guard is the platform's: no edit of a ModelPromotion gets past it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lakeward.api.gates import Digest, Gate, GateMode, GateType
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.promotions import COPY_JOB, SKIPPED, Promotions, RequiredGate

EVERYWHERE = frozenset({GateType.READY})
"""Types of gates that every promotion has by itself."""


@dataclass(frozen=True)
class Violation:
    """What the guard refuses, in one sentence. `type`: of the gate that it asks for, None where it is about more."""

    text: str
    type: GateType | None = None


PINNED = Gate(name="digest-pin", type=GateType.DIGEST, digest=Digest())


def gates(spec: ModelPromotionSpec, guard: Promotions) -> tuple[Gate, ...]:
    """The gates that count: those of the promotion, then those that only the guard has.

    A pinned digest is a gate by itself where nothing is copied: a copy is held against it on the way.
    """
    own = {gate.name for gate in spec.gates}
    every = (*spec.gates, *(g for g in guard.require_gates if g.demand is not None and g.name not in own))
    pinned = spec.source.digest is not None and spec.source.model == spec.target.model
    return (*every, PINNED) if pinned and not any(g.digest is not None for g in every) else every


def skippable(guard: Promotions) -> frozenset[GateType]:
    """Types of gates that a rollback passes over."""
    return frozenset(SKIPPED if guard.skippable_on_rollback is None else guard.skippable_on_rollback)


def reaches(spec: ModelPromotionSpec, guard: Promotions) -> bool:
    """Whether the target is one that promotions may write. The names of its three levels are matched one by one."""
    return not guard.targets or any(_matches(spec.target.model, pattern) for pattern in guard.targets)


def violations(spec: ModelPromotionSpec, guard: Promotions) -> tuple[Violation, ...]:
    """All that the guard refuses about this promotion."""
    return tuple(_violations(spec, guard))


def _violations(spec: ModelPromotionSpec, guard: Promotions) -> Iterator[Violation]:
    if not reaches(spec, guard):
        yield Violation(f"spec.target.model {spec.target.model} is none of promotions.targets: {_list(guard.targets)}")
    trusted = spec.source.workspace_ref
    if trusted is not None and trusted.name not in {*guard.trusted_sources, spec.workspace_ref.name}:
        known = _list(guard.trusted_sources)
        yield Violation(f"spec.source.workspaceRef.name {trusted.name} is none of promotions.trustedSources: {known}")
    for required in guard.require_gates:
        yield from _missing(spec, required)
    for gate in gates(spec, guard):
        key = gate.job.job_ref.name if gate.job is not None else None
        if key is not None and (key not in guard.jobs or key == COPY_JOB):
            known = _list(tuple(sorted(set(guard.jobs) - {COPY_JOB})))
            yield Violation(f"the job {key} of gate {gate.name} is none of promotions.jobs: {known}", gate.type)


def _missing(spec: ModelPromotionSpec, required: RequiredGate) -> Iterator[Violation]:
    own = next((gate for gate in spec.gates if gate.name == required.name), None)
    if required.demand is None:
        have = any(g.type is required.type and g.mode is GateMode.ENFORCE for g in spec.gates)
        if not have and required.type not in EVERYWHERE:
            yield Violation(
                f"a gate of type {required.type} with mode Enforce is required ({required.name})", required.type
            )
    elif own is not None and _meaning(own) != _meaning(required):
        yield Violation(f"gate {own.name} is required as promotions.requireGates has it: take yours out", required.type)


def _meaning(gate: Gate) -> tuple[object, ...]:
    return gate.type, gate.mode, gate.demand


def _matches(name: str, pattern: str) -> bool:
    pairs = zip(name.split("."), pattern.split("."), strict=True)
    return all(fnmatchcase(part, wanted) for part, wanted in pairs)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
