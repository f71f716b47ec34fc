"""The script of the documentation: real git, a real remote, the real command. Only the forge is a folder of files."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from cli.repository import Repository
from cli.shelf import Shelf
from cli.test_propose import manifest
from docs.pages import page
from invariants.world import workspace

FORGE = """\
lakeward() { "$PYTHON" -m lakeward.app "$@" --allow-loopback-http; }
is_open() { test -e "$FORGE/${1//\\//_}"; }
publish() { { echo "$2"; cat "$3"; } > "$FORGE/${1//\\//_}"; }
"""
BRANCH = "lakeward/propose/ml-tumor"


@dataclass(frozen=True)
class Job:
    """A remote whose main has two promotions, a clone in which the job runs, and the folder with open requests."""

    remote: Repository
    clone: Repository
    requests: Path
    environ: dict[str, str]

    def run(self) -> str:
        """What the job says, which must end well."""
        command = ["bash", str(self.clone.folder / ".git" / "propose.sh")]
        place, environ = self.clone.folder, self.environ
        done = subprocess.run(command, cwd=place, env=environ, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def heads(self) -> dict[str, str]:
        lines = self.remote.git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
        return dict(line.split(" ") for line in lines)

    def opened(self) -> dict[str, str]:
        """Title by branch."""
        return {place.name.replace("_", "/"): place.read_text().splitlines()[0] for place in self.requests.iterdir()}


@pytest.fixture
def job(shelf: Shelf, tmp_path: Path) -> Job:
    remote = Repository.made(tmp_path / "remote")
    remote.git("config", "receive.denyCurrentBranch", "ignore")
    environment = workspace("env", shelf.desk.house.workspace("prod").url, secret="databricks-login")
    remote.commit("environments/env.yaml", yaml.safe_dump(environment))
    remote.commit("promotions/tumor.yaml", manifest(shelf, 1, "latest"))
    remote.commit("promotions/heart.yaml", manifest(shelf, 1, "latest where status=passed", "heart"))
    remote.git("clone", "--quiet", str(remote.folder), str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    (script,) = (block for block in page("docs/propose.md").blocks if block.text.startswith("#!"))
    (clone.folder / ".git" / "propose.sh").write_text(script.text)
    (clone.folder / ".git" / "forge.sh").write_text(FORGE)
    (tmp_path / "requests").mkdir()
    environ = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHON": sys.executable,
        "PYTHONPATH": ":".join(path for path in sys.path if path),
        "FORGE": str(tmp_path / "requests"),
        "TOKEN": shelf.desk.house.token("lakeward"),
        "HOME": str(tmp_path),
    }
    return Job(remote, clone, tmp_path / "requests", environ)


@pytest.mark.timeout(400)
def test_there_is_one_branch_and_one_request_for_each_promotion_and_nothing_is_forced(shelf: Shelf, job: Job) -> None:
    for _ in range(2):
        shelf.register(0.9)
    main = job.heads()["main"]
    job.run()
    first = job.heads()
    assert set(first) == {"main", BRANCH}
    assert first["main"] == main
    assert job.opened() == {BRANCH: "Propose version 2 for ml/tumor"}
    assert job.remote.git("diff", "--numstat", f"main..{BRANCH}") == "1\t1\tpromotions/tumor.yaml\n"
    report = (job.requests / BRANCH.replace("/", "_")).read_text()
    assert "#### `ModelPromotion ml/tumor`: 1 -> 2\n" in report

    job.run()
    assert job.heads() == first, "a second run pushes nothing"

    shelf.register(0.9)
    job.remote.commit("README.md", "main goes on")
    job.run()
    second = job.heads()
    job.remote.git("merge-base", "--is-ancestor", first[BRANCH], second[BRANCH])
    job.remote.git("merge-base", "--is-ancestor", second["main"], second[BRANCH])
    assert job.opened() == {BRANCH: "Propose version 3 for ml/tumor"}
    assert "\n    version: 3 " in job.remote.git("show", f"{BRANCH}:promotions/tumor.yaml")

    (job.requests / BRANCH.replace("/", "_")).unlink()
    shelf.register(0.9)
    assert "its request was closed; delete the branch to be asked again" in job.run()
    assert (job.heads(), job.opened()) == (second, {})
    job.remote.git("branch", "--quiet", "--delete", "--force", BRANCH)
    job.run()
    assert job.opened() == {BRANCH: "Propose version 4 for ml/tumor"}
