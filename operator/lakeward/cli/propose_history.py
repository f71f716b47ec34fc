"""What stood in a file before, as the git checkout around it knows. Runs git, and reads only.

`stood` says whether a version was pinned by a promotion once: in any commit that HEAD has, in this file or in the one
that it was renamed from.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lakeward.cli.documents import Unreadable, load

SECONDS = 60
MOST_COMMITS, MOST_NAMES = 5000, 20
LARGEST, LARGEST_ALL = 2**20, 2**26
LIMIT = f"at most {LARGEST >> 20} MiB at each commit and {LARGEST_ALL >> 20} MiB together"
_COMMIT = re.compile("[0-9a-f]{40}([0-9a-f]{24})?")


class NoHistory(Exception):  # noqa: N818 - said of the checkout
    """Why git cannot tell, as one sentence."""


def earlier(file: Path) -> tuple[str, ...]:
    """Every text that this file had in a commit, each once. Raises NoHistory where that cannot be known in full."""
    place = file.resolve()
    folder = place.parent
    _checkout(folder)
    if _git(folder, "rev-parse", "--verify", "--quiet", "HEAD", known=False) == b"":
        return ()
    top = _git(folder, "rev-parse", "--show-prefix").decode().removesuffix("\n")
    commits, names = _commits(folder, place.name)
    names = {f"{top}{place.name}", *names}
    if any("\n" in name for name in names):
        raise NoHistory(f"{file} has a name that git cannot be asked for")
    return tuple(_texts(folder, [f"{commit}:{name}" for commit in commits for name in sorted(names)]))


def stood(texts: Iterable[str], name: str, namespace: str, model: str, version: int) -> bool:
    """Whether one of the texts has that promotion pin that version of that model.

    A namespace that one of two documents leaves open is taken for the same.
    """
    return any(
        _pinned(body) == (name, model, version) and _same(namespace, _namespace(body))
        for text in texts
        # most texts need not be parsed
        if str(version) in text
        for body in _bodies(text)
    )


def _checkout(folder: Path) -> None:
    try:
        inside = _git(folder, "rev-parse", "--is-inside-work-tree").strip() == b"true"
    except NoHistory as error:
        raise NoHistory(f"{folder} is in no git checkout that can be read: {error}") from None
    if not inside:
        raise NoHistory(f"{folder} is in no working tree of git")
    if _git(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise NoHistory(f"the history of {folder} is cut off: fetch all of it, for example with fetch-depth: 0")


def _commits(folder: Path, name: str) -> tuple[list[str], set[str]]:
    """The commits that changed the file, and the names that it had."""
    most = f"--max-count={MOST_COMMITS}"
    # what somebody chose in a merge only the first tells; what stood under another name only the second
    every = _git(folder, "log", "--full-history", "--format=%H", most, "HEAD", "--", name).decode().split()
    followed = _git(folder, "log", "--follow", "-z", "--name-only", "--format=%H", most, "HEAD", "--", name)
    words = followed.decode(errors="surrogateescape").split("\0")
    commits = [word for word in words if _COMMIT.fullmatch(word)]
    names = {word.removeprefix("\n") for word in words if word and not _COMMIT.fullmatch(word)}
    return list(dict.fromkeys([*every, *commits])), set(sorted(names)[:MOST_NAMES])


def _texts(folder: Path, places: list[str]) -> Iterator[str]:
    """The contents at these places, each once; places that are not there are left out."""
    asked = "".join(f"{place}\n" for place in places).encode(errors="surrogateescape")
    found: dict[str, int] = {}
    for line in _git(folder, "cat-file", "--batch-check", stdin=asked).decode(errors="replace").splitlines():
        words = line.split(" ")
        if len(words) == 3 and words[1] == "blob":  # noqa: PLR2004 - name, type, size
            found[words[0]] = int(words[2])
    # a text that was left out might be the one with the version that was taken back
    if sum(found.values()) > LARGEST_ALL or max(found.values(), default=0) > LARGEST:
        raise NoHistory(f"the history of {places[0].partition(':')[2]} is too large to be read: {LIMIT}")
    told = _git(folder, "cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in found).encode())
    at = 0
    for size in found.values():
        at = told.index(b"\n", at) + 1
        yield told[at : at + size].decode(errors="replace")
        at += size + 1


def _git(folder: Path, *words: str, stdin: bytes = b"", known: bool = True) -> bytes:
    """What git says; nothing where it fails and that is an answer, too (`known` is False)."""
    program = shutil.which("git")
    if program is None:
        raise NoHistory("git is not installed")
    command = [program, "--no-optional-locks", "--literal-pathspecs", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - no shell, and no word of a stranger is an option
    except subprocess.TimeoutExpired:
        raise NoHistory(f"git {words[0]} did not end within {SECONDS} seconds") from None
    if done.returncode == 0:
        return done.stdout
    if known:
        said = done.stderr.decode(errors="replace").splitlines() or [f"exit code {done.returncode}"]
        raise NoHistory(f"git {words[0]}: {said[0]}")
    return b""


def _bodies(text: str) -> Iterator[Mapping[str, Any]]:
    try:
        for body in load(text):
            items = body.get("items")
            yield from (item for item in (items if isinstance(items, list) else ()) if isinstance(item, Mapping))
            yield body
    except Unreadable:
        # what could not be read could not be applied either
        return


def _pinned(body: Mapping[str, Any]) -> tuple[object, object, object] | None:
    if body.get("kind") != "ModelPromotion":
        return None
    source = _member(_member(body, "spec"), "source")
    return _member(body, "metadata").get("name"), source.get("model"), source.get("version")


def _same(one: str, other: str) -> bool:
    return one == other or not one or not other


def _namespace(body: Mapping[str, Any]) -> str:
    return str(_member(body, "metadata").get("namespace") or "")


def _member(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = body.get(name)
    return member if isinstance(member, Mapping) else {}
