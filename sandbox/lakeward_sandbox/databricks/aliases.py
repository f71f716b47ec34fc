"""Aliases: names that point at one version of a model. The last writer wins; there is no compare-and-set."""

import re
from dataclasses import replace

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import models, versions
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.databricks.versions import Version
from lakeward_sandbox.errors import invalid, missing

_LONGEST = 255


def point(call: Call, model: Model, alias: str, number: int) -> Model:
    """Sets the alias to a version, wherever it pointed before."""
    models.require_owner(call, model)
    _check(alias)
    versions.find(call, model, number)
    changed = replace(model, aliases={**model.aliases, alias: number})
    models.keep(call, changed)
    return changed


def remove(call: Call, model: Model, alias: str) -> None:
    models.require_owner(call, model)
    resolve(call, model, alias)
    left = {name: number for name, number in model.aliases.items() if name != alias}
    models.keep(call, replace(model, aliases=left))


def resolve(call: Call, model: Model, alias: str) -> Version:
    """The version that the alias names, or 404."""
    number = model.aliases.get(alias)
    if number is None:
        raise missing(f"Alias '{alias}' of model '{model.full_name}' does not exist.")
    return versions.find(call, model, number)


def _check(alias: str) -> None:
    if not re.fullmatch(r"[\w\-]+", alias) or len(alias) > _LONGEST:
        raise invalid(
            f"Invalid alias name: '{alias}'. Names may only contain alphanumerics, underscores (_) and dashes (-)"
            f" and are at most {_LONGEST} characters long."
        )
    if alias.lower() == "latest":
        raise invalid("'latest' alias name (case insensitive) is reserved.")
    if re.fullmatch(r"[vV]\d+", alias):
        raise invalid(f"Version alias name '{alias}' is reserved.")
