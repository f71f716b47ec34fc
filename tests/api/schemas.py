"""What a structural schema has in it: parts and rules."""

from collections.abc import Iterator
from typing import Any

from lakeward.api.schema import VALIDATIONS

ANY = "*"  # stands for each item of a list and each key of a map


def inside(schema: Any) -> Iterator[tuple[str, Any]]:
    """The schemas in a schema, each with its name."""
    yield from schema.get("properties", {}).items()
    yield from ((ANY, schema[each]) for each in ("items", "additionalProperties") if each in schema)


def fields(schema: Any, path: str) -> Iterator[str]:
    """The path of every schema in a schema."""
    for name, member in inside(schema):
        yield f"{path}.{name}"
        yield from fields(member, f"{path}.{name}")


def rules(schema: Any) -> Iterator[dict[str, str]]:
    yield from schema.get(VALIDATIONS, ())
    for _, member in inside(schema):
        yield from rules(member)
