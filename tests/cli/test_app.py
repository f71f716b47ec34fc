"""The command `lakeward`: what it says, how it ends, and what it does not import."""

import subprocess
import sys
from pathlib import Path

import pytest

from lakeward import __version__
from lakeward.app import COMMANDS, main

CRDS = Path(__file__).parents[2] / "crds"


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"lakeward {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_has_examples(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert "examples:\n  " in said
    assert "usage: lakeward" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fly"], "invalid choice: 'fly'"),
        (["crds", "--to", "x"], "unrecognized arguments: --to x"),
        (["run", "--cluster", "x"], "unrecognized arguments: --cluster x"),
    ],
)
def test_wrong_usage_ends_with_two(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert says in capsys.readouterr().err


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage: lakeward COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "lakeward run: LAKEWARD_CLUSTER_NAME (or --cluster-name) is required"),
        (["--cluster-name", "A"], 'lakeward run: --cluster-name: "A" must be lower-case letters'),
        (["--cluster-name", "a", "--allow-loopback-http", "maybe"], '--allow-loopback-http: "maybe" must be true'),
    ],
)
def test_bad_settings_are_one_sentence_and_two(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments]) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1


def test_the_crds_are_written_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crds", "--output", str(tmp_path / "new")]) == 0
    written = sorted((tmp_path / "new").iterdir())
    assert sorted(capsys.readouterr().out.splitlines()) == [str(path) for path in written]
    assert {path.name for path in written} == {path.name for path in CRDS.iterdir()}


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["crds", "--output", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err == f"lakeward crds: {tmp_path / 'file'} cannot be written: File exists\n"


@pytest.mark.parametrize("command", ["import lakeward.app", "from lakeward.app import main; main(['run'])"])
def test_no_sdk_is_imported_before_it_is_needed(command: str) -> None:
    asks = "import sys; print(sorted({'databricks', 'kopf', 'kubernetes', 'mlflow', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", f"{command}; {asks}"], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
