"""The operator may die at any of its calls, and lose what it told: the end is that of the undisturbed run.

Each story is run undisturbed once; its writes are the points. A plain run takes a sample that changes with the day,
`--sweep=all` takes all of them.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from lakeward_sandbox.launch import Lakehouse
from scenarios.checks import hold
from scenarios.crash_stories import KEY, STORIES, Curtain, Second, Story
from scenarios.crashes import OPERATOR, Cut, Play
from scenarios.endings import End, Fate
from sweep.choice import Choice
from sweep.points import Point, points

SECOND_DEATHS = 6


@dataclass(frozen=True)
class Ending:
    """What came of a schedule of deaths: how many there were, what is wrong, and the writes after the last one."""

    deaths: int
    wrong: tuple[str, ...]
    resumed: Sequence[str]


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", STORIES, ids=lambda story: story.title)
def test_a_death_at_any_call_leaves_the_end_as_it_was(
    house: Lakehouse, kind: type[Story], choice: Choice, table: list[str]
) -> None:
    story = kind()
    calm, found = undisturbed(house, story)
    every = [Cut(point, fate) for point in found for fate in Fate]
    taken = choice.take(every, kind.sampled, kind.title)
    said(table, f"{kind.title}: {len(taken)} of {len(every)} deaths, {choice}")
    wrong = [line for cut in taken for line in verdict(house, story, [cut], calm)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.timeout(7200)
def test_two_deaths_leave_the_end_as_it_was(house: Lakehouse, choice: Choice, table: list[str]) -> None:
    story = Second()
    calm, found = undisturbed(house, story)
    firsts = [Cut(point, fate) for point in found for fate in Fate]
    pairs, wrong = 0, list[str]()
    for first in choice.take(firsts, SECOND_DEATHS, "two deaths"):
        after = points("NAME", played(house, story, [first], calm).resumed, where=OPERATOR)
        seconds = [Cut(point, first.fate) for point in after]
        for second in choice.take(seconds, 1, f"after {first}"):
            wrong += verdict(house, story, [first, second], calm)
            pairs += 1
    said(table, f"{story.title}, two deaths: {pairs} schedules, {choice}")
    assert not wrong, "\n".join(wrong)


def undisturbed(house: Lakehouse, story: Story) -> tuple[End, Sequence[Point]]:
    """The end of a calm run, and the points of it."""
    with Play.open(house) as play:
        play.tick = story.tick
        story.prepare(play)
        play.watch()
        story.act(play)
        hold(play, KEY)
        found = story.points(play)
        assert found, "the story wrote nothing"
        return story.end(play), found


def verdict(house: Lakehouse, story: Story, cuts: Sequence[Cut], calm: End) -> list[str]:
    """What is wrong with the end after these deaths, one line each."""
    ending = played(house, story, cuts, calm)
    lost = [] if ending.deaths == len(cuts) else [f"{ending.deaths} deaths instead of {len(cuts)}"]
    return [f"{story.title}, {', then '.join(map(str, cuts))}: {line}" for line in (*lost, *ending.wrong)]


def played(house: Lakehouse, story: Story, cuts: Sequence[Cut], calm: End) -> Ending:
    """The story with these deaths."""
    with Play.open(house, cuts) as play:
        play.tick = story.tick
        story.prepare(play)
        play.watch()
        try:
            story.act(play)
            hold(play, KEY)
            wrong = story.wrong(Curtain(play, calm, cuts[-1].fate))
        except AssertionError as error:
            wrong = [f"does not hold: {error}"]
        resumed = play.calls(play.deaths[-1]) if play.deaths else []
        return Ending(len(play.deaths), tuple(wrong), resumed)


def said(table: list[str], line: str) -> None:
    """Told at once, and once more at the end of the run."""
    table.append(line)
    sys.stderr.write(f"\n{line}\n")
