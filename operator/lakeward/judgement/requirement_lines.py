"""The lines of requirements files, as pip and conda read them: a name and its versions, or why a line is not safe.

The files are a stranger's, and what is not understood, or not by all alike, is not safe. A line is told by its number
and never as it is: addresses in it may hold passwords. Knows no gate.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lakeward.judgement.versions import begins, same, version

# what cannot be taken back (*+, ++) keeps every pattern linear, whatever the line
_NAME = r"[A-Za-z0-9](?:[._-]*+[A-Za-z0-9]++)*+"
_PIP = re.compile(rf"({_NAME})\s*+(?:\[[A-Za-z0-9._,\s-]*+\])?+\s*+(\([^();@]*+\)|[^();@]*+)(?:;.*)?", re.ASCII)
_SPECIFIER = re.compile(r"(===|==|~=|!=|<=|>=|<|>)\s*+(\S+)")
_LITERAL = re.compile(r"[A-Za-z0-9_.!+-]+", re.ASCII)  # behind ===, where the standard takes any text
_HASH = re.compile(r"(?:sha256|sha384|sha512):[0-9a-fA-F]+", re.ASCII)
_OPTION = re.compile(r"--[a-z][a-z-]*|-[A-Za-z]", re.ASCII)
_CONDA = re.compile(rf"(_?{_NAME})(?:\s*(={{1,2}})\s*|\s+|$)(.*)", re.ASCII)
_CONDA_PIN = re.compile(r"([A-Za-z0-9_.!+-]++)(?:(?:\s*=\s*|\s+)[A-Za-z0-9_.*]+)?", re.ASCII)
_CONDA_RANGE = re.compile(rf"(_?{_NAME})\s*+[A-Za-z0-9_.!+*<>=~|,\s-]*+", re.ASCII)
_ARCHIVES = (
    *(".whl", ".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz"),
    *(".tar.lz", ".tlz", ".tar.lzma", ".conda"),
)
_STRANGE = re.compile(r"[^\t -~]")
_CODING = re.compile(r"\s*+#.*?coding[:=]\s*+([-\w.]+)", re.ASCII)
_UTF_8 = re.compile(r"utf[-_]?8", re.ASCII | re.IGNORECASE)
_ELSEWHERE = "://", "@", "/", "\\"
_LONGEST = 200  # of a name with its versions, without hashes; blanks count once
_MOST = 2000  # lines of one file that ask for something
_LONG = f"a requirement has more than {_LONGEST} characters"


@dataclass(frozen=True)
class Pin:
    """The one version that a requirement allows; `fuzzy`: all that begin like it, as conda reads a single =."""

    version: str
    fuzzy: bool = False

    def allows(self, other: str) -> bool:
        """Whether it allows that version."""
        return begins(self.version, other) if self.fuzzy else same(self.version, other)


@dataclass(frozen=True)
class Requirement:
    """A package that is asked for.

    line    number of its line, from 1
    name    its name in the one form of the index: small letters, and - for . and _
    pins    the versions that it is pinned to; empty where it is not
    hashed  whether it is pinned to the hashes of its files
    """

    line: int
    name: str
    pins: tuple[Pin, ...]
    hashed: bool = False


@dataclass(frozen=True)
class Unsafe:
    """A line that takes something from an unknown place, or that cannot be understood; `why` names nothing of it."""

    line: int
    why: str


def normal(name: str) -> str:
    """The name of a package in its one form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pip_lines(lines: Iterable[str]) -> Iterator[Requirement | Unsafe]:
    """What the lines of a requirements.txt ask for, continued lines as one; blank lines and comments are left out."""
    every = list(lines)
    yield from _strange(every)
    plain = ((number, _plain(line)) for number, line in _joined(every))
    yield from _read(_pip, ((number, text) for number, text in plain if text and text != "--require-hashes"))


def conda_lines(lines: Iterable[str]) -> Iterator[Requirement | Unsafe]:
    """What the entries of a conda.yaml ask for, beside its pip part."""
    every = list(lines)
    yield from _strange(every)
    plain = ((number, _plain(line)) for number, line in enumerate(every, 1))
    yield from _read(_conda, ((number, text) for number, text in plain if text))


def _strange(lines: list[str]) -> Iterator[Unsafe]:
    """The lines that may say something else to another reader, comments included; they are taken out."""
    found = ((number, _ambiguity(line)) for number, line in enumerate(lines, 1))
    for number, why in islice(((number, why) for number, why in found if why), _MOST):
        lines[number - 1] = ""
        yield Unsafe(number, why)


def _ambiguity(line: str) -> str:
    """Why programs and locales read this line in different ways; empty where they do not.

    pip takes vertical tabs and the like for the end of a line, and uv does not. pip decodes the whole file as a comment
    in its first lines says, for example utf-7, in which a comment may hold lines. A comment behind a requirement goes
    on in the next line for pip, and not for uv.
    """
    if _STRANGE.search(line):
        return "a character is not plain ASCII, and not read alike everywhere; take it out"
    coding = _CODING.match(line)
    if coding and not _UTF_8.fullmatch(coding[1]):
        return "a comment names another encoding than utf-8, in which the file says something else; take it out"
    if line.endswith("\\") and not line.lstrip().startswith("#") and _plain(line) != line.strip():
        return "a comment ends with a backslash, and goes on for some readers only; take the backslash out"
    return ""


def _read(
    read: Callable[[int, str], Requirement | Unsafe], lines: Iterable[tuple[int, str]]
) -> Iterator[Requirement | Unsafe]:
    """Each line as it is read, up to as many as a file may have."""
    for count, (number, text) in enumerate(lines, 1):
        if count > _MOST:
            yield Unsafe(number, f"more than {_MOST} requirements stand in one file")
            return
        yield read(number, text)


def _joined(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines as pip joins them: one that ends with a backslash goes on in the next; a comment always ends a line."""
    held: list[str] = []
    first = 0
    # pip takes more characters for the end of a line than those who split files into lines may do
    split = ((number, part) for number, line in enumerate(lines, 1) for part in line.splitlines() or [""])
    for number, line in split:
        comment = line.lstrip().startswith("#")
        first = first or number
        held.append(" " + line if comment else line.rstrip("\\"))
        if comment or not line.endswith("\\"):
            yield first, "".join(held)
            held, first = [], 0
    if held:
        yield first, "".join(held)


def _plain(line: str) -> str:
    """The line without a comment: # at its start or after a blank, and all that follows."""
    for place, sign in enumerate(line):
        if sign == "#" and (place == 0 or line[place - 1].isspace()):
            return line[:place].strip()
    return line.strip()


def _pip(number: int, text: str) -> Requirement | Unsafe:
    words = text.split()
    asked = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    fault = _option_fault(words[asked:]) if asked else f"{_option(words[0])} takes requirements from elsewhere"
    if fault:
        return Unsafe(number, fault)
    wanted = " ".join(words[:asked])
    if len(wanted) > _LONGEST:
        return Unsafe(number, _LONG)
    if "${" in wanted:
        return Unsafe(number, "a variable stands for what whoever installs it has there; write what it stands for")
    found = _PIP.fullmatch(wanted)
    specifiers = None if found is None else _specifiers(found[2])
    if found is None or specifiers is None or found[1].lower().endswith(_ARCHIVES):
        return Unsafe(number, _misread(wanted))
    pins = tuple(Pin(one) for sign, one in specifiers if sign == "===" or (sign == "==" and version(one)))
    return Requirement(number, normal(found[1]), pins, hashed=asked < len(words))


def _specifiers(text: str) -> list[tuple[str, str]] | None:
    """Signs and versions; None for text that is none."""
    plain = text.strip().removeprefix("(").removesuffix(")").strip()
    if not plain:
        return []
    found = [_SPECIFIER.fullmatch(part.strip()) for part in plain.split(",")]
    read = [(match[1], match[2]) for match in found if match is not None]
    return read if len(read) == len(found) and all(_is_version(*one) for one in read) else None


def _is_version(sign: str, wanted: str) -> bool:
    """Whether pip takes it for a version: any line without a marker that ends like an archive is a path for it."""
    if wanted.lower().endswith(_ARCHIVES):
        return False
    return bool(_LITERAL.fullmatch(wanted)) if sign == "===" else version(wanted.removesuffix(".*")) is not None


def _option_fault(words: Sequence[str]) -> str:
    """Why the options behind a requirement are not safe; empty where they are hashes and nothing else."""
    options = " ".join(words).replace("--hash ", "--hash=").split()
    for word in options:
        if not word.startswith("--hash="):
            return f"{_option(word)} is not allowed behind a requirement"
        if not _HASH.fullmatch(word.removeprefix("--hash=")):
            return "--hash has no sha256, sha384 or sha512 in hexadecimal digits"
    return ""


def _option(word: str) -> str:
    found = _OPTION.match(word)
    return found[0] if found else "an option"


def _conda(number: int, text: str) -> Requirement | Unsafe:
    if "::" in text:
        return Unsafe(number, "a channel of its own is named before the package")
    if len(text) > _LONGEST:
        return Unsafe(number, _LONG)
    ranged = _CONDA_RANGE.fullmatch(text)
    if ranged is None or text.lower().endswith(_ARCHIVES):
        return Unsafe(number, _misread(text))
    found = _CONDA.fullmatch(text)
    pinned = _CONDA_PIN.fullmatch(found[3].strip()) if found else None
    pins = (Pin(pinned[1], fuzzy=found[2] == "="),) if found and pinned else ()
    return Requirement(number, normal(found[1] if found else ranged[1]), pins)


def _misread(text: str) -> str:
    if any(sign in text for sign in _ELSEWHERE) or text.startswith(".") or text.lower().endswith(_ARCHIVES):
        return "a URL or a path takes the place of a name and a version"
    return "neither a name and versions nor a comment"
