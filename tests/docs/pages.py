"""The documentation as its tests see it: pages, code blocks with the words behind their fences, prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(`{3,})(\S*) ?(.*)$")


@dataclass(frozen=True)
class Block:
    """One block of code. `words` are those behind its language: `run`, `until=ready`."""

    page: str
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    def word(self, name: str) -> str:
        """The value of `name=value`, empty where it is not there."""
        return next((w.partition("=")[2] for w in self.words if w.startswith(f"{name}=")), "")

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass(frozen=True)
class Page:
    """One page: its blocks, and the lines outside of them."""

    name: str
    blocks: tuple[Block, ...]
    prose: tuple[tuple[int, str], ...]

    @property
    def path(self) -> Path:
        return ROOT / self.name

    @property
    def anchors(self) -> frozenset[str]:
        """What a link may name behind its #, as a forge makes it of headings."""
        heads = (line.lstrip("#").strip() for _, line in self.prose if line.startswith("#"))
        return frozenset(re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads)


@cache
def pages() -> tuple[Page, ...]:
    """Every page that people read."""
    files = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(read(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files)


def page(name: str) -> Page:
    return next(found for found in pages() if found.name == name)


def blocks(*languages: str) -> tuple[Block, ...]:
    return tuple(block for found in pages() for block in found.blocks if block.language in languages)


def read(name: str, text: str) -> Page:
    prose: list[tuple[int, str]] = []
    found = tuple(_blocks(name, text, prose))
    return Page(name, found, tuple(prose))


def _blocks(name: str, text: str, prose: list[tuple[int, str]]) -> Iterator[Block]:
    fence, begun, language, words, inside = "", 0, "", "", [""]
    for number, line in enumerate(text.splitlines(), 1):
        opening = FENCE.match(line)
        if fence and line == fence:
            yield Block(name, begun, language, tuple(words.split()), "\n".join(inside) + "\n")
            fence = ""
        elif fence:
            inside.append(line)
        elif opening:
            fence, language, words = opening.groups()
            begun, inside = number, []
        else:
            prose.append((number, line))
    assert not fence, f"{name}:{begun}: a block that does not end"
