"""Intake: which passes are planned by what comes in, of objects that speak to others above all."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import pytest

from lakeward.cluster.intake import Intake, at_rest
from lakeward.cluster.kube import Kube
from lakeward.cluster.metrics import Metrics
from lakeward.cluster.objects import Objects
from lakeward.cluster.queue import WorkQueue
from lakeward.cluster.store import FINALIZER, Store
from lakeward.engine.outcome import Key

Body = dict[str, Any]
PROMOTION, OTHER = Key("ModelPromotion", "team", "churn"), Key("ModelPromotion", "team", "ltv")
APPROVAL = Key("PromotionApproval", "team", "churn-x7k2p")


def body(key: Key, version: int, *, uid: str = "u1", spec: object = "churn", **more: Any) -> Body:
    metadata = {"namespace": key.namespace, "name": key.name, "uid": uid, "resourceVersion": str(version)}
    return {"kind": key.kind, "metadata": metadata | more.pop("metadata", {}), "spec": spec, **more}


def speaks(about: Mapping[str, Any]) -> Iterable[Key]:
    """An approval of these tests has the name of its promotion as its spec."""
    return [Key("ModelPromotion", "team", about["spec"])] if about["kind"] == APPROVAL.kind else []


def planned(steps: Callable[[Intake], object]) -> set[Key]:
    """The objects for which a pass is planned by the last step of a story, in a team of two promotions."""

    async def story() -> set[Key]:
        queue = WorkQueue(asyncio.get_running_loop(), lambda: 0.0)
        objects = Objects(cast("Kube", None), {})  # no kinds: it is never asked
        intake = Intake(Store(), queue, objects, Metrics(), lambda: 0.0, speaks)
        for promotion in (PROMOTION, OTHER):
            intake.saw(promotion, body(promotion, 1))
        intake.saw(APPROVAL, body(APPROVAL, 10))
        intake.store.link(APPROVAL, [PROMOTION])
        await drained(queue)
        steps(intake)
        return await drained(queue)

    return asyncio.run(story())


async def drained(queue: WorkQueue) -> set[Key]:
    found = set()
    while any(queue.depth().values()):
        key = await queue.get()
        found.add(key)
        queue.done(key)
    return found


def echo(intake: Intake) -> None:
    intake.store.expect(APPROVAL, {"phase": "Counted"})
    intake.saw(APPROVAL, body(APPROVAL, 11, status={"phase": "Counted"}))


def told(intake: Intake) -> None:
    intake.store.expect(PROMOTION, {"phase": "Promoted"})
    intake.saw(PROMOTION, body(PROMOTION, 11, status={"phase": "Promoted"}))


@pytest.mark.parametrize(
    ("what", "steps", "expected"),
    [
        ("it is seen again", lambda i: i.saw(APPROVAL, body(APPROVAL, 10)), set()),
        ("our own status of it comes back", echo, set()),
        ("its promotion tells its status", told, {APPROVAL}),
        (
            "another one is made",
            lambda i: i.saw(Key(APPROVAL.kind, "team", "new"), body(Key(APPROVAL.kind, "team", "new"), 11, uid="u2")),
            {Key(APPROVAL.kind, "team", "new"), PROMOTION},
        ),
        (
            "it is annotated",
            lambda i: i.saw(APPROVAL, body(APPROVAL, 11, metadata={"annotations": {"a": "b"}})),
            {APPROVAL, PROMOTION},
        ),
        (
            "it is being deleted",
            lambda i: i.saw(APPROVAL, body(APPROVAL, 11, metadata={"deletionTimestamp": "now"})),
            {APPROVAL, PROMOTION},
        ),
        ("it is gone", lambda i: i.gone(APPROVAL, "u1"), {PROMOTION}),
        ("a predecessor is gone", lambda i: i.gone(APPROVAL, "u0"), set()),
        (
            "a namesake about another one takes its place",
            lambda i: i.saw(APPROVAL, body(APPROVAL, 11, uid="u2", spec="ltv")),
            {APPROVAL, PROMOTION, OTHER},
        ),
        (
            "it is about nobody that exists",
            lambda i: i.saw(APPROVAL, body(APPROVAL, 11, uid="u2", spec="nobody")),
            {APPROVAL, PROMOTION},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_approval_wakes_its_promotion_by_what_others_write(
    what: str, steps: Callable[[Intake], object], expected: set[Key]
) -> None:
    assert planned(steps) == expected, what


@pytest.mark.parametrize(
    ("kind", "finalizers", "rests"),
    [
        ("ModelPromotion", [FINALIZER], True),
        ("ModelPromotion", [], False),
        ("PromotionApproval", [], True),
        ("PromotionApproval", ["of/another"], True),
    ],
)
def test_only_who_carries_our_finalizer_needs_it_to_rest(kind: str, finalizers: list[str], rests: bool) -> None:
    metadata = {"generation": 1, "finalizers": finalizers}
    status = {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}
    assert at_rest(body(Key(kind, "team", "x"), 1, metadata=metadata, status=status)) is rests
