"""Typed readers for the nested JSON of job settings: every mistake is named with its place, none is passed over."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lakeward_sandbox.errors import invalid


def known(given: Mapping[str, Any], names: Collection[str], where: str) -> dict[str, Any]:
    """The fields that have a value, all of which the service must know: a misspelled one would be lost in silence."""
    for name in given:
        if name not in names:
            raise invalid(f"{where}{name} is not a field of the Jobs API.")
    return {name: value for name, value in given.items() if value is not None}


def objects(given: Mapping[str, Any], name: str, where: str = "") -> Sequence[dict[str, Any]]:
    """A list of objects; absent is an empty one."""
    value = given.get(name) or []
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise invalid(f"{where}{name} must be a list of objects.")


def texts(given: Mapping[str, Any], name: str, where: str) -> Sequence[str]:
    """A list of strings; absent is an empty one."""
    value = given.get(name) or []
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise invalid(f"{where}{name} must be a list of strings.")


def text(given: Mapping[str, Any], name: str, where: str) -> str:
    """A string that must be there and not be empty."""
    value = given.get(name)
    if isinstance(value, str) and value:
        return value
    raise invalid(f"{where}{name} must be a string and must not be empty.")


def number(given: Mapping[str, Any], name: str, default: int, least: int, where: str = "") -> int:
    value = given.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise invalid(f"{where}{name} must be an integer of at least {least}.")
