"""`lakeward plan`: what the operator would do for manifests, without a cluster and without writing anything.

Knows flags and exit codes. What is planned is `previews`, how it is said is `outputs`.
"""

import argparse
import sys
from collections.abc import Sequence

from lakeward.cli import inputs

CODES = {"nothing": 0, "errors": 1, "changes": 2}
OUTPUTS = ("text", "markdown", "json")
DETAILS = """Prints what the operator would do for a directory of manifests. It runs the operator's own engine up to the
point where it would write, and stops there: it needs no cluster and changes nothing.

Folders are read recursively (*.yaml, *.yml, *.json), but for folders whose name begins with a dot; a kustomization.yaml
is followed as far as it says namespace and resources. A Secret is looked for among the manifests; --secret gives a
value that is not there. Without a cluster it is not known what earlier manifests made, so removals are shown only for
objects that carry a status.

Exit codes: 0 nothing would be written, 2 something would be, now or once what it waits for is there, or is blocked,
1 something could not be planned. Whether the gates let a promotion go, `lakeward gate-check` says.
"""
EXAMPLES = """examples:
  lakeward plan -f environments/ --cluster-name prod-eu --secret lakehouse-token/databricks=@token.txt
  lakeward plan -f environments/ -f promotions/ --secret ml-platform/lakehouse-token/databricks=env:TOKEN
  lakeward plan -f environments/ --output markdown > comment.md
  kubectl kustomize environments/ | lakeward plan -f - --namespace ml-platform
  kubectl get mlops -A -o yaml | lakeward plan -f - --verbose

--output json, in which members are only ever added:
  {"result": "changes",                  nothing, changes or errors, as the exit code
   "headline": "1 to change, 4 unchanged",
   "objects": [
    {"kind": "MLWorkspace", "namespace": "ml-platform", "name": "prod", "source": "environments/prod.yaml",
     "headline": "1 to change, 4 unchanged",
     "steps": [                          action: + create, ~ update, - delete, . waits, ! blocked, = kept
      {"action": "~", "address": "databricks.catalog/ml_prod_catalog", "note": "",
       "changes": [{"path": "comment", "old": "\\"by hand\\"", "new": "\\"Production\\""}]}],
     "notes": [],
     "problem": null}],                  or {"reason": "SecretNotFound", "field": "spec...", "message": "..."}
   "errors": [],                         or {"source": "environments/x.yaml", "message": "line 3 is no YAML: ..."}
   "notes": ["not shown: ..."]}
"""


def main(argv: Sequence[str]) -> int:
    """Print the plan and return the exit code."""
    arguments = _parser().parse_args(argv)
    return inputs.run("lakeward plan", lambda: _plan(arguments))


def _plan(arguments: argparse.Namespace) -> int:
    asked = inputs.read(arguments)
    from lakeward.cli.outputs import Report, write  # noqa: PLC0415 - imports the SDKs
    from lakeward.cli.previews import previews  # noqa: PLC0415 - see above

    report = Report(previews(asked), asked.manifests)
    sys.stdout.write(write(report, arguments.output, verbose=arguments.verbose, colour=inputs.coloured()))
    sys.stdout.flush()
    return CODES[report.result]


def _parser() -> inputs.Parser:
    parser = inputs.parser("lakeward plan", DETAILS, EXAMPLES)
    inputs.ask(parser)
    parser.add_argument(
        "--output", choices=OUTPUTS, default="text", help="text, markdown for a pull request, or json (text)"
    )
    parser.add_argument("--verbose", action="store_true", help="show what is unchanged, too")
    return parser
