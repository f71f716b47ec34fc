"""`lakeward explain`: what a reason means."""

import re
from pathlib import Path

import pytest

from lakeward.cli.explain import PHASES, main
from lakeward.engine.reasons import Reason


def test_a_reason_is_explained_whatever_its_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["awaitingapproval"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("AwaitingApproval\n  ")
    assert "lakeward approve" in told


def test_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == sorted(Reason)


def test_a_word_that_is_none_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["TargetConflikt"]) == 1
    assert (
        capsys.readouterr().err
        == "lakeward explain: TargetConflikt is no reason of Lakeward; do you mean TargetConflict?\n"
    )


def test_a_phase_is_told_from_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["blocked"]) == 1
    assert capsys.readouterr().err.startswith("lakeward explain: Blocked is a phase, and the condition Ready has the ")


def test_every_phase_of_a_promotion_is_known() -> None:
    page = (Path(__file__).parents[2] / "docs/kinds/modelpromotion.md").read_text()
    table = page.partition("| Phase | What it says |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) <= {*PHASES}


def test_nothing_asked_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "--list" in capsys.readouterr().err
