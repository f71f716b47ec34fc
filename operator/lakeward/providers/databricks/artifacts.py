"""The files of a model version: their names, as untrusted input, and their digest. Moves bytes, never opens a model.

The digest of a version is the SHA-256 of its manifest: for each file, sorted by path, its path, size and SHA-256.
The copy job's program, `manifests/databricks/lakeward_copy.py`, keeps the same rules and makes the same digest.
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
SEGMENT = re.compile(r"[A-Za-z0-9._+=@-]([A-Za-z0-9._+=@ -]{0,253}[A-Za-z0-9._+=@-])?")
DEEPEST = 32
MOST_FILES = 10_000
MOST_FOLDERS = 1_000
PARSED = frozenset({"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"})
"""Files at the root that are read as text by us or by whoever serves the model."""
MOST_PARSED = 1024**2


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
    top = root(model, version)
    found: dict[str, File] = {}
    folders = [""]
    total = 0
    for folder in folders:  # grows on the way
        at = f"{top}/{folder}".removesuffix("/")
        for entry in client.api.pages(f"{DIRECTORIES}{quote(at)}", "contents"):
            path = f"{folder}/{name(str(entry.get('path') or '').removesuffix('/'), at)}".removeprefix("/")
            if entry.get("is_directory"):
                folders.append(path)
            elif path in found:
                raise unsafe("a file is listed twice")
            else:
                found[path] = _file(path, entry)
                total += found[path].size
            _bounded(path, files=len(found), folders=len(folders), total=total, most=client.limits.most)
    return tuple(found[path] for path in sorted(found))


def manifest(entries: Iterable[tuple[str, int, str]]) -> str:
    """The digest over (path, size, SHA-256 in hex) of all files, as `sha256:<hex>`."""
    text = "".join(f"{path}\0{size}\0{digest}\n" for path, size, digest in sorted(entries))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def pieces(client: Databricks, model: str, version: int, file: File) -> Iterator[bytes]:
    """The bytes of a file as it was listed; Invalid(UnsafeArtifact) when it has grown or shrunk, not one byte more."""
    left = file.size
    for piece in client.api.download(at_file(model, version, file.path)):
        left -= len(piece)
        if left < 0:
            break
        yield piece
    if left:
        raise unsafe(f"{file.path} changed its size while it was read")


def parsed(client: Databricks, model: str, version: int, file: File) -> bytes:
    """The whole of a file that is read as text."""
    if file.size > MOST_PARSED:
        raise unsafe(f"{file.path} is larger than {size(MOST_PARSED)}")
    return b"".join(pieces(client, model, version, file))


def size(count: float) -> str:
    """A number of bytes as a person reads it, for example `1.2 GiB`."""
    for unit in ("bytes", "KiB", "MiB"):
        if count < 1024:  # noqa: PLR2004 - the next unit
            return f"{count:.1f} {unit}".replace(".0 ", " ")
        count /= 1024
    return f"{count:.1f} GiB".replace(".0 ", " ")


def name(path: str, folder: str) -> str:
    """The name of a listed entry in its folder. Invalid(UnsafeArtifact) unless it is one and lies there."""
    found = path.removeprefix(f"{folder}/")
    if not path.startswith(f"{folder}/") or found in {".", ".."} or not SEGMENT.fullmatch(found):
        raise unsafe("a file name is not acceptable: only letters, digits and . _ + = @ - and inner blanks are")
    return found


def unsafe(why: str) -> Invalid:
    """The problem of a source whose files are not to be trusted."""
    return Invalid(f"the source's files cannot be copied: {why}", reason=Reason.UNSAFE_ARTIFACT, field="spec.source")


def _bounded(path: str, *, files: int, folders: int, total: int, most: int) -> None:
    if path.count("/") > DEEPEST:
        raise unsafe(f"it is nested deeper than {DEEPEST} folders")
    if files > MOST_FILES or folders > MOST_FOLDERS:
        raise unsafe(f"it has more than {MOST_FILES} files or {MOST_FOLDERS} folders")
    if total > most:
        raise unsafe(f"it is larger than {size(most)}, the operator's --artifact-bytes")


def _file(path: str, entry: Json) -> File:
    told = entry.get("file_size") or 0
    if not isinstance(told, int) or told < 0:
        raise unsafe(f"the size of {path} is not a number")
    if path in PARSED and told > MOST_PARSED:
        raise unsafe(f"{path} is larger than {size(MOST_PARSED)}")
    return File(path, told)
