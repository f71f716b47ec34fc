"""Custom resources as the operator sees them: a body from the API server or from a file becomes a value.

A spec that is refused is a value too, never an exception: it must not crash the operator nor block another object.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from lakeward.api.common import GROUP, VERSION, KindInfo, as_stored, format_duration, parse_duration
from lakeward.api.mlworkspace import MLWORKSPACE
from lakeward.api.modelpromotion import MODELPROMOTION
from lakeward.api.promotionapproval import PROMOTIONAPPROVAL

__all__ = [
    "GROUP",
    "KINDS",
    "VERSION",
    "BadSpec",
    "KindInfo",
    "Object",
    "format_duration",
    "kind_info",
    "parse",
    "parse_duration",
]

KINDS: tuple[KindInfo, ...] = (MLWORKSPACE, MODELPROMOTION, PROMOTIONAPPROVAL)

S = TypeVar("S")


@dataclass(frozen=True)
class Object(Generic[S]):
    """One custom resource. `status` is what the operator wrote last, and empty before it wrote anything."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int
    annotations: Mapping[str, str]
    created: datetime | None
    deleting: bool
    finalizers: tuple[str, ...]
    spec: S
    status: Mapping[str, Any]
    raw: Mapping[str, Any]
    """The spec as it is stored, without what this version adds to it."""
    deleted: datetime | None = None
    """When the deletion was asked."""


@dataclass(frozen=True)
class BadSpec:
    """A spec that is refused: the path of the first bad field, like spec.source.version, and one sentence."""

    field: str
    message: str


def kind_info(kind: str) -> KindInfo | None:
    """What makes this kind, or None for a kind that is not ours."""
    return next((info for info in KINDS if info.kind == kind), None)


def parse(model: type[S], body: Mapping[str, Any]) -> Object[S] | BadSpec:
    """The object of a body, or what is wrong with its spec. Never raises, whatever the body is.

    Messages never repeat a value of the spec: somebody may have put a secret there by mistake.
    """
    raw: object = body
    if not isinstance(raw, Mapping):
        return BadSpec("", "must be an object")
    meta = body.get("metadata")
    if not isinstance(meta, Mapping) or not isinstance(meta.get("name"), str) or not meta["name"]:
        return BadSpec("metadata.name", "is required")
    if "spec" not in body:
        return BadSpec("spec", "is required")
    try:
        spec = TypeAdapter(model).validate_python(as_stored(body["spec"]))
    except ValidationError as error:
        return _refusal(error)
    status = body.get("status")
    annotations = meta.get("annotations")
    finalizers = meta.get("finalizers")
    return Object(
        kind=str(body.get("kind", "")),
        namespace=str(meta.get("namespace") or "default"),
        name=meta["name"],
        uid=str(meta.get("uid") or ""),
        generation=_integer(meta.get("generation")),
        annotations={str(k): str(v) for k, v in annotations.items()} if isinstance(annotations, Mapping) else {},
        created=_time(meta.get("creationTimestamp")),
        deleting=bool(meta.get("deletionTimestamp")),
        finalizers=tuple(str(f) for f in finalizers) if isinstance(finalizers, list) else (),
        spec=spec,
        status=status if isinstance(status, Mapping) else {},
        raw=body["spec"],
        deleted=_time(meta.get("deletionTimestamp")),
    )


_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this version",
    "int_type": "must be an integer",
    "bool_type": "must be true or false",
    "string_type": "must be a string",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "enum": "must be {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "rule": "{message}",
}


def _refusal(error: ValidationError) -> BadSpec:
    """The first error in the words of a manifest: its path and one sentence, without the value."""
    first = error.errors(include_url=False, include_input=False)[0]
    context = first.get("ctx", {})
    field = _path(("spec", *first["loc"], *(part for part in str(context.get("field", "")).split(".") if part)))
    return BadSpec(field, _SENTENCES.get(first["type"], first["msg"]).format_map(context))


def _path(parts: Sequence[str | int]) -> str:
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) or part.isdigit() else f".{part}"
    return text.removeprefix(".")


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def _time(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
