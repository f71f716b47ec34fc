"""The attempt: one move of a promotion, told apart by what it is about, and the history of those that ended. Pure.

What is decided never depends on it but in two ways: when waiting began, and that a later attempt was begun at all.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lakeward.engine.conditions import timestamp
from lakeward.kinds.modelpromotion.findings import Promotion

KEPT = 10
NOTHING_TO_DO = "Reverted"
"""The trigger of an attempt that found the pinned version in place."""
NO_MOVE = {"suspend", "mode", "deletion_policy"}

Json = Mapping[str, Any]


def subject(obj: Promotion) -> str:
    """What the move is about: an edit that leaves it as it is begins no attempt."""
    spec = obj.spec.model_dump(mode="json", by_alias=True, exclude=NO_MOVE)
    text = json.dumps(["v1", obj.uid, spec], sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def begun(obj: Promotion, now: datetime) -> datetime:
    """When the attempt on this subject began: now, where the status shows none yet."""
    last = _last(obj)
    if last.get("subject") != subject(obj):
        return now
    try:
        moment = datetime.fromisoformat(str(last.get("startedAt")))
    except ValueError:
        return now
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def attempt(obj: Promotion, now: datetime, *, moves: bool, trigger: str, steps: list[Json]) -> Json:
    """`status.attempt`: the last one goes on while its subject is the same, or while an edit moves nothing.

    A pin that went back to what serves already ends an attempt that had not got through: then a new one stands there.
    """
    last, about = _last(obj), subject(obj)
    entries = _entries(obj)
    if last and (last.get("subject") == about or (not moves and _told(entries, last))):
        return {**last, "steps": steps}
    return {
        "id": f"g{obj.generation}-{about.partition(':')[2][:8]}",
        "subject": about,
        "trigger": trigger if moves or not last else NOTHING_TO_DO,
        "startedAt": timestamp(now),
        "steps": steps,
    }


def history(obj: Promotion, current: Json, ended: Json | None) -> list[Json]:
    """`status.history`, newest first: the end of the current attempt, told once, and of one that was left."""
    before = _entries(obj)
    last = _last(obj)
    if last and last.get("id") != current.get("id") and not _told(before, last):
        before.insert(0, _left(obj, last))
    if ended is not None and not _told(before, current):
        before.insert(0, {"attempt": current["id"], **ended})
    return before[:KEPT]


def _entries(obj: Promotion) -> list[Json]:
    return [entry for entry in obj.status.get("history") or () if isinstance(entry, Mapping)]


def _last(obj: Promotion) -> Json:
    found = obj.status.get("attempt")
    return found if isinstance(found, Mapping) else {}


def _told(entries: list[Json], one: Json) -> bool:
    return any(entry.get("attempt") == one.get("id") for entry in entries)


def _left(obj: Promotion, last: Json) -> Json:
    """How an attempt ended that another one replaced: its source is what the status knew of it."""
    phase = obj.status.get("phase")
    outcome = phase if phase in {"Blocked", "Failed"} else "Superseded"
    entry = {"attempt": last.get("id"), "source": (obj.status.get("source") or {}).get("version"), "outcome": outcome}
    return {key: value for key, value in entry.items() if value is not None}
