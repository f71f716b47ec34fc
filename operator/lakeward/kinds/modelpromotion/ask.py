"""Puts one gate's question to judgement: API and registry values become the values that judgement knows. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from lakeward.api import gates as api
from lakeward.api.gate_window import Window
from lakeward.engine.errors import Problem
from lakeward.engine.work import Running
from lakeward.judgement import approval, digest, interface, job, metric, ready, requirements, source_alias, tag, window
from lakeward.judgement.gates import Cause, Mode, Verdict, not_judged
from lakeward.kinds.modelpromotion.attempt import begun, identity, last_of, left_champion, subject
from lakeward.kinds.modelpromotion.evidence import champion, readings
from lakeward.kinds.modelpromotion.findings import Findings, Promotion, alias_only
from lakeward.kinds.modelpromotion.records import moment
from lakeward.providers.databricks.model_files import ModelFiles
from lakeward.providers.databricks.model_version import DIGEST

NO_TIME = timedelta()
Asked = Callable[[Promotion, Findings, api.Gate], Verdict]


def ask(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    """What the gate says now. Whatever cannot be judged is an Error of that gate."""
    return QUESTIONS[gate.type](obj, found, gate)


def late(obj: Promotion, found: Findings) -> bool:
    """Whether what is missing has been waited for long enough."""
    return found.now - begun(obj, found) > obj.spec.gate_policy.pending_deadline


def context(obj: Promotion, found: Findings) -> approval.Context:
    """What approvals of this attempt are held against."""
    return approval.Context(
        uid=obj.uid,
        subject=subject(obj, found),
        attempt=identity(obj, found),
        now=found.now,
        since=left_champion(obj, found),
        creator=found.votes.creator,
        identity=found.votes.identity,
    )


def approvals(obj: Promotion, found: Findings, gate: api.Gate, asked: api.Approval) -> approval.Judged:
    """Which approvals count for this gate, which do not, and what that makes of it."""
    wanted = approval.ApprovalGate(
        name=gate.name,
        min_approvals=asked.min_approvals,
        groups=asked.approvers.groups,
        users=asked.approvers.users,
        not_by_creator=api.NotBy.SOURCE_MODEL_CREATOR in asked.not_by,
        expires_after=asked.expires_after,
        mode=Mode(gate.mode),
    )
    return approval.evaluate(wanted, found.votes.given, context(obj, found))


def source_ready(obj: Promotion, found: Findings, name: str, mode: Mode) -> Verdict:
    """Whether the pinned version is registered."""
    source = obj.spec.source
    gate = ready.ReadyGate(model=source.model, version=source.version, name=name, mode=mode)
    made = datetime.fromtimestamp(found.source.created_at / 1000, UTC) if found.source else found.now
    over = found.now - made > obj.spec.gate_policy.pending_deadline
    return ready.evaluate(gate, found.source.status if found.source else None, deadline_over=over)


def digest_of(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    """Whether the files are those that were pinned, and the copy is what was read."""
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


def _ready(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    return source_ready(obj, found, gate.name, Mode(gate.mode))


def _metric(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    asked = gate.metric
    assert asked is not None  # noqa: S101 - the API gives each type its member
    try:
        candidate = readings(found, asked, found.source)
        base = champion(obj, found, asked)
    except ValueError as error:
        return not_judged(gate.name, str(gate.type), Mode(gate.mode), f"{asked.metric}: {error}")
    return metric.evaluate(_metric_gate(gate, asked), candidate, base, deadline_over=late(obj, found))


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


def _tag(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    asked, source = gate.tag, obj.spec.source
    assert asked is not None  # noqa: S101 - the API gives each type its member
    wanted = tag.TagGate(name=gate.name, key=asked.key, values=asked.in_, mode=Mode(gate.mode))
    tags = found.source.tags if found.source else None
    return tag.evaluate(wanted, f"{source.model} version {source.version}", tags, deadline_over=late(obj, found))


def _interface(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:  # noqa: ARG001 - one signature for all
    asked = gate.interface
    assert asked is not None  # noqa: S101 - the API gives each type its member
    wanted = interface.InterfaceGate(
        name=gate.name,
        signature=asked.signature is api.Needed.REQUIRED,
        input_example=asked.input_example is api.Needed.REQUIRED,
        backward=asked.compatible_with_champion is api.Compatibility.BACKWARD,
        mode=Mode(gate.mode),
    )
    if found.champion is not None and wanted.backward and "champion" not in found.files:
        text = f"the files of the champion, version {found.champion.version}, cannot be read while it is not ready"
        return not_judged(gate.name, str(gate.type), Mode(gate.mode), text)
    try:
        mine, base = (_face(found.files.get(name)) for name in ("source", "champion"))
    except (Problem, ValueError) as error:
        return not_judged(gate.name, str(gate.type), Mode(gate.mode), str(error))
    return interface.evaluate(wanted, mine, base)


def _face(files: ModelFiles | Problem | None) -> interface.Interface | None:
    """What the files say of inputs and outputs. Raises what kept them from being read, or ValueError."""
    if isinstance(files, Problem):
        raise files
    if files is None:
        return None
    signature = files.mlmodel.get("signature")
    if signature and not isinstance(signature, Mapping):
        raise ValueError("the signature in MLmodel has no inputs and outputs")
    parsed = interface.parse(signature.get("inputs"), signature.get("outputs")) if signature else None
    return interface.Interface(parsed, files.has_example)


def _dependencies(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:  # noqa: ARG001 - one signature for all
    asked, files = gate.dependencies, found.files.get("source")
    assert asked is not None  # noqa: S101 - the API gives each type its member
    if isinstance(files, Problem):
        return not_judged(gate.name, str(gate.type), Mode(gate.mode), files.text)
    pinned = asked.pinned is api.Needed.REQUIRED
    wanted = requirements.DependenciesGate(name=gate.name, pinned=pinned, deny=asked.deny, mode=Mode(gate.mode))
    return requirements.evaluate(wanted, files.requirements if files else None)


def _job(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:  # noqa: ARG001 - one signature for all
    asked, seen = gate.job, found.jobs.get(gate.name)
    assert asked is not None  # noqa: S101 - the API gives each type its member
    wanted = job.JobGate(name=gate.name, job=asked.job_ref.name, timeout=asked.timeout, mode=Mode(gate.mode))
    if seen is None:
        return job.evaluate(wanted, None, waits="promotions.jobs of the MLWorkspace does not name this job")
    if isinstance(seen, Problem):
        return not_judged(gate.name, str(gate.type), Mode(gate.mode), seen.text)
    if seen.job is None:
        text = f"the job that promotions.jobs names as {asked.job_ref.name} does not exist"
        return not_judged(gate.name, str(gate.type), Mode(gate.mode), text, cause=Cause.INVALID_GATE)
    if seen.run is None:
        return job.evaluate(wanted, None)
    began = datetime.fromtimestamp(seen.run.started_at / 1000, UTC)
    run = job.Run(seen.run.id, seen.run.ended, seen.run.result, seen.run.url, seen.run.message)
    return job.evaluate(wanted, run, overdue=found.now - began > asked.timeout)


def _approval(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    assert gate.approval is not None  # noqa: S101 - the API gives each type its member
    return approvals(obj, found, gate, gate.approval).verdict


def _window(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:  # noqa: ARG001 - one signature for all
    assert gate.window is not None  # noqa: S101 - the API gives each type its member
    return window.evaluate(_window_gate(gate, gate.window), found.now)


def _window_gate(gate: api.Gate, asked: Window) -> window.WindowGate:
    local = datetime.fromisoformat
    return window.WindowGate(
        name=gate.name,
        timezone=asked.timezone,
        allow=tuple(window.Allow(a.schedule, a.duration) for a in asked.allow),
        deny=tuple(window.Deny(local(d.from_), local(d.to), d.reason or "") for d in asked.deny),
        mode=Mode(gate.mode),
    )


def _source_alias(obj: Promotion, found: Findings, gate: api.Gate) -> Verdict:
    asked, source = gate.source_alias, obj.spec.source
    assert asked is not None  # noqa: S101 - the API gives each type its member
    wanted = source_alias.SourceAliasGate(
        name=gate.name, model=source.model, alias=asked.alias, soak=asked.soak or NO_TIME, mode=Mode(gate.mode)
    )
    named = found.aliases.get(asked.alias)
    return source_alias.evaluate(wanted, source.version, named, first_sight(obj, found, gate), found.now)


def first_sight(obj: Promotion, found: Findings, gate: api.Gate) -> datetime | None:
    """Since when the alias has named the pinned version in our sight; None while it does not."""
    if gate.source_alias is None or found.aliases.get(gate.source_alias.alias) != obj.spec.source.version:
        return None
    rows = (row for row in obj.status.get("gates") or () if isinstance(row, Mapping) and row.get("name") == gate.name)
    known = moment(next(rows, {}).get("seen")) if last_of(obj).get("subject") == subject(obj, found) else None
    return known or found.now


QUESTIONS: Mapping[api.GateType, Asked] = {
    api.GateType.READY: _ready,
    api.GateType.METRIC: _metric,
    api.GateType.TAG: _tag,
    api.GateType.INTERFACE: _interface,
    api.GateType.DIGEST: digest_of,
    api.GateType.DEPENDENCIES: _dependencies,
    api.GateType.JOB: _job,
    api.GateType.APPROVAL: _approval,
    api.GateType.WINDOW: _window,
    api.GateType.SOURCE_ALIAS: _source_alias,
}
