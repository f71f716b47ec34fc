"""Where a promotion stands between its pin and the champion alias: at rest, on its way, or moved by somebody else.

Pure. Reads the record on the model before it calls anything drift: a switch that was cut short looks the same.
"""

from datetime import datetime, timedelta
from enum import Enum, auto

from lakeward.api.common import GROUP
from lakeward.api.modelpromotion import DriftPolicy
from lakeward.engine.conditions import find
from lakeward.engine.inventory import read
from lakeward.engine.reasons import Reason
from lakeward.judgement.gates import LONGEST_FIELD, one_line
from lakeward.kinds.modelpromotion.attempt import NOTHING_TO_DO, generation, goes_on, is_told, last_of, served_versions
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, alias_only
from lakeward.kinds.modelpromotion.records import PROMOTED_AT, PROMOTION, REPLACES, Record, moment
from lakeward.kinds.modelpromotion.rollout import RolloutState
from lakeward.providers.databricks.model_alias import ModelAlias

HOLD = f"{GROUP}/hold"
HOUR = timedelta(hours=1)
MOST_REVERTS = 3
"""Moves by hand that are taken back within an hour; then a person seems to mean it."""


class Standing(Enum):
    """What is to be done about the champion alias."""

    CONVERGED = auto()
    """The champion is the pinned version: gates judge moves, and there is none to make."""
    MOVING = auto()
    """The pinned version is to become the champion, if the gates let it."""
    ROLLING_BACK = auto()
    """The pinned version was champion before this one and was never left for a fault: most gates are passed over."""
    SETTLING = auto()
    """The champion seems to be another one, right after our own switch: too early to believe it."""
    ON_HOLD = auto()
    """The pinned version is to become the champion, and somebody asked to hold that."""
    HELD = auto()
    """Somebody moved the champion, and it stays: a move back to `previous` is an emergency."""
    REPORTED = auto()
    """Somebody moved the champion, and the drift policy only wants to be told."""
    DRIFTED = auto()
    """Somebody moved the champion elsewhere: it is moved back, without gates."""
    GIVEN_UP = auto()
    """The rollout gave the pinned version up: it is not tried again, and if it was champion it is replaced."""

    @property
    def moves(self) -> bool:
        """Whether this is a move to a pin of the spec, judged by gates."""
        return self in {Standing.MOVING, Standing.ROLLING_BACK}


AFTER_DRIFT = {
    DriftPolicy.REVERT: Standing.DRIFTED,
    DriftPolicy.HOLD: Standing.HELD,
    DriftPolicy.REPORT: Standing.REPORTED,
}


def standing(obj: Promotion, found: Findings) -> Standing:
    """Where it stands now."""
    if given_up(obj, found):
        return Standing.GIVEN_UP
    if converged(obj, found):
        return Standing.CONVERGED
    if not _was_promoted(obj, found):
        return _towards(obj, found)
    if lag(obj, found) > timedelta():
        return Standing.SETTLING
    if holds(obj, found):
        return Standing.HELD
    return AFTER_DRIFT[obj.spec.switch.drift_policy]


def _towards(obj: Promotion, found: Findings) -> Standing:
    """What is to be done about a pin that is not promoted, or not known to be any more."""
    if _just_promoted(obj, found):
        return Standing.SETTLING
    if taken_away(obj, found):
        return Standing.HELD
    if found.copy is not None and found.copy.version in found.line and served(obj, found):
        return Standing.ROLLING_BACK
    return Standing.ON_HOLD if HOLD in obj.annotations else Standing.MOVING


def holds(obj: Promotion, found: Findings) -> str:
    """Why drift is not repaired whatever the drift policy says; empty when it may be."""
    aliases = obj.spec.switch.aliases
    now = found.alias(aliases.champion)
    if HOLD in obj.annotations:
        return asked_to_hold(obj)
    if taken_away(obj, found):
        return "the version that was promoted is not known as our copy any more"
    if promised(obj, found):
        return "the record on the model says that it was promoted, and the status of this object does not"
    if now is not None and now == found.alias(aliases.previous):
        return f"{aliases.previous} names it, so this is an emergency"
    if now is not None and found.copy is not None and str(now) == found.copy.tags.get(REPLACES):
        return "it is the version before, so this is an emergency"
    if obj.spec.switch.drift_policy is DriftPolicy.REVERT and len(reverts(obj, found.now)) >= MOST_REVERTS:
        return f"moves by hand were taken back {MOST_REVERTS} times within an hour"
    return ""


def taken_away(obj: Promotion, found: Findings) -> bool:
    """Whether what this attempt promoted is gone, and a person had moved the champion elsewhere."""
    last, now = found.record, found.alias(obj.spec.switch.aliases.champion)
    if found.copy is not None or last is None or last.failed or last.uid != obj.uid or now in {None, last.version}:
        return False
    told = obj.status.get("promoted") or {}
    known = (told.get("version"), told.get("source")) == (last.version, obj.spec.source.version)
    return known and (last.generation >= generation(obj) or last_of(obj).get("trigger") == NOTHING_TO_DO)


def asked_to_hold(obj: Promotion) -> str:
    """What the annotation says, as one line: anybody may have written it."""
    return f"{HOLD} says: {one_line(obj.annotations.get(HOLD, ''), LONGEST_FIELD) or 'nothing'}"


def promised(obj: Promotion, found: Findings) -> bool:
    """Whether the record claims what our own status knows nothing of: an attempt on this very move has not ended.

    A tag is no proof against that: it would move the champion past every gate.
    """
    return goes_on(obj, found) and not is_told(obj)


def reverts(obj: Promotion, now: datetime) -> list[str]:
    """When moves by hand were taken back within the last hour, or in the hour before they were held."""
    told = (str(entry) for entry in obj.status.get("reverts") or ())
    held = obj.status.get("phase") == "Held"
    return [entry for entry in told if (at := moment(entry)) is not None and (held or now - at < HOUR)]


def served(obj: Promotion, found: Findings) -> bool:
    """Whether the pinned version can have been champion by us. The tags of a copy say so, since only we make copies.

    Where nothing is copied anybody may have registered it: then our own history must know it.
    """
    return not alias_only(obj.spec) or (found.copy is not None and found.copy.version in served_versions(obj))


def converged(obj: Promotion, found: Findings) -> bool:
    """Whether the champion already is the pinned version."""
    return found.copy is not None and found.alias(obj.spec.switch.aliases.champion) == found.copy.version


def given_up(obj: Promotion, found: Findings) -> bool:
    """Whether the rollout of this very version failed, by its own word or by our record."""
    copy, last = found.copy, found.record
    if copy is None:
        return False
    if last is not None and last.failed and last.version == copy.version:
        return last.uid == obj.uid or copy.tags.get(PROMOTION) == found.mark
    return found.rollout is not None and found.rollout.state is RolloutState.GIVEN_UP


def lag(obj: Promotion, found: Findings) -> timedelta:
    """How long alias reads are not to be believed yet after we wrote one; nothing or less when they are."""
    written = found.copy.tags.get(PROMOTED_AT) if found.copy else None
    told = (obj.status.get("promoted") or {}).get("since")
    moments = [at for at in map(moment, (written, told, *reverts(obj, found.now))) if at is not None]
    return max(moments) + found.grace - found.now if moments else timedelta()


def adopted_as_is(obj: Promotion, found: Findings) -> bool:
    """Whether the pinned version was the champion before this object had a part in it."""
    last, copy = found.record, found.copy
    if copy is None or not converged(obj, found):
        return False
    others = last is not None and last.version == copy.version and last.uid != obj.uid
    return others or never_promoted(obj, found) or _by_hand(obj, found) or _known_as_adopted(obj, copy.version)


def _by_hand(obj: Promotion, found: Findings) -> bool:
    """Whether somebody else made the pinned version champion while we had not: we would have moved `previous` first."""
    last, copy = found.record, found.copy
    if last is None or copy is None or last.version == copy.version or found.rolled_back:
        return False
    if _let_through(obj, found):
        return False
    return found.alias(obj.spec.switch.aliases.previous) != last.version


def _let_through(obj: Promotion, found: Findings) -> bool:
    """Whether the status says that the gates let this attempt through, and not yet how it ended: then it was us."""
    passed = (find(obj.status, "GatesPassed") or {}).get("reason") == Reason.GATES_PASSED
    marked = found.copy is not None and PROMOTION in found.copy.tags
    return passed and goes_on(obj, found) and not is_told(obj) and (marked or not obj.spec.provenance.tags)


def _known_as_adopted(obj: Promotion, version: int) -> bool:
    """Whether the status says so already: our own marks must not make a version that we never judged ours."""
    known = (find(obj.status, "GatesPassed") or {}).get("reason") == Reason.ADOPTED_AS_IS
    return known and (obj.status.get("promoted") or {}).get("version") in {None, version}


def never_promoted(obj: Promotion, found: Findings) -> bool:
    """Whether no promotion knows of the pinned version: neither the model's record nor its own tags tell of one.

    A copy gets those tags when its gates let it become champion. Where it gets none, having been made by us must do.
    """
    known = found.record is not None or (found.copy is not None and PROMOTION in found.copy.tags)
    ours = known or _let_through(obj, found)
    return not ours and (alias_only(obj.spec) or obj.spec.provenance.tags)


def champion_gone(obj: Promotion, found: Findings) -> bool:
    """Whether there is no champion although one was promoted: nobody knows what served. To pin that one mends it."""
    if found.alias(obj.spec.switch.aliases.champion) is not None or found.lost or _is_recorded(found):
        return False
    if found.target is None:  # gone with all its versions: there is nothing to set again
        return False
    return found.record is not None or bool((obj.status.get("promoted") or {}).get("version"))


def record(obj: Promotion, version: int, *, failed: bool = False) -> Record:
    """What is to be remembered once the champion is `version`, or once it was given up."""
    return Record(obj.uid, obj.generation, version, failed)


def _was_promoted(obj: Promotion, found: Findings) -> bool:
    """Whether this very version was promoted for this object, and no later attempt of it has begun since.

    An attempt that found it in place is not a later one.
    """
    last, copy = found.record, found.copy
    if last is None or copy is None or not _is_recorded(found) or _renamed(obj, found):
        return False
    if last.uid != obj.uid:
        # a namesake before us, in this cluster or in the one that this was rebuilt from
        return copy.tags.get(PROMOTION) == found.mark
    return last.generation >= generation(obj) or last_of(obj).get("trigger") == NOTHING_TO_DO


def _is_recorded(found: Findings) -> bool:
    """Whether the model's record says of the pinned version that it was promoted, and not that it was given up."""
    last, copy = found.record, found.copy
    return last is not None and copy is not None and not last.failed and last.version == copy.version


def _renamed(obj: Promotion, found: Findings) -> bool:
    """Whether git gave the champion's alias another name, which names nothing yet: that is a move like another."""
    named = {row.address for row in read(obj.status) if row.address.startswith(f"{ModelAlias.kind}/")}
    champion = ModelAlias(model=obj.spec.target.model, alias=obj.spec.switch.aliases.champion)
    return bool(named) and champion.address not in named and found.alias(champion.alias) is None


def _just_promoted(obj: Promotion, found: Findings) -> bool:
    """Whether we promoted this very version a moment ago, and the model does not show it yet."""
    told = (obj.status.get("promoted") or {}).get("version")
    return found.copy is not None and told == found.copy.version and lag(obj, found) > timedelta()
