"""What was measured of a candidate and of the champion, as judgement reads it. Pure."""

from collections.abc import Mapping
from typing import Any

from lakeward.api import gates as api
from lakeward.judgement import metric
from lakeward.judgement.decimals import decimal_of
from lakeward.kinds.modelpromotion.findings import Findings, Promotion
from lakeward.kinds.modelpromotion.standing import champion_gone
from lakeward.providers.databricks.registry import Version


def champion(obj: Promotion, found: Findings, asked: api.Metric) -> metric.Champion:
    """The champion with its readings of the metric; raises ValueError for a value that is no number."""
    number = found.alias(obj.spec.switch.aliases.champion)
    if number is not None:
        return metric.PresentChampion(version=number, readings=readings(found, asked, found.compared))
    return metric.ChampionGone() if champion_gone(obj, found) else metric.NoChampion()


def readings(found: Findings, asked: api.Metric, version: Version | None) -> tuple[metric.Reading, ...]:
    """The last reading on each dataset: a metric may have been logged step by step."""
    if version is None:
        return ()
    in_run = asked.from_ is api.MetricSource.RUN
    entries = found.run_metrics.get(version.run_id, ()) if in_run else version.metrics
    last: dict[tuple[str, str], Mapping[str, Any]] = {}
    for entry in sorted((e for e in entries if e.get("key") == asked.metric), key=_moment):
        last[_text(entry, "dataset_name"), _text(entry, "dataset_digest")] = entry
    return tuple(_reading(entry, version.created_by) for entry in last.values())


def _reading(entry: Mapping[str, Any], by: str) -> metric.Reading:
    return metric.Reading(
        value=decimal_of(entry.get("value", "")),
        dataset_name=_text(entry, "dataset_name"),
        dataset_digest=_text(entry, "dataset_digest"),
        by=by,
    )


def _moment(entry: Mapping[str, Any]) -> tuple[int, int]:
    return int(entry.get("step") or 0), int(entry.get("timestamp") or 0)


def _text(entry: Mapping[str, Any], key: str) -> str:
    return str(entry.get(key) or "")
