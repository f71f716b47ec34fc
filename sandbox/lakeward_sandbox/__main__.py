"""Lets `python -m lakeward_sandbox` do what the console script `lakeward-sandbox` does."""

import sys

from lakeward_sandbox.app import main

if __name__ == "__main__":
    sys.exit(main())
