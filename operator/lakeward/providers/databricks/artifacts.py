"""The files of a model version: their names, as untrusted input, and their digest. Moves bytes, never opens a model.

The digest of a version is the SHA-256 of its manifest: for each file, sorted by path, its path, size and SHA-256.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks.api import Json
from lakeward.providers.databricks.client import Databricks

FILES = "/api/2.0/fs/files"
DIRECTORIES = "/api/2.0/fs/directories"
SEGMENT = re.compile(r"^[A-Za-z0-9._+=@-]([A-Za-z0-9._+=@ -]{0,253}[A-Za-z0-9._+=@-])?$")
DEEPEST = 32
MOST_FILES = 10_000
MOST_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class File:
    """One file below the root of a version; `size` in bytes, as the listing tells it."""

    path: str
    size: int


def root(model: str, version: int) -> str:
    """Where the files of a version lie."""
    return f"/Models/{model.replace('.', '/')}/{version}"


def at_file(model: str, version: int, file: str) -> str:
    """The API path of one file of a version."""
    return f"{FILES}{quote(f'{root(model, version)}/{file}')}"


def listing(client: Databricks, model: str, version: int) -> tuple[File, ...]:
    """All files of a version, sorted by path. Invalid(UnsafeArtifact) on a name or a size that is not to be trusted."""
    files = sorted(_walk(client, root(model, version), root(model, version), 0), key=lambda f: f.path)
    if len(files) > MOST_FILES:
        raise _unsafe(f"it has more than {MOST_FILES} files")
    if sum(f.size for f in files) > MOST_BYTES:
        raise _unsafe(f"it is larger than {MOST_BYTES // 1024**3} GiB, the limit of a copy in the operator")
    return tuple(files)


def manifest(entries: Iterable[tuple[str, int, str]]) -> str:
    """The digest over (path, size, SHA-256 in hex) of all files, as `sha256:<hex>`."""
    text = "".join(f"{path}\0{size}\0{digest}\n" for path, size, digest in sorted(entries))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _walk(client: Databricks, top: str, folder: str, depth: int) -> Iterator[File]:
    if depth > DEEPEST:
        raise _unsafe(f"it is nested deeper than {DEEPEST} folders")
    for entry in client.api.pages(f"{DIRECTORIES}{quote(folder)}", "contents"):
        path = _checked(entry, folder)
        if entry.get("is_directory"):
            yield from _walk(client, top, path, depth + 1)
        else:
            yield File(path.removeprefix(f"{top}/"), int(entry.get("file_size") or 0))


def _checked(entry: Json, folder: str) -> str:
    path = str(entry.get("path") or "").rstrip("/")
    name = path.removeprefix(f"{folder}/")
    if not path.startswith(f"{folder}/") or name in {".", ".."} or not SEGMENT.match(name):
        raise _unsafe("a file name is not acceptable: only letters, digits and . _ + = @ - and inner blanks are")
    return path


def _unsafe(why: str) -> Invalid:
    return Invalid(f"the source's files cannot be copied: {why}", reason=Reason.UNSAFE_ARTIFACT, field="spec.source")
