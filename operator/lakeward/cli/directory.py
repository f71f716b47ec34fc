"""Manifests from folders, files and standard input: our objects, the Secrets beside them, and what cannot be read.

Does as much of kustomize as a folder of plain manifests needs, and says where that is not enough. Never raises for
what it reads: one bad file must not hide the plan of the others.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lakeward.api.objects import GROUP, KINDS, VERSION
from lakeward.cli.documents import Unreadable, load, text_of
from lakeward.engine.outcome import Key

STDIN = "-"
SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATION = ("kustomization.yaml", "kustomization.yml", "Kustomization")
HONOURED = frozenset({"apiVersion", "kind", "metadata", "namespace", "resources"})
NAME = re.compile("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
DEEPEST = 64
DELETED, STATUS = "deletionTimestamp", "status"
OURS = frozenset(info.kind for info in KINDS)
Body = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """Why something was not read: the file, and one sentence."""

    source: str
    message: str


@dataclass
class Manifests:
    """What was found, in the order of the files.

    objects  ours, and `sources` says where each was found
    secrets  bodies of Secrets by namespace and name
    ignored  how many documents are none of ours
    """

    objects: dict[Key, Body] = field(default_factory=dict)
    sources: dict[Key, str] = field(default_factory=dict)
    secrets: dict[tuple[str, str], Body] = field(default_factory=dict)
    ignored: int = 0
    faults: list[Fault] = field(default_factory=list)


def read(places: Sequence[str], namespace: str, stdin: Callable[[], str], *, status: bool = True) -> Manifests:
    """All manifests of these files and folders; `namespace` is for objects that name none.

    `status` is whether a file is believed that says one. The cluster alone writes it, as it does the time of a
    deletion: what comes by standard input is as the cluster has it, what lies in a file says what its author likes.
    """
    reader = _Reader(namespace, status=status)
    for place in places:
        if place == STDIN:
            reader.hear(stdin)
        else:
            reader.visit(Path(place), None)
    return reader.found


@dataclass(frozen=True)
class _Origin:
    """Where documents come from, the namespace that a kustomization gives them, and whether it is the cluster."""

    source: str
    forced: str | None = None
    cluster: bool = False


class _Reader:
    """Walks folders and sorts documents. `forced` is the namespace of the kustomization that is being read."""

    def __init__(self, namespace: str, *, status: bool) -> None:
        self.found = Manifests()
        self._namespace = namespace
        self._status = status
        self._depth = 0
        self._seen: set[tuple[str, str | None]] = set()

    def hear(self, stdin: Callable[[], str]) -> None:
        origin = _Origin("standard input", cluster=True)
        try:
            self._take(origin, stdin())
        except UnicodeDecodeError:
            self._fault(origin.source, "is not text in UTF-8")

    def visit(self, place: Path, forced: str | None) -> None:
        # one base may serve several kustomizations, each with a namespace of its own
        # Path.resolve() raises for a link to itself
        visited = (os.path.realpath(place), forced)
        if visited in self._seen:
            return
        self._seen.add(visited)
        self._depth += 1
        try:
            if self._depth > DEEPEST:
                self._fault(place, f"is nested too deeply: in more than {DEEPEST} folders or kustomizations")
            elif place.is_dir():
                self._folder(place, forced)
            else:
                self._take(_Origin(str(place), forced), text_of(place))
        except Unreadable as error:
            self._fault(place, str(error))
        except OSError as error:
            self._fault(place, f"cannot be read: {error.strerror}")
        finally:
            self._depth -= 1

    def _take(self, origin: _Origin, text: str) -> None:
        try:
            for body in load(text, json=origin.source.endswith(".json")):
                self._sort(origin, body)
        except Unreadable as error:
            self._fault(origin.source, str(error))
        except RecursionError:
            self._fault(origin.source, "a list is nested too deeply")

    def _folder(self, folder: Path, forced: str | None) -> None:
        for name in KUSTOMIZATION:
            if (folder / name).is_file():
                self._kustomization(folder, folder / name, forced)
                return
        for place in sorted(folder.iterdir()):
            hidden = place.name.startswith(".")
            # kubectl applies a file whose name begins with a dot, and one whose name is a suffix
            wanted = not hidden if place.is_dir() else place.name.endswith(SUFFIXES)
            if wanted:
                self.visit(place, forced)

    def _kustomization(self, folder: Path, file: Path, forced: str | None) -> None:
        try:
            body = next(load(text_of(file)), None) or {}
        except Unreadable as error:
            self._fault(file, str(error))
            return
        wrong = _beyond(folder, body)
        if wrong:
            self._fault(file, wrong)
            return
        for resource in body.get("resources") or ():
            self.visit(folder / resource, forced or body.get("namespace"))

    def _sort(self, origin: _Origin, body: Body) -> None:
        # to kubectl all that has items is a list, to others only what says so
        items = body.get("items")
        for item in items if isinstance(items, list) else ():
            if isinstance(item, Mapping):
                self._sort(origin, item)
        if isinstance(items, list) and body.get("kind") == "List":
            return
        group, _, version = str(body.get("apiVersion", "")).rpartition("/")
        secret = (group, version, body.get("kind")) == ("", "v1", "Secret")
        if group != GROUP and not secret:
            self.found.ignored += 1
            return
        kind = str(body.get("kind"))
        meta = body.get("metadata")
        meta = meta if isinstance(meta, Mapping) else {}
        key = Key(kind, str(origin.forced or meta.get("namespace") or self._namespace), str(meta.get("name") or ""))
        wrong = _wrong(key, version, secret=secret)
        if wrong:
            self._fault(origin.source, f"{kind} {meta.get('name', '')}: {wrong}")
        elif secret:
            self.found.secrets[key.namespace, key.name] = body
        elif key in self.found.objects:
            self._fault(origin.source, f"{key} is declared a second time; the first is in {self.found.sources[key]}")
        else:
            whole = {**body, "metadata": {**meta, "namespace": key.namespace}}
            self.found.objects[key] = whole if origin.cluster else _sent(whole, status=self._status)
            self.found.sources[key] = origin.source

    def _fault(self, source: Path | str, message: str) -> None:
        self.found.faults.append(Fault(str(source), message))


def _sent(body: Body, *, status: bool) -> Body:
    """The body as the API server takes it from a file: it drops what it writes itself."""
    meta = {name: value for name, value in body["metadata"].items() if name != DELETED}
    return {name: value for name, value in body.items() if status or name != STATUS} | {"metadata": meta}


def _beyond(folder: Path, body: Body) -> str:
    """What keeps a kustomization from being followed here."""
    resources, namespace = body.get("resources") or (), body.get("namespace")
    beyond = sorted(set(map(str, body)) - HONOURED)
    remote = not isinstance(resources, list | tuple) or any("://" in str(r) or "?" in str(r) for r in resources)
    if beyond or remote:
        what = ", ".join(beyond) or "remote resources"
        hint = f"kubectl kustomize {folder} | lakeward plan -f -"
        return f"{what}: only namespace and resources are understood here; run {hint}"
    if not (namespace is None or isinstance(namespace, str)):
        return "namespace must be text"
    if not all(isinstance(resource, str) and resource.isprintable() for resource in resources):
        return "resources must be printable names of files and folders"
    return ""


def _wrong(key: Key, version: str, *, secret: bool) -> str:
    """What keeps this manifest from being anybody's, before its spec is looked at."""
    if not secret and key.kind not in OURS:
        return f"this version knows no such kind; it knows {', '.join(sorted(OURS))}"
    if not secret and version != VERSION:
        return f"apiVersion must be {GROUP}/{VERSION}"
    for path, text in (("metadata.name", key.name), ("metadata.namespace", key.namespace)):
        if not NAME.fullmatch(text):
            return f"{path} must be lower-case letters, digits, - and ."
    return ""
