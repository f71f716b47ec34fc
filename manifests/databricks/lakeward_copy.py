"""Copies one model version of Unity Catalog into another model: the program of the copy job, Lakeward's DatabricksJob.

It moves and hashes bytes; it never imports, loads or unpickles a model. The source is read twice: once for its digest,
which goes with the creation of the copy, and once for the copy. So whom it runs as needs no right to change tags, and a
digest that is not pinned creates nothing. What a run leaves unfinished is removed by the operator, never here.

It needs the standard library only. Rules for names and sizes, and the digest, are those of the operator.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

UC = "/api/2.1/unity-catalog/models"
FILES = "/api/2.0/fs/files"
DIRECTORIES = "/api/2.0/fs/directories"
SEGMENT = re.compile(r"[A-Za-z0-9._+=@-]([A-Za-z0-9._+=@ -]{0,253}[A-Za-z0-9._+=@-])?")
DEEPEST = 32
MOST_FILES = 10_000
MOST_FOLDERS = 1_000
PARSED = frozenset({"MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"})
MOST_PARSED = 1024**2
CHUNK = 1024**2
TOLD_EVERY = 1024**3

CALL_SECONDS = 60.0
TRIES = 5
PASSING = frozenset({429, 500, 502, 503, 504})
LONGEST_PAUSE = 60.0
REGISTRATION_SECONDS = 600.0

Json = Mapping[str, Any]
Entry = tuple[str, int, str]
T = TypeVar("T")


class CopyError(Exception):
    """Why there is no copy; the operator repeats it."""


class PassingError(CopyError):
    """The service did not answer, or asked to come again."""

    def __init__(self, text: str, pause: float | None = None) -> None:
        super().__init__(text)
        self.pause = pause


@dataclass(frozen=True)
class File:
    """One file below the root of a version, with the size that its listing tells."""

    path: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be copied. `attempt` marks the copy as the operator's; `most` is how many bytes it may have."""

    source: str
    version: int
    target: str
    attempt: str
    tags: Mapping[str, str]
    pin: str
    most: int


class _Redirects(HTTPRedirectHandler):
    """Follows to storage without the token."""

    def redirect_request(self, req: Request, *args: Any, **kwargs: Any) -> Request | None:  # noqa: ANN401 - passed on
        new = super().redirect_request(req, *args, **kwargs)
        if new is not None and urlsplit(new.full_url).netloc != urlsplit(req.full_url).netloc:
            new.remove_header("Authorization")
        return new


class Workspace:
    """A workspace by plain REST. `authorize` gives the headers of the login, anew for each call."""

    def __init__(self, host: str, authorize: Callable[[], Mapping[str, str]]) -> None:
        if urlsplit(host).scheme not in {"http", "https"}:
            raise CopyError(f"{host} is not the URL of a workspace")
        self._host = host.rstrip("/")
        self._authorize = authorize
        self._opener = build_opener(_Redirects)

    def call(self, method: str, at: str, query: Json | None = None, body: Json | None = None) -> Json:
        """One call, sent once. Raises PassingError or CopyError."""
        data = None if body is None else json.dumps(body).encode()
        with self._open(method, at, query, data, {"Content-Type": "application/json"} if data else {}) as answer:
            try:
                found: Json = json.loads(answer.read() or b"{}")
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise PassingError(f"{method} {at} broke off ({type(error).__name__})") from None
        return found

    def pages(self, at: str, field: str) -> Iterator[Json]:
        """All entries of a paged listing; a page is asked for again when it fails."""
        query: dict[str, str] = {}
        while True:
            page = patiently(partial(self.call, "GET", at, query))
            yield from page.get(field) or ()
            if not page.get("next_page_token"):
                return
            query = {"page_token": str(page["next_page_token"])}

    def download(self, at: str) -> Iterator[bytes]:
        with self._open("GET", at, None, None, {"Accept": "application/octet-stream"}) as answer:
            while piece := answer.read(CHUNK):
                yield piece

    def upload(self, at: str, pieces: Iterable[bytes], size: int) -> None:
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with self._open("PUT", at, {"overwrite": "true"}, pieces, headers):
            pass

    def _open(
        self, method: str, at: str, query: Json | None, data: bytes | Iterable[bytes] | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        url = f"{self._host}{at}{f'?{urlencode(query)}' if query else ''}"
        request = Request(url, data, {**self._authorize(), **headers}, method=method)  # noqa: S310 - checked above
        try:
            answer: http.client.HTTPResponse = self._opener.open(request, timeout=CALL_SECONDS)
        except HTTPError as error:
            raise _refusal(error, f"{method} {at}") from None
        except (URLError, http.client.HTTPException, OSError) as error:
            raise PassingError(f"{method} {at} was not answered ({type(error).__name__})") from None
        return answer


def _refusal(error: HTTPError, call: str) -> CopyError:
    with error:
        text = error.read(65_536).decode(errors="replace")
    try:
        said = json.loads(text)
        text = f"{said.get('message')} ({said.get('error_code')})"
    except (ValueError, AttributeError):
        text = f"status {error.code}"
    if error.code not in PASSING:
        return CopyError(f"{call}: {text}")
    asked = error.headers.get("Retry-After", "")
    return PassingError(f"{call}: {text}", float(asked) if asked.isdecimal() else None)


def patiently(call: Callable[[], T]) -> T:
    """What a call answers that may be sent again: a few tries, with the pauses that the service asks for."""
    for n in range(1, TRIES):
        try:
            return call()
        except PassingError as error:
            time.sleep(min(LONGEST_PAUSE, error.pause or 2.0**n))  # noqa: TID251 - a job may wait
    return call()


def root(model: str, version: int) -> str:
    return f"/Models/{model.replace('.', '/')}/{version}"


def at_file(model: str, version: int, file: str) -> str:
    return f"{FILES}{quote(f'{root(model, version)}/{file}')}"


def listing(workspace: Workspace, model: str, version: int, most: int) -> Sequence[File]:
    """All files of a version, sorted by path. CopyError on a name or a size that is not to be trusted."""
    top = root(model, version)
    found: dict[str, File] = {}
    folders = [""]
    total = 0
    for folder in folders:  # grows on the way
        at = f"{top}/{folder}".removesuffix("/")
        for entry in workspace.pages(f"{DIRECTORIES}{quote(at)}", "contents"):
            path = f"{folder}/{_name(str(entry.get('path') or '').removesuffix('/'), at)}".removeprefix("/")
            if entry.get("is_directory"):
                folders.append(path)
            elif path in found:
                raise _unsafe("a file is listed twice")
            else:
                found[path] = _file(path, entry)
                total += found[path].size
            if path.count("/") > DEEPEST:
                raise _unsafe(f"it is nested deeper than {DEEPEST} folders")
            if len(found) > MOST_FILES or len(folders) > MOST_FOLDERS:
                raise _unsafe(f"it has more than {MOST_FILES} files or {MOST_FOLDERS} folders")
            if total > most:
                raise _unsafe(f"it is larger than {most} bytes, the operator's --artifact-bytes")
    return [found[path] for path in sorted(found)]


def _name(path: str, folder: str) -> str:
    found = path.removeprefix(f"{folder}/")
    if not path.startswith(f"{folder}/") or found in {".", ".."} or not SEGMENT.fullmatch(found):
        raise _unsafe("a file name is not acceptable: only letters, digits and . _ + = @ - and inner blanks are")
    return found


def _file(path: str, entry: Json) -> File:
    told = entry.get("file_size") or 0
    if not isinstance(told, int) or told < 0:
        raise _unsafe(f"the size of {path} is not a number")
    if path in PARSED and told > MOST_PARSED:
        raise _unsafe(f"{path} is larger than {MOST_PARSED} bytes")
    return File(path, told)


def _unsafe(why: str) -> CopyError:
    return CopyError(f"UnsafeArtifact: the source's files cannot be copied: {why}")


def manifest(entries: Iterable[Entry]) -> str:
    """The digest over (path, size, SHA-256 in hex) of all files, as `sha256:<hex>`."""
    text = "".join(f"{path}\0{size}\0{digest}\n" for path, size, digest in sorted(entries))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _pieces(workspace: Workspace, model: str, version: int, file: File) -> Iterator[bytes]:
    """The bytes of a file as it was listed, and not one more."""
    left = file.size
    try:
        for piece in workspace.download(at_file(model, version, file.path)):
            left -= len(piece)
            if left < 0:
                break
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise PassingError(f"reading {file.path} broke off ({type(error).__name__})") from None
    if left:
        raise _unsafe(f"{file.path} changed its size while it was read")


def hashed(workspace: Workspace, order: Order, files: Sequence[File]) -> Sequence[Entry]:
    """Path, size and SHA-256 of every file of the source."""

    def one(file: File) -> Entry:
        digest = hashlib.sha256()
        for piece in _pieces(workspace, order.source, order.version, file):
            digest.update(piece)
        return file.path, file.size, digest.hexdigest()

    return [patiently(partial(one, file)) for file in files]


def fill(workspace: Workspace, order: Order, number: int, entries: Sequence[Entry]) -> None:
    """Upload every file. CopyError when one is not any more what was hashed."""
    moved = told = 0
    total = sum(size for _, size, _ in entries)
    for n, entry in enumerate(entries, 1):
        patiently(partial(_move, workspace, order, number, entry))
        moved += entry[1]
        if n == len(entries) or moved - told >= TOLD_EVERY:
            told = moved
            print(f"copied file {n} of {len(entries)}, {moved} of {total} bytes", flush=True)  # noqa: T201 - its log


def _move(workspace: Workspace, order: Order, number: int, entry: Entry) -> None:
    path, size, wanted = entry
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        for piece in _pieces(workspace, order.source, order.version, File(path, size)):
            digest.update(piece)
            yield piece

    source = pieces()
    workspace.upload(at_file(order.target, number, path), source, size)
    next(source, None)
    if digest.hexdigest() != wanted:
        raise _unsafe(f"{path} changed while it was copied")


def create(workspace: Workspace, order: Order, source: Json, digest: str) -> int:
    """The number of a new version with all its tags. Sent once: the operator tries again, under another mark."""
    catalog, schema, name = order.target.split(".")
    tags = {**order.tags, "lakeward_attempt": order.attempt, "lakeward_digest": digest}
    body = {
        "catalog_name": catalog,
        "schema_name": schema,
        "model_name": name,
        "source": f"models:/{order.source}/{order.version}",
        "tags": [{"key": key, "value": value} for key, value in sorted(tags.items())],
        **{key: source[key] for key in ("run_id", "model_id", "model_version_dependencies") if source.get(key)},
    }
    return int(workspace.call("POST", f"{UC}/versions", body=body)["version"])


def finalize(workspace: Workspace, order: Order, number: int, source: Json) -> None:
    """Return when the copy is READY and has all that its source depends on."""
    at = f"{UC}/{quote(order.target)}/versions/{number}"
    deadline = time.monotonic() + REGISTRATION_SECONDS
    patiently(lambda: workspace.call("PATCH", f"{at}/finalize", body={"full_name": order.target, "version": number}))
    while (found := patiently(lambda: workspace.call("GET", at))).get("status") == "PENDING_REGISTRATION":
        if time.monotonic() > deadline:
            raise CopyError(f"version {number} of {order.target} was not registered within {REGISTRATION_SECONDS:g} s")
        time.sleep(5.0)  # noqa: TID251 - a job may wait
    if found.get("status") != "READY":
        raise CopyError(f"version {number} of {order.target} ended as {found.get('status')}")
    have, had = len(_dependencies(found)), len(_dependencies(source))
    if have < had:
        raise CopyError(f"DependenciesLost: the copy has {have} of the {had} dependencies of its source")


def _dependencies(version: Json) -> Sequence[Json]:
    told = version.get("model_version_dependencies") or ()
    found: Sequence[Json] = told.get("dependencies") or () if isinstance(told, Mapping) else told
    return found


def copy(workspace: Workspace, order: Order) -> int:
    """Make the copy and return its number. Nothing is created before all that can be judged is."""
    source = patiently(lambda: workspace.call("GET", f"{UC}/{quote(order.source)}/versions/{order.version}"))
    files = listing(workspace, order.source, order.version, order.most)
    if not any(file.path == "MLmodel" for file in files):
        raise _unsafe("it has no MLmodel")
    entries = hashed(workspace, order, files)
    digest = manifest(entries)
    if order.pin and digest != order.pin:
        raise CopyError(f"DigestMismatch: the files of the source have {digest}, which is not what is pinned")
    number = create(workspace, order, source, digest)
    fill(workspace, order, number, entries)
    finalize(workspace, order, number, source)
    return number


def login() -> Workspace:
    """The workspace of this run: from the environment, else as the runtime of a cluster knows it."""
    host, token = (os.environ.get(f"DATABRICKS_{name}") for name in ("HOST", "TOKEN"))  # noqa: TID251 - a program
    if host and token:
        return Workspace(host, lambda: {"Authorization": f"Bearer {token}"})
    from databricks.sdk.core import Config  # noqa: PLC0415 - every runtime of Databricks brings it

    config = Config()
    return Workspace(str(config.host), config.authenticate)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Copy one model version. Started by Lakeward.", allow_abbrev=False)
    for name in ("source-model", "source-version", "target-model", "attempt"):
        parser.add_argument(f"--{name}", required=True)
    for name, default in (("run", ""), ("tags", "{}"), ("pin", ""), ("most-bytes", str(100 * 1024**3))):
        parser.add_argument(f"--{name}", default=default)
    given = parser.parse_args(argv)
    order = Order(
        source=given.source_model,
        version=int(given.source_version),
        target=given.target_model,
        attempt=f"{given.attempt};{given.run}" if given.run.isdecimal() else given.attempt,
        tags=json.loads(given.tags or "{}"),
        pin=given.pin,
        most=int(given.most_bytes),
    )
    number = copy(login(), order)
    print(f"version {number} of {order.target} is the copy")  # noqa: T201 - its log


if __name__ == "__main__":
    main()
