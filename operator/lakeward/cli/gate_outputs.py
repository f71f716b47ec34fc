"""A report of gate checks as text, Markdown or JSON. Pure: knows no terminal and no file."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lakeward.cli.checks import Check, Gate, Said
from lakeward.cli.directory import Fault
from lakeward.cli.markdown import code, row, word
from lakeward.cli.targets import Conflict
from lakeward.engine.render import clean

COLUMN, WIDEST, LONGEST_VALUE, LONGEST_LINE = 58, 40, 100, 1000
HEADS = ("GATE", "TYPE", "STAGE", "MODE", "RESULT", "OBSERVED", "REQUIRED")
COLOURS = {"Pass": "32", "Fail": "31", "Pending": "36", "Error": "1;31"}
WORDS = {
    Said.ERRORS: "could not be evaluated",
    Said.FAILS: "fails",
    Said.WAITS: "waits",
    Said.PASSES: "passes",
    Said.NOTHING: "with nothing to judge",
}
WORST_FIRST = tuple(WORDS)
OFFLINE = "without a cluster, what only the cluster knows waits: approvals, jobs, and how far other promotions are"


@dataclass(frozen=True)
class Report:
    """All checks, and what was found about their manifests."""

    checks: tuple[Check, ...]
    conflicts: tuple[Conflict, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def said(self) -> Said:
        """The worst of all."""
        if self.conflicts or self.faults:
            return Said.ERRORS
        found = {check.said for check in self.checks}
        return next((said for said in WORST_FIRST if said in found), Said.NOTHING)

    @property
    def headline(self) -> str:
        counts = Counter(check.said for check in self.checks)
        parts = [f"{counts[said]} {words}" for said, words in WORDS.items() if counts[said]]
        if self.conflicts:
            parts.insert(0, f"{len(self.conflicts)} target{'s' if len(self.conflicts) > 1 else ''} in conflict")
        if self.faults:
            parts.insert(0, f"{len(self.faults)} manifest{'s' if len(self.faults) > 1 else ''} not read")
        return ", ".join(parts)

    @property
    def notes(self) -> tuple[str, ...]:
        beyond = any(gate.beyond for check in self.checks for gate in check.gates)
        return (OFFLINE,) if beyond else ()

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with the manifests, one line each."""
        return (*(f"{fault.source}: {fault.message}" for fault in self.faults), *map(str, self.conflicts))


def write(report: Report, output: str, *, colour: bool = False) -> str:
    """The whole output, with a newline at its end."""
    if output == "json":
        # in ASCII: half of a pair of UTF-16, as in a name of a file, has no other form
        return json.dumps(_json(report), indent=2) + "\n"
    told = _markdown(report) if output == "markdown" else _text(report, colour=colour)
    return "\n".join(told) + "\n"


def move(check: Check) -> str:
    """What the promotion moves, as one line."""
    champion = f", champion is version {check.champion}" if check.champion else ""
    return f"version {check.version} of {check.model} to {check.target}{champion}"


def told(check: Check) -> Iterator[tuple[str, str]]:
    """What is said beside the table: the gate that it is about, empty for the promotion, and the sentence."""
    if check.problem is not None:
        yield "", f"{check.file}: {check.problem.text}"
    yield from (("", note) for note in check.notes)
    for gate in check.gates:
        beyond = gate.beyond if gate.beyond not in gate.message else ""
        said = "; ".join(text for text in (gate.message, beyond) if text)
        if said and gate.result != "Pass":
            yield gate.name, said


def details(check: Check) -> Iterator[str]:
    """What a section of Markdown says of a check: what it moves, the table, and the lines beside it."""
    if check.model:
        champion = f"; champion is version {code(check.champion)}" if check.champion else ""
        yield from ("", f"Version {code(check.version)} of {code(check.model)} to {code(check.target)}{champion}.")
    if check.gates:
        yield from ("", row(*(head.capitalize() for head in HEADS)), row(*("---" for _ in HEADS)))
        yield from (_cells(gate) for gate in check.gates)
    lines = list(told(check))
    yield from [""] if lines else []
    yield from (f"- {f'{code(name)}: ' if name else ''}{code(text)}" for name, text in lines)


def _cells(gate: Gate) -> str:
    result = word(gate.result) if gate.result == "Pass" else f"**{word(gate.result)}**"
    return row(
        code(gate.name),
        word(gate.type),
        word(gate.stage),
        word(gate.mode),
        result,
        code(gate.observed),
        code(gate.required),
    )


def _markdown(report: Report) -> Iterator[str]:
    yield f"### Lakeward gates: {report.headline}"
    yield from [""] if report.troubles else []
    yield from (f"- {code(text)}" for text in report.troubles)
    for check in report.checks:
        yield from ("", f"#### {code(str(check.key))}: {check.headline}")
        yield from details(check)
    yield from (line for note in report.notes for line in ("", f"_{note}_"))


def _text(report: Report, *, colour: bool) -> Iterator[str]:
    for check in report.checks:
        yield f"{check.key!s:<{COLUMN}}  {check.headline}"
        if check.model:
            yield clean(f"  {move(check)}", LONGEST_LINE)
        yield from _table(check.gates, colour=colour)
        yield from (clean(f"  {name}: {text}" if name else f"  {text}", LONGEST_LINE) for name, text in told(check))
        yield ""
    for text in report.troubles:
        line = clean(f"! {text}", LONGEST_LINE)
        yield f"\x1b[{COLOURS['Error']}m{line}\x1b[0m" if colour else line
    yield from [""] if report.troubles else []
    if len(report.checks) != 1 or report.troubles:
        yield f"All: {report.headline}"
    yield from report.notes


def _table(gates: Sequence[Gate], *, colour: bool) -> Iterator[str]:
    if not gates:
        return
    rows = [HEADS, *(_row(gate) for gate in gates)]
    # one long value must not push all the others away
    widths = [max(len(cell) for cell in column if len(cell) <= WIDEST) for column in zip(*rows, strict=True)]
    for cells in rows:
        padded = [f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)]
        if colour and cells[4] in COLOURS:
            padded[4] = f"\x1b[{COLOURS[cells[4]]}m{padded[4]}\x1b[0m"
        yield f"  {'  '.join(padded)}".rstrip()


def _row(gate: Gate) -> tuple[str, ...]:
    cells = (gate.name, gate.type, gate.stage, gate.mode, gate.result, gate.observed, gate.required)
    return tuple(clean(cell, LONGEST_VALUE) for cell in cells)


def _json(report: Report) -> dict[str, Any]:
    return {
        "result": str(report.said),
        "headline": report.headline,
        "promotions": [as_json(check) for check in report.checks],
        "conflicts": [
            {"target": conflict.target, "promotions": [f"{key.namespace}/{key.name}" for key in conflict.keys]}
            for conflict in report.conflicts
        ],
        "errors": [asdict(fault) for fault in report.faults],
        "notes": list(report.notes),
    }


def as_json(check: Check) -> dict[str, Any]:
    """One check as a member of JSON."""
    problem = check.problem
    return {
        "namespace": check.key.namespace,
        "name": check.key.name,
        "file": check.file,
        "result": str(check.said),
        "headline": check.headline,
        "model": check.model,
        "version": check.version,
        "target": check.target,
        "champion": check.champion,
        "phase": check.phase,
        "reason": check.reason,
        "held": check.held,
        "gates": [asdict(gate) for gate in check.gates],
        "notes": list(check.notes),
        "problem": problem and {"reason": str(problem.reason), "field": problem.field, "message": problem.message},
    }
