"""Numbers of metrics are exact, and are printed as people write them."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakeward.judgement.decimals import decimal_of, plus, show, times

FINITE = st.floats(allow_nan=False, allow_infinity=False)


def test_a_sum_is_what_a_person_reads_in_git() -> None:
    assert plus(decimal_of(0.849), Decimal("0.005")) == Decimal("0.854")
    assert show(plus(decimal_of(0.1), decimal_of(0.2))) == "0.3"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, "0.1"),
        (1, "1"),
        (-0.0, "-0.0"),
        (5e-324, "5E-324"),
        ("0.10", "0.10"),
        ("NaN", "NaN"),
        ("-Infinity", "-Infinity"),
    ],
)
def test_a_number_of_the_api_becomes_a_decimal(value: float | str, expected: str) -> None:
    assert str(decimal_of(value)) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "Infinity", "nan"])
def test_what_is_not_finite_is_kept_for_the_gate_to_fail(value: float | str) -> None:
    assert not decimal_of(value).is_finite()


@pytest.mark.parametrize("value", [True, False, "", "abc", "0,5", "1e400", "-1e999999999", "1e-400"])
def test_what_is_no_metric_is_refused(value: float | str) -> None:
    with pytest.raises(ValueError, match=r"no number|out of the range"):
        decimal_of(value)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.820", "0.82"),
        ("120", "120"),
        ("1.2E+2", "120"),
        ("-0.00", "0"),
        ("0E+999999", "0"),
        ("1E-7", "0.0000001"),
        ("1E-8", "1E-8"),
        ("1E+20", "100000000000000000000"),
        ("1E+21", "1E+21"),
        ("-0.5", "-0.5"),
        ("NaN", "NaN"),
        ("sNaN", "NaN"),
        ("-Infinity", "-Infinity"),
    ],
)
def test_a_number_is_shown_without_noise(number: str, text: str) -> None:
    assert show(Decimal(number)) == text


@given(FINITE, FINITE)
def test_sums_and_products_are_exact_whatever_the_thread_rounds_to(a: float, b: float) -> None:
    x, y = decimal_of(a), decimal_of(b)
    with localcontext(prec=3):
        total, product = plus(x, y), times(x, y)
    assert Fraction(total) == Fraction(x) + Fraction(y)
    assert Fraction(product) == Fraction(x) * Fraction(y)


@given(FINITE)
def test_a_float_survives_the_way_there_and_back(value: float) -> None:
    assert float(decimal_of(value)) == value
    assert Decimal(show(decimal_of(value))) == decimal_of(value)
