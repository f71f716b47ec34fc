"""Proposals put into files: all of a file at once, or none; what cannot be edited is an error of its own."""

import json
from pathlib import Path

import pytest

from lakeward.cli.propose_choice import Answer, Proposal
from lakeward.cli.propose_files import carried_out
from lakeward.cli.propose_marks import Mark
from lakeward.cli.propose_outputs import Report, markdown, write
from lakeward.cli.propose_policy import parse
from lakeward.engine.outcome import Key

TEXT = "version: 17\nversion: 5\r\n"


def proposal(file: Path, start: int, pin: int, version: int, answer: Answer = Answer.PROPOSED) -> Proposal:
    end = start + len(str(pin))
    mark = Mark(Key("ModelPromotion", "ml", "x"), "ml", str(file), 1, start, end, pin, parse("latest"))
    return Proposal(mark, answer, "as asked", "a.b.c", version)


def test_all_edits_of_a_file_are_made_together(tmp_path: Path) -> None:
    place = tmp_path / "x.yaml"
    place.write_bytes(TEXT.encode())
    made = (proposal(place, 9, 17, 100), proposal(place, 21, 5, 6), proposal(place, 9, 17, 99, Answer.REFUSED))
    assert carried_out(made, dry=False) == (made, ())
    assert place.read_bytes() == b"version: 100\nversion: 6\r\n"


def test_a_dry_run_says_it_and_makes_none(tmp_path: Path) -> None:
    place = tmp_path / "x.yaml"
    place.write_bytes(TEXT.encode())
    _, (diff,) = carried_out((proposal(place, 21, 5, 6),), dry=True)
    assert diff.endswith("@@ -1,2 +1,2 @@\n version: 17\n-version: 5\r\n+version: 6\r\n")
    assert place.read_bytes() == TEXT.encode()


@pytest.mark.parametrize("dry", [True, False])
def test_half_a_character_in_the_name_of_a_file_is_written_in_every_form(tmp_path: Path, dry: bool) -> None:
    place = tmp_path / "\udcff.yaml"
    place.write_bytes(TEXT.encode())
    made, diffs = carried_out((proposal(place, 21, 5, 6),), dry=dry)
    report = Report(made, diffs=diffs)
    assert json.loads(write(report, "json").encode())["objects"][0]["file"] == str(place)
    assert b"\\udcff.yaml" in write(report, "text").encode()
    assert b"\\udcff.yaml" in markdown(report).encode()


def test_a_file_that_changed_meanwhile_is_left_alone_and_the_others_are_edited(tmp_path: Path) -> None:
    changed, other = tmp_path / "changed.yaml", tmp_path / "other.yaml"
    changed.write_text(TEXT.replace("17", "170"))
    other.write_bytes(TEXT.encode())
    made = (proposal(changed, 9, 17, 18), proposal(changed, 21, 5, 6), proposal(other, 9, 17, 18))
    after, _ = carried_out(made, dry=False)
    assert [(one.answer, one.why) for one in after] == [
        (Answer.ERROR, "changed meanwhile: try again"),
        (Answer.ERROR, "changed meanwhile: try again"),
        (Answer.PROPOSED, "as asked"),
    ]
    assert changed.read_text() == TEXT.replace("17", "170").replace("\r", "")
    assert other.read_bytes() == TEXT.replace("17", "18").encode()


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    (after,), _ = carried_out((proposal(tmp_path / "x.yaml", 9, 17, 18),), dry=False)
    assert (after.answer, after.why) == (Answer.ERROR, "cannot be written: No such file or directory")
