"""Where a story plays: a namespace, a lakehouse, the proxy and the relay of operators; and what must never be told."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from cluster.cluster import Body, Namespace
from cluster.process import until
from lakeward_sandbox.launch import Lakehouse
from scenarios.registry import Registry
from sweep.operators import Relay
from sweep.proxy import KubeWrite, Proxy

REQUESTED = "mlops.lakeward.dev/requested-at"


@dataclass
class Scene:
    """`secrets` are values that must appear in nothing that an operator tells."""

    house: Lakehouse
    team: Namespace
    proxy: Proxy
    relay: Relay
    secrets: tuple[str, ...]
    registry: Registry = field(init=False)

    def __post_init__(self) -> None:
        self.registry = Registry(self.house)

    @property
    def job(self) -> str:
        """The job of the gates: one of its own, because names of jobs are not unique."""
        return f"validate-{self.team.name}"

    def environment(self, name: str, **spec: object) -> Body:
        """An MLWorkspace at the workspace prod of the lakehouse."""
        return {
            "apiVersion": "mlops.lakeward.dev/v1alpha1",
            "kind": "MLWorkspace",
            "metadata": {"name": name},
            "spec": {
                "environment": "prod",
                "credentials": {"token": {"secretRef": {"name": "lakehouse-token"}}},
                "databricks": {"host": self.house.workspace("prod").url},
                **spec,
            },
        }

    def marks(self) -> tuple[int, int]:
        """Where the logs of the lakehouse and of the proxy are now."""
        return max((r.sequence for r in self.house.requests()), default=0), self.proxy.mark()

    def calls(self, after: int) -> list[str]:
        """The writes that an operator sent outside."""
        made = self.house.requests(principal="lakeward", after=after)
        return [f"{r.method} {r.path}" for r in made if r.method != "GET"]

    def look(self, plural: str, name: str, request: str) -> tuple[list[str], list[KubeWrite]]:
        """What a pass wrote that was asked for, reads all anew, and is over; beside the answer to the request."""
        outside, inside = self.marks()
        self.requested(plural, name, request)
        kube = self.proxy.writes(name, inside)
        answer = next((w for w in kube if w.what == "status"), None)
        if answer is not None:
            kube.remove(answer)
        return self.calls(outside), kube

    def requested(self, plural: str, name: str, request: str) -> None:
        """Ask for a pass and return when it is over."""
        self.team.annotate(plural, name, {REQUESTED: request})
        self.team.wait(plural, name, lambda b: (b.get("status") or {}).get("lastHandledRequest") == request)
        self.wait_rest()

    def wait_rest(self) -> None:
        """Return when the operator has nothing to do, and has told all."""
        operator = self.relay.now
        operator.wait_working()
        busy = ("lakeward_passes_running", "lakeward_queue_depth")
        until(lambda: not any(operator.metric(series) for series in busy), 10, "all passes are over")

    def told(self, plural: str, name: str) -> Iterator[str]:
        """All that people are told about an object."""
        yield self.relay.fallen.log
        yield self.relay.now.log
        yield self.relay.now.ask("/metrics")
        yield str(self.team.get(plural, name))
        yield str(self.team.events(name))

    def leaks(self, plural: str, name: str) -> list[str]:
        """Which of the secrets were told."""
        told = list(self.told(plural, name))
        return [f"secret {n} was told" for n, value in enumerate(self.secrets) if any(value in text for text in told)]
