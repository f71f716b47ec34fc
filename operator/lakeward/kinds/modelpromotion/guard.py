"""What the MLWorkspace allows a promotion: the gates that count, and what is refused. Pure.

The guard is the platform's: no edit of a ModelPromotion gets past it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lakeward.api.gates import Digest, Gate, GateMode, GateType
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.promotions import COPY_JOB, GRANTABLE, SKIPPED, Promotions, RequiredGate

EVERYWHERE = frozenset({GateType.READY})
"""Types of gates that every promotion has by itself."""


@dataclass(frozen=True)
class Violation:
    """What the guard refuses, in one sentence. `type`: of the gate that it asks for, None where it is about more."""

    text: str
    type: GateType | None = None


# its name is one that a manifest may not give
PINNED = Gate.model_construct(name="digest-pin", type=GateType.DIGEST, mode=GateMode.ENFORCE, digest=Digest())


def gates(spec: ModelPromotionSpec, guard: Promotions) -> tuple[Gate, ...]:
    """The gates that count: those of the promotion, then those that only the guard has.

    A pinned digest is a gate by itself where nothing is copied: a copy is held against it on the way.
    """
    own = {gate.name for gate in spec.gates}
    every = (*spec.gates, *(g for g in guard.require_gates if g.demand is not None and g.name not in own))
    pinned = spec.source.digest is not None and spec.source.model == spec.target.model
    judged = any(g.digest is not None and g.mode is GateMode.ENFORCE for g in every)
    return (*every, PINNED) if pinned and not judged else every


def skippable(guard: Promotions) -> frozenset[GateType]:
    """Types of gates that a rollback passes over."""
    return frozenset(SKIPPED if guard.skippable_on_rollback is None else guard.skippable_on_rollback)


def names(model: str, guard: Promotions) -> bool:
    """Whether the guard names this model as one that promotions may write. Its three names are matched one by one."""
    return any(_matches(model, pattern) for pattern in guard.targets)


def outside(spec: ModelPromotionSpec, guard: Promotions, others: tuple[str, ...]) -> tuple[str, ...]:
    """Why nothing at all may be written for this promotion, not even at rest; empty when something may.

    `others` are MLWorkspaces of the namespace that name the target as theirs: then it goes by their guard.
    """
    return tuple(_outside(spec, guard, others))


def violations(spec: ModelPromotionSpec, guard: Promotions, others: tuple[str, ...] = ()) -> tuple[Violation, ...]:
    """All that the guard refuses about this promotion."""
    return (*map(Violation, _outside(spec, guard, others)), *_violations(spec, guard))


def _outside(spec: ModelPromotionSpec, guard: Promotions, others: tuple[str, ...]) -> Iterator[str]:
    target = spec.target.model
    if guard.targets and not names(target, guard):
        yield f"spec.target.model {target} is none of promotions.targets: {_list(guard.targets)}"
    if others and not names(target, guard):
        yield f"spec.target.model {target} belongs to MLWorkspace {_list(others)}: name it in spec.workspaceRef"
    asked, allowed = spec.switch.aliases, guard.aliases
    wrong = [
        f"{role}: {name}"
        for role, name, wanted in (
            ("champion", asked.champion, allowed.champion),
            ("previous", asked.previous, allowed.previous),
            ("challenger", asked.challenger, allowed.challenger),
        )
        if name != wanted
    ]
    if wrong:
        yield f"spec.switch.aliases is not what promotions.aliases says: {', '.join(wrong)}"
    grantable = GRANTABLE if guard.grantable is None else guard.grantable
    refused = sorted({p for grant in spec.grants for p in grant.privileges} - set(grantable))
    if refused:
        yield f"spec.grants gives {', '.join(refused)}, and promotions.grantable is {_list(tuple(grantable))}"


def _violations(spec: ModelPromotionSpec, guard: Promotions) -> Iterator[Violation]:
    trusted = spec.source.workspace_ref
    if trusted is not None and trusted.name not in {*guard.trusted_sources, spec.workspace_ref.name}:
        known = _list(guard.trusted_sources)
        text = f"spec.source.workspaceRef.name {trusted.name} is none of promotions.trustedSources: {known}"
        yield Violation(text, GateType.METRIC)
    for required in guard.require_gates:
        yield from _missing(spec, required)
    for gate in gates(spec, guard):
        key = gate.job.job_ref.name if gate.job is not None else None
        if key is not None and (key not in guard.jobs or key == COPY_JOB):
            known = _list(tuple(sorted(set(guard.jobs) - {COPY_JOB})))
            text = f"gate {gate.name} names the job {key}, which promotions.jobs does not have; it has {known}"
            yield Violation(text, gate.type)


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
