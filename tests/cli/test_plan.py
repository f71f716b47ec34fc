"""`lakeward plan` on the samples against the real lakehouse: what it prints, how it ends, and that it only reads."""

import io
import json
from typing import Any

import pytest
import yaml

from cli.conftest import Desk
from invariants.world import Cluster, Operator
from lakeward.api.objects import KINDS
from lakeward.kinds.mlworkspace.kind import MLWorkspace
from lakeward.kinds.modelpromotion.kind import ModelPromotion
from lakeward.passes.roster import kinds
from scenarios.registry import UC, Registry

FOOT = "not shown: removals, because without a cluster it is not known what earlier manifests made\n"
PROD = """\
MLWorkspace ml-platform/prod                                8 to change
  + databricks.catalog/ml_prod_catalog
  + databricks.schema/ml_models_catalog.archived_models
  + databricks.schema/ml_models_catalog.production_models
  + mlflow.experiment//Shared/ml_experiments/prod
  + databricks.schema/ml_prod_catalog.feature_store
  + databricks.schema/ml_prod_catalog.models
  + databricks.schema/ml_prod_catalog.raw
  + databricks.schema/ml_prod_catalog.serving

"""


def converged(desk: Desk, *names: str) -> Cluster:
    """A cluster with these samples in it, after an operator has done all that there is to do for them."""
    cluster = Cluster()
    cluster.secrets["ml-platform", "lakehouse-token"] = {"databricks": desk.house.token("lakeward")}
    with Operator(cluster, kinds=(MLWorkspace(), ModelPromotion())) as operator:
        for name in names:
            body = yaml.safe_load((desk.folder / name).read_text())
            body["metadata"]["namespace"] = "ml-platform"
            operator.settle(cluster.put(body))
    desk.house.clear()
    return cluster


def environments(desk: Desk) -> Cluster:
    return converged(desk, *(f"environments/{name}.yaml" for name in ("dev", "test", "prod")))


def test_the_kinds_of_the_plan_are_all_kinds() -> None:
    assert [kind.name for kind in kinds()] == [info.kind for info in KINDS]


def test_a_new_environment_is_all_creations(desk: Desk) -> None:
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert (said.code, said.err) == (2, "")
    assert said.out.endswith(f"{PROD}All: 23 to change\n{FOOT}")
    heads = [line.split()[1] for line in said.out.splitlines() if line.startswith("MLWorkspace")]
    assert heads == ["ml-platform/dev", "ml-platform/test", "ml-platform/prod"]
    assert desk.house.requests(principal="lakeward")
    assert desk.writes() == set()


def test_the_order_is_the_same_each_time(desk: Desk) -> None:
    said = [desk.plan("-f", str(desk.folder)) for _ in range(3)]
    assert said[0] == said[1] == said[2]


def test_what_is_in_place_ends_with_zero(desk: Desk) -> None:
    environments(desk)
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert (said.code, desk.writes()) == (0, set())
    assert said.out.endswith(f"All: 23 unchanged\n{FOOT}")
    assert "  + " not in said.out


def test_verbose_shows_what_is_unchanged(desk: Desk) -> None:
    environments(desk)
    said = desk.plan("-f", str(desk.folder / "environments"), "--verbose")
    assert said.code == 0
    assert "\n    databricks.schema/ml_prod_catalog.serving\n" in said.out


def test_another_clusters_objects_are_blocked(desk: Desk) -> None:
    environments(desk)
    said = desk.plan("-f", str(desk.folder / "environments" / "prod.yaml"), "--namespace", "other")
    assert said.code == 2
    assert said.out.startswith("MLWorkspace other/prod                                      8 blocked\n")
    assert "blocked: it belongs to test/ml-platform/MLWorkspace/prod\n" in said.out


def drifted(desk: Desk) -> None:
    environments(desk)
    hand = Registry(desk.house)
    hand.call("PATCH", f"{UC}/catalogs/{desk.own}prod_catalog", {"comment": "by\nhand \x1b[31m"})
    hand.call("DELETE", f"{UC}/schemas/{desk.own}prod_catalog.raw")
    desk.house.clear()


DRIFTED = """\
MLWorkspace ml-platform/prod                                2 to change, 6 unchanged
  ~ databricks.catalog/ml_prod_catalog
      comment   "by\\nhand \\x1b[31m" -> "Production: highly restricted"
  + databricks.schema/ml_prod_catalog.raw

"""


def test_drift_by_hand_is_shown_with_its_field(desk: Desk) -> None:
    drifted(desk)
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert (said.code, desk.writes()) == (2, set())
    assert said.out.endswith(f"{DRIFTED}All: 2 to change, 21 unchanged\n{FOOT}")


def test_markdown_is_a_block_for_each_object(desk: Desk) -> None:
    drifted(desk)
    said = desk.plan("-f", str(desk.folder / "environments"), "--output", "markdown")
    assert said.code == 2
    assert said.out == (
        "### Lakeward plan: 2 to change, 21 unchanged\n"
        "\n**`MLWorkspace ml-platform/dev`** 8 unchanged\n"
        "\n**`MLWorkspace ml-platform/test`** 7 unchanged\n"
        "\n**`MLWorkspace ml-platform/prod`** 2 to change, 6 unchanged\n"
        "\n```diff\n"
        "~ databricks.catalog/ml_prod_catalog\n"
        '    comment   "by\\nhand \\x1b[31m" -> "Production: highly restricted"\n'
        "+ databricks.schema/ml_prod_catalog.raw\n"
        f"```\n\n_{FOOT.strip()}_\n"
    )


def test_json_is_as_the_help_says(desk: Desk) -> None:
    drifted(desk)
    said = desk.plan(
        "-f", str(desk.folder / "environments" / "prod.yaml"), "--namespace", "ml-platform", "--output=json"
    )
    assert said.code == 2
    change = {"path": "comment", "old": '"by\\nhand \\x1b[31m"', "new": '"Production: highly restricted"'}
    assert json.loads(said.out) == {
        "result": "changes",
        "headline": "2 to change, 6 unchanged",
        "objects": [
            {
                "kind": "MLWorkspace",
                "namespace": "ml-platform",
                "name": "prod",
                "source": "DIR/environments/prod.yaml",
                "headline": "2 to change, 6 unchanged",
                "steps": [
                    {
                        "action": "~",
                        "address": "databricks.catalog/ml_prod_catalog",
                        "note": "",
                        "changes": [change],
                    },
                    {"action": "+", "address": "databricks.schema/ml_prod_catalog.raw", "note": "", "changes": []},
                ],
                "notes": [],
                "problem": None,
            }
        ],
        "errors": [],
        "notes": [FOOT.strip()],
    }


def test_an_object_with_its_status_shows_what_would_be_removed(desk: Desk) -> None:
    cluster = environments(desk)
    bodies: list[dict[str, Any]] = [dict(body) for body in cluster.objects.values()]
    for body in bodies:
        body["spec"] = {**body["spec"], "mlflow": None, "deletionPolicy": "Retain"}
    place = desk.write("got.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}))
    said = desk.plan("-f", str(place))
    assert said.code == 0
    kept = "  = mlflow.experiment//Shared/ml_experiments/prod   stays: kept by spec.deletionPolicy: Retain\n"
    assert kept in said.out
    assert FOOT not in said.out


@pytest.mark.parametrize(
    ("member", "held"),
    [("suspend: true", "spec.suspend is true"), ("mode: Plan", "spec.mode only looks")],
)
def test_what_is_held_shows_what_it_would_do(desk: Desk, member: str, held: str) -> None:
    desk.change("environments/prod.yaml", "  environment: prod", f"  {member}\n  environment: prod")
    said = desk.plan("-f", str(desk.folder / "environments" / "prod.yaml"), "--namespace", "ml-platform")
    assert said.code == 2
    assert said.out == PROD.removesuffix("\n") + f"    held, nothing is written: {held}\n\n{FOOT}"


def test_a_promotion_tells_what_its_gates_say(desk: Desk) -> None:
    environments(desk)
    Registry(desk.house).register(f"{desk.own}models_catalog.dev_models.tumor_classifier", {"f1_score": 0.75})
    desk.house.clear()
    said = desk.plan("-f", str(desk.folder))
    assert (said.code, desk.writes()) == (0, set())
    assert "ModelPromotion ml-platform/tumor-test                       nothing to change\n    Blocked: " in said.out
    assert "\n    gate source-ready: Pass, found READY, asked for READY\n" in said.out
    assert "\n    gate quality: " in said.out
    assert "how far the promotions of dependsOn are" in said.out


def test_a_promotion_that_may_move_shows_its_steps_and_then_none(desk: Desk) -> None:
    environments(desk)
    model = f"{desk.own}models_catalog.dev_models.tumor_classifier"
    Registry(desk.house).register(model, {"f1_score": 0.9}, dataset="tumor_holdout")
    test = str(desk.folder / "promotions" / "tumor-test.yaml")
    places = ("-f", str(desk.folder / "environments"), "-f", test, "--namespace", "ml-platform")
    desk.house.clear()
    said = desk.plan(*places)
    assert (said.code, desk.writes()) == (2, set())
    assert "\n  + databricks.model_version/ml_models_catalog.candidate_models.tumor_classifier:" in said.out
    assert "\n    gate quality: Pass, found " in said.out
    converged(desk, "environments/test.yaml", "promotions/tumor-test.yaml")
    assert desk.plan(*places).code == 0


def test_standard_input_is_a_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    prod = (desk.folder / "environments" / "prod.yaml").read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"---\n{prod}---\napiVersion: v1\nkind: ConfigMap\n---\n"))
    said = desk.plan("-f", "-", "--namespace", "ml-platform")
    assert said.code == 2
    assert said.out == f"{PROD}{FOOT}ignored: 1 document of other kinds\n"
