"""One thing that a gate found out, and what several of them say together. Knows no gate type."""

from collections.abc import Iterable
from dataclasses import dataclass

from lakeward.judgement.gates import WORST_FIRST, Cause, Result


@dataclass(frozen=True)
class Finding:
    """What was found.

    result  what it means for the gate
    cause   the reason in one word; None with Pass
    text    what to tell a person, never empty
    """

    result: Result
    cause: Cause | None
    text: str


def together(findings: Iterable[Finding]) -> Finding:
    """The worst finding decides and is told first, the others after it; of equals, the earlier one. At least one."""
    ordered = sorted(findings, key=lambda finding: WORST_FIRST.index(finding.result))
    return Finding(ordered[0].result, ordered[0].cause, "; ".join(finding.text for finding in ordered))
