"""`lakeward propose` on a real checkout against the real lakehouse: what it edits, and what it leaves alone."""

import json
from pathlib import Path

from cli.repository import Repository
from cli.shelf import QUALITY, VALIDATED, Shelf
from lakeward.cli.propose import EXAMPLES

ASKED = "latest where validation_status=passed and f1>=0.8"
PASSED = {"validation_status": "passed"}
MANIFEST = """\
# reviewed by the risk team
apiVersion: mlops.lakeward.dev/v1alpha1
kind: ModelPromotion
metadata: {{name: {name}, namespace: "ml"}}
spec:
  workspaceRef: {{name: 'env'}}
  source:
    model: {model}
    version: {version}   # {{"$lakeward-propose": "{asked}"}}
  target: {{model: {target}, createIfMissing: true}}
  gates: {gates}
"""


def manifest(shelf: Shelf, version: int, asked: str = ASKED, name: str = "tumor", gates: object = ()) -> str:
    target = f"{shelf.prod}_{name}"
    told = json.dumps(list(gates) if isinstance(gates, list | tuple) else gates)
    return MANIFEST.format(name=name, model=shelf.dev, version=version, asked=asked, target=target, gates=told)


def file(shelf: Shelf) -> Path:
    return shelf.folder / "tumor.yaml"


def test_the_newest_version_that_is_as_asked_is_written_and_nothing_else(shelf: Shelf, checkout: Repository) -> None:
    for f1 in (0.7, 0.85, 0.9):
        shelf.register(f1, PASSED)
    shelf.register(0.95)
    text = manifest(shelf, 1, gates=[QUALITY])
    checkout.commit("tumor.yaml", text)
    said = shelf.propose()
    assert (said.code, said.err) == (2, "")
    assert said.out == (
        "ModelPromotion ml/tumor                                     1 -> 3\n"
        f"  SHELF/tumor.yaml:9: version 3 is the newest that is as asked: {ASKED}\n"
    )
    assert file(shelf).read_text() == text.replace("version: 1 ", "version: 3 ")
    assert checkout.git("status", "--porcelain") == " M tumor.yaml\n"
    assert shelf.desk.writes() == set()


def test_a_second_run_changes_nothing(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    assert shelf.propose().code == 2
    before = file(shelf).stat()
    said = shelf.propose()
    assert said.code == 0
    assert "stays at 2\n  SHELF/tumor.yaml:9: ml.dev.tumor has no version above 2\n" in said.out
    assert file(shelf).stat() == before
    checkout.commit()
    assert shelf.propose().code == 0


def test_line_ends_modes_and_links_stay(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    content = manifest(shelf, 1).replace("\n", "\r\n").encode()
    real = shelf.folder.parent / "elsewhere.yaml"
    real.write_bytes(content)
    real.chmod(0o640)
    file(shelf).symlink_to(real)
    assert shelf.propose("--no-history").code == 2
    assert file(shelf).is_symlink()
    assert real.read_bytes() == content.replace(b"version: 1 ", b"version: 2 ")
    assert real.stat().st_mode & 0o777 == 0o640
    assert [place.name for place in real.parent.iterdir() if place.name.startswith(".")] == []
    assert checkout.git("diff", "--name-only") == ""


def test_several_promotions_of_one_file_are_edited_at_once(shelf: Shelf, checkout: Repository) -> None:
    shelf.register(0.85, PASSED)
    shelf.register(0.9, PASSED)
    shelf.register(0.95)
    parts = [
        manifest(shelf, 1),
        manifest(shelf, 1, "latest", "heart"),
        manifest(shelf, 1).replace("$lakeward", "$other").replace("tumor,", "still,").replace("_tumor", "_still"),
        manifest(shelf, 1, "latest where f1>2", "lung"),
    ]
    checkout.commit("tumor.yaml", "---\n".join(parts))
    said = shelf.propose()
    assert said.code == 2
    assert said.out.endswith("\nAll: 2 proposed, 1 with nothing newer\n")
    wanted = [
        parts[0].replace("version: 1 ", "version: 2 "),
        parts[1].replace("version: 1 ", "version: 3 "),
        *parts[2:],
    ]
    assert file(shelf).read_text() == "---\n".join(wanted)


def test_an_older_version_is_never_proposed(shelf: Shelf, checkout: Repository) -> None:
    shelf.register(0.9, PASSED)
    shelf.register(0.9)
    checkout.commit("tumor.yaml", manifest(shelf, 2))
    assert shelf.propose().code == 0


def test_a_version_that_is_not_ready_is_passed_over(shelf: Shelf, checkout: Repository) -> None:
    shelf.register(0.9, PASSED)
    shelf.registry.begin(shelf.dev, source="models:/m-1", run_id="")
    checkout.commit("tumor.yaml", manifest(shelf, 1, "latest"))
    said = shelf.propose()
    assert said.code == 0
    assert "no version above 1 is as asked (2: it is PENDING_REGISTRATION, not READY)\n" in said.out


def test_a_version_that_was_taken_back_is_never_proposed_again(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    for version in (1, 2, 1):
        checkout.commit("tumor.yaml", manifest(shelf, version))
    said = shelf.propose("--report", "-")
    assert said.code == 0
    assert "stays at 1, refused\n" in said.err
    assert "version 2 stood here before and was taken back: it is never proposed again" in said.out
    assert checkout.git("status", "--porcelain") == ""
    shelf.register(0.9, PASSED)
    assert "1 -> 3\n" in shelf.propose().out
    checkout.git("checkout", "--", "tumor.yaml")
    assert "1 -> 3\n" in shelf.propose("--no-history").out


def test_a_version_that_a_gate_refuses_is_not_proposed_and_no_older_one_either(
    shelf: Shelf, checkout: Repository
) -> None:
    for f1 in (0.9, 0.9, 0.5):
        shelf.register(f1)
    checkout.commit("tumor.yaml", manifest(shelf, 1, "latest", gates=[QUALITY, VALIDATED]))
    said = shelf.propose()
    assert said.code == 0
    assert "version 3 is the newest that is as asked, but gates say no: quality\n" in said.out
    assert checkout.git("status", "--porcelain") == ""


def test_a_gate_that_waits_or_only_warns_stops_no_proposal(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.5)
    checkout.commit("tumor.yaml", manifest(shelf, 1, "latest", gates=[VALIDATED, {**QUALITY, "mode": "Warn"}]))
    assert shelf.propose().code == 2


def test_a_promotion_whose_champion_was_moved_by_hand_is_left_alone(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(3):
        shelf.register(0.9, PASSED)
    target = {"model": f"{shelf.prod}_tumor", "createIfMissing": True}
    shelf.promoted(*(shelf.promotion(version, target=target) for version in (1, 2)))
    for version in (1, 2):
        checkout.commit("tumor.yaml", manifest(shelf, version))
    shelf.registry.point(f"{shelf.prod}_tumor", "champion", 1)
    said = shelf.propose()
    assert said.code == 0
    assert "Held: champion was moved to version 1 by hand" in said.out


def test_an_object_whose_status_says_held_is_left_alone(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    checkout.commit("tumor.yaml", manifest(shelf, 1) + "status: {phase: Held}\n")
    said = shelf.propose()
    assert said.code == 0
    assert "its status says Held: end that first\n" in said.out


def test_an_object_that_somebody_holds_is_left_alone(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    note = 'namespace: "ml", annotations: {mlops.lakeward.dev/hold: INC-7}'
    # suspended as well, no gate would be asked
    text = manifest(shelf, 1).replace('namespace: "ml"', note).replace("spec:\n", "spec:\n  suspend: true\n")
    checkout.commit("tumor.yaml", text)
    said = shelf.propose()
    assert (said.code, checkout.git("status", "--porcelain")) == (0, "")
    assert "mlops.lakeward.dev/hold says: INC-7; take the annotation off first\n" in said.out


def test_a_pinned_digest_is_left_to_a_person(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    digest = f"    digest: sha256:{'0' * 64}\n  target:"
    checkout.commit("tumor.yaml", manifest(shelf, 1).replace("  target:", digest))
    said = shelf.propose()
    assert said.code == 0
    assert "spec.source.digest pins the files of this version: pin those of the next one by hand\n" in said.out


def test_a_dry_run_shows_the_change_and_writes_nothing(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    checkout.commit("tumor.yaml", manifest(shelf, 1, "latest"))
    said = shelf.propose("--dry-run", "--report", str(shelf.folder / "report.md"))
    assert said.code == 2
    assert '\n-    version: 1   # {"$lakeward-propose": "latest"}\n+    version: 2   # {"$lakeward-' in said.out
    assert checkout.git("status", "--porcelain") == ""


def test_one_promotion_may_be_asked_for(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    for name in ("tumor", "heart"):
        checkout.commit(f"{name}.yaml", manifest(shelf, 1, name=name))
    checkout.commit("plain.yaml", manifest(shelf, 1, name="plain").replace("$lakeward-propose", "$other"))
    assert shelf.propose("--promotion", "ml/heart").code == 2
    assert checkout.git("status", "--porcelain") == " M heart.yaml\n"
    said = shelf.propose("--promotion", "plain")
    assert (said.code, said.err) == (
        1,
        "lakeward propose: --promotion: plain has no marker in SHELF/plain.yaml\n",
    )


def test_the_report_is_for_the_body_of_a_pull_request(shelf: Shelf, checkout: Repository) -> None:
    shelf.register(0.9, PASSED)
    shelf.register(0.9, {**PASSED, "owner": "@all | **x** `y`"})
    owner = {"name": "owner", "type": "Tag", "mode": "Warn", "tag": {"from": "Source", "key": "owner", "in": ["ana"]}}
    checkout.commit("tumor.yaml", manifest(shelf, 1, gates=[QUALITY, owner]))
    report = shelf.folder.parent / "report.md"
    assert shelf.propose("--report", str(report)).code == 2
    told = shelf.told(report.read_text())
    assert told.startswith(
        "### Lakeward proposes: 1 proposed\n"
        "\n#### `ModelPromotion ml/tumor`: 1 -> 2\n"
        f"\n`SHELF/tumor.yaml:9`: `version 2 is the newest that is as asked: {ASKED}`\n"
        "\nVersion `2` of `ml.dev.tumor` to `ml.prod.tumor_tumor`.\n"
        "\n| Gate | Type | Stage | Mode | Result | Observed | Required |\n"
    )
    assert r"| **Fail** | `` @all \| **x** `y` `` |" in told


def test_json_has_the_members_that_the_help_shows(shelf: Shelf, checkout: Repository) -> None:
    for _ in range(2):
        shelf.register(0.9, PASSED)
    checkout.commit("tumor.yaml", manifest(shelf, 1))
    said = json.loads(shelf.propose("--output", "json").out)
    (one,) = said["objects"]
    assert [name for name in (*said, *one) if f'"{name}": ' not in EXAMPLES] == []
    assert (said["result"], one["result"], one["from"], one["to"], one["line"]) == ("proposals", "proposed", 1, 2, 9)
    assert one["check"]["version"] == "2"


def test_without_a_marker_there_is_nothing_to_propose(shelf: Shelf, checkout: Repository) -> None:
    shelf.pin(1)
    checkout.commit()
    said = shelf.propose()
    assert (said.code, said.out) == (0, "All: no marker\n")
