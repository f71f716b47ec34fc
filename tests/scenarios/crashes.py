"""A story of a promotion in which the operator dies at a call to the lakehouse, and another one goes on.

    with Play.open(house, cuts=[Cut(point, Fate.LOST)]) as play:       # without cuts: the undisturbed run
        story.prepare(play)
        play.watch()                                                   # from here on it may die
        key = story.act(play)                                          # `play.settle` goes on after a death

It dies as by `kill -9`: the call is held before or after its effect, nothing is written any more, and then the
connection breaks. The next operator knows what the cluster and the lakehouse know.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from invariants.world import NAMESPACE, Operator, workspace
from lakeward.engine.outcome import Key, Outcome
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from lakeward_sandbox.launch import Lakehouse, LakehouseError
from sandbox.waiting import wait_for
from scenarios import checks
from scenarios.conftest import Stage
from scenarios.endings import Fate
from scenarios.registry import UC, Registry
from scenarios.test_rollout import Endpoint
from scenarios.witness import Witness, Witnessed
from sweep.points import Point

OPERATOR, COPY_JOB = "lakeward", "lakeward-copy"
LOOK = 0.5
SLOW = 120.0
MOST = 40


@dataclass(frozen=True)
class Cut:
    """One death: at which call, and what of the status is left."""

    point: Point
    fate: Fate

    def __str__(self) -> str:
        return f"{self.point}, status {self.fate}"


class Died(Exception):  # noqa: N818 - an end, not an error
    """The operator is dead."""


class Mortal(Operator):
    """An operator that may die amid a pass or between two."""

    dead: Fate | None = None

    def die(self, fate: Fate) -> None:
        """From now on nothing is written."""
        self.stop()
        self._works.stop()
        self.dead = fate

    @property
    def busy(self) -> bool:
        """Whether long work goes on in this process."""
        return bool(self._works.running())

    @property
    def tells(self) -> bool:
        """Whether what its passes say is heard."""
        return self.dead in {None, Fate.KEPT}

    def run(self, key: Key) -> Outcome:
        # a death between two passes, in the middle of a copy, is told by one more, which writes nothing
        if not self.tells:
            raise Died
        outcome = super().run(key)
        if self.dead:
            raise Died
        return outcome


class Remains(Witnessed):
    """A cluster that hears nothing of what a dying operator cannot tell any more."""

    operator: Mortal

    def apply(self, key: Key, outcome: Outcome) -> None:
        super().apply(key, outcome if self.operator.tells else Outcome(status=None))


@dataclass(kw_only=True)
class Play(Stage):
    """A stage whose operator dies at each of the `cuts`, one after the other.

    endpoint  answers for rollouts
    job       the job whose runs are counted
    tick      how long a pass takes
    champion  what served when the pin moved on
    begun     the number of the last request before the act
    deaths    the same before each restart
    """

    cluster: Remains
    operator: Mortal
    cuts: deque[Cut]
    endpoint: Endpoint
    job: int | None = None
    tick: timedelta = timedelta(minutes=1)
    champion: int = 0
    begun: int = 0
    deaths: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @classmethod
    @contextmanager
    def open(cls, house: Lakehouse, cuts: Iterable[Cut] = ()) -> Iterator["Play"]:
        """A play on names of its own; nothing of it is at work afterwards."""
        registry, endpoint = Registry(house), Endpoint()
        cluster = Remains(Witness(registry))
        cluster.secrets[NAMESPACE, "databricks"] = {"databricks": house.token("lakeward")}
        operator = _operator(house, cluster, endpoint)
        play = cls(
            house=house, cluster=cluster, operator=operator, registry=registry, cuts=deque(cuts), endpoint=endpoint
        )
        play.allow()
        registry.schema(play.catalog, "dev", "prod")
        try:
            yield play
        finally:
            play.over.set()
            house.clear()
            play.operator.__exit__(None, None, None)
            play.sweep()

    def allow(self, **promotions: Any) -> None:
        """The environment, with what its guard says of promotions."""
        self.cluster.put(workspace("env", self.house.workspace("prod").url, promotions=promotions))

    def sweep(self) -> None:
        """Nothing is left that waits for its files: a workspace may have only so many of that."""
        for number, version in self.registry.versions(self.prod).items():
            if version["status"] != "READY":
                self.registry.call("DELETE", f"{UC}/models/{self.prod}/versions/{number}")

    def watch(self) -> None:
        """From here on the operator may die."""
        self.begun = self.mark()
        self.operator.tick = self.tick
        self._arm()

    def settle(self, key: Key) -> None:
        """Passes until the object rests, whoever makes them."""
        while True:
            try:
                self.operator.settle(key, most=MOST)
            except Died:
                self._restart(key)
            else:
                return

    def until_death(self, key: Key) -> None:
        """Passes until the object rests or the operator dies: what comes then is there when the next one begins."""
        with self._one_death(key):
            self.operator.settle(key, most=MOST)

    def promoted(self, key: Key, ended: Callable[[], bool]) -> None:
        """Passes until the pinned version is champion; between them what runs elsewhere is waited for."""
        for _ in range(MOST):
            self.once(key)
            if self.phase(key) == "Promoted":
                break
            wait_for(lambda: not self.operator.busy and ended(), SLOW)
        self.settle(key)

    def once(self, key: Key) -> None:
        """One pass, or a death."""
        with self._one_death(key):
            self.operator.run(key)

    def copied(self, key: Key) -> None:
        """One pass and the copy that it begins, or a death."""
        with self._one_death(key):
            self.operator.run(key)
            self.operator.wait_woken(key)

    def reach(self, key: Key, fault: str) -> None:
        """One pass, until its long work is held, or a death."""
        with self._one_death(key):
            self.operator.run(key)
            while not self.operator.dead and not self._holds(fault):
                pass

    def calls(self, after: int, principal: str = OPERATOR) -> list[str]:
        """The operator's writes, or those of its copy job, with NAME for the play's own."""
        made = self.house.requests(principal=principal, after=after)
        return [f"{r.method} {r.path}".replace(self.catalog, "NAME") for r in made if r.method != "GET"]

    @contextmanager
    def _one_death(self, key: Key) -> Iterator[None]:
        try:
            yield
            if self.operator.dead:
                self.operator.run(key)
        except Died:
            self._restart(key)

    def _holds(self, fault: str) -> bool:
        try:
            self.house.wait_held(fault, seconds=LOOK)
        except LakehouseError:
            return False
        return True

    def _arm(self) -> None:
        """Let the next cut strike."""
        if self.cuts:
            cut = self.cuts.popleft()
            ours = cut.point.where == OPERATOR
            fault = self.house.fault(
                # the copy job outlives the operator: its call is only held
                "hang" if ours else "hold",
                when=cut.point.when,
                offset=cut.point.nth - 1,
                method=cut.point.method(),
                path=cut.point.pattern(self.catalog),
                principal=cut.point.where,
            )
            threading.Thread(target=self._strike, args=(self.operator, fault, cut.fate), daemon=True).start()

    def _strike(self, operator: Mortal, fault: str, fate: Fate) -> None:
        while not self.over.is_set():
            if self._holds(fault):
                operator.die(fate)
                # with it all its calls end, also those that the story holds
                for rule in self.house.faults():
                    self.house.remove(str(rule["id"]))
                return

    def _restart(self, key: Key) -> None:
        """What holds at any time holds now; then the next operator begins."""
        dead = self.operator
        dead.__exit__(None, None, None)
        self.deaths.append(self.mark())
        checks.always(self, key)
        if dead.dead is Fate.GONE and key in self.cluster.objects:
            self.cluster.objects[key].pop("status", None)
        self.operator = _operator(self.house, self.cluster, self.endpoint)
        self.operator.tick = self.tick
        self._arm()


def _operator(house: Lakehouse, cluster: Remains, endpoint: Endpoint) -> Mortal:
    kinds = (MLWorkspace(), ModelPromotion(rollouts=endpoint))
    cluster.operator = Mortal(cluster, kinds=kinds, canary=house.token("lakeward"))
    return cluster.operator
