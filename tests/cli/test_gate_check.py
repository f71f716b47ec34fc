"""`lakeward gate-check` against the real lakehouse: what it prints, how it ends, and that it only reads."""

import json

import pytest

from cli.shelf import QUALITY, VALIDATED, Shelf
from lakeward.cli.gate_check import EXAMPLES

FOOT = "without a cluster, what only the cluster knows waits: approvals, jobs, and how far other promotions are\n"
FAILS = """\
ModelPromotion ml/tumor                                     1/3 gates pass, 1 fails, 1 waits
  version 1 of ml.dev.tumor to ml.prod.tumor
  GATE          TYPE    STAGE      MODE     RESULT   OBSERVED  REQUIRED
  source-ready  Ready   PreCopy    Enforce  Pass     READY     READY
  quality       Metric  PreCopy    Enforce  Fail     0.75      >= 0.8
  copy-ready    Ready   PreSwitch  Enforce  Pending  absent    READY
"""


def test_a_gate_that_fails_is_a_row_a_reason_and_two(shelf: Shelf) -> None:
    shelf.register(0.75)
    shelf.pin(1, gates=[QUALITY])
    said = shelf.gate_check()
    assert (said.code, said.err) == (2, "")
    assert said.out.startswith(FAILS)
    assert "f1 0.75 is not >= 0.8; pin a better version" in said.out
    assert said.out.endswith(f"it is judged when the copy is there\n\n{FOOT}")
    assert shelf.desk.house.requests(principal="lakeward")
    assert shelf.desk.writes() == set()


def test_gates_that_pass_end_with_zero_and_nothing_is_copied(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.pin(1, gates=[QUALITY])
    said = shelf.gate_check()
    assert (said.code, shelf.desk.writes()) == (0, set())
    assert "ModelPromotion ml/tumor                                     2/3 gates pass, 1 waits\n" in said.out
    assert "Fail" not in said.out
    assert shelf.registry.versions(shelf.prod) == {}


def test_a_gate_that_only_warns_fails_nothing(shelf: Shelf) -> None:
    shelf.register(0.75)
    shelf.pin(1, gates=[{**QUALITY, "mode": "Warn"}])
    said = shelf.gate_check()
    assert said.code == 0
    assert "1/3 gates pass, 1 waits, 1 warns\n" in said.out


def test_what_is_in_place_is_not_judged(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.promoted(shelf.promotion(1))
    # this gate would fail if it were asked
    shelf.pin(1, gates=[VALIDATED | {"name": "late"}, {**QUALITY, "metric": {**QUALITY["metric"], "min": "0.99"}}])
    said = shelf.gate_check()
    assert said.code == 0
    assert said.out == (
        "ModelPromotion ml/tumor                                     nothing to judge\n"
        "  version 1 of ml.dev.tumor to ml.prod.tumor, champion is version 1\n"
        "  champion already is the pinned version: nothing to judge\n\n"
    )


def test_a_champion_that_nobody_promoted_is_not_judged_either(shelf: Shelf) -> None:
    shelf.register(0.1)
    shelf.registry.point(shelf.dev, "champion", 1)
    shelf.pin(1, gates=[QUALITY], target={"model": shelf.dev})
    said = shelf.gate_check()
    assert said.code == 0
    assert "\n  champion already is the pinned version: nothing to judge\n" in said.out


def test_the_rows_of_an_earlier_move_are_not_taken_for_this_one(shelf: Shelf) -> None:
    shelf.register(0.9)
    cluster = shelf.promoted(shelf.promotion(1, gates=[QUALITY]))
    (body,) = (dict(body) for key, body in cluster.objects.items() if key.kind == "ModelPromotion")
    assert body["status"]["gates"]
    shelf.put(body)
    said = shelf.gate_check()
    assert "nothing to judge" in said.out
    assert "source-ready" not in said.out


def test_a_rollback_says_that_the_gates_of_the_way_forward_are_passed_over(shelf: Shelf) -> None:
    for f1 in (0.7, 0.9):
        shelf.register(f1)
    shelf.promoted(*(shelf.promotion(n) for n in (1, 2)))
    shelf.pin(1, gates=[QUALITY])
    said = shelf.gate_check()
    assert said.code == 0
    assert "\n  a rollback: gates that judge the way forward are passed over\n" in said.out
    assert "\n  quality " not in said.out


@pytest.mark.parametrize(("pending", "code"), [("pass", 0), ("fail", 2)])
def test_what_could_come_before_the_merge_may_be_made_a_failure(shelf: Shelf, pending: str, code: int) -> None:
    shelf.register(0.9)
    shelf.pin(1, gates=[VALIDATED])
    said = shelf.gate_check("--pending", pending)
    assert said.code == code
    assert ["validated", "Tag", "PreCopy", "Enforce", "Pending"] in [line.split()[:5] for line in said.out.splitlines()]
    shelf.tag(1, "validation_status", "passed")
    assert shelf.gate_check("--pending", "fail").code == 0


def test_what_only_the_cluster_knows_waits_and_fails_nothing(shelf: Shelf) -> None:
    shelf.register(0.9)
    shelf.pin(1, name="tumor", dependsOn=[{"name": "earlier"}])
    said = shelf.gate_check("--pending", "fail")
    assert said.code == 0
    assert "how far other promotions are is known in the cluster\n" in said.out
    assert "2 wait" in said.out


def test_markdown_is_a_table_for_each_promotion(shelf: Shelf) -> None:
    shelf.register(0.75)
    shelf.pin(1, gates=[QUALITY])
    said = shelf.gate_check("--output", "markdown")
    assert said.code == 2
    assert said.out.startswith(
        "### Lakeward gates: 1 fails\n"
        "\n#### `ModelPromotion ml/tumor`: 1/3 gates pass, 1 fails, 1 waits\n"
        "\nVersion `1` of `ml.dev.tumor` to `ml.prod.tumor`.\n"
        "\n| Gate | Type | Stage | Mode | Result | Observed | Required |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| `source-ready` | Ready | PreCopy | Enforce | Pass | `READY` | `READY` |\n"
        "| `quality` | Metric | PreCopy | Enforce | **Fail** | `0.75` | `>= 0.8` |\n"
        "| `copy-ready` | Ready | PreSwitch | Enforce | **Pending** | `absent` | `READY` |\n\n- "
    )
    assert said.out.endswith(f"\n- `copy-ready`: `it is judged when the copy is there`\n\n_{FOOT.strip()}_\n") or (
        said.out.endswith(f"; it is judged when the copy is there`\n\n_{FOOT.strip()}_\n")
    )


def test_json_has_the_members_that_the_help_shows(shelf: Shelf) -> None:
    shelf.register(0.75)
    shelf.pin(1, gates=[QUALITY])
    said = json.loads(shelf.gate_check("--output", "json").out)
    (promotion,) = said["promotions"]
    gate = promotion["gates"][1]
    known = (*said, *promotion, *gate)
    assert [name for name in known if f'"{name}": ' not in EXAMPLES] == []
    assert (said["result"], promotion["result"], promotion["phase"]) == ("fails", "fails", "Blocked")
    assert (promotion["file"], promotion["version"], promotion["problem"]) == ("SHELF/tumor.yaml", "1", None)
    assert (gate["name"], gate["result"], gate["observed"], gate["beyond"]) == ("quality", "Fail", "0.75", "")
    assert promotion["gates"][2]["beyond"] == "it is judged when the copy is there"


def test_one_promotion_may_be_asked_for(shelf: Shelf) -> None:
    shelf.register(0.75)
    shelf.pin(1, gates=[QUALITY])
    shelf.put(
        shelf.promotion(1, name="other", target={"model": f"{shelf.catalog}.prod.other", "createIfMissing": True})
    )
    said = shelf.gate_check("--promotion", "other")
    assert said.code == 0
    assert "ml/tumor" not in said.out
    assert shelf.gate_check("--promotion", "ml/tumor").code == 2


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nobody", "--promotion: no ModelPromotion nobody among the manifests"),
        ("a/tumor", "--promotion: no ModelPromotion a/tumor among the manifests"),
        ("tumor", "--promotion: tumor is b/tumor, ml/tumor: say which"),
    ],
)
def test_a_name_that_is_not_one_promotion_is_one_sentence(shelf: Shelf, name: str, says: str) -> None:
    shelf.pin(1)
    shelf.put(shelf.promotion(1, namespace="b"), "b.yaml")
    said = shelf.gate_check("--promotion", name)
    assert (said.code, said.out, said.err) == (1, "", f"lakeward gate-check: {says}\n")
