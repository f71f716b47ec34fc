"""Takes the body of an upload to disk in constant memory, and to its place in one step when it is complete."""

import tempfile
from pathlib import Path
from typing import IO

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import blobs, locations
from lakeward_sandbox.databricks.locations import Location
from lakeward_sandbox.errors import ApiError, invalid

_CHUNK = 1024 * 1024


async def receive(call: Call, location: Location, request: Request, *, overwrite: bool) -> None:
    """Nothing of an upload that breaks off, or is refused, is ever seen."""
    drafts = blobs.drafts_folder(call.state.folder)
    with tempfile.NamedTemporaryFile(dir=drafts, delete=False) as file:
        draft = Path(file.name)
        try:
            _require_length(request, await _drain(request, file))
            file.flush()
            await anyio.to_thread.run_sync(lambda: _place(call, location, draft, overwrite=overwrite))
        finally:
            await anyio.to_thread.run_sync(lambda: draft.unlink(missing_ok=True))


async def _drain(request: Request, file: IO[bytes]) -> int:
    received, waiting = 0, bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            received += len(piece)
            if len(waiting) >= _CHUNK:
                await anyio.to_thread.run_sync(file.write, bytes(waiting))
                waiting.clear()
    except ClientDisconnect:
        raise invalid("The body broke off") from None
    await anyio.to_thread.run_sync(file.write, bytes(waiting))
    return received


def _require_length(request: Request, received: int) -> None:
    announced = request.headers.get("content-length")
    if announced is not None and int(announced) != received:
        raise invalid(f"The body has {received} bytes, but Content-Length announced {announced}")


def _place(call: Call, location: Location, draft: Path, *, overwrite: bool) -> None:
    """In a transaction, so that no version becomes READY or vanishes between the check and the move."""
    with call.state.store.transaction():
        locations.require_writable(call, location)
        if location.path.exists() and not overwrite:
            raise ApiError(409, "ALREADY_EXISTS", f"The file {location.asked} already exists: use overwrite=true")
        try:
            location.path.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(location.path)
        except OSError as problem:  # a folder has that name, or a file has the name of a folder above
            raise invalid(f"Cannot write {location.asked}: {problem.strerror}") from problem
