"""The gate dependsOn, rule by rule."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.depends import Dependency, Progress, Source, evaluate, find_cycle
from lakeward.judgement.gates import Cause, Mode, Result, Stage

PROMOTED, ON_THE_WAY, STOPPED = Progress
MODEL, DEV, PROD = "staging.churn.classifier", "dev.churn.classifier", "prod.churn.classifier"
OURS = Source(MODEL, 17)


def before(promoted: int | None, progress: Progress, *, candidate: int | None = None) -> Dependency:
    """The promotion that makes the versions that we promote; it pins version 40 of another model."""
    return Dependency(
        target_model=MODEL,
        source=Source(DEV, 40),
        candidate=candidate,
        promoted=promoted,
        progress=progress,
        message="f1_score 0.8 is not >= 0.82",
    )


def beside(version: int, progress: Progress) -> Dependency:
    """A promotion of the same model to another place; it has promoted version 3 there."""
    return Dependency(target_model=PROD, source=Source(MODEL, version), promoted=3, progress=progress)


def alias_only(version: int, promoted: int | None, progress: Progress) -> Dependency:
    return Dependency(target_model=MODEL, source=Source(MODEL, version), promoted=promoted, progress=progress)


class Rule(NamedTuple):
    found: Dependency | None
    result: Result
    cause: Cause | None
    told: str


WAITS, STOPS = Cause.DEPENDENCY_PENDING, Cause.DEPENDENCY_STOPPED
RULES = {
    "absent": Rule(None, Result.PENDING, Cause.DEPENDENCY_NOT_FOUND, "there is no ModelPromotion first"),
    "unrelated": Rule(
        Dependency(target_model="a.b.c", source=Source("d.e.f", 17), promoted=17, progress=PROMOTED),
        Result.ERROR,
        Cause.UNRELATED,
        "first promotes d.e.f to a.b.c, and staging.churn.classifier is neither",
    ),
    "made it": Rule(before(17, PROMOTED), Result.PASS, None, "is Promoted with staging.churn.classifier version 17"),
    "made an older one": Rule(before(16, PROMOTED), Result.PENDING, WAITS, "first is at 16, needs 17"),
    "made a newer one": Rule(before(18, PROMOTED), Result.PENDING, WAITS, "first is at 18, needs 17"),
    "has made none": Rule(
        before(None, ON_THE_WAY), Result.PENDING, WAITS, "at no version, needs 17, and is on the way"
    ),
    "is making it": Rule(before(16, ON_THE_WAY, candidate=17), Result.PENDING, WAITS, "on the way: f1_score 0.8"),
    "leaves it again": Rule(before(17, ON_THE_WAY, candidate=18), Result.PENDING, WAITS, "is on the way"),
    "stopped with it": Rule(
        before(17, STOPPED, candidate=17), Result.FAIL, STOPS, "version 17: f1_score 0.8 is not >= 0.82; put"
    ),
    "stopped with its copy": Rule(before(16, STOPPED, candidate=17), Result.FAIL, STOPS, "has stopped with"),
    "stopped before its copy": Rule(before(17, STOPPED), Result.PENDING, WAITS, "at 17, needs 17, and is stopped"),
    "is in a phase": Rule(
        replace(before(16, ON_THE_WAY, candidate=17), phase="Copying"),
        Result.PENDING,
        WAITS,
        "first is not Promoted with staging.churn.classifier version 17 yet, and is Copying",
    ),
    "stopped with an older one": Rule(before(16, STOPPED), Result.PENDING, WAITS, "at 16, needs 17, and is stopped"),
    "stopped with a newer one": Rule(before(17, STOPPED, candidate=18), Result.PENDING, WAITS, "and is stopped: f1"),
    "stopped before any": Rule(before(None, STOPPED), Result.PENDING, WAITS, "at no version, needs 17"),
    "promoted the same": Rule(beside(17, PROMOTED), Result.PASS, None, "is Promoted with"),
    "promoted another": Rule(beside(16, PROMOTED), Result.PENDING, WAITS, "first is at 16, needs 17"),
    "promotes the same": Rule(beside(17, ON_THE_WAY), Result.PENDING, WAITS, "is on the way"),
    "stopped with the same": Rule(beside(17, STOPPED), Result.FAIL, STOPS, "has stopped with"),
    "stopped with another": Rule(beside(16, STOPPED), Result.PENDING, WAITS, "at 16, needs 17, and is stopped"),
    "the number of the other model": Rule(
        Dependency(target_model=PROD, source=Source(MODEL, 3), promoted=17, progress=PROMOTED),
        Result.PENDING,
        WAITS,
        "first is at 3, needs 17",
    ),
    "the number of its source": Rule(
        Dependency(target_model=MODEL, source=Source(DEV, 17), promoted=3, progress=PROMOTED),
        Result.PENDING,
        WAITS,
        "first is at 3, needs 17",
    ),
    "moved the alias to it": Rule(alias_only(17, 17, PROMOTED), Result.PASS, None, "is Promoted with"),
    "moved the alias elsewhere": Rule(alias_only(16, 16, PROMOTED), Result.PENDING, WAITS, "at 16, needs 17"),
    "stopped moving the alias": Rule(alias_only(17, 16, STOPPED), Result.FAIL, STOPS, "has stopped with"),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_each_rule_has_its_verdict(rule: Rule) -> None:
    found = evaluate(OURS, {"first": rule.found})
    assert (found.result, found.cause) == (rule.result, rule.cause), found.message
    assert rule.told in found.message
    assert_well_said(found)


def test_the_verdict_says_what_was_looked_at() -> None:
    found = evaluate(OURS, {"churn-test": before(16, ON_THE_WAY), "churn-dev": None})
    assert (found.name, found.type, found.mode, found.stage) == (
        "dependsOn",
        "dependsOn",
        Mode.ENFORCE,
        Stage.PRE_COPY,
    )
    assert found.observed == "churn-dev absent, churn-test at 16 on the way"
    assert found.required == "churn-dev, churn-test Promoted with staging.churn.classifier version 17"
    assert found.evidence == "status of ModelPromotion churn-dev, churn-test"


def test_of_several_the_worst_decides_and_all_are_told() -> None:
    found = evaluate(
        OURS,
        {
            "a": before(17, PROMOTED),
            "b": beside(16, PROMOTED),
            "c": Dependency(target_model="x", source=Source("y", 1), progress=PROMOTED),
            "d": beside(17, STOPPED),
        },
    )
    assert (found.result, found.cause) == (Result.FAIL, Cause.DEPENDENCY_STOPPED)
    assert [text.split()[0] for text in found.message.split("; ") if text[0] in "abcd"] == [
        "d",
        "c",
        "depend",
        "b",
        "a",
    ]


def test_all_must_be_promoted() -> None:
    assert evaluate(OURS, {"a": before(17, PROMOTED), "b": beside(17, PROMOTED)}).result is Result.PASS


def test_without_a_dependency_there_is_nothing_to_pass() -> None:
    found = evaluate(OURS, {})
    assert (found.name, found.result, found.cause) == ("dependsOn", Result.ERROR, Cause.INVALID_GATE)
    assert_well_said(found)


def test_in_a_circle_nothing_else_counts() -> None:
    found = evaluate(OURS, {"b": beside(17, STOPPED), "c": beside(17, PROMOTED)}, cycle=("a", "b", "a"))
    assert (found.result, found.cause) == (Result.ERROR, Cause.DEPENDENCY_CYCLE)
    assert "a -> b -> a" in found.message
    assert_well_said(found)


def test_a_long_story_of_one_dependency_leaves_room_for_the_others() -> None:
    chatty = Dependency(target_model=MODEL, source=Source(DEV, 1), progress=ON_THE_WAY, message="x" * 5000)
    assert "there is no ModelPromotion b" in evaluate(OURS, {"a": chatty, "b": None}).message


HOUR = timedelta(hours=1)
NOON = datetime(2026, 8, 24, 12, tzinfo=UTC)
DAY = {"first": 24 * HOUR}


def since(hours: int, found: Dependency | None = None) -> Dependency:
    """A dependency that has been promoted for so many hours, with our source if no other is given."""
    return replace(found or before(17, PROMOTED), since=NOON - hours * HOUR)


class Soak(NamedTuple):
    found: Dependency
    cause: Cause | None
    told: str
    next_at: datetime | None = None


SOAKING = "first is Promoted with staging.churn.classifier version 17, but not for 1d yet"
SOAKS = {
    "just promoted": Soak(since(0), Cause.SOAKING, SOAKING, NOON + 24 * HOUR),
    "an hour is missing": Soak(since(23), Cause.SOAKING, SOAKING, NOON + HOUR),
    "long enough": Soak(since(24), None, "is Promoted with"),
    "nobody knows since when": Soak(before(17, PROMOTED), Cause.SOAKING, SOAKING),
    "another version for long enough": Soak(since(99, before(16, PROMOTED)), WAITS, "first is at 16, needs 17"),
    "on the way again": Soak(since(99, before(17, ON_THE_WAY)), WAITS, "and is on the way"),
    "the same source": Soak(since(1, beside(17, PROMOTED)), Cause.SOAKING, SOAKING, NOON + 23 * HOUR),
}


@pytest.mark.parametrize("rule", SOAKS.values(), ids=SOAKS)
def test_a_soak_is_waited_for(rule: Soak) -> None:
    found = evaluate(OURS, {"first": rule.found}, soaks=DAY, now=NOON)
    assert found.result is (Result.PENDING if rule.cause else Result.PASS)
    assert (found.cause, found.next_at) == (rule.cause, rule.next_at)
    assert rule.told in found.message
    assert found.required == "first (for 1d) Promoted with staging.churn.classifier version 17"
    assert_well_said(found)


def test_without_an_hour_no_soak_is_over() -> None:
    assert evaluate(OURS, {"first": since(99)}, soaks=DAY).cause is Cause.SOAKING
    assert evaluate(OURS, {"first": since(99)}, soaks={"first": timedelta(0)}).result is Result.PASS


def test_of_several_soaks_the_last_one_counts() -> None:
    soaks = {"a": 24 * HOUR, "b": 48 * HOUR, "c": HOUR}
    found = evaluate(OURS, {"a": since(2), "b": since(2), "c": since(2), "d": since(2)}, soaks=soaks, now=NOON)
    assert (found.cause, found.next_at) == (Cause.SOAKING, NOON + 46 * HOUR)


def test_where_more_than_time_is_missing_time_alone_changes_nothing() -> None:
    soaks = {"a": 24 * HOUR, "b": 24 * HOUR}
    for other in (None, before(16, PROMOTED), before(17, STOPPED), before(17, PROMOTED)):
        assert evaluate(OURS, {"a": since(2), "b": other}, soaks=soaks, now=NOON).next_at is None
    assert evaluate(OURS, {"a": since(2)}, soaks=soaks, now=NOON, cycle=("x", "a", "x")).next_at is None


FILES = Source(MODEL, 17, digest="sha256:aa")


def elsewhere(digest: str, progress: Progress = PROMOTED) -> Dependency:
    """A promotion that has neither model in common with ours."""
    return Dependency(target_model="x.y.z", source=Source("u.v.w", 4), promoted=9, progress=progress, digest=digest)


SHARED = [
    (FILES, elsewhere("sha256:aa"), Result.PASS, None),
    (FILES, elsewhere("sha256:bb"), Result.ERROR, Cause.UNRELATED),
    (FILES, elsewhere(""), Result.ERROR, Cause.UNRELATED),
    (OURS, elsewhere(""), Result.ERROR, Cause.UNRELATED),
    (OURS, elsewhere("sha256:aa"), Result.ERROR, Cause.UNRELATED),
    (FILES, elsewhere("sha256:aa", ON_THE_WAY), Result.PENDING, WAITS),
    (FILES, elsewhere("sha256:aa", STOPPED), Result.FAIL, STOPS),
    (FILES, replace(elsewhere(""), source=Source("u.v.w", 4, digest="sha256:aa")), Result.PASS, None),
    (FILES, replace(before(16, PROMOTED), digest="sha256:aa"), Result.PASS, None),
    (FILES, replace(before(17, PROMOTED), digest="sha256:bb"), Result.PASS, None),
]


@pytest.mark.parametrize(("ours", "found", "result", "cause"), SHARED)
def test_the_same_files_are_the_same_source(
    ours: Source, found: Dependency, result: Result, cause: Cause | None
) -> None:
    said = evaluate(ours, {"first": found})
    assert (said.result, said.cause) == (result, cause), said.message
    assert_well_said(said)


def test_a_digest_does_not_make_another_source_of_a_version() -> None:
    assert Source(MODEL, 17, digest="sha256:aa") == Source(MODEL, 17)
    assert str(FILES) == "staging.churn.classifier version 17"


CYCLES = [
    ("a", {}, None),
    ("a", {"a": ("b",), "b": ("c",)}, None),
    ("a", {"a": ("a",)}, ("a", "a")),
    ("a", {"a": ("b",), "b": ("a",)}, ("a", "b", "a")),
    ("a", {"a": ("b",), "b": ("c",), "c": ("a",)}, ("a", "b", "c", "a")),
    ("a", {"a": ("b",), "b": ("c",), "c": ("b",)}, None),
    ("a", {"a": ("b", "c"), "b": ("c",), "c": ("a",)}, ("a", "c", "a")),
    ("a", {"a": ("c", "b"), "b": ("a",), "c": ("a",)}, ("a", "b", "a")),
    ("a", {"a": ("b", "c"), "b": ("d",), "c": ("d",)}, None),
]


@pytest.mark.parametrize(("name", "edges", "cycle"), CYCLES)
def test_the_shortest_way_back_is_found(
    name: str, edges: dict[str, tuple[str, ...]], cycle: tuple[str, ...] | None
) -> None:
    assert find_cycle(name, edges) == cycle


NAMES = st.sampled_from("abcde")


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3, unique=True).map(tuple)))
def test_a_cycle_is_a_way_along_the_edges_and_is_there_exactly_if_one_can_come_back(
    edges: dict[str, tuple[str, ...]],
) -> None:
    reached = set(edges.get("a", ()))
    for _ in "abcde":
        reached |= {follower for name in reached for follower in edges.get(name, ())}
    cycle = find_cycle("a", edges)
    assert (cycle is not None) == ("a" in reached)
    if cycle:
        assert cycle[0] == cycle[-1] == "a"
        assert all(after in edges[name] for name, after in pairwise(cycle))


MODELS = st.sampled_from([MODEL, DEV, PROD])
VERSIONS = st.integers(15, 18)
DEPENDENCIES = st.builds(
    Dependency,
    target_model=MODELS,
    source=st.builds(Source, MODELS, VERSIONS),
    candidate=st.one_of(st.none(), VERSIONS),
    promoted=st.one_of(st.none(), VERSIONS),
    progress=st.sampled_from(Progress),
    message=STRANGE,
)


@given(st.dictionaries(STRANGE, st.one_of(st.none(), DEPENDENCIES), min_size=1, max_size=4))
def test_it_passes_only_when_every_dependency_is_promoted_with_our_source(
    found: dict[str, Dependency | None],
) -> None:
    verdict = evaluate(OURS, found)
    home = [
        d is not None
        and d.progress is PROMOTED
        and (d.source == OURS or (d.target_model == MODEL and d.promoted == OURS.version))
        for d in found.values()
    ]
    assert (verdict.result is Result.PASS) == all(home)
    assert verdict == evaluate(OURS, dict(reversed(found.items())))
    assert_well_said(verdict)
