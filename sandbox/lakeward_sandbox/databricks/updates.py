"""PATCH bodies: which fields may change, and the refusals that every kind of object shares."""

from collections.abc import Sequence
from typing import Any

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import owners
from lakeward_sandbox.errors import invalid


def changes(
    call: Call, operation: str, texts: Sequence[str], maps: Sequence[str] = (), immutable: Sequence[str] = ()
) -> dict[str, Any]:
    """The fields to replace, by name; an update of nothing is refused, as the service does."""
    for name in (*immutable, "new_name"):
        if name in call.body and name not in texts:
            raise invalid(f"{operation} {name} can not be changed")
    given: dict[str, Any] = {name: call.text(name) for name in texts if name in call.body}
    given |= {name: call.strings(name) for name in maps if name in call.body}
    if not given:
        raise invalid(f"{operation} Nothing to update.")
    if owner := given.get("owner"):
        given["owner"] = owners.known_principal(owner)
    return given
