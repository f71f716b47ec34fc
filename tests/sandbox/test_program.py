"""The program: its help, its refusals in one sentence, and its end."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lakeward_sandbox.launch import Lakehouse, LakehouseError, lakehouse
from sandbox.waiting import wait_for

PROGRAM = Path(sys.executable).with_name("lakeward-sandbox")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize(
    ("arguments", "told"), [(("--help",), "up"), (("up", "--help"), "--state DIR"), (("--version",), "0.")]
)
def test_help_answers_at_once(arguments: tuple[str, ...], told: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert told in done.stdout


@pytest.mark.parametrize("arguments", [(), ("down",), ("up",), ("up", "--state", "x", "--port", "80")])
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*(a if a != "x" else str(tmp_path) for a in arguments)).returncode == 2


def test_a_second_lakehouse_on_the_same_folder_refuses(house: Lakehouse) -> None:
    done = run("up", "--state", str(house.state), "--port", "0")
    assert_one_sentence(done, "is in use by another running lakehouse")
    assert house.requests() == []
    assert (house.state / "sandbox.json").exists()


def test_a_taken_port_is_named_with_what_wanted_it(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run("up", "--state", str(tmp_path / "state"), "--port", str(port))
    assert_one_sentence(done, f"port {port} for Azure Resource Manager is already in use")


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    assert_one_sentence(run("up", "--state", str(tmp_path), "--port", "0"), "not the state of a lakehouse")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_launcher_passes_the_refusal_on(house: Lakehouse) -> None:
    with pytest.raises(LakehouseError, match="in use"), lakehouse(house.state):
        pass


def test_nobody_else_reads_the_tokens(house: Lakehouse) -> None:
    assert (house.state / "sandbox.json").stat().st_mode & 0o077 == 0
    assert (house.state / "secret").stat().st_mode & 0o077 == 0


def test_ctrl_c_while_it_starts_ends_it_in_good_order(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lakeward_sandbox", "up", "--state", str(tmp_path / "s"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        wait_for((tmp_path / "s" / "mlflow").exists)
        child.send_signal(signal.SIGINT)
        told, _ = child.communicate(timeout=60)
    assert (child.returncode, told) == (0, "stopped\n")
    assert not (tmp_path / "s" / "sandbox.json").exists()


def assert_one_sentence(done: "subprocess.CompletedProcess[str]", told: str) -> None:
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("lakeward-sandbox: ")
    assert done.stderr.count("\n") == 1
    assert told in done.stderr
