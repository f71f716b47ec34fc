"""What a person sees before they decide, as plain text. Pure; texts of others cannot move the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lakeward.cluster.approve.decide import APPROVE, BYPASS, REJECT, Matter, Person, Wish

DOES = {APPROVE: "approve", REJECT: "reject", BYPASS: "pass over"}
HEAD = ("GATE", "TYPE", "RESULT", "OBSERVED", "REQUIRED")
LONGEST = 60
Json = Mapping[str, Any]


def review(about: Matter, wish: Wish, person: Person, held: Sequence[str]) -> str:
    """The whole of it: what is promoted, what its gates say, and what is about to be decided by whom."""
    head = f"ModelPromotion {wish.namespace}/{wish.name}"
    return "\n".join((head, "", *_facts(about), "", *_gates(about), "", decision(about, wish, person, held)))


def decision(about: Matter, wish: Wish, person: Person, held: Sequence[str]) -> str:
    """What is about to be decided, in one line."""
    as_member = f", in {', '.join(held)}," if held else ""
    return plain(f"You, {person.name}{as_member} {DOES[wish.decision]} gate {about.gate}: {wish.reason}")


def _facts(about: Matter) -> Iterator[str]:
    spec, status = about.promotion.get("spec") or {}, about.promotion.get("status") or {}
    source, seen = spec.get("source") or {}, status.get("source") or {}
    champion = (status.get("summary") or {}).get("champion") or "none yet"
    facts = {
        "source": f"{source.get('model')} version {source.get('version')}",
        "made by": seen.get("createdBy"),
        "digest": source.get("digest") or seen.get("digest"),
        "target": f"{(spec.get('target') or {}).get('model')}, champion {champion}",
        "commit": (status.get("summary") or {}).get("commit"),
        "phase": status.get("phase"),
        "attempt": about.attempt,
        "subject": about.subject,
    }
    yield from (f"  {name:<9}{plain(str(value))}" for name, value in facts.items() if value)


def _gates(about: Matter) -> Iterator[str]:
    rows = [row for row in (about.promotion.get("status") or {}).get("gates") or () if isinstance(row, Mapping)]
    cells = [
        HEAD,
        *(tuple(_cell(row.get(name.lower() if name != "GATE" else "name")) for name in HEAD) for row in rows),
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
