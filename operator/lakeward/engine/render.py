"""Steps as lines that a reviewer reads: on the command line, and in the status of an object that only plans. Pure.

+ create   ~ update   - delete   . waits   ! blocked   = stays although it left the spec

What is already as it should be is left out unless asked for, and so is what only keeps our own books.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lakeward.engine.diff import Change, shown
from lakeward.engine.plan import Action, Step
from lakeward.engine.reasons import HELD, Reason
from lakeward.engine.resource import Phase

LONGEST_VALUE = 80
LONGEST_NOTE = 500
LONGEST_LINE = 300
MOST_LINES = 100
WIDEST = 60
"""Where notes stop being aligned: one long address must not push all the others away."""


class Sign(StrEnum):
    """The first character of a line."""

    CREATE = "+"
    UPDATE = "~"
    DELETE = "-"
    WAIT = "."
    BLOCKED = "!"
    KEPT = "="
    SAME = " "


CHANGING = frozenset({Sign.CREATE, Sign.UPDATE})
AT_REST = frozenset({Sign.SAME, Sign.KEPT})
_SIGNS = {
    Action.CREATE: Sign.CREATE,
    Action.UPDATE: Sign.UPDATE,
    Action.DELETE: Sign.DELETE,
    Action.WAIT: Sign.WAIT,
    Action.BLOCKED: Sign.BLOCKED,
}


@dataclass(frozen=True)
class Difference:
    """One changed field as text."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One step as it is shown: `note` says why, `differences` what changes."""

    sign: Sign
    address: str
    note: str = ""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True)
class Line:
    """One line of text; `sign` is that of the entry it belongs to."""

    sign: Sign
    text: str


def entries(steps: Iterable[Step], *, verbose: bool = False) -> tuple[Entry, ...]:
    """What is shown of each step; of those at rest only with `verbose`."""
    made = (_entry(step) for step in steps)
    return tuple(entry for entry in made if verbose or entry.sign is not Sign.SAME)


def headline(steps: Iterable[Step]) -> str:
    """How many of what: `2 to change, 1 waits, 57 unchanged`."""
    signs = Counter(_sign(step) for step in steps)
    counts = (
        (sum(signs[sign] for sign in CHANGING), "to change"),
        (signs[Sign.DELETE], "to delete"),
        (signs[Sign.WAIT], "waits" if signs[Sign.WAIT] == 1 else "wait"),
        (signs[Sign.BLOCKED], "blocked"),
        (signs[Sign.KEPT], "kept"),
        (signs[Sign.SAME], "unchanged"),
    )
    return ", ".join(f"{n} {what}" for n, what in counts if n) or "nothing to change"


def differs(steps: Iterable[Step]) -> bool:
    """Whether anything is not yet as it should be."""
    return any(_sign(step) not in AT_REST for step in steps)


def lines(steps: Iterable[Step], *, verbose: bool = False) -> tuple[Line, ...]:
    """The steps as indented text, one line a step and one a change, in columns."""
    shown_ = entries(steps, verbose=verbose)
    width = _width(entry.address for entry in shown_ if entry.note)
    inner = _width(d.path for entry in shown_ for d in entry.differences)
    return tuple(line for entry in shown_ for line in _lines(entry, width, inner))


def flat(steps: Iterable[Step]) -> tuple[str, ...]:
    """The plan as it is kept in a status: each line says all of one change, and there are not too many of them."""
    whole = [clean(text, LONGEST_LINE) for entry in entries(steps) for text in _flat(entry)]
    return bounded(whole)


def bounded(whole: Sequence[str], most: int = MOST_LINES) -> tuple[str, ...]:
    """At most so many of the lines, and one more that counts the rest."""
    rest = len(whole) - most
    return (*whole[:most], f"... and {rest} more") if rest > 0 else tuple(whole)


def clean(text: str, longest: int) -> str:
    """The text as one printable line of bounded length: much of it was written by strangers."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return plain if len(plain) <= longest else f"{plain[: longest - 3]}..."


def _entry(step: Step) -> Entry:
    sign = _sign(step)
    differences = tuple(map(_difference, step.changes)) if sign is Sign.UPDATE else ()
    return Entry(sign, clean(step.address, LONGEST_LINE), clean(_note(step, sign), LONGEST_NOTE), differences)


def _sign(step: Step) -> Sign:
    action = _intended(step)
    if action is Action.NOOP:
        return _resting(step)
    if not step.resource.told and action is not Action.BLOCKED:
        return Sign.SAME
    return _SIGNS[action]


def _intended(step: Step) -> Action:
    """What would be done if nothing were held: an object that only plans shows its plan."""
    if step.action is not Action.BLOCKED or step.reason not in HELD:
        return step.action
    if step.removal:
        return Action.DELETE
    return Action.CREATE if step.seen is None else Action.UPDATE


def _resting(step: Step) -> Sign:
    if step.reason is not None:
        return Sign.SAME if step.reason is Reason.DELETING else Sign.KEPT
    phase = step.seen.phase if step.seen else Phase.READY
    return {Phase.READY: Sign.SAME, Phase.FAILED: Sign.BLOCKED}.get(phase, Sign.WAIT)


def _note(step: Step, sign: Sign) -> str:
    if step.action is Action.NOOP and sign in {Sign.WAIT, Sign.BLOCKED} and step.seen is not None:
        return f"{step.seen.phase.lower()}: {step.seen.message}" if step.seen.message else step.seen.phase.lower()
    match sign:
        case Sign.UPDATE if not step.changes and step.seen is not None:
            return f"{step.seen.phase.lower()} before; it is written again"
        case Sign.CREATE:
            return step.resource.detail
        case Sign.WAIT:
            return step.message
        case Sign.BLOCKED:
            return f"blocked: {step.message}"
        case Sign.KEPT:
            return f"stays: {step.message}"
        case _:
            return ""


def _difference(change: Change) -> Difference:
    return Difference(clean(change.path, LONGEST_VALUE), _value(change.old), _value(change.new))


def _value(value: object) -> str:
    return clean(shown(value), LONGEST_VALUE)


def _width(texts: Iterable[str]) -> int:
    return max((len(text) for text in texts if len(text) <= WIDEST), default=0)


def _lines(entry: Entry, width: int, inner: int) -> Iterator[Line]:
    note = f"   {entry.note}" if entry.note else ""
    yield Line(entry.sign, f"  {entry.sign} {entry.address:<{width if note else 0}}{note}")
    for d in entry.differences:
        yield Line(entry.sign, f"      {d.path:<{inner}}   {d.old} -> {d.new}")


def _flat(entry: Entry) -> Iterator[str]:
    if entry.differences:
        yield from (f"{entry.sign} {entry.address} {d.path}: {d.old} -> {d.new}" for d in entry.differences)
    else:
        yield f"{entry.sign} {entry.address}{entry.note and ' '}{entry.note}"
