"""Name rules of Unity Catalog. Schema and model names are stored in lower case; catalog names likewise."""

import re

from lakeward_sandbox.errors import invalid

_REFUSED = re.compile(r"[\s./\x00-\x1f\x7f]")
_LONGEST = 255


def name(given: str) -> str:
    """One name as it is stored."""
    if not given or len(given) > _LONGEST or _REFUSED.search(given):
        raise invalid(
            f'name "{given}" is not a valid name. '
            "Valid names cannot contain spaces, periods, forward slashes, or control characters."
        )
    return given.lower()


def full_name(given: str, levels: int) -> str:
    """A dotted name with a fixed number of levels, each as it is stored."""
    parts = given.split(".")
    if len(parts) != levels:
        raise invalid(f'"{given}" is not a valid name. Expected {levels} names separated by periods.')
    return ".".join(name(part) for part in parts)
