"""Several findings of one gate become one."""

from itertools import permutations

from lakeward.judgement.finding import Finding, together
from lakeward.judgement.gates import Cause, Result

FAIL = Finding(Result.FAIL, Cause.OUT_OF_BOUNDS, "too low")
ERROR = Finding(Result.ERROR, Cause.AMBIGUOUS, "two readings")
PENDING = Finding(Result.PENDING, Cause.MISSING, "not there yet")
PASS = Finding(Result.PASS, None, "good")


def test_the_worst_decides_and_is_told_first_in_every_order() -> None:
    expected = Finding(Result.FAIL, Cause.OUT_OF_BOUNDS, "too low; two readings; not there yet; good")
    assert {together(order) for order in permutations([PASS, PENDING, ERROR, FAIL])} == {expected}


def test_of_equals_the_earlier_one_names_the_cause() -> None:
    other = Finding(Result.FAIL, Cause.DATASET_MISMATCH, "other data")
    assert together([PASS, other, FAIL]) == Finding(Result.FAIL, Cause.DATASET_MISMATCH, "other data; too low; good")


def test_one_finding_speaks_for_itself() -> None:
    assert together([PENDING]) == PENDING
