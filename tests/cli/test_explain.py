"""`lakeward explain`: what a reason means."""

import pytest

from lakeward.cli.explain import main
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


def test_nothing_asked_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "--list" in capsys.readouterr().err
