"""`lakeward crds`: writes the CRDs that the models describe. Knows no cluster."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lakeward.api.crd import write

EXAMPLES = """examples:
  lakeward crds
  lakeward crds --output /tmp/crds
  kubectl apply --server-side -k crds
"""


def main(argv: Sequence[str]) -> int:
    """Write the files and print their paths; 1 with one sentence when they cannot be written."""
    parser = argparse.ArgumentParser(
        prog="lakeward crds",
        description="Write the CustomResourceDefinitions and a kustomization.yaml that lists them.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path("crds"), help="folder to write to (crds)")
    folder: Path = parser.parse_args(argv).output
    try:
        written = write(folder)
    except OSError as error:
        sys.stderr.write(f"lakeward crds: {folder} cannot be written: {error.strerror}\n")
        return 1
    sys.stdout.writelines(f"{path}\n" for path in written)
    return 0
