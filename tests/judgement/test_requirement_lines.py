"""What of a requirements file is not read alike by everybody is not safe, and nothing hides between its lines."""

import pytest

from judgement.verdicts import assert_well_said
from lakeward.judgement.gates import Cause, Verdict
from lakeward.judgement.requirements import DependenciesGate, evaluate

GATE = DependenciesGate(name="supply-chain", pinned=False, deny=("torch==2.0.0",))
PIP = "requirements.txt"


def judged(*lines: str, file: str = PIP) -> Verdict:
    said = evaluate(GATE, {file: lines})
    assert_well_said(said)
    return said


BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"
HIDDEN = [
    (("numpy==1.0 \\", "  --index-url x"), "line 1: --index-url is not allowed"),
    (("numpy==1.0", "--index-\\", "url x"), "line 2: --index-url takes"),
    (("to\\", "rch==2.0.0"), "line 1: torch 2.0.0 is denied"),
    (("# a comment \\", "torch==2.0.0"), "line 2: torch 2.0.0 is denied"),
    (("numpy==1.0 \\", "# a comment", "torch==2.0.0"), "line 3: torch 2.0.0 is denied"),
    (("numpy==1.0", "torch==2.0.0\\"), "line 2: torch 2.0.0 is denied"),
    (("numpy==1.0 \\", "", "torch==2.0.0"), "line 3: torch 2.0.0 is denied"),
    (("numpy==1.0 # fine\\", "", "torch==2.0.0"), "line 1: a comment ends with a backslash"),
    (("numpy==1.0 # fine\\", "torch==2.0.0"), "line 1: a comment ends with a backslash"),
    *(((f"numpy==1.0 # fine{sign}torch==2.0.0",), "line 1: a character is not plain") for sign in BREAKS),
    *(((f"numpy==1.0{sign}torch==2.0.0",), "line 1: a character is not plain") for sign in BREAKS),
    (("# \u00e5",), "line 1: a character is not plain"),
    (("\ufeffnumpy==1.0",), "line 1: a character is not plain"),
]


@pytest.mark.parametrize(("lines", "told"), HIDDEN)
def test_nothing_hides_between_lines(lines: tuple[str, ...], told: str) -> None:
    assert told in judged(*lines).message


@pytest.mark.parametrize(
    "comment",
    [
        "# coding: utf-7",
        "#coding=utf_7",
        "# -*- coding: latin-1 -*-",
        " \t# encoding:\tunicode_escape",
        "# vim: set fileencoding=utf-16 :",
        "# coding: utf-8-sig",
        "# coding: utf-7, not coding: utf-8",
    ],
)
def test_a_comment_that_names_another_encoding_is_not_safe(comment: str) -> None:
    told = "a comment names another encoding than utf-8, in which the file says something else; take it out"
    for lines in ((comment, "numpy==1.0"), ("numpy==1.0", comment)):
        for file in (PIP, "conda.yaml (pip)", "python_env.yaml"):
            said, where = judged(*lines, file=file), f"{file} line {lines.index(comment) + 1}"
            assert (said.cause, said.message) == (Cause.UNSAFE_REQUIREMENT, f"{where}: {told}")


@pytest.mark.parametrize("comment", ["# coding: utf-8", "# -*- coding: UTF8 -*-", "# coding = utf-7", "# coding style"])
def test_a_comment_that_names_no_other_encoding_is_one(comment: str) -> None:
    assert judged(comment, "numpy==1.0").cause is None


def test_a_file_of_strange_lines_is_told_of_once_for_each() -> None:
    said = judged("numpy==1.0", *("\u00e5" for _ in range(3000)))
    assert (said.cause, said.observed) == (Cause.UNSAFE_REQUIREMENT, "3001 requirements, 3000 faults")
