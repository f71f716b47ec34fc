"""Pauses after failures."""

import pytest

from lakeward.engine.backoff import BASE, CAP, delay


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [
        (0, 0.0, 0.25),
        (1, 0.0, 0.25),
        (1, 1.0, 0.5),
        (2, 1.0, 1.0),
        (4, 0.5, 3.0),
        (11, 1.0, 300.0),
        (10_000, 0.0, 150.0),
    ],
)
def test_a_pause_doubles_up_to_the_cap(failures: int, chance: float, seconds: float) -> None:
    assert delay(failures, chance) == pytest.approx(seconds)


def test_a_pause_is_between_half_and_all_of_its_step() -> None:
    for failures in range(1, 40):
        whole = min(CAP, BASE * 2 ** (failures - 1))
        for chance in (0.0, 0.3, 0.999):
            assert whole / 2 <= delay(failures, chance) < whole
