"""Exact numbers of metrics: how a float becomes a decimal, how decimals are added, how one is printed.

0.849 + 0.005 is 0.854 here, as a person reads it in git; binary floats say 0.8539999999999999. Knows no gate.
"""

from decimal import Context, Decimal, InvalidOperation

# Wide enough for the sum and the product of any two floats: from 1.7e308 down to 5e-324. Nothing is rounded on the
# way, and nothing depends on the context of the calling thread.
_EXACT = Context(prec=2000, traps=[])
_PLAIN_FROM, _PLAIN_TO = -7, 20
_SMALLEST, _LARGEST = -324, 308


def decimal_of(value: float | str) -> Decimal:
    """The number that an API returned, as a decimal: a float by its shortest text, `Decimal(repr(x))`.

    So 0.1 is 0.1 and not 0.1000000000000000055. Text is taken as it is: JSON has no other way to say NaN and
    Infinity. ValueError for a bool, for text that is no number, and for a number that no float can hold.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value} is no number")  # noqa: TRY004 - a wrong value of outside data, not a wrong call
    try:
        number = Decimal(repr(float(value)) if isinstance(value, float) else value)
    except InvalidOperation:
        raise ValueError(f'"{value}" is no number') from None
    if number.is_finite() and number != 0 and not _SMALLEST <= number.adjusted() <= _LARGEST:
        raise ValueError(f'"{value}" is out of the range of a metric')
    return number


def plus(a: Decimal, b: Decimal) -> Decimal:
    """The exact sum."""
    return _EXACT.add(a, b)


def times(a: Decimal, b: Decimal) -> Decimal:
    """The exact product."""
    return _EXACT.multiply(a, b)


def show(number: Decimal) -> str:
    """The number for people: without trailing zeros, in full as long as that is short; equal numbers read equal."""
    if not number.is_finite():
        return "NaN" if number.is_nan() else str(number)
    if number == 0:
        return "0"
    short = _EXACT.normalize(number)
    return f"{short:f}" if _PLAIN_FROM <= short.adjusted() <= _PLAIN_TO else str(short)
