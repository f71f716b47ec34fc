"""One cut of one story: hold a write, kill the operator, let the next one begin, and compare the end."""

import threading
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
        fine = "ok" if self.reached else "not reached"
        verdict = "; ".join(self.wrong) or fine
        return f"{self.story:17} {self.point.where:10} {self.point!s:78} {self.seconds:5.1f} s  {verdict}"


def strike(scene: Scene, story: Story, point: Point, reference: Any) -> Outcome:
    """Cut the story there."""
    story.prepare()
    scene.wait_rest()
    begun, acted, wrong = time.monotonic(), threading.Event(), []
    held, drop = _lakehouse(scene, story, point) if point.where == OUTSIDE else _kubernetes(scene, story, point)
    with ThreadPoolExecutor(1) as pool:
        cut = pool.submit(_cut, scene, _Patience(held, acted), drop)
        try:
            story.act()
        except AssertionError as error:
            wrong.append(f"does not end: {error}")
        acted.set()
        reached = cut.result()
    try:
        wrong = wrong or _afterwards(scene, story, reference)
    except AssertionError as error:
        wrong.append(f"does not end: {error}")
    return Outcome(story.title, point, time.monotonic() - begun, tuple(wrong), reached)


def _afterwards(scene: Scene, story: Story, reference: Any) -> list[str]:
    story.over()
    scene.wait_rest()
    wrong = []
    if story.stays:
        scene.look(story.plural, story.name, "first")
        written = scene.look(story.plural, story.name, "second")
        if any(written):
            wrong.append(f"a further pass wrote {written}")
    end = story.end()
    wrong += differences(reference, end)
    return [*wrong, *scene.leaks(story.plural, story.name)]


@dataclass(frozen=True)
class _Patience:
    """Waits for the held call; once the story has `acted` only a little longer, for what comes behind its end."""

    held: Callable[[float], bool]
    acted: threading.Event

    def reached(self) -> bool:
        deadline = time.monotonic() + HELD_SECONDS
        while not self.held(1.0):
            if time.monotonic() > deadline or self.acted.is_set():
                return self.held(1.0)
        return True


def _cut(scene: Scene, patience: _Patience, drop: Callable[[], object]) -> bool:
    if not patience.reached():
        drop()
        return False
    scene.relay.kill()
    drop()
    scene.relay.take_over()
    return True


def _lakehouse(scene: Scene, story: Story, point: Point) -> tuple[Callable[[float], bool], Callable[[], object]]:
    where = {"method": point.method(), "path": point.pattern(story.name), "principal": "lakeward"}
    fault = scene.house.fault("hang", when=point.when, offset=point.nth - 1, **where)

    def held(seconds: float) -> bool:
        try:
            scene.house.wait_held(fault, seconds=seconds)
        except LakehouseError:
            return False
        return True

    return held, lambda: scene.house.remove(fault)


def _kubernetes(scene: Scene, story: Story, point: Point) -> tuple[Callable[[float], bool], Callable[[], object]]:
    hold = scene.proxy.hold(point.what, story.name, point.nth, point.when)
    return hold.held.wait, lambda: scene.proxy.remove(hold)


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
