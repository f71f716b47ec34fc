"""Which gate is decided about: the one that is named, or the only one that can be meant. Pure.

What could never count is refused here, because break-glass leaves no time to find out afterwards.
"""

from lakeward.api.gates import MEMBERS, RESERVED, GateType
from lakeward.api.promotions import NEVER
from lakeward.cluster.approve.wish import BYPASS, Json, NotMade, Wish, mapping, rows

APPROVAL = GateType.APPROVAL
PASS, WARN = "Pass", "Warn"
NAMES = {str(kind): member for kind, member in MEMBERS.items()}


def gate(promotion: Json, wish: Wish, guard: Json | None) -> str:
    """The name of the gate. `guard` is the MLWorkspace, None where it could not be read. Raises NotMade."""
    return _bypassed(promotion, wish, guard) if wish.decision == BYPASS else _decided(promotion, wish, guard)


def guard_name(promotion: Json) -> str:
    """The MLWorkspace that guards the promotion."""
    return str(mapping(mapping(promotion, "spec"), "workspaceRef").get("name") or "")


def required(guard: Json | None) -> list[Json]:
    """The gates that the guard adds to every promotion, and those types that it only demands."""
    return rows(mapping(mapping(guard or {}, "spec"), "promotions"), "requireGates")


def _decided(promotion: Json, wish: Wish, guard: Json | None) -> str:
    types = _types(promotion, guard)
    waiting = [name for name, kind in types.items() if kind == APPROVAL]
    some = f"its gates of type {APPROVAL} are {', '.join(waiting)}" if waiting else f"it has no gate of type {APPROVAL}"
    if not wish.gate:
        if len(waiting) != 1:
            raise NotMade(f"{wish}: say which --gate; {some}")
        return waiting[0]
    if wish.gate not in types:
        raise NotMade(f"{wish} has no gate {wish.gate}: {some}")
    if types[wish.gate] != APPROVAL:
        raise NotMade(f"gate {wish.gate} is of type {types[wish.gate]}, which nobody approves: {some}")
    return wish.gate


def _bypassed(promotion: Json, wish: Wish, guard: Json | None) -> str:
    if wish.gate:
        why = _never(promotion, wish, guard) or _for_nothing(promotion, wish.gate)
        if why:
            raise NotMade(why)
        return wish.gate
    return _the_only_one(promotion, wish, guard)


def _the_only_one(promotion: Json, wish: Wish, guard: Json | None) -> str:
    """The one gate that stands in the way and that the guard lets pass over."""
    if guard is None:
        raise NotMade(f"{wish}: say which --gate; {_unread(promotion)}")
    allowed, types = _bypassable(guard), _types(promotion, guard)
    judged = {str(row.get("name")) for row in rows(mapping(promotion, "status"), "gates")}
    open_ = [name for name in types if name in judged and name not in RESERVED and not _for_nothing(promotion, name)]
    found = [name for name in open_ if types[name] in allowed]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotMade(f"{wish}: say which --gate; those that can be passed over are {', '.join(found)}")
    listed = _listed(promotion, wish, allowed)
    if not judged:
        raise NotMade(f"{wish}: say which --gate, because no gate is judged yet; {listed}")
    told = ", ".join(f"{name} of type {types[name]}" for name in open_) or "none but those that are never passed over"
    raise NotMade(f"{wish}: no gate can be passed over; those that do not pass are {told}, and {listed}")


def _never(promotion: Json, wish: Wish, guard: Json | None) -> str:
    """Why a Bypass of the gate would never count; empty where it can."""
    name, types = wish.gate, _types(promotion, guard)
    if name in RESERVED:
        return f"gate {name} is one that promotions have by themselves, and is never passed over: mend what it says"
    if name not in types:
        return f"{wish} has no gate {name}: its gates are {', '.join(n for n in types if n not in RESERVED) or 'none'}"
    kind = types[name]
    if kind in NEVER:
        return f"gate {name} is of type {kind}, which says what the version is and is never passed over: mend that"
    if guard is not None and kind not in _bypassable(guard):
        return f"gate {name} is of type {kind}, and {_listed(promotion, wish, _bypassable(guard))}"
    return ""


def _for_nothing(promotion: Json, name: str) -> str:
    """Why a gate stands in nobody's way; empty where it does, and where no gate is judged yet."""
    told = {str(row.get("name")): row for row in rows(mapping(promotion, "status"), "gates")}
    if told and name not in told:
        return f"gate {name} is not asked in this attempt: there is nothing to pass over"
    row = told.get(name, {})
    if row.get("result") == PASS:
        return f"gate {name} passes already: there is nothing to pass over"
    if row.get("mode") == WARN:
        return f"gate {name} only warns: there is nothing to pass over"
    return ""


def _types(promotion: Json, guard: Json | None) -> dict[str, str]:
    """Types of gates by name: those of the spec, those that every promotion has, and those that the guard adds."""
    added = (row for row in required(guard) if row.get(NAMES.get(str(row.get("type")), "")) is not None)
    every = (*rows(mapping(promotion, "status"), "gates"), *added, *rows(mapping(promotion, "spec"), "gates"))
    return {str(row["name"]): str(row.get("type") or "") for row in every if row.get("name")}


def _bypassable(guard: Json) -> tuple[str, ...]:
    found = mapping(mapping(guard, "spec"), "promotions").get("bypassable")
    return tuple(str(kind) for kind in found) if isinstance(found, list | tuple) else ()


def _listed(promotion: Json, wish: Wish, allowed: tuple[str, ...]) -> str:
    where = f"spec.promotions.bypassable of MLWorkspace {wish.namespace}/{guard_name(promotion)}"
    return f"{where} lists {', '.join(allowed) or 'no type'}"


def _unread(promotion: Json) -> str:
    return f"MLWorkspace {guard_name(promotion)}, which says what can be passed over, cannot be read"
