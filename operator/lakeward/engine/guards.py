"""What may not be done although the plan says so: an ordered list of named checks of one step. Pure.

A guard only takes away. Its refusal says why, and what a person can do to allow it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lakeward.engine.plan import Action, Plan, Step
from lakeward.engine.reasons import HELD, Reason
from lakeward.engine.resource import ADOPTED, Mark, owned


@dataclass(frozen=True)
class Refusal:
    """Why a step is not carried out. `kept` turns a removal into a no-op instead of a problem."""

    reason: Reason
    message: str
    kept: bool = False


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the object's spec and annotations allow.

    owner      our mark
    adopt      objects that nobody marked may be taken over
    delete     data may be deleted once it is confirmed
    confirmed  addresses whose deletion a person confirmed; `*` confirms all
    hold       set while nothing at all may be written
    orphaned   marks whose holders do not exist any more
    leaving    the whole object is being deleted
    """

    owner: str
    adopt: bool = False
    delete: bool = False
    confirmed: frozenset[str] = frozenset()
    hold: Refusal | None = None
    orphaned: frozenset[str] = frozenset()
    leaving: bool = False


Guard = Callable[[Step, Policy], Refusal | None]


def held(_step: Step, policy: Policy) -> Refusal | None:
    """The object is suspended, or only plans."""
    return policy.hold


def foreign(step: Step, policy: Policy) -> Refusal | None:
    """What somebody else made is not changed unless adoption is asked, and never taken from another owner."""
    if step.seen is None or step.resource.mark is not Mark.OWN:
        return None
    mark = step.seen.state.owner
    if owned(mark, policy.owner) or (mark in policy.orphaned and step.action is not Action.DELETE):
        return None
    if mark:
        return Refusal(
            Reason.FOREIGN_OBJECT, f"it belongs to {mark.removesuffix(ADOPTED)}", kept=step.action is Action.DELETE
        )
    if step.action is Action.DELETE:
        return Refusal(Reason.FOREIGN_OBJECT, "it does not carry our mark any more", kept=True)
    if policy.adopt:
        return None
    return Refusal(
        Reason.FOREIGN_OBJECT, "it exists and was not made by Lakeward; spec.adoptionPolicy: Adopt takes it over"
    )


def recreating(step: Step, _policy: Policy) -> Refusal | None:
    """A field that the service cannot change would need deletion and a new object: never done by itself."""
    if step.action is not Action.UPDATE:
        return None
    fixed = [c for c in step.changes if c.immutable]
    if not fixed:
        return None
    return Refusal(
        Reason.RECREATE_REQUIRED,
        f"{'; '.join(map(str, fixed))} cannot be changed, and recreating destroys it; put the old value back",
    )


def retained(step: Step, policy: Policy) -> Refusal | None:
    """Data is deleted only with deletionPolicy: Delete and a person's confirmation; what was adopted is always kept."""
    if step.action is not Action.DELETE or step.seen is None or not step.resource.holds_data:
        return None
    if step.resource.kept:
        return Refusal(Reason.RETAINED, "is never deleted by Lakeward, because it may hold what is not ours", kept=True)
    if step.seen.state.owner.endswith(ADOPTED) or step.resource.owner.endswith(ADOPTED):
        return Refusal(Reason.RETAINED, "was adopted, so it is kept", kept=True)
    if not policy.delete:
        return Refusal(Reason.RETAINED, "kept by spec.deletionPolicy: Retain", kept=True)
    if not policy.confirmed & {"*", step.address}:
        prune = f"annotate mlops.lakeward.dev/confirm-prune={step.address} to delete it"
        hint = "it waits until the deletion is confirmed" if policy.leaving else prune
        return Refusal(Reason.CONFIRMATION_NEEDED, f"holds data: {hint}", kept=True)
    return None


KEPT = frozenset({Reason.RETAINED, Reason.CONFIRMATION_NEEDED, Reason.FOREIGN_OBJECT})
GUARDS: tuple[Guard, ...] = (foreign, recreating, retained, held)


def judge(plan: Plan, policy: Policy, guards: tuple[Guard, ...] = GUARDS) -> Plan:
    """The plan with each refused step turned into a blocked one, or into a no-op where something is kept.

    What is kept also keeps what it lies in.
    """
    done: dict[str, Step] = {}
    for step in plan.steps:
        done[step.address] = _kept_with(_behind(_judged(step, policy, guards), done), done)
    return Plan(tuple(done.values()))


def until_confirmed(plan: Plan) -> Plan:
    """The plan of a deletion: nothing of it is begun before all of it is confirmed."""
    if not any(s.reason is Reason.CONFIRMATION_NEEDED for s in plan.steps):
        return plan
    text = "waits until the deletion is confirmed"
    wait = (Action.WAIT, Reason.WAITING_FOR_DEPENDENCY, text)
    return Plan(tuple(_waiting(s, *wait) if s.action.writes else s for s in plan.steps))


def _waiting(step: Step, action: Action, reason: Reason, message: str) -> Step:
    return replace(step, action=action, reason=reason, message=message)


def _behind(step: Step, before: Mapping[str, Step]) -> Step:
    """What lies in something blocked waits for it: a plan must not promise what cannot come.

    What has no place for a mark belongs to whom its parent belongs, so it is not ours in something foreign.
    """
    if step.removal:
        return step
    parents = [before[a] for a in sorted(step.waits_for) if a in before]
    stuck = [p.address for p in parents if (_stuck(p) if step.action.writes else _foreign(p, step))]
    if not stuck:
        return step
    text = f"waits for {', '.join(stuck)}, which is blocked"
    return replace(step, action=Action.WAIT, reason=Reason.DEPENDENCY_BLOCKED, message=text)


def _stuck(step: Step) -> bool:
    blocked = step.action is Action.BLOCKED and step.reason not in HELD
    return blocked or step.reason is Reason.DEPENDENCY_BLOCKED


def _foreign(parent: Step, step: Step) -> bool:
    in_place = step.action is Action.NOOP and step.reason is None
    return in_place and step.resource.mark is not Mark.OWN and parent.reason is Reason.FOREIGN_OBJECT


def _kept_with(step: Step, before: Mapping[str, Step]) -> Step:
    if step.action is not Action.DELETE:
        return step
    inside = [before[a] for a in sorted(step.waits_for) if a in before]
    stays = [s.address for s in inside if not s.removal or s.reason in KEPT]
    if stays:
        text = f"kept, because {', '.join(stays)} stays in it"
        return replace(step, action=Action.NOOP, reason=Reason.RETAINED, message=text)
    open_ends = [s.address for s in inside if s.action in {Action.BLOCKED, Action.WAIT}]
    if open_ends:
        text = f"waits for {', '.join(open_ends)}"
        return replace(step, action=Action.WAIT, reason=Reason.WAITING_FOR_DEPENDENCY, message=text)
    return step


def _judged(step: Step, policy: Policy, guards: tuple[Guard, ...]) -> Step:
    if not step.action.writes:
        return step
    for guard in guards:
        refusal = guard(step, policy)
        if refusal is not None:
            action = Action.NOOP if refusal.kept else Action.BLOCKED
            return replace(step, action=action, reason=refusal.reason, message=refusal.message)
    return step
