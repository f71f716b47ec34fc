"""Bounds: fixed ones, and those that move with the champion."""

from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeward.judgement.bounds import EPSILON, Change, Sense, fixed

AT_LEAST, AT_MOST = Sense.AT_LEAST, Sense.AT_MOST
NUMBERS = st.decimals(-1000, 1000, places=6)
SHARES = st.decimals(0, 2, places=4)


@pytest.mark.parametrize(
    ("sense", "value", "holds"),
    [
        (AT_LEAST, "0.82", True),
        (AT_LEAST, "0.8200001", True),
        (AT_LEAST, "0.8199999", False),
        (AT_MOST, "0.82", True),
        (AT_MOST, "0.8199999", True),
        (AT_MOST, "0.8200001", False),
    ],
)
def test_the_limit_itself_is_allowed(sense: Sense, value: str, holds: bool) -> None:
    bound = fixed(sense, Decimal("0.820"))
    assert bound.holds(Decimal(value)) is holds
    assert bound.text == f"{sense} 0.82"


class Moving(NamedTuple):
    sense: Sense
    amount: str
    relative: bool
    champion: str
    limit: str
    text: str


MOVING = [
    Moving(AT_LEAST, "0.005", False, "0.849", "0.854", ">= champion 0.849 + 0.005"),
    Moving(AT_LEAST, "-0.01", False, "0.849", "0.839", ">= champion 0.849 - 0.01"),
    Moving(AT_LEAST, "0", False, "0.849", "0.849", ">= champion 0.849"),
    Moving(AT_LEAST, "0.05", True, "0.8", "0.84", ">= champion 0.8 + 5%"),
    Moving(AT_LEAST, "-0.05", True, "0.8", "0.76", ">= champion 0.8 - 5%"),
    Moving(AT_LEAST, "0.05", True, "-10", "-9.5", ">= champion -10 + 5%"),
    Moving(AT_LEAST, "-0.05", True, "-10", "-10.5", ">= champion -10 - 5%"),
    Moving(AT_LEAST, "0.05", True, "0", "1E-10", ">= champion 0 + 5% (of 0, so 1E-10)"),
    Moving(AT_LEAST, "-0.05", True, "0", "0", ">= champion 0 - 5%"),
    Moving(AT_LEAST, "0", True, "0", "0", ">= champion 0"),
    Moving(AT_LEAST, "0.05", False, "0", "0.05", ">= champion 0 + 0.05"),
    Moving(AT_MOST, "10", False, "110", "120", "<= champion 110 + 10"),
    Moving(AT_MOST, "-10", False, "110", "100", "<= champion 110 - 10"),
    Moving(AT_MOST, "0.1", True, "110", "121", "<= champion 110 + 10%"),
    Moving(AT_MOST, "-0.1", True, "110", "99", "<= champion 110 - 10%"),
    Moving(AT_MOST, "0.1", True, "-10", "-9", "<= champion -10 + 10%"),
    Moving(AT_MOST, "-0.1", True, "-10", "-11", "<= champion -10 - 10%"),
    Moving(AT_MOST, "-0.1", True, "0", "-1E-10", "<= champion 0 - 10% (of 0, so -1E-10)"),
    Moving(AT_MOST, "0.1", True, "0", "0", "<= champion 0 + 10%"),
]


@pytest.mark.parametrize("row", MOVING, ids=lambda row: row.text)
def test_a_change_becomes_a_bound_that_reads_as_it_was_meant(row: Moving) -> None:
    bound = Change(row.sense, Decimal(row.amount), row.relative).bound(Decimal(row.champion))
    assert (bound.sense, bound.limit, bound.text) == (row.sense, Decimal(row.limit), row.text)


def test_a_change_reads_well_before_the_champion_is_known() -> None:
    assert Change(AT_LEAST, Decimal("0.0050")).text() == ">= champion + 0.005"
    assert Change(AT_MOST, Decimal("0.125"), relative=True).text() == "<= champion + 12.5%"


@given(NUMBERS, SHARES, NUMBERS, st.booleans())
def test_who_asks_for_no_loss_never_gets_a_worse_candidate(
    champion: Decimal, share: Decimal, candidate: Decimal, relative: bool
) -> None:
    """Above, at and below zero."""
    if Change(AT_LEAST, share, relative).bound(champion).holds(candidate):
        assert candidate >= champion
    if Change(AT_MOST, -share, relative).bound(champion).holds(candidate):
        assert candidate <= champion


@given(st.decimals(-1000, 0, places=6), st.decimals("0.0001", 2, places=4))
def test_a_relative_gain_on_a_champion_at_or_below_zero_wants_more_than_the_champion(
    champion: Decimal, share: Decimal
) -> None:
    assert not Change(AT_LEAST, share, relative=True).bound(champion).holds(champion)
    assert not Change(AT_MOST, -share, relative=True).bound(champion).holds(champion)


@given(NUMBERS, SHARES)
def test_an_allowed_loss_always_allows_the_champion_itself(champion: Decimal, share: Decimal) -> None:
    assert Change(AT_LEAST, -share, relative=True).bound(champion).holds(champion)
    assert Change(AT_MOST, share, relative=True).bound(champion).holds(champion)


@given(NUMBERS, SHARES)
def test_higher_is_better_and_lower_is_better_are_mirror_images(champion: Decimal, share: Decimal) -> None:
    up = Change(AT_LEAST, share, relative=True).bound(champion)
    down = Change(AT_MOST, -share, relative=True).bound(-champion)
    assert up.limit == -down.limit


def test_any_gain_at_all_is_tiny() -> None:
    assert Decimal(0) < EPSILON < Decimal("1E-9")
