"""The command line of the local lakehouse: it knows which subcommands there are and nothing of what they do.
Each subcommand is imported only when it is the one that runs, so `--help` answers at once.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lakeward_sandbox import __version__

EXAMPLES = """examples:
  lakeward-sandbox up --state ./lakehouse              ports 8440 to 8444, as the samples expect
  lakeward-sandbox up --state ./lakehouse --port 9000  ports 9000 to 9004
  lakeward-sandbox up --state ./lakehouse --port 0     free ports: read them from ./lakehouse/sandbox.json
  lakeward-sandbox cluster --state ./cluster           a Kubernetes API; in another terminal: . ./cluster/env
"""

_LONGEST_OPERATION = 3600

CLUSTER_DETAILS = """A Kubernetes API without nodes: it keeps objects and runs no pods, which is all that an operator on
this machine needs. It is built from pinned sources the first time (Go is needed, three to five minutes), and starts
in seconds then. CLUSTER=current and KUBEBUILDER_ASSETS choose another one. It begins empty at each start, and all of
it ends with Ctrl-C.

"""

UP_DETAILS = """One process answers on five ports of 127.0.0.1:
  PORT    Azure Resource Manager
  PORT+1  Databricks account
  PORT+2  Databricks workspace dev      (open it in a browser to see MLflow)
  PORT+3  Databricks workspace test
  PORT+4  Databricks workspace prod

Azure has two subscriptions; the principal lakeward may enter the first, and not the second:
  8f4d2c6a-35b1-4d7e-9a60-5c1e7b3f9d01
  8f4d2c6a-35b1-4d7e-9a60-5c1e7b3f9d02

All state is in the folder DIR and survives a restart; DIR/sandbox.json lists addresses and tokens.
Remove the folder to begin anew. End it with Ctrl-C.

"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one subcommand. Exit codes: 0 ended as asked, 1 could not run (one sentence says why), 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lakeward-sandbox",
        description="A local lakehouse: Databricks and Azure over HTTP, for trying and testing Lakeward manifests.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"lakeward-sandbox {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_up(commands)
    _add_cluster(commands)
    return parser


def _add_up(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = commands.add_parser(
        "up",
        help="start the local lakehouse and keep it running",
        description=UP_DETAILS,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    up.add_argument("--state", metavar="DIR", type=Path, required=True, help="folder that keeps the state; made if new")
    up.add_argument(
        "--port", type=_port, default=8440, help="first of five ports, 0 for free ones (default: %(default)s)"
    )
    up.add_argument(
        "--azure-seconds",
        metavar="S",
        type=_seconds,
        default=1.0,
        help="how long Azure's long-running operations take, 0 for no time (default: %(default)g)",
    )
    up.add_argument(
        "--until-eof",
        action="store_true",
        help="also stop when standard input closes: for programs that start this one",
    )
    up.set_defaults(run=_up)


def _up(arguments: argparse.Namespace) -> int:
    from lakeward_sandbox import up  # noqa: PLC0415 - the server's imports take seconds, --help must not

    return up.run(arguments.state, arguments.port, azure_seconds=arguments.azure_seconds, until_eof=arguments.until_eof)


def _add_cluster(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    cluster = commands.add_parser(
        "cluster",
        help="start a Kubernetes API and keep it running",
        description=CLUSTER_DETAILS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cluster.add_argument("--state", metavar="DIR", type=Path, required=True, help="folder for its files; made if new")
    cluster.set_defaults(run=_cluster)


def _cluster(arguments: argparse.Namespace) -> int:
    from lakeward_sandbox.cluster import command  # noqa: PLC0415 - as above

    return command.run(arguments.state)


def _port(text: str) -> int:
    lowest, highest = 1024, 65535 - 4
    if not text.isdecimal() or not (int(text) == 0 or lowest <= int(text) <= highest):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give 0, or a number from {lowest} to {highest}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST_OPERATION:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration: give seconds from 0 to {_LONGEST_OPERATION}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
