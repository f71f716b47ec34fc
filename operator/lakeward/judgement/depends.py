"""The gate dependsOn: have the promotions that this one depends on brought the same source version home first?

One verdict speaks for all of them. Two promotions have the same source where the first one's target is what the second
one promotes from, or where both promote the same version. Knows no client, no clock and no status: the kind reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lakeward.judgement.finding import Finding, together
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, not_judged, one_line

NAME = "dependsOn"
_LONGEST_REASON = 200


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
    """

    model: str
    version: int

    def __str__(self) -> str:
        return f"{self.model} version {self.version}"


@dataclass(frozen=True, kw_only=True)
class Dependency:
    """A promotion that comes first.

    target_model  the model whose champion it moves
    source        what it pins now
    candidate     version of its target model that is the copy of that pin; None while there is none, or none is known
    promoted      version of its target model that it promoted last; None if it never did
    progress      where it stands with the source it pins now: what was said about an older spec is on the way
    message       why it stands there, in its own words
    """

    target_model: str
    source: Source
    candidate: int | None = None
    promoted: int | None = None
    progress: Progress
    message: str = ""


def evaluate(
    source: Source, dependencies: Mapping[str, Dependency | None], *, cycle: tuple[str, ...] | None = None
) -> Verdict:
    """The verdict on all dependencies by name. All are told; the worst one decides.

    source        what our promotion pins
    dependencies  the promotions that must come first; None for one that does not exist
    cycle         the way from our promotion back to itself, by `find_cycle`; then nothing else counts
    """
    names = sorted(dependencies)
    if not names:
        return not_judged(NAME, NAME, Mode.ENFORCE, "spec.dependsOn names no promotion", cause=Cause.INVALID_GATE)
    finding = _circle(cycle) if cycle else together(_judged(source, name, dependencies[name]) for name in names)
    return Verdict(
        name=NAME,
        type=NAME,
        stage=Stage.PRE_COPY,
        mode=Mode.ENFORCE,
        result=finding.result,
        observed=", ".join(f"{name} {_observed(source, dependencies[name])}" for name in names),
        required=f"{', '.join(names)} Promoted with {source}",
        evidence=f"status of ModelPromotion {', '.join(names)}",
        message=finding.text,
        cause=finding.cause,
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


def _judged(source: Source, name: str, found: Dependency | None) -> Finding:
    if found is None:
        text = f"there is no ModelPromotion {name} in this namespace; create it, or take it out of spec.dependsOn"
        return Finding(Result.PENDING, Cause.DEPENDENCY_NOT_FOUND, text)
    if source.model not in (found.target_model, found.source.model):
        text = (
            f"{name} promotes {found.source.model} to {found.target_model}, and {source.model} is neither;"
            " depend on a promotion that makes or shares spec.source"
        )
        return Finding(Result.ERROR, Cause.UNRELATED, text)
    return _related(source, name, found)


def _related(source: Source, name: str, found: Dependency) -> Finding:
    reason = f": {one_line(found.message, _LONGEST_REASON)}" if found.message else ""
    where = f"{name} is at {_at(source, found)}, needs {source.version}"
    match found.progress:
        case Progress.PROMOTED if _same(source, found, found.promoted):
            return Finding(Result.PASS, None, f"{name} is Promoted with {source}")
        case Progress.PROMOTED:
            return Finding(Result.PENDING, Cause.DEPENDENCY_PENDING, where)
        case Progress.STOPPED if _same(source, found, _pursued(found)):
            text = f"{name} has stopped with {source}{reason}; put that right first"
            return Finding(Result.FAIL, Cause.DEPENDENCY_STOPPED, text)
        case _:
            return Finding(Result.PENDING, Cause.DEPENDENCY_PENDING, f"{where}, and is {found.progress}{reason}")


def _same(source: Source, found: Dependency, version: int | None) -> bool:
    """Whether that version of its target, or what it pins, is our source."""
    return found.source == source or (found.target_model == source.model and version == source.version)


def _pursued(found: Dependency) -> int | None:
    """The version of its target model that it stopped with."""
    return found.promoted if found.candidate is None else found.candidate


def _at(source: Source, found: Dependency) -> str:
    """The version of our source model that it stands at."""
    if found.target_model == source.model:
        return "no version" if found.promoted is None else str(found.promoted)
    return str(found.source.version)


def _observed(source: Source, found: Dependency | None) -> str:
    if found is None:
        return "absent"
    if source.model not in (found.target_model, found.source.model):
        return "unrelated"
    return f"at {_at(source, found)} {found.progress}"
