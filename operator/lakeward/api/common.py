"""What all kinds share: the base model, names, durations, decimals, references, the common parts of spec and status.

Knows no kind. A field's docstring is what `kubectl explain` prints: one short, useful sentence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, Strict, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from lakeward.api.schema import ListMap, Rule, matches, with_rules

GROUP = "mlops.lakeward.dev"
VERSION = "v1alpha1"
CATEGORY = "mlops"


class Api(BaseModel):
    """Base of every model of the API: frozen, camelCase outside, unknown fields refused by name."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )
    rules: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _obeys(self) -> Self:
        for rule in self.rules:
            rule.check(self)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        inner = handler.resolve_ref_schema(handler(schema))
        return with_rules(inner, cls.rules) if cls.rules else inner


# the API server keeps bounds as floating point, and refuses every object where a bound is not exact
LARGEST_INTEGER = 2**53 - 1
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = "[1-9][0-9]{0,4}[smhd]"
_DECIMAL = r"-?[0-9]{1,15}(\.[0-9]{1,15})?"


def parse_duration(text: str) -> timedelta:
    """`45s`, `30m`, `24h`, `7d` as a time span; ValueError for anything else."""
    if not re.fullmatch(_DURATION, text):
        raise ValueError(f'"{text}" is no duration: write a number and one of s, m, h, d, for example 30m')
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])


def format_duration(span: timedelta) -> str:
    """The span in the largest unit that divides it, so that `parse_duration` gives it back."""
    seconds = int(span.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


@dataclass(frozen=True)
class _Text:
    """A value that is text in the manifest and something better in Python."""

    read: Any
    write: Any
    rule: Rule
    longest: int

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, min_length=1, max_length=self.longest)
        checked = core_schema.no_info_after_validator_function(lambda raw: self.read(self.rule.check(raw)), text)
        checked["serialization"] = core_schema.plain_serializer_function_ser_schema(self.write)
        return checked

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return with_rules({"type": "string", "minLength": 1, "maxLength": self.longest}, (self.rule,))


Boolean = Annotated[bool, Strict()]
Duration = Annotated[
    timedelta,
    _Text(
        parse_duration,
        format_duration,
        matches(_DURATION, "must be a number and one of s, m, h, d, for example 30m"),
        20,
    ),
]
Number = Annotated[
    Decimal,
    _Text(Decimal, str, matches(_DECIMAL, 'must be a decimal number in quotes, for example "0.82"'), 32),
]

_OURS = re.compile("lakeward_", re.IGNORECASE | re.ASCII)
NOT_OURS = Rule(
    "self.all(key, !key.lowerAscii().startsWith('lakeward_'))",
    "tags that begin with lakeward_ are Lakeward's own",
    lambda tags: not any(_OURS.match(key) for key in tags),
)

LEVEL = "[a-z0-9_][a-z0-9_-]*"
LABEL = "[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?"
Label = Annotated[
    str,
    Field(min_length=1, max_length=63),
    matches(LABEL, "must be letters, digits and - within"),
]
ObjectName = Annotated[
    str,
    Field(min_length=1, max_length=253),
    matches("[a-z0-9]([-.a-z0-9]*[a-z0-9])?", "must be the name of an object in this namespace"),
]
SecretKey = Annotated[
    str, Field(min_length=1, max_length=253), matches("[-._a-zA-Z0-9]+", "must be letters, digits, -, _ and .")
]
UnityName = Annotated[
    str,
    Field(min_length=1, max_length=255),
    matches(LEVEL, "must be lower-case letters, digits, _ and -, because Unity Catalog lower-cases names"),
]
ModelName = Annotated[
    str,
    Field(min_length=5, max_length=767),
    matches(
        rf"{LEVEL}\.{LEVEL}\.{LEVEL}",
        "must be catalog.schema.model in lower case, because Unity Catalog lower-cases names",
    ),
]
Comment = Annotated[str, Field(max_length=1024)]


class Mode(StrEnum):
    """Reconcile writes; Plan writes the plan to status and nothing outside; Observe only reports drift."""

    RECONCILE = "Reconcile"
    PLAN = "Plan"
    OBSERVE = "Observe"


class WorkspaceRef(Api):
    """An MLWorkspace of the same namespace."""

    name: ObjectName
    """Name of an MLWorkspace in this namespace."""


class SecretRef(Api):
    """A Secret of the same namespace."""

    name: ObjectName
    """Name of a Secret in this namespace."""


class Spec(Api):
    """The members that every spec has."""

    suspend: Boolean = False
    """Stop before the next external write; nothing is undone."""
    mode: Mode = Mode.RECONCILE
    """Reconcile converges, Plan writes the plan to status and nothing outside, Observe only reports drift."""


class Condition(Api):
    """One observation of the object, as Kubernetes' own kinds have it."""

    type: str
    """Name of the condition: Ready, Reconciling, Stalled, or one of the kind's own."""
    status: str
    """True, False or Unknown."""
    reason: str | None = None
    """One word for programs."""
    message: str | None = None
    """One line for people."""
    observed_generation: int | None = None
    """Generation of the spec that this condition is about."""
    last_transition_time: str | None = None
    """When the status of this condition last changed."""


class InventoryRow(Api):
    """One external object that this object made or adopted."""

    address: str
    """Type and name of the external object, for example databricks.catalog/ml_prod_catalog."""
    state: str
    """Where it stands: Ready, Progressing, Failed, Waiting, Blocked, Retained."""
    digest: str | None = None
    """SHA-256 of its content, for objects that have content."""
    id: str | None = None
    """Identifier that the service gave it."""
    message: str | None = None
    """One line about its state."""
    keys: tuple[str, ...] = ()
    """Names of the entries inside it that we manage."""
    adopted: bool | None = None
    """True for what was there before us and has no place for a mark that would say so: it is kept."""


class Status(Api):
    """The members that every status has. Its words are open strings: an older CRD accepts a newer operator."""

    observed_generation: int | None = None
    """Generation of the spec that this status is about; -1 until the operator first writes."""
    phase: str | None = None
    """Where the object stands, in one word."""
    next_check_at: str | None = None
    """The next known instant at which something can change; never the next scan."""
    last_handled_request: str | None = None
    """The last value of the annotation mlops.lakeward.dev/requested-at that was answered."""
    conditions: Annotated[tuple[Condition, ...], ListMap("type")] = ()
    """Ready always; Reconciling or Stalled only while True; and the kind's own."""
    resources: Annotated[tuple[InventoryRow, ...], ListMap("address")] = ()
    """The inventory: one row per external object."""
    plan: Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=101)] | None = None
    """What would be done outside, a line a change; only there while spec.mode is Plan or Observe."""


@dataclass(frozen=True)
class Column:
    """One column of `kubectl get`; priority 1 shows with `-o wide`."""

    name: str
    path: str
    type: str = "string"
    priority: int = 0


READY = '.status.conditions[?(@.type=="Ready")]'
AGE = Column("Age", ".metadata.creationTimestamp", "date")


@dataclass(frozen=True)
class KindInfo:
    """What makes a custom resource: its names, its models and its columns.

    `guarded` says that a deleted object may have something to take back outside, so that it carries our finalizer.
    """

    kind: str
    plural: str
    short: str
    spec: type[Api]
    status: type[Api]
    columns: tuple[Column, ...]
    description: str
    guarded: bool = True

    @property
    def crd(self) -> str:
        """Name of the CustomResourceDefinition."""
        return f"{self.plural}.{GROUP}"


def as_stored(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value as the API server keeps it: without nulls, whole numbers without a point, keys as text."""
    if isinstance(value, Mapping):
        return {_key(key): as_stored(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [as_stored(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _key(key: object) -> str:
    """A key that YAML read as a number or a switch, as JSON has it."""
    return str(key).lower() if isinstance(key, bool) else str(key)
