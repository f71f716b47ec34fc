"""`lakeward run` as a command: flags become settings, then the operator runs. Knows no Kubernetes."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from lakeward.settings import OPTIONS, SettingsError, load, scrub

WRONG_USAGE = 2
DETAILS = """Runs the operator until SIGINT or SIGTERM.

Every flag is also a variable, LAKEWARD_ and its name in capitals; the flag wins. The pod's ServiceAccount, or else the
kubeconfig, is the way to the API server. Exit codes: 0 stopped as asked, 1 could not start or broke (one sentence says
why), 2 wrong usage.
"""
EXAMPLES = """examples:
  lakeward run --cluster-name prod-eu
  lakeward run --cluster-name local --kubeconfig ./kubeconfig --allow-loopback-http --scan-interval 30s
  LAKEWARD_CLUSTER_NAME=prod-eu LAKEWARD_LOG_FORMAT=json lakeward run
"""


def main(argv: Sequence[str]) -> int:
    """Run the operator with the settings of these flags and of the environment."""
    flags: dict[str, str | None] = vars(_parser().parse_args(argv))
    try:
        settings = load(flags)
    except SettingsError as error:
        sys.stderr.write(f"lakeward run: {error}\n")
        return WRONG_USAGE
    # before the SDKs are imported, which look at the environment
    ignored = scrub()
    from lakeward.cluster.run import run  # noqa: PLC0415 - a wrong flag is answered without waiting for the SDKs

    return run(settings, ignored)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lakeward run",
        description=DETAILS,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for option in OPTIONS:
        # a switch may stand alone; settings read all values, so that flags and variables are judged alike
        alone: dict[str, Any] = {"nargs": "?", "const": "true"} if option.shape == "BOOL" else {}
        parser.add_argument(option.flag, dest=option.field, metavar=option.shape, help=option.help, **alone)
    return parser
