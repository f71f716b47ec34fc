"""Rules that the API server and the models share: each is written once in CEL and once in Python, side by side.

A manifest meets the CEL in the cluster and the Python everywhere, so `lakeward plan` refuses what the server refuses.
Knows no kind.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

VALIDATIONS = "x-kubernetes-validations"


@dataclass(frozen=True)
class Rule:
    """One rule on a value: `cel` for the API server, `holds` for Python, and a message that says the way out.

    `field` is the member of an object that the message is about. A rule that compares with the old value has no
    `holds`: only the server knows the old value.
    """

    cel: str
    message: str
    holds: Callable[[Any], bool] | None
    field: str = ""

    def check(self, value: Any) -> Any:  # noqa: ANN401 - a rule stands on values of any type
        """Return the value, or raise the error that `parse` turns into a BadSpec."""
        if self.holds is not None and not self.holds(value):
            raise PydanticCustomError("rule", "{message}", {"message": self.message, "field": self.field})
        return value

    def as_schema(self) -> dict[str, str]:
        """One item of `x-kubernetes-validations`."""
        path = {"fieldPath": f".{self.field}"} if self.field else {}
        return {"rule": self.cel, "message": self.message, **path}

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return with_rules(handler(schema), (self,))


def with_rules(schema: JsonSchemaValue, rules: Sequence[Rule]) -> JsonSchemaValue:
    """The schema with the rules added to those it already has."""
    return {**schema, VALIDATIONS: [*schema.get(VALIDATIONS, ()), *(rule.as_schema() for rule in rules)]}


def matches(expression: str, message: str) -> Rule:
    """The whole string matches. CEL instead of `pattern`, because a person can act on a sentence, not on RE2."""
    whole = re.compile(expression)
    return Rule(f"self.matches({_literal(f'^({expression})$')})", message, lambda text: bool(whole.fullmatch(text)))


def keys_match(expression: str, message: str) -> Rule:
    """Every key of a map matches as a whole: a structural schema says how many there may be, but not which."""
    whole = re.compile(expression)
    return Rule(
        f"self.all(key, key.matches({_literal(f'^({expression})$')}))",
        message,
        lambda entries: all(whole.fullmatch(key) for key in entries),
    )


def immutable(message: str) -> Rule:
    """The value never changes once it is set."""
    return Rule("self == oldSelf", message, None)


def exactly_one(*members: str) -> Rule:
    """Exactly one of the members of an object is given."""
    return Rule(
        f"{_given(members)}.exists_one(given, given)",
        f"give exactly one of: {', '.join(members)}",
        lambda value: len(_present(value, members)) == 1,
        members[0] if len(members) == 1 else "",
    )


def at_least_one(*members: str) -> Rule:
    """One or more of the members of an object are given."""
    return Rule(
        f"{_given(members)}.exists(given, given)",
        f"give at least one of: {', '.join(members)}",
        lambda value: bool(_present(value, members)),
    )


def only_for_type(kind: str, member: str) -> Rule:
    """The member is given if, and only if, the object's `type` is `kind`."""
    return Rule(
        f"has(self.{member}) == (self.type == {_literal(kind)})",
        f"{member} must be given for type {kind}, and only for it",
        lambda value: bool(_present(value, (member,))) == (value.type == kind),
        member,
    )


def at_most_for_type(kind: str, member: str) -> Rule:
    """The member may be given if the object's `type` is `kind`, and only then."""
    return Rule(
        f"!has(self.{member}) || self.type == {_literal(kind)}",
        f"{member} may be given for type {kind} only",
        lambda value: not _present(value, (member,)) or value.type == kind,
        member,
    )


@dataclass(frozen=True)
class ListMap:
    """A list whose items are told apart by one of their members, as Kubernetes list type `map`."""

    key: str

    def check(self, items: Sequence[Any]) -> Sequence[Any]:
        """Return the items, or raise for the first key that comes twice, as the API server does."""
        seen: set[str] = set()
        for index, item in enumerate(items):
            key = _member(item, self.key)
            if key in seen:
                context = {"message": f'"{key}" is there twice', "field": f"{index}.{self.key}"}
                raise PydanticCustomError("rule", "{message}", context)
            seen.add(key)
        return items

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}


@dataclass(frozen=True)
class ListSet:
    """A list of words without order and without repetition, as Kubernetes list type `set`."""

    def check(self, items: Sequence[Any]) -> Sequence[Any]:
        """Return the items, or raise for the first that comes twice, as the API server does."""
        for index, item in enumerate(items):
            if item in items[:index]:
                raise PydanticCustomError(
                    "rule", "{message}", {"message": f'"{item}" is there twice', "field": str(index)}
                )
        return items

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "x-kubernetes-list-type": "set"}


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _given(members: Sequence[str]) -> str:
    return "[" + ", ".join(f"has(self.{member})" for member in members) + "]"


def _member(value: Any, member: str) -> Any:  # noqa: ANN401 - any model of the API
    """The member of that name in the manifest, which may be another one in Python."""
    return getattr(value, _aliases(value)[member])


def _aliases(value: Any) -> dict[str, str]:  # noqa: ANN401 - any model of the API
    return {info.alias or name: name for name, info in type(value).model_fields.items()}


def _present(value: Any, members: Sequence[str]) -> list[str]:  # noqa: ANN401 - any model of the API
    return [member for member in members if _member(value, member) is not None]
