"""The stories that are cut at every call: what comes before, and what a person does while the operator works and dies.

A story may read the play as it goes on, but takes the same steps whether somebody died or not.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from contract.promotion_cases import add_job
from copying.copyjob import install, runs
from lakeward.engine.outcome import Key
from lakeward.kinds.modelpromotion.rollout import RolloutState
from scenarios.crashes import COPY_JOB, OPERATOR, Play
from scenarios.endings import End, Fate, end, unlike
from scenarios.registry import Registry
from scenarios.test_approvals import SIGNOFF, vote
from sweep.points import Point, points

AFTER: dict[str, Any] = {"switch": {"after": {"servingEndpointRef": {"name": "tumor"}}}}
KEY = Key("ModelPromotion", "ml", "tumor")


@dataclass(frozen=True)
class Curtain:
    """The end of a play whose operators died, the last one with this fate; `calm` is that of the undisturbed one."""

    play: Play
    calm: End
    fate: Fate


class Story(ABC):
    """`sampled`: how many of its schedules a plain run takes; `tick`: how long a pass takes while it is cut."""

    title: ClassVar[str]
    sampled: ClassVar[int] = 5
    tick: ClassVar[timedelta] = timedelta(minutes=1)

    def prepare(self, play: Play) -> None:  # noqa: B027 - some stories begin with nothing
        """Do what comes before."""

    @abstractmethod
    def act(self, play: Play) -> None: ...

    def target(self, play: Play) -> str:
        """The model whose end is looked at."""
        return play.prod

    def points(self, play: Play) -> Sequence[Point]:
        """Every moment of this run at which the operator may die."""
        return points("NAME", play.calls(play.begun), where=OPERATOR)

    def end(self, play: Play) -> End:
        return end(play, KEY, self.target(play), play.job)

    def wrong(self, last: Curtain) -> list[str]:
        """Where the end is not what it should be, one line each: by default that of the undisturbed run."""
        return unlike(last.calm, self.end(last.play), last.fate)


class First(Story):
    """All that a promotion may write about a version, and on its model."""

    title = "first promotion, with all annotations"
    sampled = 10

    def act(self, play: Play) -> None:
        version = play.registry.register(play.dev, files=2)
        play.registry.tag(play.dev, version, domain="oncology", approval="none")
        body = play.promotion(
            version,
            tags={"pii": "none"},
            copy={"tags": {"include": ["*"]}},
            grants=[{"principal": "data-scientists", "privileges": ["EXECUTE"]}],
        )
        body["metadata"]["annotations"] = {"mlops.lakeward.dev/git-commit": "0123abcd"}
        play.settle(play.cluster.put(body))


class Second(Story):
    title = "second promotion"
    sampled = 10

    def prepare(self, play: Play) -> None:
        climb(play, 1)

    def act(self, play: Play) -> None:
        climb(play, 1)


class AliasOnly(Story):
    title = "alias only"

    def prepare(self, play: Play) -> None:
        self._pin(play)

    def act(self, play: Play) -> None:
        self._pin(play)

    def target(self, play: Play) -> str:
        return play.dev

    def _pin(self, play: Play) -> None:
        play.settle(play.promote(play.registry.register(play.dev), target={"model": play.dev}))


class Revert(Story):
    title = "rollback by git revert"

    def prepare(self, play: Play) -> None:
        climb(play, 2)

    def act(self, play: Play) -> None:
        play.settle(play.promote(1))


class ThereAndBack(Story):
    title = "17, 18 and 17 again"

    def prepare(self, play: Play) -> None:
        climb(play, 1)
        for _ in range(2):
            play.registry.register(play.dev)

    def act(self, play: Play) -> None:
        for version in (2, 3):
            play.copied(play.promote(version))
        play.settle(play.promote(2))

    def wrong(self, last: Curtain) -> list[str]:
        # nobody wants a copy of the third any more, so what was begun of it is not finished
        third = "outside.versions.models:/NAME.dev.tumor/3"
        found = [line for line in super().wrong(last) if not line.startswith(third)]
        return [*found, *unfinished(self.end(last.play), last.fate)]


class Again(Story):
    title = "a version that was reverted, again"

    def prepare(self, play: Play) -> None:
        climb(play, 3)
        play.settle(play.promote(1))

    def act(self, play: Play) -> None:
        play.settle(play.promote(3))


class Overtaken(Story):
    """The pin moves on while nobody works: what served then is what users go back to."""

    title = "a pin that moves on"

    def prepare(self, play: Play) -> None:
        climb(play, 1)
        for _ in range(2):
            play.registry.register(play.dev)

    def act(self, play: Play) -> None:
        play.until_death(play.promote(2))
        play.champion = play.registry.aliases(play.prod)["champion"]
        play.settle(play.promote(3))

    def wrong(self, last: Curtain) -> list[str]:
        found = self.end(last.play)
        copies = {number: name for name, number in found.numbers.items()}
        served = copies[last.play.champion]
        aliases = {"champion": "models:/NAME.dev.tumor/3", "previous": served}
        bad = [] if found.outside["aliases"] == aliases else [f"{found.outside['aliases']} instead of {aliases}"]
        return [*bad, *unfinished(found, last.fate)]


class Gated(Story):
    title = "a job and an approval"

    def prepare(self, play: Play) -> None:
        play.job = add_job(Registry(play.house, workspace="prod"), f"validate-{play.catalog}")
        play.house.script(play.job)
        play.allow(jobs={"validate": {"id": play.job}})
        play.registry.register(play.dev)

    def act(self, play: Play) -> None:
        gates = [SIGNOFF, {"name": "validated", "type": "Job", "job": {"jobRef": {"name": "validate"}}}]
        key = play.promote(1, gates=gates)
        play.settle(key)
        for who in ("bob@acme.example", "eve@acme.example"):
            vote(play, key, who)
        play.settle(key)


@dataclass
class Site:
    """Where the copy job of a play is installed."""

    ana: Registry
    catalog: str


class ByJob(Story):
    """The operator dies at its own calls and at those of the job, which goes on."""

    title = "a copy by the copy job"
    sampled = 3

    def prepare(self, play: Play) -> None:
        site = self._site(play)
        play.allow(jobs={"copy": {"name": install(site)}})
        play.registry.register(play.dev)

    def act(self, play: Play) -> None:
        site = self._site(play)
        key = play.promote(1, copy={"executor": "DatabricksJob"})
        play.promoted(key, lambda: all("result_state" in run["state"] for run in runs(site)))
        (play.job,) = {run["job_id"] for run in runs(site)}

    def points(self, play: Play) -> Sequence[Point]:
        return [*super().points(play), *points("NAME", play.calls(play.begun, COPY_JOB), where=COPY_JOB)]

    def _site(self, play: Play) -> Site:
        return Site(Registry(play.house, workspace="prod"), play.catalog)


class Drift(Story):
    title = "a move by hand, taken back"
    sampled = 3

    def prepare(self, play: Play) -> None:
        climb(play, 2)
        play.cluster.now += timedelta(hours=1)

    def act(self, play: Play) -> None:
        play.registry.point(play.prod, "champion", play.registry.register(play.prod))
        play.settle(KEY)


class Rollout(Story):
    title = "a rollout that succeeds"

    def prepare(self, play: Play) -> None:
        play.endpoint.state = RolloutState.STABLE
        climb(play, 1, **AFTER)
        play.endpoint.state = RolloutState.WAITING

    def act(self, play: Play) -> None:
        climb(play, 1, **AFTER)
        play.endpoint.state = RolloutState.STABLE
        play.settle(KEY)


class Abort(Rollout):
    title = "a rollout that is aborted"

    def act(self, play: Play) -> None:
        climb(play, 1, **AFTER)
        play.endpoint.state = RolloutState.GIVEN_UP
        play.settle(KEY)


class GivenUp(Story):
    title = "a champion that is given up"

    def prepare(self, play: Play) -> None:
        play.endpoint.state = RolloutState.STABLE
        climb(play, 2, **AFTER)

    def act(self, play: Play) -> None:
        play.endpoint.state = RolloutState.GIVEN_UP
        play.settle(KEY)


class Retention(Story):
    title = "retention"

    def prepare(self, play: Play) -> None:
        play.allow(allowDelete=True, servedIn=["env"])
        keep = {"keepLast": 2, "keepFor": "1d", "action": "Delete"}
        climb(play, 4, retention=keep, rollback={"window": 1})
        play.cluster.now += timedelta(days=400)

    def act(self, play: Play) -> None:
        play.settle(KEY)
        for hours in (25, 2, 2):  # what was deleted is forgotten at last
            play.cluster.now += timedelta(hours=hours)
            play.settle(KEY)


class Deleted(Story):
    """Nothing that only the object held on to is left."""

    tick = timedelta(seconds=1)

    def wrong(self, last: Curtain) -> list[str]:
        found = self.end(last.play)
        bad = [] if found.status is None else ["the object is still there"]
        bad += ["its claim is still there"] if "lakeward_owner" in found.outside["tags"] else []
        return [*bad, *unfinished(found, last.fate), *self.moved(found.outside["aliases"])]

    @abstractmethod
    def moved(self, aliases: Mapping[str, str]) -> list[str]: ...


class DeletedInCopy(Deleted):
    title = "deleted while it is copied"

    def prepare(self, play: Play) -> None:
        climb(play, 1)
        play.registry.register(play.dev)

    def act(self, play: Play) -> None:
        held = play.house.fault("hold", method="PUT", path="part-0.bin", principal="lakeward")
        play.reach(play.promote(2), held)
        play.cluster.delete(KEY)
        if not play.deaths:
            play.once(KEY)
        if not play.deaths:
            play.house.remove(held)
        play.settle(KEY)

    def moved(self, aliases: Mapping[str, str]) -> list[str]:
        return [] if aliases == {"champion": "models:/NAME.dev.tumor/1"} else [f"{aliases}"]


class DeletedInSwitch(Deleted):
    title = "deleted while it switches"

    def prepare(self, play: Play) -> None:
        climb(play, 1)
        play.registry.register(play.dev)

    def act(self, play: Play) -> None:
        play.until_death(play.promote(2))
        play.cluster.delete(KEY)
        play.settle(KEY)

    def moved(self, aliases: Mapping[str, str]) -> list[str]:
        one, two = (f"models:/NAME.dev.tumor/{n}" for n in (1, 2))
        return [] if aliases in ({"champion": one}, {"champion": two, "previous": one}) else [f"{aliases}"]


def unfinished(found: End, fate: Fate) -> list[str]:
    """Copies that were begun and are left behind. With the whole status lost nobody knows of one that is not wanted."""
    versions = found.outside["versions"].items()
    return [f"{name} is left: {v}" for name, v in versions if v["status"] != "READY" and fate is not Fate.GONE]


def climb(play: Play, versions: int, **spec: Any) -> None:
    """So many promotions, each of a new version."""
    for _ in range(versions):
        play.settle(play.promote(play.registry.register(play.dev), **spec))


STORIES: tuple[type[Story], ...] = (
    First,
    Second,
    AliasOnly,
    Revert,
    ThereAndBack,
    Gated,
    ByJob,
    Drift,
    Rollout,
    Abort,
    GivenUp,
    Retention,
    Again,
    Overtaken,
    DeletedInCopy,
    DeletedInSwitch,
)
