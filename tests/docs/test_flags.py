"""Every flag of ours that the documentation names is one that the command has."""

import re
from collections.abc import Iterator, Mapping

import pytest

from docs.pages import Page, blocks, pages, read
from lakeward.app import COMMANDS
from lakeward.app import main as lakeward
from lakeward_sandbox.app import main as sandbox

FLAG = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
OURS = re.compile(rf"\b(lakeward (?:{'|'.join(COMMANDS)})|lakeward-sandbox up)\b(.*)")
ENDS = re.compile(r"\||&&|;|>")

Helps = Mapping[str, frozenset[str]]


@pytest.fixture
def helps(capsys: pytest.CaptureFixture[str]) -> Helps:
    """The flags of each command, as its help tells them."""

    def flags(run: object, *words: str) -> frozenset[str]:
        with pytest.raises(SystemExit) as end:
            run([*words, "--help"])  # type: ignore[operator]  # a main
        assert end.value.code == 0
        options = capsys.readouterr().out.partition("options:")[2]
        return frozenset(FLAG.findall(options))

    ours = {f"lakeward {name}": flags(lakeward, name) for name in COMMANDS}
    return ours | {"lakeward-sandbox up": flags(sandbox, "up")}


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of ours in a text, and what stands behind it."""
    for line in text.replace("\\\n", " ").splitlines():
        for part in ENDS.split(line):
            yield from OURS.findall(part)


def wrong(text: str, helps: Helps) -> list[str]:
    return [f"{command} {f}" for command, rest in commands(text) for f in FLAG.findall(rest) if f not in helps[command]]


def in_prose(found: Page) -> Iterator[tuple[int, str]]:
    for number, line in found.prose:
        for code in re.findall(r"`([^`]+)`", line):
            if code.startswith("--"):
                yield number, FLAG.findall(code)[0]


def test_every_flag_in_a_command_is_one_that_the_command_has(helps: Helps) -> None:
    shown = blocks("sh", "yaml", "text")
    assert [f"{block}: {text}" for block in shown for text in wrong(block.text, helps)] == []
    assert sum(len(list(commands(block.text))) for block in shown) > 10


def test_every_flag_in_prose_is_one_of_ours(helps: Helps) -> None:
    known = frozenset().union(*helps.values())
    told = [(found.name, *place) for found in pages() for place in in_prose(found)]
    assert [place for place in told if place[2] not in known] == []
    assert len(told) > 20


def test_a_flag_that_is_not_there_is_found(helps: Helps) -> None:
    assert wrong("lakeward plan -f x \\\n  --deep | tee --append y\n", helps) == ["lakeward plan --deep"]
    found = read("made-up.md", "Say `--cluster-name` or `--nonsense`.\n")
    assert [flag for _, flag in in_prose(found) if flag not in helps["lakeward run"]] == ["--nonsense"]
