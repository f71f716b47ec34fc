"""The good manifests use every field, and the table of refusals breaks every rule: nobody has to remember a new one."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from api.manifests import GOOD
from api.refusals import REFUSALS, Refusal
from api.schemas import ANY, fields, inside, rules
from lakeward.api.common import KindInfo
from lakeward.api.crd import structural
from lakeward.api.objects import KINDS, BadSpec, parse


def used(value: Any, schema: Any, path: str) -> Iterator[str]:
    """The paths of a value and of all that it has, written as `fields` does."""
    yield path
    for name, member in inside(schema):
        for each in at(value, name):
            yield from used(each, member, f"{path}.{name}")


def at(value: Any, name: str) -> list[Any]:
    if name == ANY:
        return list(value.values()) if isinstance(value, dict) else value
    return [value[name]] if name in value else []


def messages(info: KindInfo) -> set[str]:
    """What the rules say about a new object."""
    return {rule["message"] for rule in rules(structural(info.spec)) if "oldSelf" not in rule["rule"]}


@cache
def refused() -> tuple[tuple[Refusal, str], ...]:
    """All that is refused, and what the models say about it."""
    told = [(refusal, parse(kind_of(refusal).spec, refusal.manifest)) for refusal in REFUSALS]
    return tuple((refusal, found.message) for refusal, found in told if isinstance(found, BadSpec))


def kind_of(refusal: Refusal) -> KindInfo:
    return next(info for info in KINDS if info.kind == refusal.base["kind"])


@pytest.mark.parametrize("info", KINDS, ids=lambda info: info.kind)
def test_the_good_manifests_use_every_field(info: KindInfo) -> None:
    schema = structural(info.spec)
    have = {path for body in GOOD if body["kind"] == info.kind for path in used(body["spec"], schema, "spec")}
    assert set(fields(schema, "spec")) - have == set()


@pytest.mark.parametrize("info", KINDS, ids=lambda info: info.kind)
def test_every_rule_of_a_new_object_is_broken_by_a_refusal(info: KindInfo) -> None:
    assert messages(info) - {message for _, message in refused()} == set()


@pytest.mark.parametrize("info", KINDS, ids=lambda info: info.kind)
def test_what_a_rule_refuses_is_refused_in_its_words_by_the_models(info: KindInfo) -> None:
    said = messages(info)
    by_rule = [
        (refusal, message)
        for refusal, message in refused()
        if kind_of(refusal) is info and any(refusal.words in text for text in said)
    ]
    assert [f"{refusal}: {message}" for refusal, message in by_rule if refusal.words not in message] == []
    assert by_rule
