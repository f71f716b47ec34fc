"""The demo as a reader runs it: the whole story, and what is said when it cannot begin."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def demo(workdir: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    machine = dict(os.environ)  # noqa: TID251 - the machine's PATH and cache; there are no settings here
    return subprocess.run(
        [sys.executable, "-m", "demo"],
        env={**machine, "PYTHONPATH": str(ROOT / "tools"), "TMPDIR": str(workdir), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


def test_the_whole_story_is_told_and_nothing_stays(tmp_path: Path) -> None:
    told = demo(tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stderr == ""
    assert re.findall(r"it gets version (\d)", told.stdout) == ["1", "2", "2"]
    assert re.search(r"tumor-prod +3 +2 +Blocked", told.stdout)
    assert re.search(r"Why not: .*f1_score 0\.\d+ is not >= champion 0\.\d+ \+ 0\.005", told.stdout)
    assert "\x1b" not in told.stdout
    assert list(tmp_path.iterdir()) == []
    listed = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, text=True, check=True)
    assert str(tmp_path) not in listed.stdout


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with taken(8443):
        told = demo(tmp_path)
    assert told.returncode == 1
    assert "The demo failed: port 8443 is in use, and the samples expect" in told.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_that_cannot_be_had_is_one_sentence(tmp_path: Path) -> None:
    told = demo(tmp_path, CLUSTER="nowhere")
    assert told.returncode == 1
    assert told.stdout.rstrip().endswith("set CLUSTER=current to use your kubeconfig, or unset it.")
    assert told.stderr == ""
    assert list(tmp_path.iterdir()) == []
