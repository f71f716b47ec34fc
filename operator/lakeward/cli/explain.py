"""`lakeward explain`: what a reason of a condition or an event means, and what can be done. Knows no cluster."""

import argparse
import sys
import textwrap
from collections.abc import Sequence
from difflib import get_close_matches

from lakeward.engine.explained import EXPLAINED
from lakeward.engine.reasons import Reason

WIDTH = 100
WRONG = 1
PHASES = (
    *("Pending", "Planned", "Suspended", "Deleting", "Failed", "Blocked", "Held", "Ready", "Provisioning", "Promoted"),
    *("Evaluating", "AwaitingApproval", "AwaitingWindow", "AwaitingRollout", "Copying", "Verifying", "Switching"),
)
"""What the column PHASE shows; some of these words are reasons, too."""
EXAMPLES = """examples:
  lakeward explain AwaitingApproval
  lakeward explain TargetConflict PolicyViolation
  lakeward explain --list
"""


def main(argv: Sequence[str]) -> int:
    """Print what the reasons mean; 1 for a word that is none."""
    parser = argparse.ArgumentParser(
        prog="lakeward explain",
        description="Say what the reason of a condition or an event means, and what can be done about it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("reason", metavar="REASON", nargs="*", help="as kubectl shows it, for example AwaitingApproval")
    parser.add_argument("--list", action="store_true", help="print all reasons")
    arguments = parser.parse_args(argv)
    if not (arguments.reason or arguments.list):
        parser.error("name a reason, or give --list")
    words = [*(sorted(Reason) if arguments.list else ()), *arguments.reason]
    by_name = {str(reason).lower(): reason for reason in Reason}
    unknown = [word for word in words if word.lower() not in by_name]
    if unknown:
        sys.stderr.write(f"lakeward explain: {_unknown(unknown[0])}\n")
        return WRONG
    sys.stdout.write("\n".join(_told(by_name[word.lower()]) for word in words))
    return 0


def _told(reason: Reason) -> str:
    said = EXPLAINED[reason]
    text = f"{said.meaning} {said.way_out}".replace("`", "")
    return f"{reason}\n{textwrap.indent(textwrap.fill(text, WIDTH - 2), '  ')}\n"


def _unknown(word: str) -> str:
    phase = next((known for known in PHASES if known.lower() == word.lower()), None)
    if phase is not None:
        where = "kubectl get KIND NAME -o jsonpath='{.status.conditions[?(@.type==\"Ready\")].reason}'"
        return f"{phase} is a phase, and the condition Ready has the reason for it: {where}"
    like = get_close_matches(word, list(Reason), 1)
    return f"{word} is no reason of Lakeward" + (f"; do you mean {like[0]}?" if like else "; --list prints them all")
