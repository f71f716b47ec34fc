"""Previews of all objects of a directory, side by side."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from lakeward.cli.directory import Manifests
from lakeward.cli.secrets import Secrets
from lakeward.cli.world import DirectoryWorld
from lakeward.engine.errors import Unavailable
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.engine.work import Works
from lakeward.kinds.connect import Connections, Limits
from lakeward.passes.reconcile import Preview, Reconciler
from lakeward.passes.roster import reconciler
from lakeward.settings import Settings

log = logging.getLogger(__name__)

OBJECTS = 8


def previews(settings: Settings, manifests: Manifests, secrets: Secrets) -> tuple[Preview, ...]:
    """What a pass over each object would do, in the order of the manifests."""
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
    world = DirectoryWorld(settings.cluster_name, manifests.objects, secrets, connections)
    passes = reconciler(world, lambda: False, timedelta(seconds=settings.drift_grace))
    try:
        return tuple(objects.map(lambda item: _preview(passes, *item), manifests.objects.items()))
    finally:
        # not waited for: after Ctrl-C a call may take as long as it likes
        objects.shutdown(wait=False, cancel_futures=True)


def _preview(passes: Reconciler, key: Key, body: Mapping[str, Any]) -> Preview:
    try:
        return passes.preview(body)
    except Exception as error:
        log.exception("%s: the preview failed unexpectedly", key)
        text = f"unexpected {type(error).__name__}; the traceback above is for a bug report"
        return Preview(key, problem=Unavailable(text, reason=Reason.INTERNAL_ERROR))
