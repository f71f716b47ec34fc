"""Previews of objects of a directory, side by side: what a pass over each would do, without a cluster."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from lakeward.cli.checks import Check, Said, check, held, let_go, on_hold
from lakeward.cli.inputs import Inputs
from lakeward.cli.world import DirectoryWorld
from lakeward.engine.errors import Unavailable
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.engine.work import Works
from lakeward.kinds.connect import Connections, Limits
from lakeward.passes.reconcile import Preview, Reconciler
from lakeward.passes.roster import reconciler

log = logging.getLogger(__name__)

OBJECTS = 8

T = TypeVar("T")
U = TypeVar("U")
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Bench:
    """Where objects are looked at: the world of the manifests, and passes that never write."""

    world: DirectoryWorld
    passes: Reconciler
    pool: ThreadPoolExecutor

    def preview(self, key: Key, body: Body) -> Preview:
        """What a pass over this body would do; a defect of the program is a problem of this object alone."""
        try:
            return self.passes.preview(body)
        except Exception as error:
            log.exception("%s: the preview failed unexpectedly", key)
            text = f"unexpected {type(error).__name__}; the traceback above is for a bug report"
            return Preview(key, problem=Unavailable(text, reason=Reason.INTERNAL_ERROR))

    def each(self, work: Callable[[T], U], things: Iterable[T]) -> tuple[U, ...]:
        """The work done on all things, several at a time, in their order."""
        return tuple(self.pool.map(work, things))


def previews(inputs: Inputs) -> tuple[Preview, ...]:
    """What a pass over each object would do, in the order of the manifests."""
    with bench(inputs) as made:
        return made.each(lambda item: made.preview(*item), inputs.manifests.objects.items())


def checks(inputs: Inputs, keys: Sequence[Key], *, strict: bool) -> tuple[Check, ...]:
    """What the gates of these promotions say, in this order; `strict` as in `check`."""
    objects, sources = inputs.manifests.objects, inputs.manifests.sources

    with bench(inputs) as made:
        return made.each(lambda key: _check(made, key, objects[key], sources[key], strict=strict), keys)


def _check(made: Bench, key: Key, body: Body, file: str, *, strict: bool) -> Check:
    """What the gates say, also of a move that is held: whoever writes the manifest may write the annotation, too."""
    why = on_hold(body)
    if why:
        free = let_go(body)
        said = check(made.preview(key, free), free, file, strict=strict)
        if said.said is not Said.NOTHING:
            return held(said, why)
    return check(made.preview(key, body), body, file, strict=strict)


@contextmanager
def bench(inputs: Inputs) -> Iterator[Bench]:
    """A bench for these manifests, with clients to the real services."""
    settings = inputs.settings
    objects = ThreadPoolExecutor(OBJECTS, "object")
    limits = Limits(
        allowed_hosts=settings.allowed_hosts,
        allow_loopback_http=settings.allow_loopback_http,
        calls_per_second=settings.calls_per_second,
        scan_interval=settings.scan_interval,
    )
    works = Works(objects)
    # no long work begins: reading back a whole model is not worth a look
    works.stop()
    connections = Connections(limits, works)
    world = DirectoryWorld(settings.cluster_name, inputs.manifests.objects, inputs.secrets, connections)
    passes = reconciler(world, lambda: False, timedelta(seconds=settings.drift_grace))
    try:
        yield Bench(world, passes, objects)
    finally:
        # not waited for: after Ctrl-C a call may take as long as it likes
        objects.shutdown(wait=False, cancel_futures=True)
