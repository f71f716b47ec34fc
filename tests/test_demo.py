"""The demo as a reader runs it: the whole story, and what is said when it cannot begin."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def demo(workdir: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    machine = dict(os.environ)  # noqa: TID251 - the machine's PATH and cache; there are no settings here
    return subprocess.run(
        [sys.executable, "-m", "demo"],
        env={**machine, "PYTHONPATH": str(ROOT / "tools"), "TMPDIR": str(workdir), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        yield


def unkind_git(folder: Path) -> dict[str, str]:
    """A user whose git signs with a program that fails, and whose hooks refuse every commit."""
    hook = folder / "hooks" / "pre-commit"
    hook.parent.mkdir(parents=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    settings = folder / "git" / "config"
    settings.parent.mkdir()
    settings.write_text(f"[commit]\ngpgSign = true\n[gpg]\nprogram = false\n[core]\nhooksPath = {hook.parent}\n")
    return {
        "XDG_CONFIG_HOME": str(folder),
        "GIT_CONFIG_GLOBAL": str(settings),
        "GIT_DIR": str(folder / "elsewhere"),
        "GIT_AUTHOR_DATE": "no date",
    }


@pytest.mark.timeout(300)
def test_the_whole_story_is_told_and_nothing_stays(tmp_path: Path) -> None:
    workdir = tmp_path / "work"
    workdir.mkdir()
    told = demo(workdir, **unkind_git(tmp_path / "user"))
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stderr == ""
    _told_in_full(told.stdout)
    assert "\x1b" not in told.stdout
    assert not re.search(r" $", told.stdout, re.MULTILINE)
    assert list(workdir.iterdir()) == []
    listed = subprocess.run(["ps", "-axww", "-o", "args="], capture_output=True, text=True, check=True)
    assert str(workdir) not in listed.stdout


def _told_in_full(story: str) -> None:
    in_order = (
        r"rolebinding\S*/risk-signs-off created",
        r"tumor-test +1 +1 +Promoted +4/4",
        r"tumor-prod +1 +AwaitingApproval +4/6",
        r"\$ kubectl get mp -o wide",
        r"tumor-prod +1 +AwaitingApproval .* 0/1 +[0-9a-f]{7} +risk-signoff: 0 of 1 approvals \(one more",
        r"made by  ana@example\.com",
        r"You, bob@example\.com, in model-risk, approve gate risk-signoff: FL-231 reviewed",
        r"promotionapproval/tumor-prod-\w+ made",
        r"tumor-prod +1 +1 +Promoted +6/6",
        r"it gets version 1",
        r"tumor-prod +2 +1 +AwaitingApproval",
        r"You, ana@example\.com, in model-risk, approve gate",
        r"Approve +ana@example\.com +No .* ana@example\.com registered the source version",
        r"You, bob@example\.com, in model-risk, approve gate",
        r"tumor-prod +2 +2 +Promoted",
        r"lakeward_git_commit +[0-9a-f]{7}\n +lakeward_approved_by +bob@example\.com\n +lakeward_replaces +1",
        r"domain +oncology\n +pii +false",
        r"it gets version 2",
        r"tumor-prod +3 +2 +Blocked .*quality: f1_score 0\.\d+ is not >= champion 0\.\d+ \+ 0\.005",
        r"it gets version 2",
        r"\$ git revert --no-edit HEAD\n +\[main \w+\] Revert \"Release version 3\"",
        r"tumor-test rolled back: Ready \d+\.\d s after kubectl apply, 3 external writes, no copy",
        r"it gets version 3\n.* and 107 of 171 tumors right",
        r"grants\.ml-engineers SELECT +\(none\) -> \"granted\"",
        r"@champion\n +version +3 -> 2",
        r"All: 2 to change",
        r"modelpromotion/tumor-prod DriftDetected: champion was moved to version 3 by unknown",
        r"modelpromotion/tumor-prod DriftReverted: champion was moved back to version 2",
        r"modelpromotion\S*/tumor-prod condition met",
        r"it gets version 2",
        r"tumor-prod rolled back: Ready \d+\.\d s after kubectl apply, 3 external writes, no copy",
        r"it gets version 1",
        r"tumor-prod +2 +1 +AwaitingApproval",
        r"approve gate risk-signoff: FL-240 false alarm",
        r"tumor-prod +2 +2 +Promoted",
        r"tumor-prod +2 +1 +Held",
        r"Held: champion was moved to version 1 by hand",
        r"git and production agree: .*, 1 external write, no copy",
        r"it gets version 1",
    )
    at = 0
    for part in in_order:
        found = re.compile(part).search(story, at)
        assert found, f"{part!r} is not told where it should be:\n{story}"
        at = found.end()
    assert re.search(r"mlworkspace/prod Applying: updated databricks\.grants/schema/ml_prod_catalog\.models", story)
    assert re.findall(r"it gets version (\d)", story) == ["1", "2", "2", "3", "2", "1", "1"]


def test_a_machine_without_git_is_told_so_before_anything_starts(tmp_path: Path) -> None:
    told = demo(tmp_path, PATH=str(tmp_path / "empty"))
    assert told.returncode == 1
    assert told.stdout.strip().startswith("The demo failed: git is not on the PATH: install it")
    assert told.stderr == ""
    assert list(tmp_path.iterdir()) == []


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
