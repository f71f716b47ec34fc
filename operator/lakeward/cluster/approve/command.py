"""`lakeward approve` as a command: flags, the question, exit codes. Decides nothing about gates."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lakeward.cluster.approve.decide import approvers, groups, manifest, matter
from lakeward.cluster.approve.gates import guard_name
from lakeward.cluster.approve.show import plain, remarks, review
from lakeward.cluster.approve.wish import APPROVE, BYPASS, REJECT, NotMade, Wish

if TYPE_CHECKING:
    from lakeward.cluster.approve.talk import Talk

MADE, FAILED, INTERRUPTED = 0, 1, 130
LONGEST_REASON = 1024
SUBJECT = re.compile("sha256:[0-9a-f]{64}")
KIND = re.compile(r"(?:(?:mp|[Mm]odel[Pp]romotions?(?:\.mlops\.lakeward\.dev)?)/)?([a-z0-9](?:[-.a-z0-9]*[a-z0-9])?)")
DETAILS = """Approves what a ModelPromotion would do now, as yourself: it shows the version, the target and what each
gate says, asks, and makes a PromotionApproval that counts for exactly that. Whatever changes afterwards makes it void.

Nothing is stored but that object. Whether it counts, `kubectl get promotionapprovals` says a moment later.

Exit codes: 0 made, 1 not made (one sentence says why), 2 wrong usage, 130 interrupted.
"""
EXAMPLES = """examples:
  lakeward approve mp/churn-prod -n team-churn --reason "FL-231 reviewed"
  lakeward approve mp/churn-prod -n team-churn --gate risk-signoff --reason "FL-231 reviewed" --yes
  lakeward approve mp/churn-prod -n team-churn --gate risk-signoff --reject --reason "holdout leaked into training"
  lakeward approve mp/churn-prod -n team-churn --gate freeze --bypass --reason "INC-77: fix for the outage"
  lakeward approve churn-prod --reason "as in the minutes" --subject "$(cat reviewed-subject)"
"""


def main(argv: Sequence[str]) -> int:
    """Ask and make the approval; the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        namespace, name = _approve(arguments)
    except NotMade as problem:
        sys.stderr.write(f"lakeward approve: {plain(str(problem))}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return INTERRUPTED
    sys.stdout.write(f"promotionapproval/{name} made; whether it counts: kubectl get pa {name} -n {namespace}\n")
    return MADE


def _approve(arguments: argparse.Namespace) -> tuple[str, str]:
    # a wrong flag, and --help, are answered without waiting for the client
    from lakeward.cluster.approve.talk import Talk  # noqa: PLC0415 - see above
    from lakeward.cluster.calls import Calls  # noqa: PLC0415 - see above
    from lakeward.cluster.clock import Clock  # noqa: PLC0415 - see above
    from lakeward.cluster.login import Login, LoginError  # noqa: PLC0415 - see above

    try:
        login = Login(arguments.kubeconfig, arguments.context)
        wish = _wish(arguments, arguments.namespace or login.namespace)
    except LoginError as error:
        raise NotMade(str(error)) from None
    client = login.client()
    try:
        name = _decide(Talk(Calls(client, Clock()), login.host), wish, asks=not arguments.yes)
    finally:
        client.close()  # type: ignore[no-untyped-call]  # untyped in the client
    return wish.namespace, name


def _decide(talk: Talk, wish: Wish, *, asks: bool) -> str:
    """Look, show, ask, make; the name of what was made."""
    promotion = talk.promotion(wish.namespace, wish.name)
    guard = talk.guard(wish.namespace, guard_name(promotion))
    about = matter(promotion, wish, guard)
    person = talk.person()
    wanted = approvers(about, guard)
    held = groups(about, wish, person, wanted)
    said = (review(about, wish, person, held), *remarks(about, wish, guard, wanted), "")
    sys.stdout.write("".join(f"{text}\n" for text in said))
    sys.stdout.flush()
    if asks:
        _confirm(wish)
    return talk.approve(wish.namespace, manifest(about, wish, person, held))


def _confirm(wish: Wish) -> None:
    if not sys.stdin.isatty():
        raise NotMade("nobody can be asked here: look at it in a terminal, or give --yes")
    sys.stderr.write(f"{wish.decision} this? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise NotMade("not confirmed, so nothing was made")


def _wish(arguments: argparse.Namespace, namespace: str) -> Wish:
    return Wish(
        namespace=namespace,
        name=arguments.promotion,
        decision=BYPASS if arguments.bypass else REJECT if arguments.reject else APPROVE,
        reason=arguments.reason,
        gate=arguments.gate,
        subject=arguments.subject or "",
        groups=tuple(arguments.group),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lakeward approve",
        description=DETAILS,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    say = parser.add_argument
    say("promotion", metavar="PROMOTION", type=_promotion, help="mp/NAME or NAME of a ModelPromotion")
    say("--reason", metavar="TEXT", type=_reason, required=True, help="why, for those who read it later (required)")
    say("--gate", metavar="GATE", default="", help="the gate to decide about; needed where several can be meant")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--reject", action="store_true", help="say no: the promotion is blocked until you say otherwise")
    how.add_argument("--bypass", action="store_true", help="pass over the gate for this attempt: break-glass, alerted")
    say(
        "--subject",
        metavar="SHA256",
        type=_subject,
        help="what you reviewed; refused if it is not that now",
    )
    say(
        "--group", metavar="GROUP", action="append", default=[], help="decide as its member; left out: as the gate asks"
    )
    say("--yes", action="store_true", help="do not ask")
    say("-n", "--namespace", metavar="NS", default="", help="namespace of the promotion; else that of the context")
    say("--kubeconfig", metavar="FILE", default="", help="kubeconfig file; else $KUBECONFIG, else ~/.kube/config")
    say("--context", metavar="NAME", default="", help="context of the kubeconfig; else its current one")
    return parser


def _promotion(text: str) -> str:
    found = KIND.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError("must be mp/NAME or the NAME of a ModelPromotion")
    return found[1]


def _reason(text: str) -> str:
    if not 1 <= len(text.strip()) <= LONGEST_REASON:
        raise argparse.ArgumentTypeError(f"must have 1 to {LONGEST_REASON} characters")
    return text.strip()


def _subject(text: str) -> str:
    if not SUBJECT.fullmatch(text):
        raise argparse.ArgumentTypeError("must be sha256: and 64 hexadecimal digits, as status.attempt.subject says it")
    return text
