"""Proposals as text, as JSON, and as the report for the body of a pull request. Pure: knows no terminal and no file."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from lakeward.cli.directory import Fault
from lakeward.cli.gate_outputs import OFFLINE, as_json, details
from lakeward.cli.markdown import code
from lakeward.cli.propose_choice import Answer, Proposal
from lakeward.engine.render import clean

COLUMN, LONGEST_LINE = 58, 1000
WORDS = {
    Answer.ERROR: "in error",
    Answer.PROPOSED: "proposed",
    Answer.REFUSED: "refused",
    Answer.NOTHING: "with nothing newer",
}
NO_MARKER = "no marker"


@dataclass(frozen=True)
class Report:
    """What came of all markers, and what was wrong with files; `diffs` are shown instead of being written."""

    proposals: tuple[Proposal, ...]
    faults: tuple[Fault, ...] = ()
    diffs: tuple[str, ...] = ()

    @property
    def result(self) -> str:
        """`errors`, `proposals` or `nothing`: the worst of all."""
        answers = {proposal.answer for proposal in self.proposals}
        if self.faults or Answer.ERROR in answers:
            return "errors"
        return "proposals" if Answer.PROPOSED in answers else "nothing"

    @property
    def headline(self) -> str:
        counts = Counter(proposal.answer for proposal in self.proposals)
        parts = [f"{counts[answer]} {words}" for answer, words in WORDS.items() if counts[answer]]
        faults = (
            [f"{len(self.faults)} {'fault' if len(self.faults) == 1 else 'faults'} in files"] if self.faults else []
        )
        return ", ".join([*faults, *parts]) or NO_MARKER


def write(report: Report, output: str) -> str:
    """The whole output, with a newline at its end."""
    if output == "json":
        # in ASCII: half of a pair of UTF-16, as in a name of a file, has no other form
        return json.dumps(_json(report), indent=2) + "\n"
    return "\n".join(_text(report)) + "\n"


def markdown(report: Report) -> str:
    """The report for the body of a pull request."""
    return "\n".join(_markdown(report)) + "\n"


def _text(report: Report) -> Iterator[str]:
    for proposal in report.proposals:
        mark = proposal.mark
        yield f"{mark.key!s:<{COLUMN}}  {_move(proposal)}"
        yield clean(f"  {mark.file}:{mark.line}: {proposal.why}", LONGEST_LINE)
    yield from (clean(f"! {fault.source}: {fault.message}", LONGEST_LINE) for fault in report.faults)
    if len(report.proposals) != 1 or report.faults:
        yield f"All: {report.headline}"
    yield from (diff.removesuffix("\n") for diff in report.diffs)


def _move(proposal: Proposal) -> str:
    pin = proposal.mark.pin
    if proposal.answer is Answer.PROPOSED:
        return f"{pin} -> {proposal.version}"
    return f"stays at {pin}, {proposal.answer}" if proposal.answer is not Answer.NOTHING else f"stays at {pin}"


def _markdown(report: Report) -> Iterator[str]:
    yield f"### Lakeward proposes: {report.headline}"
    yield from [""] if report.faults else []
    yield from (f"- {code(f'{fault.source}: {fault.message}')}" for fault in report.faults)
    for proposal in report.proposals:
        mark = proposal.mark
        yield from ("", f"#### {code(str(mark.key))}: {_move(proposal)}")
        yield from ("", f"{code(f'{mark.file}:{mark.line}')}: {code(proposal.why)}")
        if proposal.check is not None:
            yield from details(proposal.check)
    if any(gate.beyond for proposal in report.proposals if proposal.check for gate in proposal.check.gates):
        yield from ("", f"_{OFFLINE}_")


def _json(report: Report) -> dict[str, Any]:
    return {
        "result": report.result,
        "headline": report.headline,
        "objects": [_object(proposal) for proposal in report.proposals],
        "errors": [asdict(fault) for fault in report.faults],
    }


def _object(proposal: Proposal) -> dict[str, Any]:
    mark = proposal.mark
    return {
        "namespace": mark.key.namespace,
        "name": mark.key.name,
        "file": mark.file,
        "line": mark.line,
        "result": str(proposal.answer),
        "reason": proposal.why,
        "model": proposal.model,
        "from": mark.pin,
        "to": proposal.version,
        "check": proposal.check and as_json(proposal.check),
    }
