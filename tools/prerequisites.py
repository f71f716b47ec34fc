"""Says in one sentence what this machine lacks. Runs before anything is installed: standard library, any Python 3."""

import sys

LOWEST, BELOW = (3, 11), (3, 14)


def main() -> int:
    """0 when the machine will do; else 1 and the sentence."""
    have = sys.version_info[:2]
    if not LOWEST <= have < BELOW:
        way_out = "set PYTHON, for example make demo PYTHON=python3.11"
        sys.stderr.write(f"Lakeward needs Python 3.11, 3.12 or 3.13, and this is {have[0]}.{have[1]}: {way_out}\n")
        return 1
    try:
        import ensurepip  # noqa: F401, PLC0415 - only whether it is there
        import venv  # noqa: F401, PLC0415 - as above
    except ImportError:
        sys.stderr.write("Lakeward needs Python's venv module, which Debian packs apart: install python3-venv\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
