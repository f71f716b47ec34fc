"""`lakeward plan`: what the operator would do for manifests, without a cluster and without writing anything.

Knows flags and exit codes. What is planned is `previews`, how it is said is `outputs`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from lakeward.cli.secrets import SecretError, Secrets, given
from lakeward.settings import OPTIONS, SettingsError, load, scrub, variable

NOTHING, WRONG, CHANGES, INTERRUPTED = 0, 1, 2, 130
SHARED = ("cluster_name", "allowed_hosts", "allow_loopback_http", "calls_per_second", "drift_grace")
OUTPUTS = ("text", "markdown", "json")
DETAILS = """Prints what the operator would do for a directory of manifests. It runs the operator's own engine up to the
point where it would write, and stops there: it needs no cluster and changes nothing.

Folders are read recursively (*.yaml, *.yml, *.json); a kustomization.yaml is followed as far as it says namespace and
resources. A Secret is looked for among the manifests; --secret gives a value that is not there. Without a cluster it
is not known what earlier manifests made, so removals are shown only for objects that carry a status.

Exit codes: 0 nothing would change, 2 something would change, waits or is blocked, 1 something could not be planned.
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


class _Parser(argparse.ArgumentParser):
    """Wrong usage ends with 1, because 2 says that something would change."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG, f"{self.prog}: {message}\n")


def main(argv: Sequence[str]) -> int:
    """Print the plan and return the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return _plan(arguments)
    except KeyboardInterrupt:
        # a normal exit would wait for calls that still run
        sys.stdout.flush()
        os._exit(INTERRUPTED)


def _plan(arguments: argparse.Namespace) -> int:
    try:
        settings = load({name: getattr(arguments, name) for name in SHARED})
        values = given(arguments.secret, variable)
    except (SettingsError, SecretError) as error:
        sys.stderr.write(f"lakeward plan: {error}\n")
        return WRONG
    from lakeward.cli.directory import read  # noqa: PLC0415 - a wrong flag does not wait for it

    manifests = read(arguments.file, arguments.namespace, sys.stdin.read)
    if not (manifests.objects or manifests.faults):
        sys.stderr.write(f"lakeward plan: no manifest of ours in {', '.join(arguments.file)}\n")
        return WRONG
    # before the SDKs are imported, which look at the environment
    scrub()
    from lakeward.cli.outputs import Report, write  # noqa: PLC0415 - see above
    from lakeward.cli.previews import previews  # noqa: PLC0415 - see above

    report = Report(previews(settings, manifests, Secrets(manifests.secrets, values)), manifests)
    colour = sys.stdout.isatty() and not variable("NO_COLOR")
    sys.stdout.write(write(report, arguments.output, verbose=arguments.verbose, colour=colour))
    sys.stdout.flush()
    return {"nothing": NOTHING, "changes": CHANGES, "errors": WRONG}[report.result]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="lakeward plan",
        description=DETAILS,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    say = parser.add_argument
    say("-f", "--file", metavar="PATH", action="append", required=True, help="folder, file, or - for standard input")
    say(
        "--secret",
        metavar="SECRET",
        action="append",
        default=[],
        help="[NAMESPACE/]NAME/KEY=@FILE or [NAMESPACE/]NAME/KEY=env:VARIABLE, a value of a Secret",
    )
    say("--output", choices=OUTPUTS, default="text", help="text, markdown for a pull request, or json (text)")
    say("--namespace", metavar="NS", default="default", help="namespace of objects that name none (default)")
    say("--verbose", action="store_true", help="show what is unchanged, too")
    for option in (option for option in OPTIONS if option.field in SHARED):
        alone: dict[str, Any] = {"nargs": "?", "const": "true"} if option.shape == "BOOL" else {}
        text = f"{option.help}, or {option.variable}"
        parser.add_argument(option.flag, dest=option.field, metavar=option.shape, help=text, **alone)
    return parser
