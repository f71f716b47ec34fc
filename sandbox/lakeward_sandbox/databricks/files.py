"""The Files API, `/api/2.0/fs`: files and directories of models and run artifacts, as the Databricks SDK and the mlflow
client move them.
"""

import stat
from pathlib import Path

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.databricks import locations, presigned, uploads
from lakeward_sandbox.databricks.locations import Location
from lakeward_sandbox.databricks.paging import opened, sealed
from lakeward_sandbox.errors import Json, invalid, invalid_state

_FS = "/api/2.0/fs"
_FILES = f"{_FS}/files{{path:path}}"
_DIRECTORIES = f"{_FS}/directories{{path:path}}"
_MOST_ENTRIES = 1000


async def upload(call: Call, request: Request) -> Response:
    location = await anyio.to_thread.run_sync(_writable_file, call)
    await uploads.receive(call, location, request, overwrite=call.flag("overwrite"))
    return Response(status_code=204)


async def download(call: Call, _: Request) -> Response:
    """Also answers HEAD; ranges are served, so that a broken download can go on."""
    location = await anyio.to_thread.run_sync(_existing_file, call)
    return FileResponse(location.path, media_type="application/octet-stream")


def delete(call: Call) -> Response:
    location = _existing_file(call)
    locations.require_writable(call, location)
    location.path.unlink()
    return Response(status_code=204)


def begin_upload(call: Call) -> Json:
    """Large files are announced first. No part URLs are served, so the client sends such a file in one piece."""
    if call.query.get("action") != "initiate-upload":
        raise invalid("action must be initiate-upload")
    _writable_file(call)
    return {"multipart_upload": {"session_token": "single"}}


def list_directory(call: Call) -> Json:
    location = _existing_directory(call)
    scope = f"directory:{location.asked}"
    after = opened(call.text("page_token"), scope)
    limit = min(call.integer("page_size") or _MOST_ENTRIES, _MOST_ENTRIES)
    if limit < 0:
        raise invalid("page_size must be greater than or equal to 0")
    names = sorted(entry.name for entry in location.path.iterdir()) if location.path.is_dir() else []
    names = [name for name in names if name > after]
    answer: dict[str, object] = {"contents": [_entry(location, name) for name in names[:limit]]}
    if len(names) > limit:
        answer["next_page_token"] = sealed(names[limit - 1], scope)
    return answer


def directory_metadata(call: Call) -> Response:
    _existing_directory(call)
    return Response(status_code=200)


def make_directory(call: Call) -> Response:
    location = locations.locate(call, call.path["path"])
    locations.require_writable(call, location)
    try:
        location.path.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise invalid(f"Cannot make {location.asked}: {problem.strerror}") from problem
    return Response(status_code=204)


def delete_directory(call: Call) -> Response:
    location = _existing_directory(call)
    locations.require_writable(call, location)
    try:
        location.path.rmdir()
    except OSError as problem:
        raise invalid_state(f"The directory {location.asked} is not empty") from problem
    return Response(status_code=204)


def download_url(call: Call) -> Json:
    location = locations.locate(call, call.required("path"))
    if not location.path.is_file():
        raise locations.nothing_at(location.asked)
    return {"url": presigned.url(call, "GET", location.asked), "headers": []}


def upload_url(call: Call) -> Json:
    location = locations.locate(call, call.required("path"))
    locations.require_writable(call, location)
    return {"url": presigned.url(call, "PUT", location.asked), "headers": []}


def _writable_file(call: Call) -> Location:
    location = locations.locate(call, call.path["path"])
    if not location.inside:
        raise invalid(f"{location.asked} is a directory")
    locations.require_writable(call, location)
    return location


def _existing_file(call: Call) -> Location:
    location = locations.locate(call, call.path["path"])
    if not location.path.is_file():
        raise locations.nothing_at(location.asked)
    return location


def _existing_directory(call: Call) -> Location:
    """The root of a version is there before its first file."""
    location = locations.locate(call, call.path["path"])
    is_root = location.model is not None and not location.inside
    if not is_root and not location.path.is_dir():
        raise locations.nothing_at(location.asked)
    return location


def _entry(location: Location, name: str) -> Json:
    """`DirectoryEntry`; its path begins with what the client asked for, so that relative paths come out right."""
    found = Path(location.path, name).stat()
    entry = {"path": f"{location.asked}/{name}", "name": name, "last_modified": int(found.st_mtime * 1000)}
    if stat.S_ISDIR(found.st_mode):
        return {**entry, "is_directory": True}
    return {**entry, "is_directory": False, "file_size": found.st_size}


TRANSFERS = {"GET": download, "HEAD": download, "PUT": upload}

ROUTES = [
    *(Route(method, _FILES, stream=transfer) for method, transfer in TRANSFERS.items()),
    Route("DELETE", _FILES, delete),
    Route("POST", _FILES, begin_upload),
    Route("GET", _DIRECTORIES, list_directory),
    Route("HEAD", _DIRECTORIES, directory_metadata),
    Route("PUT", _DIRECTORIES, make_directory),
    Route("DELETE", _DIRECTORIES, delete_directory),
    Route("POST", f"{_FS}/create-download-url", download_url),
    Route("POST", f"{_FS}/create-upload-url", upload_url),
]
