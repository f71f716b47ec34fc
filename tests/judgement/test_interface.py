"""The gate Interface: what a version must say of itself, and what breaks those who call the champion."""

from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.gates import Cause, Mode, Result, Stage
from lakeward.judgement.interface import Column, Interface, InterfaceGate, Signature, evaluate

ALL = InterfaceGate(name="interface", signature=True, input_example=True, backward=True)
SIGNED = replace(ALL, input_example=False, backward=False)
EXAMPLE = replace(ALL, signature=False, backward=False)
BACKWARD = replace(ALL, signature=False, input_example=False)


def column(text: str) -> Column:
    """`age: long`, or `age?: long` where it is optional."""
    name, _, type_ = text.partition(": ")
    return Column(name.removesuffix("?"), type_, not name.endswith("?"))


def takes(*inputs: str, gives: tuple[str, ...] = ("score: double",), example: bool = True) -> Interface:
    return Interface(Signature(tuple(map(column, inputs)), tuple(map(column, gives))), example)


UNSIGNED = Interface(None, True)
CHAMPION = takes("age: long", "plan?: string", "spend: double")
PASS, FAIL, ERROR = Result.PASS, Result.FAIL, Result.ERROR


class Rule(NamedTuple):
    gate: InterfaceGate
    candidate: Interface | None
    champion: Interface | None
    result: Result
    cause: Cause | None
    told: str


BROKEN, UNKNOWN = Cause.INCOMPATIBLE, Cause.SIGNATURE_MISSING
RULES = {
    "not read": Rule(ALL, None, CHAMPION, ERROR, Cause.NOT_READ, "MLmodel was not read yet"),
    "asks for nothing": Rule(
        replace(SIGNED, signature=False), CHAMPION, None, ERROR, Cause.INVALID_GATE, "for nothing"
    ),
    "signed": Rule(SIGNED, CHAMPION, None, PASS, None, "it has a signature"),
    "unsigned": Rule(SIGNED, UNSIGNED, None, FAIL, UNKNOWN, "the version has no signature; log the model with one"),
    "signed with nothing": Rule(SIGNED, takes(gives=()), None, FAIL, UNKNOWN, "the version has no signature"),
    "unsigned, nobody asks": Rule(EXAMPLE, UNSIGNED, CHAMPION, PASS, None, "it has an input example"),
    "unsigned before a champion": Rule(BACKWARD, UNSIGNED, CHAMPION, FAIL, UNKNOWN, "has no signature; log the model"),
    "unsigned without a champion": Rule(BACKWARD, UNSIGNED, None, PASS, None, "there is no champion to be compatible"),
    "no example": Rule(
        EXAMPLE, takes(example=False), None, FAIL, Cause.INPUT_EXAMPLE_MISSING, "no input example; log the model"
    ),
    "no example, nobody asks": Rule(SIGNED, takes(example=False), None, PASS, None, "it has a signature"),
    "all kept": Rule(
        ALL, CHAMPION, CHAMPION, PASS, None, "it has a signature; it has an input example; it is compatible with the"
    ),
    "all kept without a champion": Rule(ALL, CHAMPION, None, PASS, None, "there is no champion to be compatible with"),
    "an unsigned champion": Rule(
        BACKWARD, CHAMPION, UNSIGNED, FAIL, Cause.MISSING_ON_CHAMPION, "the champion has no signature, so nobody knows"
    ),
    "a champion signed with nothing": Rule(
        BACKWARD, CHAMPION, takes(gives=()), FAIL, Cause.MISSING_ON_CHAMPION, "the champion has no signature"
    ),
    # inputs
    "takes less": Rule(BACKWARD, takes("age: long"), CHAMPION, PASS, None, "is compatible"),
    "takes nothing": Rule(BACKWARD, takes(), CHAMPION, PASS, None, "is compatible"),
    "may take more": Rule(
        BACKWARD, takes("age: long", "tenure?: long"), CHAMPION, PASS, None, "it is compatible with the champion"
    ),
    "must take more": Rule(
        BACKWARD, takes("age: long", "tenure: long"), CHAMPION, FAIL, BROKEN, "input tenure is required, and callers of"
    ),
    "must take what could be left out": Rule(
        BACKWARD,
        takes("plan: string"),
        CHAMPION,
        FAIL,
        BROKEN,
        "input plan is required, and callers of the champion may",
    ),
    "may leave out what was needed": Rule(BACKWARD, takes("age?: long"), CHAMPION, PASS, None, "is compatible"),
    "takes another type": Rule(
        BACKWARD,
        takes("age: string"),
        CHAMPION,
        FAIL,
        BROKEN,
        "input age is string, and callers of the champion send long",
    ),
    "may take another type": Rule(
        BACKWARD,
        takes("plan?: long"),
        CHAMPION,
        FAIL,
        BROKEN,
        "input plan is long, and callers of the champion send string",
    ),
    "takes a wider type": Rule(
        BACKWARD, takes("a: long", "b: double"), takes("a: integer", "b: float"), PASS, None, ""
    ),
    "takes a narrower type": Rule(
        BACKWARD,
        takes("a: integer"),
        takes("a: long"),
        FAIL,
        BROKEN,
        "input a is integer, and callers of the champion send",
    ),
    "takes anything": Rule(BACKWARD, takes("age: any"), CHAMPION, PASS, None, "is compatible"),
    # outputs
    "gives more": Rule(
        BACKWARD, takes(gives=("score: double", "why: string")), CHAMPION, PASS, None, "it is compatible"
    ),
    "gives less": Rule(
        BACKWARD, takes(gives=("why: string",)), CHAMPION, FAIL, BROKEN, "output score of the champion is missing"
    ),
    "gives another type": Rule(
        BACKWARD, takes(gives=("score: string",)), CHAMPION, FAIL, BROKEN, "output score is string, and callers of the"
    ),
    "gives a narrower type": Rule(BACKWARD, takes(gives=("score: float",)), CHAMPION, PASS, None, "is compatible"),
    "gives a wider type": Rule(
        BACKWARD, takes(), takes(gives=("score: float",)), FAIL, BROKEN, "output score is double, and callers of the"
    ),
    "gives it not always": Rule(
        BACKWARD,
        takes(gives=("score?: double",)),
        CHAMPION,
        FAIL,
        BROKEN,
        "output score is optional, and callers of the",
    ),
    "nobody asks for it": Rule(SIGNED, takes("a: long", gives=()), CHAMPION, PASS, None, "it has a signature"),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_has_its_verdict(rule: Rule) -> None:
    said = evaluate(rule.gate, rule.candidate, rule.champion)
    assert (said.result, said.cause) == (rule.result, rule.cause), said.message
    assert rule.told in said.message
    assert_well_said(said)


def test_files_that_were_not_read_in_time_are_an_error_still() -> None:
    said = evaluate(ALL, None, None, late=True)
    assert (said.result, said.cause) == (ERROR, Cause.NOT_READ)
    assert said.message.startswith("the file MLmodel was not read before the deadline; the operator must be able")


def test_all_faults_are_told() -> None:
    said = evaluate(ALL, takes("tenure: long", "age: string", gives=(), example=False), CHAMPION)
    assert said.result is FAIL
    for fault in (
        "no input example",
        "input tenure is required",
        "input age is string",
        "output score of the champion",
    ):
        assert fault in said.message
    assert said.message.index("it has a signature") > said.message.index("output score"), "what is right comes last"


def test_the_verdict_says_what_was_looked_at() -> None:
    said = evaluate(replace(ALL, mode=Mode.WARN), CHAMPION, CHAMPION)
    assert (said.name, said.type, said.stage, said.mode) == ("interface", "Interface", Stage.PRE_COPY, Mode.WARN)
    assert said.observed == "3 inputs, 1 outputs, an input example"
    assert said.required == "a signature, an input example, callers of the champion can call it"
    assert said.evidence == "file MLmodel of the version and of the champion"
    alone = evaluate(BACKWARD, Interface(None, False), None)
    assert alone.observed == "no signature, no input example"
    assert alone.required == "callers of the champion can call it (waived)"
    assert alone.evidence == "file MLmodel of the version"


COLUMNS = st.lists(
    st.builds(Column, st.sampled_from("abc"), st.sampled_from(["integer", "long", "any"]), st.booleans()),
    max_size=3,
    unique_by=lambda column: column.name,
).map(tuple)
SIGNATURES = st.builds(Signature, COLUMNS, COLUMNS).filter(bool)


def passes(candidate: Signature, champion: Signature) -> bool:
    said = evaluate(BACKWARD, Interface(candidate, True), Interface(champion, True))
    assert_well_said(said)
    return said.result is PASS


@given(SIGNATURES)
def test_a_version_can_be_called_as_itself(one: Signature) -> None:
    assert passes(one, one)


@given(SIGNATURES, SIGNATURES)
def test_whoever_sends_what_the_champion_requires_is_understood(candidate: Signature, champion: Signature) -> None:
    if passes(candidate, champion):
        sent = {column.name for column in champion.inputs if column.required}
        assert {column.name for column in candidate.inputs if column.required} <= sent
        read = {column.name for column in champion.outputs if column.required}
        assert read <= {column.name for column in candidate.outputs if column.required}


@given(STRANGE, STRANGE)
def test_whatever_a_column_is_called_is_told_on_one_line(name: str, type_: str) -> None:
    strange = Signature((Column(name, type_, True),), (Column(name, type_, True),))
    assert not passes(strange, Signature((), (Column("x", "long", True),)))
