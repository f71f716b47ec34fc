"""One cut of one story: hold a write, kill the operator, let the next one begin, and compare the end."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lakeward_sandbox.launch import LakehouseError
from sweep.points import OUTSIDE, Point
from sweep.scene import Scene
from sweep.stories import Story

HELD_SECONDS = 20.0


@dataclass(frozen=True)
class Outcome:
    """What came of a cut: nothing wrong, or what; `seconds` from the first act to the end."""

    story: str
    point: Point
    seconds: float
    wrong: tuple[str, ...] = ()
    reached: bool = True

    def row(self) -> str:
        verdict = "; ".join(self.wrong) or ("ok" if self.reached else "not reached")
        return f"{self.story:17} {self.point.where:10} {self.point!s:78} {self.seconds:5.1f} s  {verdict}"


def strike(scene: Scene, story: Story, point: Point, reference: Any) -> Outcome:
    """Cut the story there."""
    story.prepare()
    begun = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        wait, drop = _lakehouse(scene, story, point) if point.where == OUTSIDE else _kubernetes(scene, story, point)
        cut = pool.submit(_cut, scene, wait, drop)
        wrong = []
        try:
            story.act()
        except AssertionError as error:
            wrong.append(f"does not end: {error}")
        reached = cut.result()
    try:
        if not wrong:
            wrong = _afterwards(scene, story, reference)
    except AssertionError as error:
        wrong.append(f"does not end: {error}")
    return Outcome(story.title, point, time.monotonic() - begun, tuple(wrong), reached)


def _afterwards(scene: Scene, story: Story, reference: Any) -> list[str]:
    story.over()
    scene.relay.now.wait_working()
    wrong = []
    if story.stays:
        scene.look(story.plural, story.name, "first")
        written = scene.look(story.plural, story.name, "second")
        if any(written):
            wrong.append(f"a further pass wrote {written}")
    end = story.end()
    if end != reference:
        wrong += list(differences(reference, end))
    return [*wrong, *scene.leaks(story.plural, story.name)]


def _cut(scene: Scene, wait: Callable[[], bool], drop: Callable[[], object]) -> bool:
    if not wait():
        drop()
        return False
    scene.relay.kill()
    drop()
    scene.relay.take_over()
    return True


def _lakehouse(scene: Scene, story: Story, point: Point) -> tuple[Callable[[], bool], Callable[[], object]]:
    where = {"method": point.method(), "path": point.pattern(story.name), "principal": "lakeward"}
    fault = scene.house.fault("hang", when=point.when, offset=point.nth - 1, **where)

    def wait() -> bool:
        try:
            scene.house.wait_held(fault, seconds=HELD_SECONDS)
        except LakehouseError:
            return False
        return True

    return wait, lambda: scene.house.remove(fault)


def _kubernetes(scene: Scene, story: Story, point: Point) -> tuple[Callable[[], bool], Callable[[], object]]:
    hold = scene.proxy.hold(point.what, story.name, point.nth, point.when)
    return lambda: hold.wait(HELD_SECONDS), lambda: scene.proxy.remove(hold)


def differences(wanted: Any, found: Any, at: str = "end") -> list[str]:
    """Where two values differ, one line each."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            line
            for key in sorted({*wanted, *found})
            for line in differences(wanted.get(key), found.get(key), f"{at}.{key}")
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [line for n, (one, other) in pairs for line in differences(one, other, f"{at}[{n}]")]
    return [] if wanted == found else [f"{at}: {found!r} instead of {wanted!r}"]
