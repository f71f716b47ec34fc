"""The grammar of the marker, and which versions are as asked."""

from collections.abc import Mapping
from typing import Any

import pytest

from lakeward.cli.propose_policy import LONGEST, PolicyError, parse
from lakeward.providers.databricks.registry import Version

Entry = Mapping[str, Any]


def entry(value: object, dataset: str = "", step: int = 0, key: str = "f1") -> Entry:
    return {
        "key": key,
        "value": value,
        "dataset_name": dataset,
        "dataset_digest": dataset,
        "step": step,
        "timestamp": 1,
    }


def version(*metrics: Entry, **tags: str) -> Version:
    return Version(
        model="a.b.c",
        version=18,
        status="READY",
        source="",
        run_id="",
        model_id="",
        created_by="ana",
        created_at=0,
        tags=tags,
        metrics=metrics,
    )


GOOD = version(entry(0.9, "holdout"), entry(120, key="p95_ms"), status="passed", stage="3", owner="team a's")


@pytest.mark.parametrize(
    "text",
    [
        "latest",
        "  latest ",
        "latest where status=passed",
        "latest where status = 'passed'",
        "latest where status in (waived, passed)",
        "latest where status in(passed)",
        "latest where stage='3'",
        "latest where stage in (2, 3)",
        "latest where owner='team a''s'",
        "latest where 'status'=passed and f1>=0.9",
        "latest where f1>=.9 and f1<=9e-1 and f1=0.90 and f1>0.8999 and f1<1",
        "latest where p95_ms<=120",
    ],
)
def test_a_version_is_as_asked(text: str) -> None:
    assert parse(text).unmet(GOOD) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("latest where status=failed", "the tag status is passed, not failed"),
        ("latest where status in (failed, waived)", "the tag status is passed, not failed or waived"),
        ("latest where other=x", "the tag other is absent"),
        ("latest where f1>0.9", "f1 0.9 on holdout is not > 0.9"),
        ("latest where p95_ms<120", "p95_ms 120 is not < 120"),
        ("latest where f1=1", "f1 0.9 on holdout is not = 1"),
        ("latest where recall>=0", "the metric recall is absent"),
        ("latest where stage=3", "the metric stage is absent"),
        ("latest where status=passed and f1<=0.5 and other=x", "f1 0.9 on holdout is not <= 0.5"),
    ],
)
def test_a_version_is_not_as_asked_and_it_says_why(text: str, why: str) -> None:
    assert parse(text).unmet(GOOD) == why


@pytest.mark.parametrize(
    ("metrics", "why"),
    [
        ([entry(0.9, "a"), entry(0.7, "b")], "f1 0.7 on b is not >= 0.8"),
        ([entry(0.7, "a", step=1), entry(0.9, "a", step=2)], ""),
        ([entry(0.9, "a", step=1), entry(0.7, "a", step=2)], "f1 0.7 on a is not >= 0.8"),
        ([entry("NaN")], "f1 NaN is not >= 0.8"),
        ([entry("Infinity")], "f1 Infinity is not >= 0.8"),
        ([entry(None)], 'the metric f1: "" is no number'),
        ([entry("0.9")], ""),
    ],
)
def test_a_metric_holds_on_every_dataset_or_not_at_all(metrics: list[Entry], why: str) -> None:
    assert parse("latest where f1>=0.8").unmet(version(*metrics)) == why


def test_numbers_are_compared_as_they_are_written() -> None:
    assert parse("latest where f1>=0.1").unmet(version(entry(0.1))) == ""
    assert parse("latest where f1>=0.10000000000000001").unmet(version(entry(0.1))) != ""


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("", 0, "expected latest, found the end"),
        ("newest", 0, "expected latest, found newest"),
        ("latest if", 7, "expected where, found if"),
        ("latest where", 12, "expected the name of a tag or a metric, found the end"),
        ("latest where a", 14, "expected in or one of >= > <= < =, found the end"),
        ("latest where a=", 15, "expected a value or a decimal, found the end"),
        ("latest where a=b c=d", 17, "expected and, found c"),
        ("latest where a=b and", 20, "expected the name of a tag or a metric, found the end"),
        ("latest where a>=b", 16, "expected a decimal, found b"),
        ("latest where a>='1'", 16, "expected a decimal, found '1'"),
        ("latest where a in b", 18, "expected (, found b"),
        ("latest where a in (b", 20, "expected ), found the end"),
        ("latest where a in ()", 19, "expected a value, found )"),
        ("latest where a in (b,)", 21, "expected a value, found )"),
        ("latest where a == b", 16, "expected a value or a decimal, found ="),
        ("latest where a != b", 15, "! has no meaning here; names and values with it go in single quotes"),
        ("latest where a='b", 15, "' has no meaning here; names and values with it go in single quotes"),
        ("latest where where=x", 13, "expected the name of a tag or a metric, found where: write it in single quotes"),
        ("latest where a=and", 15, "expected a value or a decimal, found and: write it in single quotes"),
        ("latest where 3=3", 13, "expected the name of a tag or a metric, found 3: write it in single quotes"),
        ("latest where a>=1e999", 16, '"1e999" is out of the range of a metric'),
        ("latest where a 'in' (b)", 15, "expected in or one of >= > <= < =, found 'in'"),
        ("latest where a=b or c=d", 17, "expected and, found or"),
        (f"latest where {' and '.join(['a=b'] * 21)}", 169, "a policy has at most 20 conditions"),
        ("l" * (LONGEST + 1), LONGEST, "a policy has at most 1000 characters"),
    ],
)
def test_what_is_no_policy_is_told_with_its_place(text: str, at: int, says: str) -> None:
    with pytest.raises(PolicyError) as error:
        parse(text)
    assert (error.value.at, str(error.value)) == (at, says)
