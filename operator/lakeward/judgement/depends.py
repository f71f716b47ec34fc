"""The gate dependsOn: have the promotions that this one depends on brought the same source version home first?

One verdict speaks for all of them. Two promotions have the same source where the first one's target is what the second
one promotes from, where both promote the same version, or where both promote the same files. Knows no client and no
status: the kind reads, and tells the hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from lakeward.judgement.finding import Finding, together
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, not_judged, one_line
from lakeward.judgement.spans import show

NAME = "dependsOn"
_LONGEST_REASON = 200
_AT_ONCE = timedelta(0)
_NO_SOAKS: Mapping[str, timedelta] = MappingProxyType({})


class Progress(StrEnum):
    """Where a promotion stands. Stopped is what Blocked, Failed and Held have in common: it does not go on alone."""

    PROMOTED = "Promoted"
    ON_THE_WAY = "on the way"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Source:
    """What a promotion pins.

    model    full name of the model
    version  its number
    digest   of its files; empty where it is not known. Sources are equal where model and version are.
    """

    model: str
    version: int
    digest: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.model} version {self.version}"


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """A promotion that comes first.

    target_model  the model whose champion it moves
    source        what it pins now
    candidate     version of its target model that is the copy of that pin; None while there is none
    promoted      version of its target model that it promoted last; None if it never did
    progress      where it stands with the source it pins now: what was said about an older spec is on the way
    phase         where it stands, in its own word; empty where that is about an older spec
    message       why it has stopped, in its own words
    since         since when it is promoted; None where that is not known
    digest        of the files that it pins now; empty where it is not known, or is that of `source`
    """

    target_model: str
    source: Source
    candidate: int | None = None
    promoted: int | None = None
    progress: Progress
    phase: str = ""
    message: str = ""
    since: datetime | None = None
    digest: str = ""


@dataclass(frozen=True)
class _Soak:
    """For how long a dependency must be promoted, and what time it is."""

    lasts: timedelta
    now: datetime | None

    def end(self, found: Dependency) -> datetime | None:
        return None if found.since is None else found.since + self.lasts

    def over(self, found: Dependency) -> bool:
        """Where since or now is not known it is not over."""
        end = self.end(found)
        return self.lasts <= _AT_ONCE or (end is not None and self.now is not None and self.now >= end)


def evaluate(
    source: Source,
    dependencies: Mapping[str, Dependency | None],
    *,
    cycle: tuple[str, ...] | None = None,
    soaks: Mapping[str, timedelta] = _NO_SOAKS,
    now: datetime | None = None,
) -> Verdict:
    """The verdict on all dependencies by name. All are told; the worst one decides.

    source        what our promotion pins
    dependencies  the promotions that must come first; None for one that does not exist
    cycle         the way from our promotion back to itself, by `find_cycle`; then nothing else counts
    soaks         for how long a dependency must have been promoted, by name
    now           the hour; needed where there is a soak

    `next_at` is when the last soak ends, where nothing else is missing.
    """
    names = sorted(dependencies)
    if not names:
        return not_judged(NAME, NAME, Mode.ENFORCE, "spec.dependsOn names no promotion", cause=Cause.INVALID_GATE)
    lasting = {name: _Soak(soaks.get(name, _AT_ONCE), now) for name in names}
    findings = {name: _judged(source, name, dependencies[name], lasting[name]) for name in names}
    finding = _circle(cycle) if cycle else together(findings.values())
    return Verdict(
        name=NAME,
        type=NAME,
        stage=Stage.PRE_COPY,
        mode=Mode.ENFORCE,
        result=finding.result,
        observed=", ".join(f"{name} {_observed(source, dependencies[name])}" for name in names),
        required=f"{', '.join(_wanted(name, lasting[name]) for name in names)} Promoted with {source}",
        evidence=f"status of ModelPromotion {', '.join(names)}",
        message=finding.text,
        cause=finding.cause,
        next_at=None if cycle else _next_at(findings, dependencies, lasting),
    )


def find_cycle(name: str, edges: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The shortest way along dependsOn from a promotion back to itself, its name at both ends; None without one."""
    seen = {name}
    ways: list[tuple[str, ...]] = [(name,)]
    while ways:
        longer = []
        for way in ways:
            for follower in sorted(edges.get(way[-1], ())):
                if follower == name:
                    return (*way, name)
                if follower not in seen:
                    seen.add(follower)
                    longer.append((*way, follower))
        ways = longer
    return None


def _circle(cycle: tuple[str, ...]) -> Finding:
    text = f"spec.dependsOn runs in a circle, {' -> '.join(cycle)}, so none of them can be first; take one entry out"
    return Finding(Result.ERROR, Cause.DEPENDENCY_CYCLE, text)


def _judged(source: Source, name: str, found: Dependency | None, soak: _Soak) -> Finding:
    if found is None:
        text = f"there is no ModelPromotion {name} in this namespace; create it, or take it out of spec.dependsOn"
        return Finding(Result.PENDING, Cause.DEPENDENCY_NOT_FOUND, text)
    if _unrelated(source, found):
        text = (
            f"{name} promotes {found.source.model} to {found.target_model}, and {source.model} is neither;"
            " depend on a promotion that makes or shares spec.source"
        )
        return Finding(Result.ERROR, Cause.UNRELATED, text)
    return _related(source, name, found, soak)


def _related(source: Source, name: str, found: Dependency, soak: _Soak) -> Finding:
    reason = f": {one_line(found.message, _LONGEST_REASON)}" if found.message else ""
    where = f"{name} is at {_at(source, found)}, needs {source.version}"
    if _same(source, found, found.candidate):
        where = f"{name} is not Promoted with {source} yet"
    match found.progress:
        case Progress.PROMOTED if not _same(source, found, found.promoted):
            return Finding(Result.PENDING, Cause.DEPENDENCY_PENDING, where)
        case Progress.PROMOTED if not soak.over(found):
            text = f"{name} is Promoted with {source}, but not for {show(soak.lasts)} yet"
            return Finding(Result.PENDING, Cause.SOAKING, text)
        case Progress.PROMOTED:
            return Finding(Result.PASS, None, f"{name} is Promoted with {source}")
        case Progress.STOPPED if _same(source, found, found.candidate):
            text = f"{name} has stopped with {source}{reason}; put that right first"
            return Finding(Result.FAIL, Cause.DEPENDENCY_STOPPED, text)
        case _:
            return Finding(
                Result.PENDING, Cause.DEPENDENCY_PENDING, f"{where}, and is {found.phase or found.progress}{reason}"
            )


def _unrelated(source: Source, found: Dependency) -> bool:
    return source.model not in (found.target_model, found.source.model) and not _same_files(source, found)


def _same(source: Source, found: Dependency, version: int | None) -> bool:
    """Whether that version of its target, or what it pins, is our source."""
    made = found.target_model == source.model and version == source.version
    return made or found.source == source or _same_files(source, found)


def _same_files(source: Source, found: Dependency) -> bool:
    return source.digest != "" and source.digest == (found.digest or found.source.digest)


def _at(source: Source, found: Dependency) -> str:
    """The version of our source model that it stands at; of its own source where it shares the files only."""
    if found.target_model == source.model:
        return "no version" if found.promoted is None else str(found.promoted)
    return str(found.source.version)


def _observed(source: Source, found: Dependency | None) -> str:
    if found is None:
        return "absent"
    if _unrelated(source, found):
        return "unrelated"
    return f"at {_at(source, found)} {found.progress}"


def _wanted(name: str, soak: _Soak) -> str:
    return name if soak.lasts <= _AT_ONCE else f"{name} (for {show(soak.lasts)})"


def _next_at(
    findings: Mapping[str, Finding], dependencies: Mapping[str, Dependency | None], lasting: Mapping[str, _Soak]
) -> datetime | None:
    missing = [name for name, finding in findings.items() if finding.result is not Result.PASS]
    if any(findings[name].cause is not Cause.SOAKING for name in missing):
        return None
    ends = [end for name in missing if (found := dependencies[name]) and (end := lasting[name].end(found))]
    return max(ends, default=None) if len(ends) == len(missing) else None
