"""Manifests from folders, files and standard input: our objects, the Secrets beside them, and what cannot be read.

Does as much of kustomize as a folder of plain manifests needs, and says where that is not enough. Never raises for
what it reads: one bad file must not hide the plan of the others.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lakeward.api.objects import GROUP, KINDS, VERSION
from lakeward.cli.documents import Unreadable, load
from lakeward.engine.outcome import Key

STDIN = "-"
SUFFIXES = frozenset({".yaml", ".yml", ".json"})
KUSTOMIZATION = ("kustomization.yaml", "kustomization.yml", "Kustomization")
HONOURED = frozenset({"apiVersion", "kind", "metadata", "namespace", "resources"})
NAME = re.compile("[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
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


def read(places: Sequence[str], namespace: str, stdin: Callable[[], str]) -> Manifests:
    """All manifests of these files and folders; `namespace` is for objects that name none."""
    reader = _Reader(namespace)
    for place in places:
        if place == STDIN:
            reader.take("standard input", stdin(), None)
        else:
            reader.visit(Path(place), None)
    return reader.found


class _Reader:
    """Walks folders and sorts documents. `forced` is the namespace of the kustomization that is being read."""

    def __init__(self, namespace: str) -> None:
        self.found = Manifests()
        self._namespace = namespace
        self._seen: set[tuple[Path, str | None]] = set()

    def visit(self, place: Path, forced: str | None) -> None:
        # one base may serve several kustomizations, each with a namespace of its own
        visited = (place.resolve(), forced)
        if visited in self._seen:
            return
        self._seen.add(visited)
        try:
            if place.is_dir():
                self._folder(place, forced)
            else:
                self.take(str(place), place.read_text(encoding="utf-8"), forced)
        except UnicodeDecodeError:
            self._fault(place, "is not text in UTF-8")
        except OSError as error:
            self._fault(place, f"cannot be read: {error.strerror}")

    def take(self, source: str, text: str, forced: str | None) -> None:
        try:
            for body in load(text, json=source.endswith(".json")):
                self._sort(source, body, forced)
        except Unreadable as error:
            self._fault(source, str(error))

    def _folder(self, folder: Path, forced: str | None) -> None:
        for name in KUSTOMIZATION:
            if (folder / name).is_file():
                self._kustomization(folder, folder / name, forced)
                return
        for place in sorted(folder.iterdir()):
            hidden = place.name.startswith(".")
            if not hidden and (place.is_dir() or place.suffix in SUFFIXES):
                self.visit(place, forced)

    def _kustomization(self, folder: Path, file: Path, forced: str | None) -> None:
        try:
            body = next(load(file.read_text(encoding="utf-8")), None) or {}
        except Unreadable as error:
            self._fault(file, str(error))
            return
        resources = body.get("resources") or ()
        beyond = sorted(set(map(str, body)) - HONOURED)
        remote = not isinstance(resources, list | tuple) or any("://" in str(r) or "?" in str(r) for r in resources)
        if beyond or remote:
            what = ", ".join(beyond) or "remote resources"
            hint = f"kubectl kustomize {folder} | lakeward plan -f -"
            self._fault(file, f"{what}: only namespace and resources are understood here; run {hint}")
            return
        for resource in resources:
            self.visit(folder / str(resource), forced or body.get("namespace"))

    def _sort(self, source: str, body: Body, forced: str | None) -> None:
        if body.get("kind") == "List" and isinstance(body.get("items"), list):
            for item in body["items"]:
                if isinstance(item, Mapping):
                    self._sort(source, item, forced)
            return
        group, _, version = str(body.get("apiVersion", "")).rpartition("/")
        secret = (group, version, body.get("kind")) == ("", "v1", "Secret")
        if group != GROUP and not secret:
            self.found.ignored += 1
            return
        kind = str(body.get("kind"))
        meta = body.get("metadata")
        meta = meta if isinstance(meta, Mapping) else {}
        key = Key(kind, str(forced or meta.get("namespace") or self._namespace), str(meta.get("name") or ""))
        wrong = _wrong(key, version, secret=secret)
        if wrong:
            self._fault(source, f"{kind} {meta.get('name', '')}: {wrong}")
        elif secret:
            self.found.secrets[key.namespace, key.name] = body
        elif key in self.found.objects:
            self._fault(source, f"{key} is declared a second time; the first is in {self.found.sources[key]}")
        else:
            self.found.objects[key] = {**body, "metadata": {**meta, "namespace": key.namespace}}
            self.found.sources[key] = source

    def _fault(self, source: Path | str, message: str) -> None:
        self.found.faults.append(Fault(str(source), message))


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
