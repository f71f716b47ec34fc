"""Aliases and tags: where they are shown, which names are refused, and what a change of several does."""

import pytest

from sandbox.talk import LEGACY, UC, Talk, new_model

INVALID = "400 INVALID_PARAMETER_VALUE"
MISSING = "404 RESOURCE_DOES_NOT_EXIST"
TAGS = f"{UC}/securable-tags/FUNCTION"
VERSION_TAGS = f"{UC}/subentity-tags/FUNCTION"


def test_tags_come_with_the_call_that_creates(dev: Talk, schema: str) -> None:
    tags = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    made = dev.good("POST", f"{UC}/models", {**new_model(schema, "tagged"), "tags": tags})
    assert made["tags"] == tags
    number = dev.pending(f"{schema}.tagged", tags=tags)
    assert dev.good("GET", f"{UC}/models/{schema}.tagged/versions/{number}")["tags"] == tags
    bad = {**new_model(schema, "bad"), "tags": [{"key": "a.b", "value": ""}]}
    assert dev.ask("POST", f"{UC}/models", bad).code == INVALID
    assert dev.ask("GET", f"{UC}/models/{schema}.bad").code == MISSING


def test_listings_carry_neither_aliases_nor_tags(dev: Talk, schema: str, model: str) -> None:
    number = dev.pending(model, tags=[{"key": "lane", "value": "blue"}])
    dev.good("PUT", f"{UC}/models/{model}/aliases/champion", {"version_num": number})
    dev.good("PATCH", f"{TAGS}/{model}", {"changes": {"add_tags": [{"key": "team", "value": "ml"}]}})
    catalog, _, last = schema.partition(".")
    asked = {"catalog_name": catalog, "schema_name": last, "include_aliases": "true"}
    [listed] = dev.good("GET", f"{UC}/models", query=asked)["registered_models"]
    [version] = dev.good("GET", f"{UC}/models/{model}/versions", query={"include_aliases": "true"})["model_versions"]
    found = dev.good("GET", f"{LEGACY}/model-versions/search", query={"filter": f"name='{model}'"})["model_versions"]
    for entry in (listed, version, *found):
        assert not {"aliases", "tags"} & entry.keys()


def test_a_get_shows_tags_always_and_aliases_when_asked(dev: Talk, model: str) -> None:
    number = dev.pending(model, tags=[{"key": "lane", "value": "blue"}])
    dev.good("PUT", f"{UC}/models/{model}/aliases/champion", {"version_num": number})
    for at in (f"{UC}/models/{model}/versions/{number}", f"{UC}/models/{model}/aliases/champion"):
        assert "aliases" not in dev.good("GET", at)
        shown = dev.good("GET", at, query={"include_aliases": "true"})
        assert [a["alias_name"] for a in shown["aliases"]] == ["champion"]
        assert shown["tags"] == [{"key": "lane", "value": "blue"}]
    assert "aliases" not in dev.good("GET", f"{UC}/models/{model}")


@pytest.mark.parametrize("alias", ["latest", "LATEST", "v1", "V22", "a b", "a.b", "x" * 256])
def test_reserved_and_malformed_aliases_are_refused(dev: Talk, model: str, alias: str) -> None:
    number = dev.pending(model)
    at = f"{UC}/models/{model}/aliases/{alias.replace(' ', '%20')}"
    assert dev.ask("PUT", at, {"version_num": number}).code == INVALID
    body = {"name": model, "alias": alias, "version": str(number)}
    assert dev.ask("POST", f"{LEGACY}/registered-models/alias", body).code == INVALID


def test_an_alias_moves_without_asking_and_goes_with_its_version(dev: Talk, model: str) -> None:
    first, second = dev.pending(model), dev.pending(model)
    for number in (first, second):
        dev.good("PUT", f"{UC}/models/{model}/aliases/champion", {"version_num": number})
    assert dev.good("GET", f"{UC}/models/{model}/aliases/champion")["version"] == second
    dev.good("DELETE", f"{UC}/models/{model}/versions/{second}")
    assert dev.ask("GET", f"{UC}/models/{model}/aliases/champion").code == MISSING
    assert dev.good("GET", f"{UC}/models/{model}", query={"include_aliases": "true"})["aliases"] == []


@pytest.mark.parametrize("key", ["a.b", "a,b", "a-b", "a=b", "a/b", "a:b", " a", "a ", "", "k" * 256])
def test_tag_keys_that_unity_catalog_refuses_are_refused(dev: Talk, model: str, key: str) -> None:
    number = dev.pending(model)
    changes = {"changes": {"add_tags": [{"key": "fine", "value": "x"}, {"key": key, "value": "x"}]}}
    assert dev.ask("PATCH", f"{TAGS}/{model}", changes).code == INVALID
    assert dev.ask("PATCH", f"{VERSION_TAGS}/{model}/{number}", changes).code == INVALID
    assert "tags" not in dev.good("GET", f"{UC}/models/{model}")


def test_several_tags_change_at_once_or_not_at_all(dev: Talk, model: str) -> None:
    number = dev.pending(model)
    at = f"{VERSION_TAGS}/{model}/{number}"
    many = [{"key": f"k{n:02}", "value": "v"} for n in range(20)]
    dev.good("PATCH", at, {"changes": {"add_tags": many}})
    one_more = {"changes": {"add_tags": [{"key": "more", "value": "v"}]}}
    assert dev.ask("PATCH", at, one_more).code == INVALID
    dev.good("PATCH", at, {"changes": {**one_more["changes"], "remove": ["k00", "absent"]}})
    both = {"changes": {"add_tags": [{"key": "k01", "value": "w"}], "remove": ["k01"]}}
    assert dev.ask("PATCH", at, both).code == INVALID
    long = {"changes": {"add_tags": [{"key": "k01", "value": "v" * 1001}]}}
    assert dev.ask("PATCH", at, long).code == INVALID
    kept = {t["key"]: t["value"] for t in dev.good("GET", f"{UC}/models/{model}/versions/{number}")["tags"]}
    assert kept == {**{f"k{n:02}": "v" for n in range(1, 20)}, "more": "v"}
