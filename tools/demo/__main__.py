"""`python -m demo [--keep]`: what is needed, the story, and its end. Exit codes: 0 told, 1 failed, 130 interrupted."""

import argparse
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("lakeward", "lakeward_sandbox", "trustme", "mlflow", "sklearn")
FAILED, INTERRUPTED = 1, 130


def main() -> int:
    """Runs the demo."""
    parser = argparse.ArgumentParser(
        prog="demo", description="A model's way to production with Lakeward, in two minutes."
    )
    parser.add_argument("--keep", action="store_true", help="keep everything running at the end, until Ctrl-C")
    keep: bool = parser.parse_args().keep
    lacking = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        sys.stderr.write(f"The demo needs {', '.join(lacking)}: run `pip install -e '.[sandbox]'` in {ROOT}.\n")
        return FAILED
    from demo import run  # noqa: PLC0415 - its imports are what was just checked

    work = Path(tempfile.mkdtemp(prefix="lakeward-demo-"))
    (work / "tmp").mkdir()
    os.environ["TMPDIR"] = str(work / "tmp")  # noqa: TID251 - mlflow leaves files there, also in processes that end well
    environ: Mapping[str, str] = dict(os.environ)  # noqa: TID251 - the user's PATH and choice of a cluster
    try:
        return run.run(ROOT, work, environ, keep=keep)
    except KeyboardInterrupt:
        sys.stdout.write("\nInterrupted: everything is stopped.\n")
        return INTERRUPTED
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
