"""Signatures as MLflow writes them, and everything else that a file can hold."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeward.judgement.signature import Column, Signature, accepts, parse

# what mlflow.types.Schema.to_json of 3.17 gives
TYPES = {
    '[{"type": "double", "name": "a", "required": true}]': Column("a", "double", True),
    '[{"type": "long", "name": "b", "required": false}]': Column("b", "long", False),
    '[{"type": "array", "items": {"type": "string"}, "name": "c", "required": true}]': Column(
        "c", "array<string>", True
    ),
    '[{"type": "object", "properties": {"y": {"type": "array", "items": {"type": "double"}, "required": false},'
    ' "z": {"type": "long", "required": true}}, "name": "d", "required": true}]': Column(
        "d", '{"y"?: array<double>, "z": long}', True
    ),
    '[{"type": "map", "values": {"type": "string"}, "name": "e", "required": true}]': Column("e", "map<string>", True),
    '[{"type": "any", "name": "f", "required": true}]': Column("f", "any", True),
    '[{"type": "sparkml_vector", "name": "g", "required": true}]': Column("g", "sparkml_vector", True),
    '[{"type": "array", "items": {"type": "array", "items": {"type": "object", "properties":'
    ' {"q": {"type": "binary", "required": true}}}}, "name": "h", "required": true}]': Column(
        "h", 'array<array<{"q": binary}>>', True
    ),
    '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 3]}}]': Column(
        "0", "tensor<float64>[-1, 3]", True
    ),
    '[{"name": "n", "type": "tensor", "tensor-spec": {"dtype": "str", "shape": [-1]}}]': Column(
        "n", "tensor<str>[-1]", True
    ),
    # before 2.10
    '[{"type": "double", "name": "o"}]': Column("o", "double", True),
    '[{"type": "double", "name": "p", "optional": true}]': Column("p", "double", False),
    '[{"type": "double", "name": "q", "optional": false}]': Column("q", "double", True),
    '[{"type": "double", "name": null, "required": null}]': Column("0", "double", True),
}


@pytest.mark.parametrize(("text", "column"), TYPES.items(), ids=[column.name for column in TYPES.values()])
def test_every_type_of_mlflow_is_read(text: str, column: Column) -> None:
    assert parse(text, None) == Signature((column,), ())
    assert parse(None, text) == Signature((), (column,))


def test_columns_without_names_are_known_by_their_place() -> None:
    text = '[{"type": "double", "required": true}, {"type": "string", "required": true}]'
    assert parse(text, "[]") == Signature((Column("0", "double", True), Column("1", "string", True)), ())


def test_the_order_of_properties_makes_no_other_type() -> None:
    one, other = (
        {"type": "object", "properties": {name: {"type": "long", "required": True} for name in order}}
        for order in ("ab", "ba")
    )
    assert parse(json.dumps([one]), None) == parse(json.dumps([other]), None)


def test_a_name_cannot_pass_for_two_properties() -> None:
    sly = {"type": "object", "properties": {'a": long, "b': {"type": "long"}}}
    plain = {"type": "object", "properties": {"a": {"type": "long"}, "b": {"type": "long"}}}
    assert parse(json.dumps([sly]), None) != parse(json.dumps([plain]), None)


REFUSED: list[tuple[Any, str]] = [
    ([], "are no JSON"),
    (1, "are no JSON"),
    ("", "are no JSON"),
    ("{", "are no JSON"),
    ("[" * 100_000, "are no JSON"),
    ("{}", "are no list of columns"),
    ("null", "are no list of columns"),
    ("[1]", "inputs[0] of the signature is not described"),
    ("[{}]", "inputs[0] has the type null"),
    ('[{"type": "decimal"}]', 'inputs[0] has the type "decimal", which MLflow does not write'),
    ('[{"type": ["long"]}]', 'inputs[0] has the type ["long"]'),
    ('[{"type": "long", "name": 1}]', "the name of inputs[0] is no text"),
    ('[{"type": "long", "required": "yes"}]', "whether inputs[0] is required is neither true nor false"),
    ('[{"type": "long", "optional": 1}]', "whether inputs[0] is required is neither true nor false"),
    ('[{"type": "long", "name": "a"}, {"type": "long", "name": "a"}]', "two columns of one name"),
    ('[{"type": "long"}, {"type": "long", "name": "0"}]', "two columns of one name"),
    ('[{"type": "array"}]', "inputs[0] of the signature is not described"),
    ('[{"type": "array", "items": "long"}]', "inputs[0] of the signature is not described"),
    ('[{"type": "map"}]', "inputs[0] of the signature is not described"),
    ('[{"type": "object", "properties": {"a": "long"}}]', "inputs[0] of the signature is not described"),
    ('[{"type": "tensor"}]', "inputs[0] of the signature is not described"),
    ('[{"type": "tensor", "tensor-spec": {"dtype": "float64"}}]', "the tensor inputs[0] has no dtype and shape"),
    ('[{"type": "tensor", "tensor-spec": {"dtype": "f", "shape": [true]}}]', "has no dtype and shape"),
    ('[{"type": "tensor", "tensor-spec": {"shape": [-1]}}]', "has no dtype and shape"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_mlflow_does_not_write_is_refused_with_one_sentence(text: Any, told: str) -> None:
    with pytest.raises(ValueError, match="inputs") as refusal:
        parse(text, None)
    assert told in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("levels", [32, 33, 900])
def test_types_are_nested_to_a_limit(levels: int) -> None:
    text = '[{"type": "array", "items": ' + '{"type": "array", "items": ' * (levels - 1) + '{"type": "long"}'
    text += "}" * levels + "]"
    if levels <= 32:
        assert parse(text, None).inputs[0].type.startswith("array<array<")
    else:
        with pytest.raises(ValueError, match="nested deeper than 32 levels"):
            parse(text, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["long", "array", "object", "tensor", "any", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "name", "required", "items", "values", "properties", "tensor-spec", "dtype", "shape"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=3))
def test_whatever_the_file_holds_is_a_signature_or_refused(entries: list[object]) -> None:
    try:
        found = parse(json.dumps(entries), None)
    except ValueError as refusal:
        assert str(refusal)  # noqa: PT017 - most of what is drawn is refused, and some is not
    else:
        assert len(found.inputs) == len(entries)


@pytest.mark.parametrize(
    ("wider", "narrower", "fits"),
    [
        ("long", "long", True),
        ("long", "integer", True),
        ("integer", "long", False),
        ("double", "float", True),
        ("float", "double", False),
        ("double", "long", False),
        ("double", "integer", False),
        ("string", "long", False),
        ("any", "array<long>", True),
        ("array<long>", "any", False),
        ("array<long>", "array<integer>", False),
        ("tensor<float64>[-1, 3]", "tensor<float64>[-1, 3]", True),
        ("tensor<float64>[-1, 3]", "tensor<float64>[-1, 4]", False),
    ],
)
def test_a_type_stands_in_for_a_narrower_one(wider: str, narrower: str, fits: bool) -> None:
    assert accepts(wider, narrower) is fits
