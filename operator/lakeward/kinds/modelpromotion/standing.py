"""Where a promotion stands between its pin and the champion alias: at rest, on its way, or moved by somebody else.

Pure. Reads the record on the model before it calls anything drift: a switch that was cut short looks the same.
"""

import re
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

from lakeward.api.modelpromotion import DriftPolicy
from lakeward.kinds.modelpromotion.findings import PROMOTED_AT, PROMOTION, Findings, Promotion, Record, alias_only


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
    HELD = auto()
    """Somebody moved the champion, and it stays: back to `previous` is an emergency; the drift policy may hold more."""
    REPORTED = auto()
    """Somebody moved the champion, and the drift policy only wants to be told."""
    DRIFTED = auto()
    """Somebody moved the champion elsewhere: it is moved back, without gates."""

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
    if converged(obj, found):
        return Standing.CONVERGED
    if not _was_promoted(obj, found):
        back = found.copy is not None and found.copy.version in found.line
        return Standing.ROLLING_BACK if back else Standing.MOVING
    if lag(obj, found) > timedelta():
        return Standing.SETTLING
    aliases = obj.spec.switch.aliases
    now = found.alias(aliases.champion)
    if now is not None and now == found.alias(aliases.previous):
        return Standing.HELD
    return AFTER_DRIFT[obj.spec.switch.drift_policy]


def converged(obj: Promotion, found: Findings) -> bool:
    """Whether the champion already is the pinned version."""
    return found.copy is not None and found.alias(obj.spec.switch.aliases.champion) == found.copy.version


def lag(obj: Promotion, found: Findings) -> timedelta:
    """How long alias reads are not to be believed yet; nothing or less when they are."""
    written = found.copy.tags.get(PROMOTED_AT) if found.copy else None
    told = (obj.status.get("promoted") or {}).get("since")
    moments = [moment for moment in map(_time, (written, told)) if moment is not None]
    return max(moments) + found.grace - found.now if moments else timedelta()


def adopted_as_is(obj: Promotion, found: Findings) -> bool:
    """Whether the pinned version was the champion before any promotion had a part in it.

    A copy in another model is never that: we made it.
    """
    copy = found.copy
    known = found.record is not None or (copy is not None and PROMOTION in copy.tags)
    return alias_only(obj.spec) and converged(obj, found) and not known


def record(obj: Promotion, version: int) -> Record:
    """What is to be remembered once the champion is `version`."""
    return Record(obj.uid, obj.generation, version)


def _was_promoted(obj: Promotion, found: Findings) -> bool:
    """Whether this very version was promoted for this object, and no later attempt of it has begun since."""
    last, copy = found.record, found.copy
    if last is None or copy is None or last.version != copy.version:
        return False
    if last.uid != obj.uid:
        # a namesake before us, in this cluster or in the one that this was rebuilt from
        return copy.tags.get(PROMOTION) == found.mark
    return last.generation >= attempted(obj)


def attempted(obj: Promotion) -> int:
    """The generation of the last attempt that the status shows, 0 where it shows none."""
    begun = re.match(r"g(\d+)-", str((obj.status.get("attempt") or {}).get("id", "")))
    return int(begun[1]) if begun else 0


def _time(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None
