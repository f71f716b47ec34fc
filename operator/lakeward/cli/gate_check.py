"""`lakeward gate-check`: what the gates say of the promotions in manifests, without a cluster and without writing.

Knows flags and exit codes. What is said of a promotion is `checks`, how it is written is `gate_outputs`.
"""

import argparse
import sys
from collections.abc import Sequence

from lakeward.cli import inputs

CODES = {"nothing": 0, "passes": 0, "waits": 0, "fails": 2, "errors": 1}
OUTPUTS = ("text", "markdown", "json")
DETAILS = """Says of each ModelPromotion in manifests what its gates would say of the move that it asks for. It runs the
operator's own engine up to the point where it would write, and stops there: it needs no cluster, changes nothing, and
starts no job.

Manifests and Secrets are given as to lakeward plan; the MLWorkspaces that promotions name must be among them. What only
the cluster can tell waits and does not fail the check: approvals, jobs, how far other promotions are, and the copy.
A file cannot talk itself out of it: its status and deletionTimestamp are not believed, and a move that the annotation
mlops.lakeward.dev/hold holds is judged as if it were not there.

Exit codes: 0 no gate fails, 2 a gate says Fail or the MLWorkspace refuses the promotion, 1 something could not be
evaluated: a gate says Error, a manifest cannot be read, a login fails, two promotions have one target.
"""
EXAMPLES = """examples:
  lakeward gate-check -f . --cluster-name prod-eu --secret lakehouse-token/databricks=@token.txt
  lakeward gate-check -f . --promotion team-churn/churn-prod --secret lakehouse-token/databricks=env:TOKEN
  lakeward gate-check -f . --output markdown --pending fail > comment.md
  kubectl get mlops -A -o yaml | lakeward gate-check -f -

--output json, in which members are only ever added:
  {"result": "fails",                    nothing, passes, waits, fails or errors: the worst of all
   "headline": "1 fails",
   "promotions": [
    {"namespace": "team-churn", "name": "churn-prod", "file": "promotions/churn.yaml",
     "result": "fails", "headline": "1/3 gates pass, 1 fails, 1 waits",
     "model": "staging.churn.classifier", "version": "17", "target": "prod.churn.classifier", "champion": "11",
     "phase": "Blocked", "reason": "GateFailed",
     "held": false,                      true: the annotation holds the move, which is judged as if it were not there
     "gates": [                          as in status.gates; beyond: why only the cluster, or the copy, can tell
      {"name": "quality", "type": "Metric", "stage": "PreCopy", "mode": "Enforce", "result": "Fail",
       "observed": "0.8", "required": ">= 0.82", "evidence": "...", "message": "...", "beyond": ""}],
     "notes": [],
     "problem": null}],                  or {"reason": "SecretNotFound", "field": "spec...", "message": "..."}
   "conflicts": [],                      or {"target": "prod.churn.classifier", "promotions": ["a/churn", "b/churn"]}
   "errors": [],                         or {"source": "promotions/x.yaml", "message": "line 3 is no YAML: ..."}
   "notes": []}
"""


def main(argv: Sequence[str]) -> int:
    """Print what the gates say and return the exit code."""
    arguments = _parser().parse_args(argv)
    return inputs.run("lakeward gate-check", lambda: _check(arguments))


def _check(arguments: argparse.Namespace) -> int:
    asked = inputs.read(arguments, status=False)
    from lakeward.cli.gate_outputs import Report, write  # noqa: PLC0415 - imports the SDKs
    from lakeward.cli.previews import checks  # noqa: PLC0415 - see above
    from lakeward.cli.targets import conflicts, promotions  # noqa: PLC0415 - see above

    objects = asked.manifests.objects
    keys = inputs.chosen(promotions(objects), arguments.promotion)
    if not (keys or asked.manifests.faults):
        raise inputs.Unusable(f"no ModelPromotion in {', '.join(arguments.file)}")
    found = tuple(c for c in conflicts(objects) if set(c.keys) & set(keys))
    report = Report(checks(asked, keys, strict=arguments.pending == "fail"), found, tuple(asked.manifests.faults))
    sys.stdout.write(write(report, arguments.output, colour=inputs.coloured()))
    sys.stdout.flush()
    return CODES[report.said]


def _parser() -> inputs.Parser:
    parser = inputs.parser("lakeward gate-check", DETAILS, EXAMPLES)
    inputs.ask(parser)
    inputs.ask_promotion(parser)
    parser.add_argument(
        "--pending",
        choices=("pass", "fail"),
        default="pass",
        help="fail: also end with 2 where a gate waits for what could be there before the merge (pass)",
    )
    parser.add_argument(
        "--output", choices=OUTPUTS, default="text", help="text, markdown for a pull request, or json (text)"
    )
    return parser
