"""Tags of models and versions: their rules, and a change of several at once that happens wholly or not at all."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import models, versions
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.errors import Json, invalid

MOST = 20
_LONGEST_KEY = 255
_LONGEST_VALUE = 1000


def parse(given: Iterable[Json]) -> dict[str, str]:
    """`[{"key", "value"}]` as a map, each checked."""
    tags: dict[str, str] = {}
    for tag in given:
        key, value = tag.get("key"), tag.get("value", "")
        if not isinstance(key, str) or not isinstance(value, str):
            raise invalid("A tag needs a key and a value, both strings")
        _check(key, value)
        tags[key] = value
    _check_number(tags)
    return tags


def parse_changes(call: Call) -> tuple[dict[str, str], list[str]]:
    """The body `{"changes": {"add_tags": [{key, value}], "remove": [key]}}`: what to add, and the keys to remove."""
    changes = call.body.get("changes")
    if not isinstance(changes, dict):
        raise invalid("Missing required field: changes")
    add, remove = changes.get("add_tags") or [], changes.get("remove") or []
    if not isinstance(add, list) or not all(isinstance(tag, dict) for tag in add):
        raise invalid("changes.add_tags must be a list of objects")
    if not isinstance(remove, list) or not all(isinstance(key, str) for key in remove):
        raise invalid("changes.remove must be a list of keys")
    return parse(add), remove


def change_model(call: Call, model: Model, add: Mapping[str, str], remove: Sequence[str]) -> None:
    models.require_owner(call, model)
    models.keep(call, replace(model, tags=_changed(model.tags, add, remove)))


def change_version(call: Call, model: Model, number: int, add: Mapping[str, str], remove: Sequence[str]) -> None:
    models.require_owner(call, model)
    version = versions.find(call, model, number)
    versions.keep(call, model, replace(version, tags=_changed(version.tags, add, remove)))


def _changed(tags: Mapping[str, str], add: Mapping[str, str], remove: Sequence[str]) -> dict[str, str]:
    if both := sorted(set(add) & set(remove)):
        raise invalid(f"Tag '{both[0]}' cannot be added and removed in the same request")
    changed = {key: value for key, value in {**tags, **add}.items() if key not in remove}
    _check_number(changed)
    return changed


def _check(key: str, value: str) -> None:
    if not key or key != key.strip() or len(key) > _LONGEST_KEY or re.search(r"[.,\-=/:]", key):
        raise invalid(
            f"Tag key '{key}' is not valid: keys have 1 to {_LONGEST_KEY} characters, none of . , - = / : and no"
            " leading or trailing spaces"
        )
    if len(value) > _LONGEST_VALUE:
        raise invalid(f"The value of tag '{key}' is longer than {_LONGEST_VALUE} characters")


def _check_number(tags: Mapping[str, str]) -> None:
    if len(tags) > MOST:
        raise invalid(f"A securable can have at most {MOST} tags, not {len(tags)}")
