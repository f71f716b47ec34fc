"""`python -m lakeward` is the command `lakeward`."""

import sys

from lakeward.app import main

if __name__ == "__main__":
    sys.exit(main())
