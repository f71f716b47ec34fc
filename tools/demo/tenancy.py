"""Manners in a cluster that is somebody's (CLUSTER=current): the demo takes only free names, marks what it makes, and
removes only that. A cluster of the demo's own needs none of this: it goes away as a whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from demo.errors import DemoError
from demo.kubectl import Json, Kubectl
from demo.screen import Screen

TEAM = "ml-platform"
MARK, MARK_VALUE = "app.kubernetes.io/created-by", "lakeward-demo"
CRDS = ("-k", "crds")
INSTALL = ("-k", "manifests/install")
KINDS = ("mlworkspaces", "modelpromotions")  # those with a finalizer


@contextmanager
def guest(kubectl: Kubectl, screen: Screen) -> Iterator[None]:
    """Refuses a cluster that has Lakeward or the team's namespace already; cleans up at the end, however it ends."""
    if kubectl.cluster.ours:
        yield
        return
    for item in _taken(kubectl):
        if not _marked(item):
            raise DemoError(
                f"the cluster already has {item['kind']}/{item['metadata']['name']}, which the demo did not make: "
                "use another cluster, or unset CLUSTER."
            )
    _sweep(kubectl)
    try:
        yield
    finally:
        screen.note("Removing what the demo made in your cluster.")
        _sweep(kubectl)


def mark(kubectl: Kubectl, *which: str) -> None:
    """Marks what was just made as the demo's."""
    if not kubectl.cluster.ours:
        kubectl.run("label", "--overwrite", *which, f"{MARK}={MARK_VALUE}")


def _taken(kubectl: Kubectl) -> list[Json]:
    return [*kubectl.items(*CRDS), *kubectl.items(*INSTALL), *kubectl.items("namespace", TEAM)]


def _marked(item: Json) -> bool:
    return bool(item["metadata"].get("labels", {}).get(MARK) == MARK_VALUE)


def _sweep(kubectl: Kubectl) -> None:
    """Also what a run left that was killed: its lakehouse is gone, so nothing outside waits for the finalizers."""
    mine = [item for item in _taken(kubectl) if _marked(item)]
    crds = [item for item in mine if item["kind"] == "CustomResourceDefinition"]
    if crds:
        _free(kubectl)
    if any(item["metadata"]["name"] == TEAM for item in mine):
        kubectl.run("delete", "namespace", TEAM, "--ignore-not-found", "--timeout=60s")
    for item in mine:
        name, kind = item["metadata"]["name"], item["kind"].lower()
        if name == TEAM or (item in crds and _used(kubectl, name)):
            continue
        place = (f"--namespace={item['metadata']['namespace']}",) if "namespace" in item["metadata"] else ()
        kubectl.run("delete", kind, name, *place, "--ignore-not-found", "--timeout=60s")


def _free(kubectl: Kubectl) -> None:
    for kind in KINDS:
        for item in kubectl.items(kind, f"--namespace={TEAM}"):
            name = item["metadata"]["name"]
            nothing = '--patch={"metadata":{"finalizers":null}}'
            kubectl.run("patch", kind, name, f"--namespace={TEAM}", "--type=merge", nothing)


def _used(kubectl: Kubectl, crd: str) -> bool:
    """Whether somebody made objects of this kind while the demo ran: they would go with it."""
    return bool(kubectl.items(crd, "--all-namespaces"))
