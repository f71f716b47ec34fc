"""The attempt: one move of a promotion, told apart by what it is about, and the history of those that ended. Pure.

What is decided never depends on it but in two ways: when waiting began, and that a later attempt was begun at all.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lakeward.engine.conditions import timestamp
from lakeward.kinds.modelpromotion.findings import Findings, Promotion
from lakeward.kinds.modelpromotion.records import PROMOTED_AT, moment

KEPT = 10
DONE = "Done"
"""State of a step."""
NOTHING_TO_DO = "InPlace"
"""The trigger of an attempt that found the pinned version in place."""
NO_MOVE = frozenset({"suspend", "mode", "retention", "deletionPolicy"})
"""Members of a spec that a move is not about: to edit them begins no attempt."""
SERVED = frozenset({"Promoted", "RolledBack"})
"""Outcomes after which the version of the entry was champion."""

Json = Mapping[str, Any]


def subject(obj: Promotion, found: Findings) -> str:
    """What the move is about, as it was computed when it was found."""
    return found.subject or computed(obj, found)


def computed(obj: Promotion, found: Findings) -> str:
    """What the move is about, which is what approvals bind to: an edit that leaves it as it is begins no attempt.

    SHA-256 over canonical JSON of: the object's uid, metastore and host, which source version exactly, and the stored
    spec without what a move is not about.
    """
    spec = {name: value for name, value in obj.raw.items() if name not in NO_MOVE}
    about = ["v1", obj.uid, found.place.metastore, found.place.host, _identity(obj, found), spec]
    text = json.dumps(about, sort_keys=True, separators=(",", ":"), default=str)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def identity(obj: Promotion, found: Findings) -> str:
    """The identifier of the attempt on what the object asks for now."""
    known = last_of(obj).get("id")
    if goes_on(obj, found) and isinstance(known, str):
        return known
    name = _name(obj.generation, subject(obj, found))
    # one that has ended keeps its name: no Bypass of it counts again
    before = sum(str(entry.get("attempt", "")).startswith(name) for entry in entries(obj))
    return f"{name}-{before + 1}" if before else name


def begun(obj: Promotion, found: Findings) -> datetime:
    """When the attempt on this subject began: now, where the status shows none yet."""
    known = moment(last_of(obj).get("startedAt")) if goes_on(obj, found) else None
    return known or found.now


def goes_on(obj: Promotion, found: Findings) -> bool:
    """Whether the attempt in the status is on what the object asks for now.

    Without its source the subject is not known any more; as long as nothing was edited, nobody began another attempt.
    """
    last = last_of(obj)
    if _left_since(obj, found):
        return False
    lost = bool(last) and found.source is None and generation(obj) == obj.generation
    return lost or last.get("subject") == subject(obj, found)


def _left_since(obj: Promotion, found: Findings) -> bool:
    """Whether the attempt ended and left its version, which is gone or was replaced: what it was given is used up."""
    copy, last = found.copy, found.record
    if last is None or last.failed or not _told(entries(obj), last_of(obj)):
        return False
    if copy is None:
        return found.source is not None and last_of(obj).get("subject") == subject(obj, found)
    return last.version != copy.version and copy.version in served_versions(obj)


def left_champion(obj: Promotion, found: Findings) -> datetime | None:
    """When the pinned version was champion last, if it was: approvals that are older do not count.

    Where the history does not reach back to it, it is the beginning of the attempt, if the version was ever promoted.
    """
    served = [entry for entry in entries(obj) if entry.get("outcome") in SERVED]
    version = found.copy.version if found.copy is not None else None
    pinned = obj.spec.source.version
    # a copy that was deleted is known by what it was a copy of
    was = next((n for n, e in enumerate(served) if e.get("target") == version or e.get("source") == pinned), None)
    if was:
        return moment(served[was - 1].get("at"))
    promoted = found.copy is not None and PROMOTED_AT in found.copy.tags
    # the newest entry, and yet another version serves or is recorded: a person moved the champion
    serves = found.champion is not None and found.champion.version == version
    recorded = found.record is None or found.record.version == version
    if was == 0:
        return None if serves and recorded else begun(obj, found)
    return begun(obj, found) if promoted else None


def attempt(obj: Promotion, found: Findings, *, moves: bool, adopted: bool, trigger: str, steps: list[Json]) -> Json:
    """`status.attempt`: the last one goes on while its subject is the same, or while an edit moves nothing.

    A pin that went back to what serves already ends an attempt that had not got through: then a new one stands there,
    with nothing to do, until there is a move to make. So it is where the pinned version was `adopted` as champion.
    """
    last, about, now = last_of(obj), subject(obj, found), timestamp(found.now)
    if last and _stays(obj, found, moves=moves):
        as_it_is = {"trigger": NOTHING_TO_DO} if adopted and not is_told(obj) else {}
        return {**last, **as_it_is, "steps": _dated(steps, last.get("steps"), now)}
    return {
        "id": identity(obj, found) if moves or last else _name(_known_generation(obj, found), about),
        "subject": about,
        "trigger": trigger,
        "startedAt": now,
        "steps": _dated(steps, (), now),
    }


def _stays(obj: Promotion, found: Findings, *, moves: bool) -> bool:
    """Whether the attempt in the status is the one that this pass is about."""
    if moves and last_of(obj).get("trigger") == NOTHING_TO_DO:
        return False
    return goes_on(obj, found) or (not moves and is_told(obj))


def history(obj: Promotion, current: Json, ended: Json | None, now: datetime) -> list[Json]:
    """`status.history`, newest first: the end of the current attempt, told once, and of one that was left."""
    before = entries(obj)
    if is_left(obj, current):
        before.insert(0, _left(obj, last_of(obj), now))
    if ended is not None and not _told(before, current):
        before.insert(0, {"attempt": current["id"], **ended})
    while len(before) > KEPT:
        # what was champion is looked up here: what came to nothing goes first
        vain = [n for n, entry in enumerate(before) if entry.get("outcome") not in SERVED]
        del before[vain[-1] if vain else -1]
    return before


def entries(obj: Promotion) -> list[Json]:
    """The history as the status has it."""
    found = obj.status.get("history")
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list | tuple) else []


def last_of(obj: Promotion) -> Json:
    """The attempt as the status has it; empty where it has none, or one without a name."""
    found = obj.status.get("attempt")
    return found if isinstance(found, Mapping) and isinstance(found.get("id"), str) else {}


def generation(obj: Promotion) -> int:
    """The generation of the last attempt that the status shows, 0 where it shows none."""
    found = re.match(r"g(\d+)-", str(last_of(obj).get("id", "")))
    return int(found[1]) if found else 0


def is_left(obj: Promotion, current: Json) -> bool:
    """Whether the attempt in the status had not ended and is replaced by the current one."""
    last = last_of(obj)
    open_end = bool(last) and last.get("trigger") != NOTHING_TO_DO and not _told(entries(obj), last)
    return open_end and last.get("id") != current.get("id")


def is_told(obj: Promotion) -> bool:
    """Whether the attempt in the status has ended: the history tells how, or it found nothing to do."""
    return last_of(obj).get("trigger") == NOTHING_TO_DO or _told(entries(obj), last_of(obj))


def served_versions(obj: Promotion) -> frozenset[object]:
    """Versions of the target that our own history knows as champions."""
    return frozenset(entry.get("target") for entry in entries(obj) if entry.get("outcome") in SERVED)


def _name(generation: int, about: str) -> str:
    return f"g{generation}-{about.partition(':')[2][:8]}"


def _known_generation(obj: Promotion, found: Findings) -> int:
    """With the status lost and no move to make, the attempt is the last one that was made, or an earlier one.

    A later one would say that the champion was left for a new attempt, and so was not moved by hand.
    """
    return min(obj.generation, found.record.generation) if found.record is not None else obj.generation


def _dated(steps: list[Json], before: object, now: str) -> list[Json]:
    """The steps, each that is done with the time when it first was."""
    told = [one for one in before if isinstance(one, Mapping)] if isinstance(before, list | tuple) else []
    known = {one.get("name"): one.get("finishedAt") for one in told if one.get("state") == DONE}
    return [{**one, "finishedAt": known.get(one["name"]) or now} if one["state"] == DONE else one for one in steps]


def _told(known: list[Json], one: Json) -> bool:
    return any(entry.get("attempt") == one.get("id") for entry in known)


def _left(obj: Promotion, last: Json, now: datetime) -> Json:
    """How an attempt ended that another one replaced: its source and commit are what the status knew of it."""
    phase = obj.status.get("phase")
    outcome = phase if phase in {"Blocked", "Failed"} else "Superseded"
    entry = {
        "attempt": last.get("id"),
        "source": (obj.status.get("source") or {}).get("version"),
        "outcome": outcome,
        "commit": (obj.status.get("summary") or {}).get("commit"),
        "at": timestamp(now),
    }
    return {key: value for key, value in entry.items() if value is not None}


def _identity(obj: Promotion, found: Findings) -> object:
    """Which version exactly: its files where they are pinned, else the one that bore this number then."""
    source = obj.spec.source
    if source.digest is not None:
        return source.digest
    made = [found.source.created_at, found.source.created_by] if found.source else []
    return [source.model, source.version, *made]
