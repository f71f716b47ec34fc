"""The Workspace API, `/api/2.0/workspace`, as far as clients need it to bring a file in and to look at it."""

import base64
import binascii
from dataclasses import replace
from pathlib import PurePosixPath

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from lakeward_sandbox import multipart
from lakeward_sandbox.calls import Call, Route, parse_body
from lakeward_sandbox.databricks import workspace_files
from lakeward_sandbox.errors import ApiError, Json, invalid

_PATH = "/api/2.0/workspace"
_LARGEST = 10 * 1024 * 1024
_LANGUAGES = {".py": "PYTHON", ".sql": "SQL", ".scala": "SCALA", ".r": "R"}
_NOTEBOOK = b"Databricks notebook source"


async def import_one(call: Call, request: Request) -> Response:
    """Clients send JSON with base64, or a form with the file as it is."""
    try:
        body = await request.body()
    except ClientDisconnect:
        raise invalid("The body broke off") from None
    content_type = request.headers.get("content-type", "")
    await anyio.to_thread.run_sync(_import, call, content_type, body)
    return JSONResponse({})


def status(call: Call) -> Json:
    return workspace_files.find(call, _path(call)).json()


def export(call: Call) -> Json | Response:
    found = workspace_files.find(call, _path(call))
    if found.type == workspace_files.FOLDER:
        raise invalid(f"{found.path} is a folder: the local lakehouse exports single files and notebooks only.")
    if (call.text("format") or "SOURCE") not in {"SOURCE", "AUTO"}:
        raise invalid("The local lakehouse exports in the formats SOURCE and AUTO only.")
    if call.flag("direct_download"):
        return Response(found.bytes, media_type="application/octet-stream")
    return {"content": found.content, "file_type": PurePosixPath(found.path).suffix.removeprefix(".") or "py"}


def make_folder(call: Call) -> None:
    workspace_files.make_folder(call, _path(call))


def _import(call: Call, content_type: str, body: bytes) -> None:
    if content_type.startswith("multipart/"):
        form = multipart.fields(content_type, body)
        fields = {name: value.decode(errors="replace") for name, value in form.items() if name != "content"}
        call, content = replace(call, body=fields), form.get("content", b"")
    else:
        call = replace(call, body=parse_body(body))
        content = _decoded(call.text("content") or "")
    if len(content) > _LARGEST:
        raise ApiError(400, "MAX_NOTEBOOK_SIZE_EXCEEDED", f"The content is larger than {_LARGEST} bytes.")
    path, kind, language = _what(call, content)
    with call.state.store.transaction():
        workspace_files.put(call, path, kind, language, content, overwrite=call.flag("overwrite"))


def _what(call: Call, content: bytes) -> tuple[str, str, str | None]:
    """The path, the type and the language that an import means."""
    path = _path(call)
    suffix = PurePosixPath(path).suffix
    match call.text("format") or "SOURCE":
        case "AUTO" | "RAW" if _LANGUAGES.get(suffix.lower()) and _NOTEBOOK in content.partition(b"\n")[0]:
            return path.removesuffix(suffix), "NOTEBOOK", _LANGUAGES[suffix.lower()]
        case "AUTO" | "RAW":
            return path, "FILE", None
        case "SOURCE":
            language = call.text("language")
            if language not in _LANGUAGES.values():
                raise invalid(f"The format SOURCE needs a language, one of {', '.join(_LANGUAGES.values())}.")
            return path, "NOTEBOOK", language
        case other:
            raise invalid(f"The local lakehouse imports in the formats AUTO, RAW and SOURCE only, and not in {other}.")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as problem:
        raise invalid("content must be base64.") from problem


def _path(call: Call) -> str:
    return workspace_files.normal(call.required("path"))


ROUTES = [
    Route("POST", f"{_PATH}/import", stream=import_one),
    Route("GET", f"{_PATH}/get-status", status),
    Route("GET", f"{_PATH}/export", export),
    Route("POST", f"{_PATH}/mkdirs", make_folder),
]
