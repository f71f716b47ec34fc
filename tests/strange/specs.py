"""Specs from the generated schemas: valid ones that nobody would write, and ones with something broken in them."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from api.manifests import GONE, Body, Path, changed
from lakeward.api.crd import crd
from lakeward.api.objects import Object, kind_info, parse
from lakeward.api.schema import VALIDATIONS

Schema = Mapping[str, Any]
MOST_ITEMS = 3
# what the rules of an object say about its members, as schema.py writes it
FOR_ITS_TYPE = re.compile(r"has\(self\.(\w+)\) == \(self\.type == '(\w+)'\)")
ONLY_FOR_ITS_TYPE = re.compile(r"!has\(self\.(\w+)\) \|\| self\.type == '(\w+)'")
EXACTLY_ONE = re.compile(r"\[(.*)\]\.exists_one\(given, given\)")
SECURABLES = ("Catalog", "Schema", "Model")

WRONG = st.one_of(
    st.sampled_from([GONE, None, True, 0, -1, 2**63, 1.0, 1.5, [], {}, [{}]]),
    st.sampled_from(["", " ", "a/b", "..", "é", "latest", "\x00", "a\n", "x" * 5000]),
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
            return _map(schema)
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
    plain = [p for p in _found(schema, r"^self\.matches\('(.*)'\)$") if not p.startswith("^v[")]
    if _found(schema, "(isCIDR)"):
        return st.sampled_from(
            ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.128/25", "192.168.0.0/30", "0.0.0.0/0"]
        )
    if not plain:
        return st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=schema.get("minLength", 0), max_size=20)
    made = _matching(plain[-1])
    return made.filter(lambda text: schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 5000))


def _map(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    (keys,) = _found(schema, r"^self\.all\(key, key\.matches\('(.*)'\)\)$")
    return st.dictionaries(_matching(keys), _any(schema["additionalProperties"]), max_size=MOST_ITEMS)


def _found(schema: Schema, pattern: str) -> list[str]:
    """The group of the pattern in each rule that has it, with the escapes of CEL undone."""
    found = (re.search(pattern, rule["rule"]) for rule in schema.get(VALIDATIONS, ()))
    return [match[1].replace("\\\\", "\\") for match in found if match]


def _matching(pattern: str) -> st.SearchStrategy[str]:
    return st.from_regex(re.compile(rf"\A(?:{pattern.removeprefix('^').removesuffix('$')})\Z", re.ASCII))


def _array(schema: Schema) -> st.SearchStrategy[list[Any]]:
    keys = schema.get("x-kubernetes-list-map-keys")
    least = schema.get("minItems", 0)
    if keys:
        return st.lists(_any(schema["items"]), min_size=least, max_size=MOST_ITEMS, unique_by=lambda i: str(i[keys[0]]))
    return st.lists(_any(schema["items"]), min_size=least, max_size=MOST_ITEMS, unique=True)


def _object(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """An object whose members go together, as its rules want them: chance would hardly ever find that."""
    members = {name: _any(member) for name, member in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    rules = "\n".join(rule["rule"] for rule in schema.get(VALIDATIONS, ()))
    must, may = dict(FOR_ITS_TYPE.findall(rules)), dict(ONLY_FOR_ITS_TYPE.findall(rules))
    one = [re.findall(r"self\.(\w+)", group) for group in EXACTLY_ONE.findall(rules)]
    free = [name for name in members if name not in {*must, *may, *itertools.chain(*one)}]

    @st.composite
    def made(draw: st.DrawFn) -> dict[str, Any]:
        given = [name for name in free if name in required or draw(st.booleans())]
        value = {name: draw(members[name]) for name in given}
        given = [name for name, kind in must.items() if kind == value["type"]]
        given += [name for name, kind in may.items() if kind == value["type"] and draw(st.booleans())]
        given += [draw(st.sampled_from(names)) for names in one]
        return _tidy(value | {name: draw(members[name]) for name in given})

    return made()


def _tidy(value: dict[str, Any]) -> dict[str, Any]:
    """Bounds in their order, and a name of as many levels as its type says."""
    if {"min", "max"} <= value.keys():
        value["min"], value["max"] = sorted((value["min"], value["max"]), key=float)
    if {"from", "to"} <= value.keys():
        value["from"], value["to"] = sorted((value["from"], value["to"]))
    if "securable" in value:
        value["securable"]["type"] = SECURABLES[value["securable"]["name"].count(".")]
    return value
