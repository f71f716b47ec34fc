"""`lakeward propose`: edits the pinned integers of a checkout where a marker asks for it, and writes the gate report.

Knows flags and exit codes. Which version is proposed is `propose_choice`, what is edited `propose_files`.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lakeward.cli import inputs

CODES = {"nothing": 0, "errors": 1, "proposals": 2}
OUTPUTS = ("text", "json")
STDOUT = "-"
DETAILS = """Looks for newer versions of the models that promotions pin, and edits the pinned integers in the
manifests. It needs a checkout and a login, no cluster. It commits nothing and pushes nothing: that is left to the job
that runs it.

It does so only where the line asks for it:
  version: 17   # {"$lakeward-propose": "latest where validation_status=passed and f1_score>=0.82"}

  policy    = "latest" [ "where" condition { "and" condition } ]
  condition = name "=" text | name "in" "(" value { "," value } ")"     a tag of the version
            | name operator decimal                                     one of its model_metrics, on every dataset
  operator  = ">=" | ">" | "<=" | "<" | "="
Names and values with other characters than letters, digits and _ . / : @ + - go in single quotes, and so do a value of
a tag that is a number, and latest, where, and, in.

The candidate is the newest READY version above the pin that is as asked. It is not proposed if it stood there before,
if an Enforce gate says Fail or Error, or while the promotion is Held. An older one is never proposed in its place.

Exit codes: 0 nothing to propose, 2 something was proposed, 1 something went wrong; other markers were followed.
"""
EXAMPLES = """examples:
  lakeward propose -f . --cluster-name prod-eu --secret lakehouse-token/databricks=env:TOKEN --report report.md
  lakeward propose -f . --promotion team-churn/churn-prod --secret lakehouse-token/databricks=env:TOKEN
  lakeward propose -f . --dry-run --output json | jq '.objects[] | select(.result == "proposed")'

--output json, in which members are only ever added:
  {"result": "proposals",                nothing, proposals or errors, as the exit code
   "headline": "1 proposed",
   "objects": [
    {"namespace": "team-churn", "name": "churn-prod", "file": "promotions/churn.yaml", "line": 9,
     "result": "proposed",               nothing, proposed, refused or error
     "reason": "version 18 is the newest that is as asked: latest where ...",
     "model": "staging.churn.classifier", "from": 17, "to": 18,
     "check": null}],                    or what lakeward gate-check says of version 18, as in its own JSON
   "errors": []}                         or {"source": "promotions/x.yaml", "message": "line 9, column 50: ..."}
"""


def main(argv: Sequence[str]) -> int:
    """Edit, report and return the exit code."""
    arguments = _parser().parse_args(argv)
    return inputs.run("lakeward propose", lambda: _propose(arguments))


def _propose(arguments: argparse.Namespace) -> int:
    if STDOUT in arguments.file:
        raise inputs.Unusable("-f -: files are edited, so name a folder or a file")
    asked = inputs.read(arguments)
    from lakeward.cli import propose_files as files  # noqa: PLC0415 - imports the SDKs
    from lakeward.cli.propose_outputs import Report, markdown, write  # noqa: PLC0415 - see above

    found, faults = files.marked(asked.manifests, arguments.promotion)
    proposals = files.proposals(asked, found, history=not arguments.no_history)
    proposals, diffs = files.carried_out(proposals, dry=arguments.dry_run)
    report = Report(proposals, (*asked.manifests.faults, *faults), diffs)
    told = markdown(report)
    # the report has standard output for itself
    alone = arguments.report == STDOUT
    if alone:
        sys.stdout.write(told)
    elif arguments.report and not arguments.dry_run:
        _save(arguments.report, told)
    (sys.stderr if alone else sys.stdout).write(write(report, arguments.output))
    sys.stdout.flush()
    return CODES[report.result]


def _save(place: str, text: str) -> None:
    try:
        Path(place).write_text(text, encoding="utf-8")
    except OSError as error:
        raise inputs.Unusable(f"--report: {place} cannot be written: {error.strerror}") from None


def _parser() -> inputs.Parser:
    parser = inputs.parser("lakeward propose", DETAILS, EXAMPLES)
    inputs.ask(parser, stdin=False)
    inputs.ask_promotion(parser)
    say = parser.add_argument
    say(
        "--report",
        metavar="FILE",
        help="write what the gates say as Markdown, for the pull request; - for standard output",
    )
    say("--dry-run", action="store_true", help="show the change, write nothing")
    say("--no-history", action="store_true", help="do not ask git what stood there before and was taken back")
    say("--output", choices=OUTPUTS, default="text", help="text or json (text)")
    return parser
