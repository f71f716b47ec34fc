"""Events as they are told: whatever their text, and though the API server takes one of them no more."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config.kube_config import load_kube_config

from cluster.cluster import Namespace
from lakeward.cluster.intake import Intake
from lakeward.cluster.kube import Kube
from lakeward.cluster.metrics import Metrics
from lakeward.cluster.objects import Objects
from lakeward.cluster.passes import Passes
from lakeward.cluster.queue import WorkQueue
from lakeward.cluster.store import FINALIZER, Store
from lakeward.engine.outcome import Event, Key, Outcome
from lakeward.engine.reasons import Reason

DONE = Event("Normal", Reason.CONVERGED, "3 objects in place")


class Telling:
    """A pass that tells these events and has nothing else to say."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = tuple(events)

    def reconcile(self, body: Mapping[str, Any]) -> Outcome:  # noqa: ARG002 - whatever the object is
        return Outcome(status=None, events=self._events)

    def refs(self, body: Mapping[str, Any]) -> frozenset[Key]:  # noqa: ARG002 - whatever the object is
        return frozenset()


def told(namespace: Namespace, *events: Event, server: str | None = None) -> list[tuple[str, str, str]]:
    """What a pass that tells these leaves at the API server."""
    key = Key("MLWorkspace", namespace.name, "dev")
    metadata = {"name": "dev", "namespace": namespace.name, "uid": "u1", "finalizers": [FINALIZER]}

    async def story() -> None:
        configuration = Configuration()
        await load_kube_config(str(namespace.cluster.kubeconfig), client_configuration=configuration)  # type: ignore[no-untyped-call]  # untyped in the client
        configuration.host = server or configuration.host
        metrics = Metrics()
        kube = Kube(ApiClient(configuration), metrics.wrote)
        objects = Objects(kube, {})
        intake = Intake(Store(), WorkQueue(asyncio.get_running_loop(), lambda: 0.0), objects, metrics, lambda: 0.0)
        intake.saw(key, {"kind": key.kind, "metadata": {**metadata, "resourceVersion": "1"}})
        with ThreadPoolExecutor(1) as pool:
            await Passes(intake, objects, Telling(events), pool, metrics, 60.0, lambda: 0.5).run(key)
        await kube.close()

    asyncio.run(story())
    return sorted(namespace.events("dev"))


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, "x" * 1024),
        ("\u00fc" * 600, "\u00fc" * 512),
        ("x" + "\u00fc" * 600, "x" + "\u00fc" * 511),
        ("\U0001f9ea" * 1000, "\U0001f9ea" * 256),
        ("half \ud83d of one", "half ? of one"),
    ],
    ids=["fits", "letters", "two bytes", "amid a character", "four bytes", "a surrogate"],
)
def test_a_note_is_cut_to_what_the_api_server_takes(namespace: Namespace, text: str, note: str) -> None:
    assert told(namespace, Event("Normal", Reason.APPLYING, text)) == [("Normal", "Applying", note)]


def test_an_event_that_is_refused_does_not_keep_the_next_one_from_being_told(namespace: Namespace) -> None:
    refused = Event(cast("Any", "Loud"), Reason.APPLYING, "of a type that there is not")
    assert told(namespace, refused, DONE) == [("Normal", "Converged", "3 objects in place")]


def test_without_an_api_server_the_first_event_is_tried_and_no_other(
    namespace: Namespace, caplog: pytest.LogCaptureFixture
) -> None:
    assert told(namespace, DONE, DONE, server="http://127.0.0.1:9") == []
    (line,) = [r.getMessage() for r in caplog.records if "not written" in r.getMessage()]
    assert line.startswith("events from Converged on were not written")
