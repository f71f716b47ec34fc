"""A model of the API as a table of its fields: read from the structural schema that the CRD carries, rules included."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from lakeward.api.common import format_duration
from lakeward.api.crd import structural
from lakeward.api.schema import VALIDATIONS

HEAD = "| Field | Type | Default | What it is | Rules, in the words of a refusal |\n|---|---|---|---|---|\n"
LIMITS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("maxLength", "at most {} characters"),
    ("maxItems", "at most {} items"),
    ("maxProperties", "at most {} entries"),
)

Schema = Mapping[str, Any]


def fields(model: type[BaseModel], root: str) -> str:
    """The whole table; a row for each field, parents before what is in them."""
    return HEAD + "\n".join(_rows(structural(model), model, root)) + "\n"


def _rows(schema: Schema, model: type[BaseModel] | None, path: str) -> Iterator[str]:
    required = frozenset(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        info = _field(model, name)
        where = f"{path}.{name}"
        cells = (
            f"`{where}`",
            _type(member),
            "**required**" if name in required else _default(member, info),
            _escaped(str(member.get("description", ""))),
            _rules(member),
        )
        yield f"| {' | '.join(cells)} |"
        step, inside = _inside(member)
        yield from _rows(inside, _model(info), f"{where}{step}")


def _inside(schema: Schema) -> tuple[str, Schema]:
    """What a list or a map is of, and how a path says so; everything else is in itself."""
    if "items" in schema:
        return "[]", schema["items"]
    return ("{}", schema["additionalProperties"]) if "additionalProperties" in schema else ("", schema)


def _field(model: type[BaseModel] | None, name: str) -> FieldInfo | None:
    members = model.model_fields.items() if model else ()
    return next((info for own, info in members if (info.alias or own) == name), None)


def _model(info: FieldInfo | None) -> type[BaseModel] | None:
    """The model inside a field: of `X`, `X | None` and `tuple[X, ...]`."""
    waiting: list[Any] = [info.annotation] if info else []
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        waiting += getattr(kind, "__args__", ())
    return None


def _type(schema: Schema) -> str:
    if schema.get("type") == "array":
        keys = schema.get("x-kubernetes-list-map-keys")
        by = f" by `{keys[0]}`" if keys else ""
        return f"list of {_type(schema['items'])}{by}"
    if "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema["enum"])
    if "additionalProperties" in schema:
        return f"map of {_type(schema['additionalProperties'])}"
    return str(schema.get("type", ""))


def _default(schema: Schema, info: FieldInfo | None) -> str:
    """What holds when the field is left out, as a manifest says it; nothing where it is then unmanaged or empty."""
    value = schema.get("default", info.get_default(call_default_factory=True, validated_data={}) if info else None)
    match value:
        case None | () | BaseModel():
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case timedelta():
            return f"`{format_duration(value)}`"
    return f"`{value}`" if value != {} else ""


def _rules(schema: Schema) -> str:
    own = [rule["message"] for rule in schema.get(VALIDATIONS, ())]
    limits = [text.format(schema[name]) for name, text in LIMITS if name in schema]
    step, inside = _inside(schema)
    each = [f"each: {rule['message']}" for rule in inside.get(VALIDATIONS, ()) if step]
    return _escaped("; ".join([*own, *each, *limits]))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
