"""A program that holds a cluster until its input ends: tests kill it. Its first line of output is the kubeconfig.

It reads its work folder from its input, so that the folder's name on a command line means: started by it.
"""

import os
import sys
from pathlib import Path

from lakeward_sandbox.cluster.find import cluster


def main() -> None:
    workdir = Path(sys.stdin.readline().strip())
    environ = dict(os.environ)  # noqa: TID251 - the machine's PATH and cache; there are no settings here

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    with cluster(workdir, environ, say, sys.stderr) as running:
        sys.stdout.write(f"{running.kubeconfig}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
