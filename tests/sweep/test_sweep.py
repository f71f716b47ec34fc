"""A kill -9 of the operator before and after each of its writes, outside and in the cluster, leaves no trace.

Each story is run undisturbed once; its writes are the points. A plain run of the tests takes a sample that changes
with the day, `make sweep` takes all.
"""

import itertools
import sys
import time
from collections.abc import Sequence
from typing import Any

import pytest

from sweep.choice import Choice
from sweep.points import Point, points
from sweep.scene import Scene
from sweep.stories import STORIES, Story
from sweep.strike import strike

MISSED = 4
"""One of so many writes of the undisturbed run may not come in a later one."""


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", STORIES, ids=lambda story: story.title)
def test_a_kill_at_any_write_leaves_the_end_as_it_was(
    scene: Scene,
    kind: type[Story],
    choice: Choice,
    table: list[str],
) -> None:
    names = (f"k{n}x{STORIES.index(kind)}" for n in itertools.count(1))
    begun = time.monotonic()
    found, reference = _undisturbed(scene, kind(scene, next(names)))
    table.append(f"{kind.title}: undisturbed, with what comes before, {time.monotonic() - begun:.1f} s")
    taken = choice.take(found, kind.sampled, kind.title)
    table.append(f"{kind.title}: {len(taken)} of {len(found)} points, {choice}")
    _say(f"\n{table[-1]}")
    assert taken, "the story wrote nothing"
    wrong, missed = [], 0
    for n, point in enumerate(taken, 1):
        story = kind(scene, next(names))
        try:
            outcome = strike(scene, story, point, reference)
        finally:
            story.leave()
        table.append(outcome.row())
        wrong += [outcome.row()] if outcome.wrong else []
        missed += not outcome.reached
        _say(f"{n}/{len(taken)} {outcome.row()}")
    assert not wrong, "\n".join(wrong)
    # how many passes there are, and with them how many words about them, is not the same each time
    assert missed <= len(taken) // MISSED, f"{missed} of {len(taken)} writes did not come"


def _undisturbed(scene: Scene, story: Story) -> tuple[Sequence[Point], Any]:
    """The points of the story, and its end."""
    story.prepare()
    scene.wait_rest()
    outside, inside = scene.marks()
    story.act()
    scene.wait_rest()
    if story.stays:
        scene.look(story.plural, story.name, "first")
    # the last one answers the request
    writes = scene.proxy.writes(story.name, inside)[: -1 if story.stays else None]
    found, reference = points(story.name, scene.calls(outside), writes), story.end()
    story.leave()
    return found, reference


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
