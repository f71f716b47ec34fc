"""The command `lakeward`: knows which subcommands there are and nothing of what they do.

Each is imported only when it is the one that runs, so that `--help` answers at once and no SDK is loaded for nothing.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from lakeward import __version__

INTERRUPTED = 130


class Command(NamedTuple):
    """One subcommand: the module whose `main(argv)` runs it and returns the exit code, and one line about it."""

    module: str
    help: str


COMMANDS = {
    "run": Command("lakeward.cluster.command", "run the operator"),
    "plan": Command("lakeward.cli.plan", "print what the operator would do for manifests, without a cluster"),
    "gate-check": Command(
        "lakeward.cli.gate_check", "say what the gates say of promotions in manifests, for a pull request"
    ),
    "propose": Command("lakeward.cli.propose", "edit the pinned versions of a checkout where a marker asks for it"),
    "approve": Command("lakeward.cluster.approve.command", "approve what a promotion would do, as yourself"),
    "explain": Command("lakeward.cli.explain", "say what a reason means, and what can be done about it"),
    "crds": Command("lakeward.cli.crds", "write the CustomResourceDefinitions"),
}

EXAMPLES = """examples:
  lakeward run --cluster-name prod-eu
  lakeward plan -f environments/ --cluster-name prod-eu --secret lakehouse-token/databricks=@token.txt
  lakeward gate-check -f . --cluster-name prod-eu --secret lakehouse-token/databricks=@token.txt
  lakeward propose -f . --cluster-name prod-eu --secret lakehouse-token/databricks=@token.txt --report report.md
  lakeward approve mp/churn-prod -n team-churn --reason "FL-231 reviewed"
  lakeward explain AwaitingApproval
  lakeward crds --output crds
  lakeward run --help
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        code: int = import_module(COMMANDS[arguments.command].module).main(arguments.rest)
    except KeyboardInterrupt:  # where the command does not take it itself: in its imports, which take a second
        # CPython takes one that hit an exec() for unhandled, whoever handles it, and would end by the signal
        os._exit(INTERRUPTED)
    return code


def _parser() -> argparse.ArgumentParser:
    known = "\n".join(f"  {name:<12}{command.help}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="lakeward",
        usage="lakeward COMMAND ...",
        description="GitOps for machine learning on Databricks and Azure.",
        epilog=f"commands:\n{known}\n\n{EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"lakeward {__version__}")
    parser.add_argument("command", metavar="COMMAND", nargs="?", choices=tuple(COMMANDS), help="see below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
