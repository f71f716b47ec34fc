"""Bad weather of one kind each, with the real operator: the end is that of a calm day, and then all is at rest."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from cluster.cluster import because, condition, ready
from cluster.process import until
from scenarios.registry import UC
from sweep.scene import REQUESTED, Scene
from sweep.stories import CONFIRM, Chain, Create, Promote, Story

MLW = "mlworkspaces"
CATALOGS, SCHEMAS = "/catalogs$", "/schemas$"
PLANTED = "planted-token-that-expired"
CREATES = {"catalogs": 2, "schemas": 3, "create": 2}
S = TypeVar("S", bound=Story)
Begin = Callable[[type[S]], S]


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def begin(scene: Scene, numbers: Iterator[int]) -> Iterator[Begin[Story]]:
    """Makes a story; at its end no fault is left, nothing is at work and nothing was told that is secret."""
    begun: list[Story] = []
    scene.relay.now.wait_working()

    def make(kind: type[Story]) -> Story:
        begun.append(kind(scene, f"f{next(numbers)}x"))
        return begun[-1]

    yield make
    scene.house.clear()
    for story in begun:
        assert scene.leaks(story.plural, story.name) == []
        story.leave()


def assert_at_rest(story: Story) -> None:
    """A pass that reads all anew writes nothing."""
    story.over()
    story.scene.look(story.plural, story.name, "first")
    assert story.scene.look(story.plural, story.name, "second") == ([], [])


def creates(scene: Scene) -> Counter[str]:
    """How often each collection was asked for something new."""
    made = scene.house.requests(principal="lakeward", method="POST")
    return Counter(r.path.rpartition("/")[2] for r in made)


def test_answers_that_are_lost_after_every_create_lead_to_no_second_one(scene: Scene, begin: Begin[Create]) -> None:
    story = begin(Create)
    scene.house.clear()
    fault = scene.house.fault("reset", method="POST", when="after", count=0, principal="lakeward")
    story.act()
    assert creates(scene) == CREATES
    assert scene.house.hits(fault) == sum(CREATES.values())
    assert_at_rest(story)


def test_a_lost_answer_to_the_create_of_a_copy_leaves_one_copy(scene: Scene, begin: Begin[Promote]) -> None:
    story = begin(Promote)
    story.prepare()
    fault = scene.house.fault("reset", method="POST", path="/models/versions$", when="after", principal="lakeward")
    story.act()
    assert scene.house.hits(fault) == 1
    assert_one_copy_each(story)
    assert_at_rest(story)


@pytest.mark.parametrize("kind", [Create, Promote], ids=["workspace", "promotion"])
def test_reads_that_are_behind_every_write_lead_to_no_second_object(
    scene: Scene, begin: Begin[Story], kind: type[Story]
) -> None:
    calm, story = begin(kind), begin(kind)
    for each in (calm, story):
        each.prepare()
    calm.act()
    scene.house.clear()
    scene.house.fault("stale", principal="lakeward", path="/api/", count=0, reads=1)
    story.act()
    scene.requested(story.plural, story.name, "behind")
    assert any(r.fault == "stale" for r in scene.house.requests(principal="lakeward"))
    scene.house.clear()
    assert_at_rest(story)
    assert story.end()["outside"] == calm.end()["outside"]


def test_who_was_told_to_wait_does_not_call_before(scene: Scene, begin: Begin[Chain]) -> None:
    story = begin(Chain)
    scene.house.clear()
    how = {"error_code": "REQUEST_LIMIT_EXCEEDED", "method": "POST", "path": SCHEMAS}
    scene.house.fault("status", status=429, retry_after=2, **how)
    scene.team.apply(story.manifest())
    until(lambda: any(r.status == 429 for r in scene.house.requests(principal="lakeward")), 10, "it is told to wait")
    told, last = time.monotonic(), scene.marks()[0]
    until(lambda: bool(scene.house.requests(principal="lakeward", after=last)), 20, "it calls again")
    assert time.monotonic() - told >= 1.9
    assert_at_rest(story)


def test_a_call_that_hangs_holds_up_nobody_else(scene: Scene, begin: Begin[Chain]) -> None:
    stuck, other = begin(Chain), begin(Chain)
    fault = scene.house.fault("hang", method="POST", path=CATALOGS, principal="lakeward")
    scene.team.apply(stuck.manifest())
    scene.house.wait_held(fault)
    begun = time.monotonic()
    scene.team.apply(other.manifest())
    scene.team.wait(MLW, other.name, ready)
    assert time.monotonic() - begun < 10
    assert [f["held"] for f in scene.house.faults()] == [1]
    scene.house.remove(fault)
    assert_at_rest(stuck)
    assert_at_rest(other)


def test_a_token_that_expires_is_a_failed_login_until_the_secret_has_a_new_one(
    scene: Scene, begin: Begin[Chain]
) -> None:
    story, secret = begin(Chain), "short-lived"
    scene.team.secret(secret, {"databricks": scene.house.token("lakeward")})
    credentials = {"token": {"secretRef": {"name": secret}}}
    scene.team.apply(story.manifest(credentials=credentials))
    story.over()
    scene.team.secret(secret, {"databricks": PLANTED})
    scene.team.annotate(MLW, story.name, {REQUESTED: "expired"})
    body = scene.team.wait(MLW, story.name, because("LoginFailed"))
    assert condition(body, "Stalled")["status"] == "True"
    assert PLANTED not in "".join(scene.told(MLW, story.name))
    scene.team.secret(secret, {"databricks": scene.house.token("lakeward")})
    scene.team.annotate(MLW, story.name, {REQUESTED: "renewed"})
    assert_at_rest(story)


def test_a_token_that_is_refused_from_one_call_to_the_next_leaves_nothing_half_done(
    scene: Scene, begin: Begin[Chain]
) -> None:
    story = begin(Chain)
    fault = scene.house.fault("status", status=401, error_code="UNAUTHENTICATED", path="/schemas", count=0)
    scene.team.apply(story.manifest())
    scene.team.wait(MLW, story.name, because("LoginFailed"))
    scene.house.remove(fault)
    scene.team.annotate(MLW, story.name, {REQUESTED: "accepted"})
    assert_at_rest(story)


def test_an_api_server_that_drops_everything_and_is_silent_loses_nothing(scene: Scene, begin: Begin[Chain]) -> None:
    edited, gone, made = begin(Chain), begin(Chain), begin(Chain)
    for story in (edited, gone):
        story.act()
    scene.proxy.silence(scene.relay.now.door)
    catalog = {"name": edited.name, "comment": "edited", "schemas": [{"name": "raw"}]}
    scene.team.apply(scene.environment(edited.name, unityCatalog={"catalogs": [catalog]}))
    scene.team.apply(made.manifest())
    scene.team.delete(MLW, gone.name)
    assert scene.relay.now.door.came_back.wait(20)
    scene.proxy.speak(scene.relay.now.door)
    scene.team.wait_gone(MLW, gone.name)
    assert_at_rest(made)
    assert_at_rest(edited)
    assert edited.outside()[f"{UC}/catalogs/{edited.name}"]["comment"] == "edited"


def test_an_object_that_is_deleted_while_its_pass_runs_leaves_what_is_to_be_kept(
    scene: Scene, begin: Begin[Chain]
) -> None:
    story = begin(Chain)
    fault = scene.house.fault("hold", method="POST", path=CATALOGS, when="after", principal="lakeward")
    scene.team.apply(story.manifest())
    scene.house.wait_held(fault)
    scene.team.delete(MLW, story.name)
    scene.house.release(fault)
    scene.team.wait_gone(MLW, story.name)
    assert story.outside()["catalogs"] == [story.name]


def test_an_object_that_is_deleted_while_its_pass_runs_leaves_nothing_that_is_to_go(
    scene: Scene, begin: Begin[Chain]
) -> None:
    story = begin(Chain)
    fault = scene.house.fault("hold", method="POST", path=CATALOGS, when="after", principal="lakeward")
    uid = scene.team.apply(story.manifest(deletionPolicy="Delete"))["metadata"]["uid"]
    scene.house.wait_held(fault)
    scene.team.delete(MLW, story.name)
    scene.house.release(fault)
    scene.team.wait(MLW, story.name, because("Deleting"))
    scene.team.annotate(MLW, story.name, {CONFIRM: uid})
    scene.team.wait_gone(MLW, story.name)
    assert story.outside()["catalogs"] == []


def test_an_object_that_is_deleted_after_a_kill_in_its_first_pass_leaves_nothing_that_is_to_go(
    scene: Scene, begin: Begin[Chain]
) -> None:
    story = begin(Chain)
    fault = scene.house.fault("hang", method="POST", path=CATALOGS, when="after", principal="lakeward")
    uid = scene.team.apply(story.manifest(deletionPolicy="Delete"))["metadata"]["uid"]
    scene.house.wait_held(fault)
    scene.relay.kill()
    scene.house.remove(fault)
    scene.team.annotate(MLW, story.name, {CONFIRM: uid})
    scene.team.delete(MLW, story.name)
    scene.relay.take_over()
    scene.team.wait_gone(MLW, story.name)
    scene.relay.now.wait_working()
    assert story.outside()["catalogs"] == []


def test_a_promotion_that_is_deleted_after_a_kill_in_its_copy_leaves_no_unfinished_copy(
    scene: Scene, begin: Begin[Promote]
) -> None:
    story = begin(Promote)
    story.prepare()
    fault = scene.house.fault("hang", method="PUT", path="part-0.bin$", principal="lakeward")
    story.pin(story.second)
    scene.house.wait_held(fault)
    scene.team.wait(story.plural, story.name, because("Copying"))
    scene.relay.kill()
    scene.house.remove(fault)
    scene.team.delete(story.plural, story.name)
    scene.relay.take_over()
    scene.team.wait_gone(story.plural, story.name)
    scene.relay.now.wait_working()
    assert [(source.rpartition("/")[2], status) for source, status, _ in story.outside()["copies"]] == [("1", "READY")]
    assert "lakeward_owner" not in story.outside()["model"]


def assert_one_copy_each(story: Story) -> None:
    """One finished copy of each version, and none that is not finished."""
    copies = story.outside()["copies"]
    assert [(source.rpartition("/")[2], status) for source, status, _ in copies] == [("1", "READY"), ("2", "READY")]
