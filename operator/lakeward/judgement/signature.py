"""The signature of a model, as MLflow writes it into the file MLmodel, and when one type may stand in for another.

The file is a stranger's: whatever is not exactly MLflow's format is refused. Knows no gate.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SCALARS = frozenset({"boolean", "integer", "long", "float", "double", "string", "binary", "datetime"})
_WIDER = frozenset({("integer", "long"), ("float", "double")})
_ANY, _VECTOR, _TENSOR = "any", "sparkml_vector", "tensor"
_DEEPEST = 32
_LONGEST_TOLD = 60


@dataclass(frozen=True)
class Column:
    """An input or an output.

    name      its name; its position, from 0, where it has none
    type      long, array<double>, map<string>, {a: long, b?: string}, tensor<float64>[-1, 3], ...
    required  whether a call must send it, an answer has it
    """

    name: str
    type: str
    required: bool


@dataclass(frozen=True)
class Signature:
    """What a model takes and gives."""

    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]

    def __bool__(self) -> bool:
        """Whether it says anything at all."""
        return bool(self.inputs or self.outputs)


def parse(inputs_json: str | None, outputs_json: str | None) -> Signature:
    """The signature of the two JSON texts in MLmodel, None where there is none; ValueError for anything else."""
    return Signature(_columns("inputs", inputs_json), _columns("outputs", outputs_json))


def accepts(wider: str, narrower: str) -> bool:
    """Whether every value of the narrower type is one of the wider type: the same, integer as long, anything as any."""
    return wider in (narrower, _ANY) or (narrower, wider) in _WIDER


def _columns(where: str, text: str | None) -> tuple[Column, ...]:
    if text is None:
        return ()
    try:
        entries = json.loads(text)
    except (TypeError, ValueError, RecursionError):  # the file may hold anything where text belongs
        raise ValueError(f"the {where} of the signature are no JSON") from None
    if not isinstance(entries, list):
        raise ValueError(f"the {where} of the signature are no list of columns")  # noqa: TRY004 - of outside data
    columns = tuple(_column(f"{where}[{place}]", place, entry) for place, entry in enumerate(entries))
    if len({column.name for column in columns}) < len(columns):
        raise ValueError(f"the {where} of the signature have two columns of one name")
    return columns


def _column(where: str, place: int, entry: object) -> Column:
    column = _object(where, entry)
    name = column.get("name")
    name = str(place) if name is None else name
    if not isinstance(name, str):
        raise ValueError(f"the name of {where} is no text")  # noqa: TRY004 - of outside data
    return Column(name, _type(where, column, 0), _required(where, column))


def _type(where: str, entry: Mapping[str, Any], depth: int) -> str:
    """The type as one word; equal types read equal, whatever the order of their properties."""
    kind = entry.get("type")
    if depth > _DEEPEST:
        raise ValueError(f"the type of {where} is nested deeper than {_DEEPEST} levels")
    match kind:
        case str() if kind in _SCALARS or kind in (_ANY, _VECTOR):
            return kind
        case "array":
            return f"array<{_type(where, _object(where, entry.get('items')), depth + 1)}>"
        case "map":
            return f"map<{_type(where, _object(where, entry.get('values')), depth + 1)}>"
        case "object":
            return _properties(where, _object(where, entry.get("properties")), depth + 1)
        case "tensor":
            return _tensor(where, _object(where, entry.get("tensor-spec")))
    raise ValueError(f"{where} has the type {json.dumps(kind)[:_LONGEST_TOLD]}, which MLflow does not write")


def _properties(where: str, entries: Mapping[str, Any], depth: int) -> str:
    told = []
    for name, entry in sorted(entries.items()):
        inner = _object(where, entry)
        # quoted, so that no name can pass for more than one property
        told.append(f"{json.dumps(name)}{'' if _required(where, inner) else '?'}: {_type(where, inner, depth)}")
    return f"{{{', '.join(told)}}}"


def _tensor(where: str, spec: Mapping[str, Any]) -> str:
    dtype, shape = spec.get("dtype"), spec.get("shape")
    sizes = shape if isinstance(shape, list) else [None]
    if not isinstance(dtype, str) or not all(type(size) is int for size in sizes):
        raise ValueError(f"the tensor {where} has no dtype and shape")
    return f"{_TENSOR}<{dtype}>{sizes}"


def _required(where: str, entry: Mapping[str, Any]) -> bool:
    # MLflow before 2.10 wrote `optional` instead
    required, optional = entry.get("required"), entry.get("optional")
    for flag in (required, optional):
        if flag is not None and not isinstance(flag, bool):
            raise ValueError(f"whether {where} is required is neither true nor false")
    return not optional if required is None else bool(required)


def _object(where: str, entry: object) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise ValueError(f"{where} of the signature is not described as MLflow does it")  # noqa: TRY004 - of outside data
    return entry
