"""`lakeward-sandbox cluster`, as a person runs it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "lakeward_sandbox", "cluster", "--state"]


def test_it_says_how_to_use_it_and_takes_everything_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "cluster"
    with subprocess.Popen([*COMMAND, str(folder)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert any("ready" in line for line in program.stdout), "it ended before it was ready"
        said = subprocess.run(
            ["/bin/sh", "-c", f". {folder}/env && kubectl get namespaces -o name"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert "namespace/default" in said.stdout
        second = subprocess.run([*COMMAND, str(folder)], capture_output=True, text=True, check=False, timeout=30)
        assert (second.returncode, second.stderr.count("\n")) == (1, 1)
        assert "is in use by another running cluster" in second.stderr
        program.send_signal(signal.SIGINT)
        rest = program.stdout.read()
        assert program.wait(30) == 0
    assert rest.endswith("stopped\n")
    assert not (folder / "env").exists()


@pytest.mark.parametrize("value", ["nowhere"])
def test_what_it_cannot_do_is_one_sentence(tmp_path: Path, value: str) -> None:
    machine = dict(os.environ)  # noqa: TID251 - the machine's PATH; there are no settings here
    done = subprocess.run(
        [*COMMAND, str(tmp_path)],
        env={**machine, "CLUSTER": value},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "CLUSTER" in done.stderr
