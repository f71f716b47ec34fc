"""Puts a promotion's findings to its gates: API and registry values become the values that judgement knows. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from lakeward.api import gates as api
from lakeward.engine.conditions import find, is_true
from lakeward.engine.work import Running
from lakeward.judgement import depends, digest, metric, ready, tag
from lakeward.judgement.decimals import decimal_of
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, not_judged
from lakeward.kinds.modelpromotion.attempt import begun
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, alias_only
from lakeward.kinds.modelpromotion.standing import Standing, standing
from lakeward.providers.databricks.model_version import DIGEST
from lakeward.providers.databricks.registry import Version

SOURCE_GATE = "source-ready"
COPY_GATE = "copy-ready"
STOPPED = frozenset({"Blocked", "Failed", "Held"})


def judge(obj: Promotion, found: Findings) -> tuple[Verdict, ...]:
    """What every gate says now: those that each promotion has, then those of the spec, in their order."""
    return tuple(_verdicts(obj, found))


def _verdicts(obj: Promotion, found: Findings) -> Iterator[Verdict]:
    spec = obj.spec
    if standing(obj, found) is Standing.ROLLING_BACK:
        # the way back must not wait for what judges the way forward
        yield _source(obj, found, SOURCE_GATE, Mode.ENFORCE) if alias_only(spec) else _copy(obj, found)
        yield from (_digest(obj, found, gate) for gate in spec.gates if gate.digest is not None)
        return
    yield _source(obj, found, SOURCE_GATE, Mode.ENFORCE)
    if spec.depends_on:
        cycle = depends.find_cycle(obj.name, found.edges)
        facts = {name: _dependency(sibling) for name, sibling in found.siblings.items()}
        yield depends.evaluate(depends.Source(spec.source.model, spec.source.version), facts, cycle=cycle)
    for gate in spec.gates:
        yield _gate(obj, found, gate)
    if not alias_only(spec):
        yield _copy(obj, found)


def _gate(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    if gate.type is api.GateType.READY:
        return _source(obj, found, gate.name, Mode(gate.mode))
    if gate.metric is not None:
        return _metric(obj, found, gate, gate.metric)
    if gate.tag is not None:
        return _tag(obj, found, gate, gate.tag)
    return _digest(obj, found, gate)


def _metric(obj: Promotion, found: Findings, gate: api.Gate, asked: api.Metric) -> Verdict:
    try:
        candidate = _readings(found, asked, found.source)
        champion = _champion(obj, found, asked)
    except ValueError as error:
        return not_judged(gate.name, str(gate.type), Mode(gate.mode), f"{asked.metric}: {error}")
    late = _over(obj, begun(obj, found.now), found.now)
    return metric.evaluate(_metric_gate(gate, asked), candidate, champion, deadline_over=late)


def _tag(obj: Promotion, found: Findings, gate: api.Gate, asked: api.Tag) -> Verdict:
    source = obj.spec.source
    late = _over(obj, begun(obj, found.now), found.now)
    wanted = tag.TagGate(name=gate.name, key=asked.key, values=asked.in_, mode=Mode(gate.mode))
    tags = found.source.tags if found.source else None
    return tag.evaluate(wanted, f"{source.model} version {source.version}", tags, deadline_over=late)


def _digest(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    wanted = digest.DigestGate(name=gate.name, pin=obj.spec.source.digest, mode=Mode(gate.mode))
    copied = found.copy.tags.get(DIGEST, "") if found.copy and not alias_only(obj.spec) else ""
    read = found.read if isinstance(found.read, str) else ""
    return digest.evaluate(wanted, digest.Digests(copied=copied, read=read, awaited=_awaited(obj, found, gate)))


def _awaited(obj: Promotion, found: Findings, gate: api.Gate) -> str:
    """What this gate still waits for: the copy, or the reading back."""
    if found.copy is None:
        return "the files are hashed when they are copied"
    if isinstance(found.read, Running):
        return f"the files are read back: {found.read.progress}"
    wanted = alias_only(obj.spec) or (gate.digest is not None and gate.digest.verify_copy)
    return "the files are not read back while nothing may move" if wanted and found.read is None else ""


def _source(obj: Promotion, found: Findings, name: str, mode: Mode) -> Verdict:
    source = obj.spec.source
    gate = ready.ReadyGate(model=source.model, version=source.version, name=name, mode=mode)
    made = datetime.fromtimestamp(found.source.created_at / 1000, UTC) if found.source else found.now
    status = found.source.status if found.source else None
    return ready.evaluate(gate, status, deadline_over=_over(obj, made, found.now))


def _copy(obj: Promotion, found: Findings) -> Verdict:
    """The copy must be ready before the switch; until there is one this gate waits."""
    target = obj.spec.target.model
    if found.copy is not None:
        gate = ready.ReadyGate(model=target, version=found.copy.version, name=COPY_GATE, stage=Stage.PRE_SWITCH)
        return ready.evaluate(gate, found.copy.status, deadline_over=False)
    return Verdict(
        name=COPY_GATE,
        type="Ready",
        stage=Stage.PRE_SWITCH,
        mode=Mode.ENFORCE,
        result=Result.PENDING,
        observed="absent",
        required="READY",
        evidence=f"versions of {target}",
        message="is copied when the gates before it pass",
        cause=Cause.NOT_READY,
    )


def _over(obj: Promotion, since: datetime, now: datetime) -> bool:
    deadline: timedelta = obj.spec.gate_policy.pending_deadline
    return now - since > deadline


def _metric_gate(gate: api.Gate, asked: api.Metric) -> metric.MetricGate:
    versus = asked.vs_champion or api.VersusChampion.model_construct()
    return metric.MetricGate(
        name=gate.name,
        mode=Mode(gate.mode),
        source=metric.MetricSource(asked.from_),
        metric=asked.metric,
        dataset=asked.dataset,
        min=asked.min,
        max=asked.max,
        min_absolute_change=versus.min_absolute_change,
        min_relative_change=versus.min_relative_change,
        max_absolute_increase=versus.max_absolute_increase,
        max_relative_increase=versus.max_relative_increase,
        on_no_champion=metric.WhenMissing(versus.on_no_champion),
        on_missing=metric.WhenMissing(versus.on_missing),
    )


def _champion(obj: Promotion, found: Findings, asked: api.Metric) -> metric.Champion:
    number = found.alias(obj.spec.switch.aliases.champion)
    if number is not None:
        return metric.PresentChampion(version=number, readings=_readings(found, asked, found.compared))
    promoted = found.record is not None or bool((obj.status.get("promoted") or {}).get("version"))
    return metric.ChampionGone() if promoted else metric.NoChampion()


def _readings(found: Findings, asked: api.Metric, version: Version | None) -> tuple[metric.Reading, ...]:
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


def _dependency(sibling: Promotion | None) -> depends.Dependency | None:
    if sibling is None:
        return None
    source, status = sibling.spec.source, sibling.status
    promoted = status.get("promoted") or {}
    return depends.Dependency(
        target_model=sibling.spec.target.model,
        source=depends.Source(source.model, source.version),
        candidate=_number((status.get("summary") or {}).get("candidate")),
        promoted=_number(promoted.get("version")),
        progress=_progress(sibling),
        message=str((find(status, "Ready") or {}).get("message", "")),
    )


def _progress(sibling: Promotion) -> depends.Progress:
    status = sibling.status
    if sibling.deleting or status.get("observedGeneration") != sibling.generation:
        # what it says is about an older wish
        return depends.Progress.ON_THE_WAY
    if status.get("phase") == "Promoted" and is_true(status, "Ready"):
        return depends.Progress.PROMOTED
    return depends.Progress.STOPPED if status.get("phase") in STOPPED else depends.Progress.ON_THE_WAY


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() else None
