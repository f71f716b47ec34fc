"""The models and the CRDs say the same: whatever is changed in a good manifest, both accept it or both refuse it.

The rules in CEL are tried on a real API server; here they are told apart by their messages.
"""

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.manifests import APPROVAL, GONE, PROMOTION, WORKSPACE, Body, Path, changed
from api.schemas import rules
from lakeward.api.crd import crd, structural
from lakeward.api.objects import BadSpec, kind_info, parse

VALUES = st.one_of(
    st.sampled_from(
        [GONE, True, False, 0, 1, 17, 2**31, 1.5, "", "a", "Metric", "Run", "30m", "0.5", "latest", [], {}]
    ),
    st.lists(st.sampled_from([{}, {"name": "a"}, {"name": "a", "type": "Ready"}, {"path": "/a"}, "a"]), max_size=3),
    st.dictionaries(st.sampled_from(["name", "model", "min", "token", "champion", "x"]), st.just("a"), max_size=2),
    st.text(max_size=8),
)


def paths(value: Any, before: Path = ()) -> list[Path]:
    """Every place in the value, and beside every member of an object one that does not exist."""
    here: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        here = [*value.items(), ("unknownField", None)]
    elif isinstance(value, list):
        here = list(enumerate(value))
    return [path for key, item in here for path in ([*before, key], *paths(item, (*before, key)))]  # type: ignore[misc]


def validator(kind: str) -> jsonschema.Draft202012Validator:
    info = kind_info(kind)
    assert info
    root = crd(info)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return jsonschema.Draft202012Validator(closed(root["properties"]["spec"]))


def closed(schema: Any) -> Any:
    """The schema as kubectl reads it: unknown fields are refused."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    extra = {"additionalProperties": False} if isinstance(schema.get("properties"), dict) else {}
    return {**{key: closed(item) for key, item in schema.items()}, **extra}


@pytest.mark.parametrize("base", [WORKSPACE, PROMOTION, APPROVAL], ids=lambda body: body["kind"])
def test_the_models_and_the_crd_accept_and_refuse_the_same(base: Body) -> None:
    schema = validator(base["kind"])
    info = kind_info(base["kind"])
    assert info
    spec = info.spec
    said = {rule["message"] for rule in rules(structural(spec))}

    @settings(max_examples=400)
    @given(path=st.sampled_from(paths(base["spec"])), value=VALUES)
    def agree(path: Path, value: object) -> None:
        if value is GONE and path[-1] == "unknownField":
            return
        body = changed(base, path, value)
        found = parse(spec, body)
        by_rule = isinstance(found, BadSpec) and (found.message in said or found.message.endswith("is there twice"))
        if not by_rule:
            assert isinstance(found, BadSpec) != schema.is_valid(body["spec"]), found

    agree()
