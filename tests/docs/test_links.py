"""Every link of the documentation leads somewhere."""

import re
from collections.abc import Iterator

from docs.pages import ROOT, Page, page, pages, read

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`[^`]*`")


def links(found: Page) -> Iterator[tuple[int, str]]:
    for number, line in found.prose:
        yield from ((number, target) for target in LINK.findall(CODE.sub("", line)))


def broken(found: Page) -> Iterator[str]:
    for number, link in links(found):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (found.path.parent / file).resolve() if file else found.path
        if not target.exists() or not target.is_relative_to(ROOT):
            yield f"{found.name}:{number}: there is no {link}"
        elif anchor and anchor not in page(str(target.relative_to(ROOT))).anchors:
            yield f"{found.name}:{number}: there is no heading {link}"


def test_every_link_leads_somewhere() -> None:
    assert sum(len(list(links(found))) for found in pages()) > 50
    assert [text for found in pages() for text in broken(found)] == []


def test_every_page_is_reached_from_the_index() -> None:
    reached, waiting = set[str](), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        found = page(name)
        targets = ((found.path.parent / link.partition("#")[0]).resolve() for _, link in links(found))
        waiting += [str(t.relative_to(ROOT)) for t in targets if t.suffix == ".md" and t.exists()]
    own = {found.name for found in pages() if not found.name.startswith("docs/adr/")}
    assert own - reached == set()


def test_a_broken_link_is_found() -> None:
    text = "See [a](nowhere.md), [b](concepts.md#nothing) and [c](concepts.md#rollback); `[d](x)` is code.\n"
    assert list(broken(read("docs/made-up.md", text))) == [
        "docs/made-up.md:1: there is no nowhere.md",
        "docs/made-up.md:1: there is no heading concepts.md#nothing",
    ]
