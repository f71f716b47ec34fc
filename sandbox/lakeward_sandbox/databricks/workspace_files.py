"""Files, notebooks and folders of a workspace as they are kept. `/Workspace` before a path is the same as nothing."""

import base64
import re
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks.numbers import take
from lakeward_sandbox.errors import ApiError, Json, invalid, missing
from lakeward_sandbox.principals import ALL
from lakeward_sandbox.state import milliseconds
from lakeward_sandbox.store import Store

FOLDER = "DIRECTORY"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ROOTS = frozenset({"/", "/Users", "/Shared", *(f"/Users/{principal.name}" for principal in ALL)})


@dataclass(frozen=True)
class WorkspaceObject:
    """`type` is FILE, NOTEBOOK or DIRECTORY; `content` is in base64, and only a notebook has a language."""

    path: str
    type: str
    id: int
    created_at: int
    modified_at: int
    language: str | None = None
    content: str = ""

    def json(self) -> Json:
        """`ObjectInfo`."""
        shown: dict[str, object] = {
            "path": self.path,
            "object_type": self.type,
            "object_id": self.id,
            "resource_id": str(self.id),
        }
        if self.type != FOLDER:
            shown |= {"created_at": self.created_at, "modified_at": self.modified_at, "size": len(self.bytes)}
        return shown if self.language is None else {**shown, "language": self.language}

    @property
    def bytes(self) -> bytes:
        return base64.b64decode(self.content)


def normal(asked: str) -> str:
    """The path as it is kept, or 400."""
    path = f"/{asked.removeprefix('/Workspace').strip('/')}"
    safe = path == "/" or not {"", ".", ".."} & set(path[1:].split("/"))
    if not asked.startswith("/") or not safe or _CONTROL.search(path):
        raise invalid(f"Invalid path: {asked!r}. A path is absolute, and its names are neither empty nor . or ..")
    return path


def content(store: Store, workspace: str, asked: str) -> bytes | None:
    """What a file or a notebook of that path holds; None if there is none."""
    found = store.of(WorkspaceObject).get(workspace + normal(asked))
    return None if found is None or found.type == FOLDER else found.bytes


def find(call: Call, path: str) -> WorkspaceObject:
    """What lies there, or 404. The folders of the workspace itself and of its users are there from the start."""
    kept = call.state.store.of(WorkspaceObject).get(call.workspace.name + path)
    if kept is None and path in _ROOTS:
        return WorkspaceObject(path, FOLDER, zlib.crc32(path.encode()), 0, 0)
    if kept is None:
        raise missing(f"Path ({path}) doesn't exist.")
    return kept


def put(call: Call, path: str, kind: str, language: str | None, held: bytes, *, overwrite: bool) -> None:
    """Makes or replaces a file or a notebook; its folder must be there."""
    store = call.state.store.of(WorkspaceObject)
    parent = str(PurePosixPath(path).parent)
    if _type(call, parent) != FOLDER:
        raise missing(f"The parent folder ({parent}) does not exist.")
    before = store.get(call.workspace.name + path)
    if _type(call, path) is not None and (before is None or before.type != kind or not overwrite):
        raise _taken(path)
    now = milliseconds()
    store.put(
        call.workspace.name + path,
        WorkspaceObject(
            path=path,
            type=kind,
            id=before.id if before else take(call.state.store),
            created_at=before.created_at if before else now,
            modified_at=now,
            language=language,
            content=base64.b64encode(held).decode(),
        ),
    )


def make_folder(call: Call, path: str) -> None:
    """With all folders above it; one that is there is fine."""
    for folder in [*reversed(PurePosixPath(path).parents), PurePosixPath(path)]:
        there = _type(call, str(folder))
        if there is None:
            made = WorkspaceObject(str(folder), FOLDER, take(call.state.store), milliseconds(), milliseconds())
            call.state.store.of(WorkspaceObject).put(f"{call.workspace.name}{folder}", made)
        elif there != FOLDER:
            raise _taken(str(folder))


def _type(call: Call, path: str) -> str | None:
    found = call.state.store.of(WorkspaceObject).get(call.workspace.name + path)
    if found is None:
        return FOLDER if path in _ROOTS else None
    return found.type


def _taken(path: str) -> ApiError:
    return ApiError(400, "RESOURCE_ALREADY_EXISTS", f"Path ({path}) already exists.")
