"""`lakeward propose` where something is wrong: it ends with 1, names the place, and follows the other markers."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.repository import Repository
from cli.shelf import Shelf
from cli.test_propose import PASSED, file, manifest


def two(shelf: Shelf) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)


def test_a_bad_marker_is_told_with_its_place_and_the_others_are_followed(shelf: Shelf, checkout: Repository) -> None:
    two(shelf)
    checkout.commit("bad.yaml", manifest(shelf, 1, "latest where f1>=high", "bad"))
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    said = shelf.propose()
    assert said.code == 1
    assert "\n! SHELF/bad.yaml: line 9, column 60: expected a decimal, found high\n" in said.out
    assert "1 -> 2\n" in said.out
    assert checkout.git("status", "--porcelain") == " M tumor.yaml\n"


def test_a_bad_spec_is_told_by_its_field(shelf: Shelf, checkout: Repository) -> None:
    two(shelf)
    checkout.commit("tumor.yaml", manifest(shelf, 1).replace("workspaceRef", "workspace"))
    said = shelf.propose()
    assert said.code == 1
    assert "SHELF/tumor.yaml:9: spec.workspace" in said.out


def test_a_folder_that_is_no_checkout_is_refused_unless_it_is_said_to_be_enough(shelf: Shelf) -> None:
    two(shelf)
    file(shelf).write_text(manifest(shelf, 1))
    said = shelf.propose()
    assert said.code == 1
    assert "SHELF is in no git checkout that can be read" in said.out
    assert "; --no-history goes without\n" in said.out
    assert file(shelf).read_text() == manifest(shelf, 1)
    assert shelf.propose("--no-history").code == 2


def test_a_past_that_no_parser_reads_stops_no_proposal(shelf: Shelf, checkout: Repository) -> None:
    two(shelf)
    checkout.commit("tumor.yaml", f"{manifest(shelf, 1)}---\nx: 0x_ # 2\n")
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    assert shelf.propose().code == 2


def test_a_missing_secret_names_the_flag(shelf: Shelf, checkout: Repository) -> None:
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    said = shelf.desk.command("propose", "-f", str(shelf.folder), "--cluster-name", "test", "--allow-loopback-http")
    assert said.code == 1
    assert "give it with --secret databricks/databricks=@FILE" in said.out


def test_an_environment_outside_of_the_manifests_is_named(shelf: Shelf, checkout: Repository) -> None:
    (shelf.folder / "env.yaml").unlink()
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    said = shelf.propose()
    assert said.code == 1
    assert "spec.workspaceRef.name: there is no MLWorkspace env in this namespace\n" in said.out


def test_a_service_that_is_down_proposes_nothing(shelf: Shelf, checkout: Repository) -> None:
    two(shelf)
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    shelf.desk.house.fault("status", status=500, error_code="INTERNAL_ERROR", path="/versions", count=0)
    said = shelf.propose()
    assert said.code == 1
    assert "stays at 1, error\n" in said.out
    assert checkout.git("status", "--porcelain") == ""


def test_a_target_that_is_not_there_is_an_error_and_no_verdict(shelf: Shelf, checkout: Repository) -> None:
    two(shelf)
    checkout.commit("tumor.yaml", manifest(shelf, 1).replace(", createIfMissing: true", ""))
    said = shelf.propose()
    assert said.code == 1
    assert "spec.target.createIfMissing: true makes it\n" in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-f", "-"], "-f -: files are edited, so name a folder or a file"),
        (
            ["-f", "SHELF", "--report", "SHELF/no/x.md"],
            "--report: SHELF/no/x.md cannot be written: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_used_is_one_sentence(shelf: Shelf, arguments: list[str], says: str) -> None:
    words = [word.replace("SHELF", str(shelf.folder)) for word in arguments]
    said = shelf.desk.command("propose", *words, *shelf.flags)
    assert (said.code, shelf.told(said.err)) == (1, f"lakeward propose: {says}\n")


def test_ctrl_c_ends_quietly_while_a_call_hangs(shelf: Shelf, checkout: Repository, tmp_path: Path) -> None:
    two(shelf)
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    fault = shelf.desk.house.fault("hang", principal="lakeward", path="/unity-catalog/", count=0)
    command = [sys.executable, "-m", "lakeward.app", "propose", "-f", str(shelf.folder), *shelf.flags]
    with (tmp_path / "said").open("w+") as said:
        running = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            shelf.desk.house.wait_held(fault, seconds=30)
            running.send_signal(signal.SIGINT)
            assert running.wait(10) == 130
        finally:
            running.kill()
            running.wait()
    assert (tmp_path / "said").read_text() == ""
    assert checkout.git("status", "--porcelain") == ""
