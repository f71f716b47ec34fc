"""When two versions of a Python package are one: 2.0 is 2.0.0, v2.0-RC1 is 2.0rc1. Numbers stay text, of any length.

The rules are those of the packaging standard for version specifiers. Knows no requirement and no gate.
"""

import re
from typing import NamedTuple

_VERSION = re.compile(
    r"v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)"
    r"(?:[._-]?(alpha|a|beta|b|preview|pre|c|rc)[._-]?([0-9]*))?"
    r"(?:(-)([0-9]+)|[._-]?(post|rev|r)[._-]?([0-9]*))?"
    r"(?:[._-]?(dev)[._-]?([0-9]*))?"
    r"(?:\+([a-z0-9]+(?:[._-][a-z0-9]+)*))?",
    re.ASCII,
)
_STAGES = {"alpha": "a", "beta": "b", "preview": "rc", "pre": "rc", "c": "rc"}


class Version(NamedTuple):
    """A version in its one form.

    release  the numbers between dots, without trailing zeros
    stage    epoch and what follows the numbers: pre-release, post-release, development; empty for most
    local    what follows the +, for builds of one's own; empty for most
    """

    release: tuple[str, ...]
    stage: str
    local: str


def version(text: str) -> Version | None:
    """The version that the text writes; None where it is none by the standard."""
    found = _read(text)
    if found is None:
        return None
    epoch, release, pre, pre_number, dash, dash_number, post, post_number, dev, dev_number, local = found.groups()
    numbers = [_number(part) for part in release.split(".")]
    while len(numbers) > 1 and numbers[-1] == "0":
        numbers.pop()
    parts = (
        (_number(epoch) != "0", f"{_number(epoch)}!"),
        (pre, f"{_STAGES.get(pre, pre)}{_number(pre_number)}"),
        (post or dash, f".post{_number(post_number or dash_number)}"),
        (dev, f".dev{_number(dev_number)}"),
    )
    stage = "".join(text for there, text in parts if there)
    return Version(tuple(numbers), stage, re.sub("[_-]", ".", local or ""))


def same(one: str, other: str) -> bool:
    """Whether both may be one version: a build of one's own may be what the plain number stands for.

    Text that is no version by the standard is compared as it is, but for upper and lower case.
    """
    left, right = version(one), version(other)
    if left is None or right is None:
        return one.strip().casefold() == other.strip().casefold()
    return left[:2] == right[:2] and (left.local == right.local or not (left.local and right.local))


def begins(shorter: str, longer: str) -> bool:
    """Whether the shorter version, read as a beginning, takes in the longer one: 2.0 takes in 2.0.1, and 2."""
    found, left, right = _read(shorter), version(shorter), version(longer)
    if found is None or left is None or right is None or left.stage:
        return same(shorter, longer)
    # zeros that its one form leaves out belong to the beginning
    asked = [_number(part) for part in found[2].split(".")]
    padded = [*right.release, *("0" for _ in asked)]
    return padded[: len(asked)] == asked


def _read(text: str) -> re.Match[str] | None:
    return _VERSION.fullmatch(text.strip().lower())


def _number(text: str | None) -> str:
    return (text or "").lstrip("0") or "0"
