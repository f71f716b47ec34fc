"""What stood in a file before, in real git repositories: reverts, merges, renames, and where git cannot tell."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli.repository import Repository
from lakeward.cli.propose_history import NoHistory, earlier, stood

FILE = "envs/prod/tumor.yaml"


def promotion(version: int, name: str = "tumor", model: str = "a.b.c", namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    source = f"source: {{model: {model}, version: {version}}}"
    return f"kind: ModelPromotion\nmetadata: {{name: {name}{place}}}\nspec:\n  {source}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.made(tmp_path / "checkout")


def known(repository: Repository, *versions: int, file: str = FILE, namespace: str = "") -> set[int]:
    """Which of these versions stood in the file."""
    texts = earlier(repository.folder / file)
    return {v for v in versions if stood(texts, "tumor", namespace, "a.b.c", v)}


def test_every_version_that_was_committed_stood_there(repository: Repository) -> None:
    for version in (15, 17, 15):
        repository.commit(FILE, promotion(version))
    assert known(repository, 1, 5, 7, 15, 16, 17, 117) == {15, 17}


def test_what_is_not_committed_did_not(repository: Repository) -> None:
    repository.commit(FILE, promotion(15))
    (repository.folder / FILE).write_text(promotion(17))
    assert known(repository, 15, 17) == {15}


def test_without_a_commit_nothing_did(repository: Repository) -> None:
    (repository.folder / "tumor.yaml").write_text(promotion(17))
    assert known(repository, 17, file="tumor.yaml") == set()
    repository.commit("other.yaml")
    repository.git("rm", "--cached", "--quiet", "tumor.yaml")
    assert earlier(repository.folder / "other.yaml") == ("",)


def test_a_file_that_is_not_tracked_has_no_past(repository: Repository) -> None:
    repository.commit("other.yaml", promotion(17))
    (repository.folder / "tumor.yaml").write_text(promotion(15))
    assert known(repository, 17, file="tumor.yaml") == set()


def test_a_past_goes_on_through_renames(repository: Repository) -> None:
    for version in (15, 17, 15):
        repository.commit(FILE, promotion(version))
    repository.git("mv", FILE, "a name.yaml")
    repository.commit()
    assert known(repository, 15, 17, file="a name.yaml") == {15, 17}


def test_a_revert_that_a_merge_left_aside_counts(repository: Repository) -> None:
    repository.commit(FILE, promotion(15))
    repository.git("switch", "--quiet", "--create", "feature")
    repository.commit("other.yaml", "x")
    repository.git("switch", "--quiet", "main")
    for version in (17, 15):
        repository.commit(FILE, promotion(version))
    repository.git("switch", "--quiet", "feature")
    repository.git("merge", "--quiet", "--no-edit", "main")
    repository.git("switch", "--quiet", "main")
    # the first parents of main are now those of the feature
    repository.git("merge", "--quiet", "--ff-only", "feature")
    assert "version: 17" not in repository.git("log", "--patch", "--", FILE)
    assert known(repository, 15, 17) == {15, 17}


def test_what_was_chosen_in_a_merge_counts(repository: Repository) -> None:
    repository.commit(FILE, promotion(15))
    repository.git("switch", "--quiet", "--create", "feature")
    repository.commit(FILE, promotion(16))
    repository.git("switch", "--quiet", "main")
    repository.commit(FILE, promotion(17))
    repository.git("merge", "--quiet", "--no-commit", "--strategy=ours", "feature")
    repository.commit(FILE, promotion(18))
    repository.commit(FILE, promotion(15))
    assert known(repository, 15, 16, 17, 18, 19) == {15, 16, 17, 18}


def test_another_branch_is_another_story(repository: Repository) -> None:
    repository.commit(FILE, promotion(15))
    repository.git("switch", "--quiet", "--create", "elsewhere")
    repository.commit(FILE, promotion(17))
    repository.git("switch", "--quiet", "main")
    assert known(repository, 15, 17) == {15}


def test_promotions_of_one_file_have_pasts_of_their_own(repository: Repository) -> None:
    for version in (15, 17, 15):
        repository.commit(FILE, f"{promotion(1)}---\n{promotion(version, name='other')}")
    assert known(repository, 1, 15, 17) == {1}


def test_another_model_has_another_past(repository: Repository) -> None:
    repository.commit(FILE, promotion(17, model="x.y.z"))
    repository.commit(FILE, promotion(2))
    assert known(repository, 2, 17) == {2}


def test_a_namespace_that_was_written_down_later_breaks_no_past(repository: Repository) -> None:
    repository.commit(FILE, promotion(17))
    repository.commit(FILE, promotion(15, namespace="ml"))
    assert known(repository, 15, 17, namespace="ml") == {15, 17}
    assert known(repository, 15, 17, namespace="b") == {17}


def test_what_was_no_manifest_once_is_passed_over(repository: Repository) -> None:
    bad = ("a: [17", "- 17", "kind: ModelPromotion\nspec: 17\n", "kind: List\nitems: 17\n", "x: 0x_17\ny: 0x_\n")
    for text in (*bad, f"17: {'1' * 5000}", "17: !!bool foo", "17: !!timestamp foo", promotion(15)):
        repository.commit(FILE, text)
    assert known(repository, 15, 17) == {15}


def test_a_text_that_is_too_large_to_be_read_is_told(repository: Repository) -> None:
    for version in (15, 17, 15):
        repository.commit(FILE, f"{promotion(version)}{'#' * 2**20}\n")
    says = (
        "the history of envs/prod/tumor.yaml is too large to be read: at most 1 MiB at each commit and 64 MiB together"
    )
    with pytest.raises(NoHistory, match=says):
        earlier(repository.folder / FILE)


@pytest.mark.parametrize("kind", ["List", "ConfigMapList"])
def test_the_items_of_a_list_count(repository: Repository, kind: str) -> None:
    items = f"kind: {kind}\nitems:\n- {promotion(17).strip().replace(chr(10), chr(10) + '  ')}\n"
    repository.commit(FILE, items)
    repository.commit(FILE, promotion(15))
    assert known(repository, 15, 17) == {15, 17}


def test_a_file_of_many_commits_is_asked_for_quickly(repository: Repository) -> None:
    for version in range(1, 41):
        repository.commit(FILE, promotion(version))
    assert known(repository, *range(50)) == set(range(1, 41))


def test_a_folder_that_is_no_checkout_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("")
    with pytest.raises(NoHistory, match=r"is in no git checkout that can be read: .*not a git repository"):
        earlier(tmp_path / "x.yaml")


def test_a_history_that_was_cut_off_is_told(repository: Repository, tmp_path: Path) -> None:
    for version in (15, 17, 15):
        repository.commit(FILE, promotion(version))
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(tmp_path / "shallow"))
    with pytest.raises(NoHistory, match="is cut off: fetch all of it, for example with fetch-depth: 0"):
        earlier(tmp_path / "shallow" / FILE)


def test_a_machine_without_git_is_told(repository: Repository) -> None:
    repository.commit(FILE, promotion(15))
    script = f"from lakeward.cli.propose_history import earlier\nfrom pathlib import Path\nearlier(Path({FILE!r}))"
    command = [sys.executable, "-c", script]
    path = {"PATH": str(repository.folder), "PYTHONPATH": ":".join(p for p in sys.path if p)}
    done = subprocess.run(command, cwd=repository.folder, env=path, capture_output=True, text=True, check=False)
    assert done.stderr.endswith("NoHistory: git is not installed\n") or "git is not installed" in done.stderr
