"""What a person sees before they decide, as plain text. Pure; texts of others cannot move the terminal."""

from collections.abc import Iterator, Sequence

from lakeward.cluster.approve.decide import Approvers, Matter, Person
from lakeward.cluster.approve.gates import guard_name
from lakeward.cluster.approve.wish import APPROVE, BYPASS, REJECT, Json, Wish, mapping, rows

DOES = {APPROVE: "approve", REJECT: "reject", BYPASS: "pass over"}
HEAD = ("GATE", "TYPE", "RESULT", "OBSERVED", "REQUIRED")
LONGEST = 60


def review(about: Matter, wish: Wish, person: Person, held: Sequence[str]) -> str:
    """The whole of it: what is promoted, what its gates say, and what is about to be decided by whom."""
    head = f"ModelPromotion {wish.namespace}/{wish.name}"
    return "\n".join((head, "", *_facts(about), "", *_gates(about), "", decision(about, wish, person, held)))


def decision(about: Matter, wish: Wish, person: Person, held: Sequence[str]) -> str:
    """What is about to be decided, in one line."""
    as_member = f", in {', '.join(held)}," if held else ""
    return plain(f"You, {person.name}{as_member} {DOES[wish.decision]} gate {about.gate}: {wish.reason}")


def remarks(about: Matter, wish: Wish, guard: Json | None, wanted: Approvers | None) -> Iterator[str]:
    """What a person must know beside that: how the gate was chosen, and what nobody could check."""
    if wish.decision != BYPASS:
        if wanted is None and not wish.groups:
            yield "Who may is not for you to read: if the gate asks for members of a group, name it by --group."
    elif guard is None:
        name = guard_name(about.promotion)
        yield plain(
            f"MLWorkspace {name} cannot be read: whether it lets gate {about.gate} be passed over is unchecked."
        )
    elif not wish.gate:
        yield plain(f"No --gate was given: {about.gate} is the only one that can be passed over and does not pass.")


def _facts(about: Matter) -> Iterator[str]:
    spec, status = mapping(about.promotion, "spec"), mapping(about.promotion, "status")
    source, seen, summary = mapping(spec, "source"), mapping(status, "source"), mapping(status, "summary")
    facts = {
        "source": f"{source.get('model')} version {source.get('version')}",
        "made by": seen.get("createdBy"),
        "digest": source.get("digest") or seen.get("digest"),
        "target": f"{mapping(spec, 'target').get('model')}, champion {summary.get('champion') or 'none yet'}",
        "commit": summary.get("commit"),
        "phase": status.get("phase"),
        "attempt": about.attempt,
        "subject": about.subject,
    }
    yield from (f"  {name:<9}{plain(str(value))}" for name, value in facts.items() if value)


def _gates(about: Matter) -> Iterator[str]:
    status = mapping(about.promotion, "status")
    told = rows(status, "gates")
    if not told:
        why = plain(str(mapping(status, "summary").get("message") or ""))
        yield f"  No gate is judged yet{f': {why}' if why else ''}"
        return
    cells = [
        HEAD,
        *(tuple(_cell(row.get(name.lower() if name != "GATE" else "name")) for name in HEAD) for row in told),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    text = plain("" if value is None else str(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def plain(text: str) -> str:
    """One line of characters that only show themselves: no colours, no cursor, no change of direction."""
    return "".join(c if c.isprintable() else "?" for c in text)
