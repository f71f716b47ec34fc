"""The line of versions that replaced each other as champion, as far as the tags on them can be trusted. Reads."""

from collections.abc import Iterator

from lakeward.kinds.modelpromotion.findings import Promotion
from lakeward.kinds.modelpromotion.records import PROMOTED_AT, REPLACES, has_failed, is_number, record
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.registry import READY, Model, Version


def line(client: Databricks, obj: Promotion, start: Version | None, most: int | None = None) -> Iterator[int]:
    """The version that `start` replaced, the one that that one replaced, ...

    At most so many, the rollback's window by default. It ends at a version that is not ready, was given up, was not
    promoted by us, or was seen before.
    """
    seen: set[int] = set()
    now = start
    while now is not None and now.version not in seen and now.status == READY and PROMOTED_AT in now.tags:
        if seen:
            if has_failed(now):
                return
            yield now.version
        seen.add(now.version)
        before = now.tags.get(REPLACES, "")
        if len(seen) > (obj.spec.rollback.window if most is None else most) or not is_number(before):
            return
        now = registry.version(client, obj.spec.target.model, int(before))


def rolled_back(client: Databricks, obj: Promotion, target: Model | None, copy: Version | None) -> bool:
    """Whether the pinned version became champion by a way back: it comes before the one that `previous` names.

    Looked at only where the record or the status does not know that it is champion: a run was cut right after that.
    """
    aliases = obj.spec.switch.aliases
    if target is None or copy is None or target.aliases.get(aliases.champion) != copy.version:
        return False
    last, told = record(target.tags), (obj.status.get("promoted") or {}).get("version")
    replaced = target.aliases.get(aliases.previous)
    if replaced is None or ((last is None or last.version == copy.version) and told in {None, copy.version}):
        return False
    if replaced == copy.version:
        return True
    return copy.version in line(client, obj, registry.version(client, target.name, replaced))
