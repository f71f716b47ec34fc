from datetime import timedelta

import pytest

from lakeward.judgement.spans import show


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=45), "45s"),
        (timedelta(minutes=90), "90m"),
        (timedelta(hours=7), "7h"),
        (timedelta(hours=24), "1d"),
        (timedelta(hours=25), "25h"),
        (timedelta(days=7), "7d"),
        (timedelta(milliseconds=1500), "1s"),
    ],
)
def test_a_span_reads_as_a_manifest_writes_it(span: timedelta, text: str) -> None:
    assert show(span) == text
