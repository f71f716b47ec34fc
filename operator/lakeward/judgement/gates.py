"""What one gate says and what all gates say together.

A gate judges a move: may this version become the champion? It passes, fails, waits or cannot be judged; data that is
missing is never a pass. All gates are evaluated and all are reported. Knows no gate type, no client and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum

LONGEST_FIELD = 500
LONGEST_MESSAGE = 1000


class Result(StrEnum):
    """What a gate says; `worst` knows their order."""

    PASS = "Pass"  # noqa: S105 - a verdict, not a password
    FAIL = "Fail"
    PENDING = "Pending"
    ERROR = "Error"


class Stage(StrEnum):
    """What a gate must precede: the copy into the target model, or the switch of the champion alias."""

    PRE_COPY = "PreCopy"
    PRE_SWITCH = "PreSwitch"


class Mode(StrEnum):
    """Enforce stops the move unless the gate passes; Warn only reports."""

    ENFORCE = "Enforce"
    WARN = "Warn"


class Cause(StrEnum):
    """Why a verdict is not a plain pass: the word for programs, so that nobody reads messages."""

    # any gate
    GATE_ERROR = "GateError"
    INVALID_GATE = "InvalidGate"
    UNKNOWN_GATE_TYPE = "UnknownGateType"
    NOT_READ = "NotRead"
    BYPASSED = "Bypassed"
    POLICY_VIOLATION = "PolicyViolation"
    # Ready
    NOT_READY = "NotReady"
    REGISTRATION_FAILED = "RegistrationFailed"
    VERSION_NOT_FOUND = "VersionNotFound"
    UNKNOWN_STATUS = "UnknownStatus"
    # Metric
    MISSING = "Missing"
    NOT_FINITE = "NotFinite"
    OUT_OF_BOUNDS = "OutOfBounds"
    AMBIGUOUS = "Ambiguous"
    DATASET_MISMATCH = "DatasetMismatch"
    NO_CHAMPION = "NoChampion"
    CHAMPION_GONE = "ChampionGone"
    MISSING_ON_CHAMPION = "MissingOnChampion"
    # Digest
    DIGEST_MISMATCH = "DigestMismatch"
    # dependsOn
    DEPENDENCY_NOT_FOUND = "DependencyNotFound"
    DEPENDENCY_PENDING = "DependencyPending"
    DEPENDENCY_STOPPED = "DependencyStopped"
    DEPENDENCY_CYCLE = "DependencyCycle"
    UNRELATED = "Unrelated"
    # dependsOn and SourceAlias
    SOAKING = "Soaking"
    # SourceAlias
    ALIAS_ELSEWHERE = "AliasElsewhere"
    # Window
    WINDOW_CLOSED = "WindowClosed"
    NO_ZONE_DATA = "NoZoneData"
    # Approval
    NOT_IN_CLUSTER = "NotInCluster"
    IDENTITY_NOT_ENFORCED = "IdentityNotEnforced"
    CREATOR_UNMAPPED = "CreatorUnmapped"
    NEED_MORE = "NeedMore"
    REJECTED = "Rejected"
    # Job
    JOB_NOT_STARTED = "JobNotStarted"
    JOB_RUNNING = "JobRunning"
    JOB_TIMEOUT = "JobTimeout"
    JOB_FAILED = "JobFailed"
    # Interface
    SIGNATURE_MISSING = "SignatureMissing"
    INPUT_EXAMPLE_MISSING = "InputExampleMissing"
    INCOMPATIBLE = "Incompatible"
    # Dependencies
    UNSAFE_REQUIREMENT = "UnsafeRequirement"
    DENIED = "Denied"
    UNPINNED = "Unpinned"


# A failure comes first: no repair of an error and no waiting can heal it.
WORST_FIRST = (Result.FAIL, Result.ERROR, Result.PENDING, Result.PASS)


def worst(results: Iterable[Result]) -> Result:
    """Fail before Error before Pending before Pass; Pending where there is none, for nothing is known yet."""
    found = set(results)
    return next((result for result in WORST_FIRST if result in found), Result.PENDING)


def one_line(text: str, longest: int = LONGEST_FIELD) -> str:
    """The text as one printable line of bounded length: much of it was written by strangers."""
    spaced = " ".join(text.split())
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in spaced)
    return plain if len(plain) <= longest else plain[: longest - 1] + "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one gate says. Every string is made printable on one line when the verdict is made.

    name      name of the gate, unique in its promotion
    type      Ready, Metric, dependsOn, ...
    stage     what the gate must precede
    mode      whether it can stop the move
    result    Pass, Fail, Pending or Error
    observed  what was found: "0.861"
    required  what was asked for, never empty: ">= 0.82 and >= champion 0.849 + 0.005"
    evidence  where it was found and who vouches for it: "model_metrics f1_score, self-reported by ana@acme.example"
    message   why, and what a person can do; never empty, without the gate's name
    cause     the reason in one word; None where there is nothing to say but Pass
    next_at   the next known instant at which the result can change by time alone, in UTC; None where there is none
    """

    name: str
    type: str
    stage: Stage
    mode: Mode
    result: Result
    observed: str
    required: str
    evidence: str
    message: str
    cause: Cause | None = None
    next_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.next_at is not None:
            if self.next_at.tzinfo is None:
                raise ValueError(f"next_at of {self.name} has no zone")
            object.__setattr__(self, "next_at", self.next_at.astimezone(UTC))
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is str:
                object.__setattr__(self, field.name, one_line(value))


def not_judged(  # a gate that could not even be asked
    name: str,
    type_: str,
    mode: Mode,
    message: str,
    *,
    cause: Cause = Cause.GATE_ERROR,
    stage: Stage = Stage.PRE_COPY,
) -> Verdict:
    """Error for a gate whose reading failed, or (with `cause`) whose type is unknown: not passed, never left out."""
    return Verdict(
        name=name,
        type=type_,
        stage=stage,
        mode=mode,
        result=Result.ERROR,
        observed="nothing",
        required="a gate that can be evaluated",
        evidence="none",
        message=message,
        cause=cause,
    )


@dataclass(frozen=True)
class Tally:
    """How many gates passed, of how many; printed as 3/4."""

    passed: int
    total: int

    def __str__(self) -> str:
        return f"{self.passed}/{self.total}"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What all gates say together. Names are sorted, so that the order of the gates changes nothing.

    tally     gates that passed, of all that were evaluated, Warn gates included
    failed    names of the Enforce gates with Fail
    errors    names of the Enforce gates with Error
    pending   names of the Enforce gates with Pending
    warned    names of the Warn gates that did not pass, whatever they say
    blocking  worst result of the Enforce gates that count before this stage; the move goes on with Pass only
    message   one line: the tally, then who stands in the way and why
    """

    tally: Tally
    failed: tuple[str, ...]
    errors: tuple[str, ...]
    pending: tuple[str, ...]
    warned: tuple[str, ...]
    blocking: Result
    message: str


def decide(verdicts: Iterable[Verdict], before: Stage = Stage.PRE_SWITCH) -> Decision:
    """The decision whether the move may go on.

    Before the switch every Enforce gate counts; before the copy only those of stage PreCopy do, since the others need
    the copy. All are reported either way. Without any Enforce verdict the answer is Pending, never Pass: the gate
    Ready belongs to every promotion, so a list without it was not evaluated.
    """
    ordered = sorted(verdicts, key=_order)
    enforced = [v for v in ordered if v.mode is Mode.ENFORCE]
    counted = [v.result for v in enforced if before is Stage.PRE_SWITCH or v.stage is Stage.PRE_COPY]
    tally = Tally(sum(v.result is Result.PASS for v in ordered), len(ordered))
    groups = {
        "failed": _with(enforced, Result.FAIL),
        "in error": _with(enforced, Result.ERROR),
        "waiting": _with(enforced, Result.PENDING),
        "warned": [v for v in ordered if v.mode is Mode.WARN and v.result is not Result.PASS],
    }
    failed, errors, pending, warned = (tuple(v.name for v in group) for group in groups.values())
    return Decision(
        tally=tally,
        failed=failed,
        errors=errors,
        pending=pending,
        warned=warned,
        blocking=worst(counted),
        message=_message(tally, groups, evaluated=bool(enforced)),
    )


def _order(verdict: Verdict) -> tuple[str, ...]:
    # all fields, for two gates of one name must not make the answer depend on their order
    return tuple(str(getattr(verdict, field.name)) for field in fields(verdict))


def _with(verdicts: list[Verdict], result: Result) -> list[Verdict]:
    return [v for v in verdicts if v.result is result]


def _message(tally: Tally, groups: dict[str, list[Verdict]], *, evaluated: bool) -> str:
    """The worst group is told with its messages, the others by name: who acts on the first comes back anyway."""
    parts = [str(tally)] if evaluated else [str(tally), "waiting: the gates were not evaluated yet"]
    told = False
    for word, group in groups.items():
        if group:
            parts.append(f"{word}: " + ", ".join(v.name if told else f"{v.name} ({v.message})" for v in group))
            told = True
    return one_line("; ".join(parts), LONGEST_MESSAGE)
