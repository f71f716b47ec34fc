"""Specs from the generated schemas: valid ones that nobody would write, and ones with something broken in them."""

import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from api.manifests import GONE, Body, Path, changed
from lakeward.api.crd import crd
from lakeward.api.objects import Object, kind_info, parse
from lakeward.api.schema import VALIDATIONS

Schema = Mapping[str, Any]
MEMBER_OF_TYPE = {"Metric": "metric", "Tag": "tag", "Digest": "digest"}
MOST_ITEMS = 3

WRONG = st.one_of(
    st.sampled_from(
        [GONE, None, True, 0, -1, 2**63, 1.5, "", " ", "a/b", "..", "é", "latest", "\x00", [], {}, [{}], "x" * 5000]
    ),
    st.text(max_size=8),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
)


def spec_schema(kind: str) -> Schema:
    info = kind_info(kind)
    assert info
    found: Schema = crd(info)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return found


def valid(kind: str) -> st.SearchStrategy[Body]:
    """Manifests that the models take."""
    info = kind_info(kind)
    assert info
    made = _object(spec_schema(kind)).map(lambda spec: _manifest(kind, spec))
    return made.filter(lambda body: isinstance(parse(info.spec, body), Object))


def broken(base: Body) -> st.SearchStrategy[Body]:
    """A good manifest with one wrong value somewhere."""
    places = st.sampled_from(_paths(base["spec"]))
    return st.tuples(places, WRONG).map(lambda found: changed(base, *found))


def _manifest(kind: str, spec: Mapping[str, Any]) -> Body:
    return {
        "apiVersion": "mlops.lakeward.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": "strange", "namespace": "default"},
        "spec": dict(spec),
    }


def _paths(value: object, before: Path = ()) -> list[Path]:
    here = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [path for key, item in here for path in ((*before, key), *_paths(item, (*before, key)))]


def _any(schema: Schema) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    match schema["type"]:
        case "object" if "additionalProperties" in schema:
            return st.dictionaries(st.from_regex(r"\A[a-z. -]{1,20}\Z"), st.text(max_size=20), max_size=3)
        case "object":
            return _object(schema)
        case "array":
            return _array(schema)
        case "integer":
            return st.integers(schema.get("minimum", -5), min(schema.get("maximum", 99), 2**31 - 1))
        case "boolean":
            return st.booleans()
    return _string(schema)


def _string(schema: Schema) -> st.SearchStrategy[str]:
    """Text that obeys the patterns of its rules; the last of them makes it, the others choose."""
    patterns = [
        found[1] for rule in schema.get(VALIDATIONS, ()) if (found := re.search(r"matches\('(.*)'\)$", rule["rule"]))
    ]
    plain = [p.replace("\\\\", "\\") for p in patterns if not p.startswith("^v[")]
    if any("isCIDR" in rule["rule"] for rule in schema.get(VALIDATIONS, ())):
        return st.sampled_from(
            ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25", "192.168.0.0/30", "0.0.0.0/0"]
        )
    if not plain:
        return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=schema.get("minLength", 0), max_size=20)
    made = st.from_regex(re.compile(rf"\A(?:{plain[-1].removeprefix('^').removesuffix('$')})\Z", re.ASCII))
    return made.filter(lambda text: schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 5000))


def _array(schema: Schema) -> st.SearchStrategy[list[Any]]:
    keys = schema.get("x-kubernetes-list-map-keys")
    least = schema.get("minItems", 0)
    if keys:
        return st.lists(_any(schema["items"]), min_size=least, max_size=MOST_ITEMS, unique_by=lambda i: str(i[keys[0]]))
    return st.lists(_any(schema["items"]), min_size=least, max_size=MOST_ITEMS, unique=True)


def _object(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    required = set(schema.get("required", ()))
    members = {name: _any(member) for name, member in schema.get("properties", {}).items()}
    must = {name: made for name, made in members.items() if name in required}
    may = {name: made for name, made in members.items() if name not in required}
    return st.fixed_dictionaries(must, optional=may).map(_tidy)


def _tidy(value: dict[str, Any]) -> dict[str, Any]:
    """A gate keeps the member of its type only: chance would hardly ever find that."""
    if "type" in value and "name" in value and "securable" not in value:
        others = set(MEMBER_OF_TYPE.values()) - {MEMBER_OF_TYPE.get(value["type"])}
        return {name: member for name, member in value.items() if name not in others}
    return value
