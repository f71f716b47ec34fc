"""The health check of manifests/argocd as Argo CD runs it: Lua 5.1, with the object as the global `obj`."""

from collections.abc import Mapping
from typing import Any

import yaml
from lupa.lua51 import LuaRuntime  # type: ignore[import-untyped]  # lupa has no types

from docs.pages import ROOT

MANIFEST = ROOT / "manifests" / "argocd" / "health.yaml"
PREFIX = "resource.customizations.health.mlops.lakeward.dev_"


def scripts() -> Mapping[str, str]:
    """The script for each kind."""
    data: Mapping[str, str] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["data"]
    return {key.removeprefix(PREFIX): text for key, text in data.items()}


def health(obj: Mapping[str, Any]) -> tuple[str, str]:
    """Status and message that Argo CD shows for an object."""
    lua = LuaRuntime(register_eval=False, register_builtins=False)
    lua.globals().obj = lua.table_from(obj, recursive=True)
    told = lua.execute(scripts()[obj["kind"]])
    return str(told["status"]), str(told["message"])
