"""The copy of a version, made by the operator itself: create, fill, verify, tag with the digest, finalize.

Part of a long work: it leaves when it is asked to, and finalizes nothing then. Before each write it is asked again.
"""

from collections.abc import Mapping
from contextlib import suppress

from lakeward.engine.errors import Conflict, Invalid, Problem, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.engine.work import Stopped, Tell
from lakeward.providers.databricks import copy_files, registry
from lakeward.providers.databricks.api import path
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.copy_adoption import adoptable
from lakeward.providers.databricks.copy_marks import ATTEMPT, DIGEST, FAILED, is_broken, is_unfinished
from lakeward.providers.databricks.copy_order import SLOW, Order, Original
from lakeward.providers.databricks.digest import remember, remembered
from lakeward.providers.databricks.executor import MLMODEL
from lakeward.providers.databricks.model_tags import tagging
from lakeward.providers.databricks.registry import PENDING, READY, Version

REGISTERING = 5.0


def copy(client: Databricks, order: Order, original: Original, tell: Tell, *, tries: int) -> None:
    """Make the copy, in so many tries. A version that the registry refuses is removed.

    Invalid(CopyFailed) when it refuses the last one, too.
    """
    for _ in range(tries):
        if _made(client, order, original, tell):
            return
    text = f"the registry ended the copy in {order.model} as {FAILED} each time; it was removed, and is tried again"
    raise Invalid(text, reason=Reason.COPY_FAILED, retry_after=SLOW)


def finish(client: Databricks, order: Order, source: Version, number: int) -> bool:
    """Finalize a copy that has all its files: whether it is ready and whole. One that the registry refused is removed.

    Asking again changes nothing: a process may have been cut at any point.
    """
    go_on(client, order)
    at = path(registry.MODELS, order.model, "versions", number, "finalize")
    status = client.api.do("PATCH", at, body={"full_name": order.model, "version": number}).get("status") or READY
    if status == PENDING:
        text = f"version {number} of {order.model} has all its files and is being registered"
        raise Unavailable(text, reason=Reason.PROGRESSING, retry_after=REGISTERING)
    if status == READY:
        _need_dependencies(client, order, source, number)
    else:
        remove(client, order, number)
    return status == READY


def need_pinned(client: Databricks, order: Order, source: Version) -> None:
    """Invalid(DigestMismatch) where it is known that the files of the source are not those that are pinned."""
    known = remembered(client, source) or remembered(client, source, told=True)
    if order.pin is not None and known is not None and known != order.pin:
        text = f"the files of the source have {known}, which is not what is pinned; nothing was promoted"
        raise Invalid(text, reason=Reason.DIGEST_MISMATCH, field="spec.source.digest", retry_after=SLOW)


def remove(client: Databricks, order: Order, number: int, *, broken: bool = False) -> None:
    """Delete a version that is no copy; absent is success. Conflict when it has become one, and is not `broken`."""
    go_on(client, order)
    found = registry.version(client.fresh(), order.model, number)
    if found is not None and found.status == READY and not broken:
        raise Conflict(f"version {number} of {order.model} was finished meanwhile")
    if found is not None and not found.aliases:
        client.api.drop(registry.at_version(order.model, number))


def _made(client: Databricks, order: Order, original: Original, tell: Tell) -> bool:
    number = _begun(client, order, original.version)
    if number is None:
        return True
    try:
        made = _filled(client, order, number, original, tell)
        remember(client, original.version, made)
        need_pinned(client, order, original.version)
    except Invalid:
        _give_up(client, order, number)
        raise
    except Stopped:
        if client.works.asked(order.work) is not None:
            _give_up(client, order, number)
        raise
    go_on(client, order)
    tag = {"changes": {"add_tags": [{"key": DIGEST, "value": made}]}}
    client.api.do("PATCH", tagging(order.model, number), body=tag)
    return finish(client, order, original.version, number)


def _begun(client: Databricks, order: Order, source: Version) -> int | None:
    """The number of a new version. A create that was answered late may have made one, too: the lowest number stays.

    None when another operator has made the copy, and only now there is a number that leads to it.
    """
    before = {v.version for v in registry.copies(client, order.model, order.origin)}
    go_on(client, order)
    number = _create(client, order, source)
    registry.given(client, order.model, number)
    born = registry.newborn(client, order.model, order.origin, {*before, number})
    if adoptable(client, born, source, order.pin, job=order.job) is not None:
        remove(client, order, number)
        return None
    us = {client.principal()}
    twins = {v.version for v in born if v.tags.get(ATTEMPT) == order.owner and is_unfinished(v, order.owner, us)}
    stays, *others = sorted({number, *twins})
    for twin in others:
        remove(client, order, twin)
    return stays


def _create(client: Databricks, order: Order, source: Version) -> int:
    """Sent once: when the answer is lost, the next try finds what it made."""
    catalog, schema, name = order.model.split(".")
    tags = {**order.carry, ATTEMPT: order.owner}
    body: dict[str, object] = {
        "catalog_name": catalog,
        "schema_name": schema,
        "model_name": name,
        "source": order.origin,
        "tags": [{"key": key, "value": value} for key, value in sorted(tags.items())],
        **_known({"run_id": source.run_id, "model_id": source.model_id}),
    }
    if source.dependencies:
        body["model_version_dependencies"] = {"dependencies": [*source.dependencies]}
    return int(client.api.do("POST", f"{registry.MODELS}/versions", body=body)["version"])


def _known(fields: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in fields.items() if value}


def _filled(client: Databricks, order: Order, number: int, original: Original, tell: Tell) -> str:
    """The digest of what was copied."""

    def leave(amid: bool) -> bool:
        return client.works.stopping(order.work, amid=amid)

    course = copy_files.Course(original.files, tell, leave, order.limit, {MLMODEL: original.mlmodel})
    return copy_files.fill(client, (order.source, order.version), (order.model, number), course)


def _need_dependencies(client: Databricks, order: Order, source: Version, number: int) -> None:
    copied = registry.version(client.fresh(), order.model, number) if source.dependencies else None
    if copied is not None and is_broken(copied, order.owner, {client.principal()}, source):
        remove(client, order, number, broken=True)
        have, had = len(copied.dependencies), len(source.dependencies)
        text = f"the copy had {have} of the {had} dependencies of its source; it was removed"
        raise Invalid(text, reason=Reason.DEPENDENCIES_LOST, retry_after=SLOW)


def _give_up(client: Databricks, order: Order, number: int) -> None:
    """Remove what was begun, unless nothing may be written any more. What cannot be removed now is removed later."""
    if not client.works.stopping():
        with suppress(Problem):
            client.api.drop(registry.at_version(order.model, number))


def go_on(client: Databricks, order: Order) -> None:
    """Before each write: raises Stopped when the work is to leave."""
    if client.works.stopping(order.work):
        raise Stopped
