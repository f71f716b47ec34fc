"""`lakeward plan` on the samples against the real lakehouse: what it prints, how it ends, and that it only reads."""

import json
from typing import Any

import pytest

from cli.converged import converged
from cli.desk import NAMESPACE, Desk
from contract.hand import Hand
from lakeward.api.objects import KINDS
from lakeward.passes.roster import kinds
from scenarios.registry import UC, Registry

FOOT = "not shown: removals, because without a cluster it is not known what earlier manifests made\n"
ALONE = """\
  dependsOn:
    - name: tumor-dev # the same version must be the champion there first
"""
PROD = """\
MLWorkspace ml-platform/prod                                15 to change
  + azure.resource_group/mlops-prod-rg
  + databricks.catalog/ml_prod_catalog
  + databricks.schema/ml_models_catalog.archived_models
  + databricks.schema/ml_models_catalog.production_models
  + mlflow.experiment//Shared/ml_experiments/prod
  + azure.virtual_network/mlops-prod-rg/mlops-prod-vnet
  + databricks.grants/schema/ml_models_catalog.production_models   model-consumers EXECUTE, model-consumers USE_SCHEMA
  + databricks.schema/ml_prod_catalog.feature_store
  + databricks.schema/ml_prod_catalog.models
  + databricks.schema/ml_prod_catalog.raw
  + databricks.schema/ml_prod_catalog.serving
  + azure.subnet/mlops-prod-rg/mlops-prod-vnet/pe-subnet
  + azure.subnet/mlops-prod-rg/mlops-prod-vnet/private-subnet
  + azure.subnet/mlops-prod-rg/mlops-prod-vnet/public-subnet
  + databricks.grants/schema/ml_prod_catalog.models   ml-engineers SELECT, ml-engineers USE_SCHEMA

"""


def test_the_kinds_of_the_plan_are_all_kinds() -> None:
    assert [kind.name for kind in kinds()] == [info.kind for info in KINDS]


def test_a_new_environment_is_all_creations(desk: Desk) -> None:
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert (said.code, said.err) == (2, "")
    assert said.out.endswith(f"{PROD}All: 42 to change\n{FOOT}")
    heads = [line.split()[1] for line in said.out.splitlines() if line.startswith("MLWorkspace")]
    assert heads == ["ml-platform/dev", "ml-platform/test", "ml-platform/prod"]
    assert desk.house.requests(principal="lakeward")
    assert desk.writes() == set()


def test_the_order_is_the_same_each_time(desk: Desk) -> None:
    said = [desk.plan("-f", str(desk.folder)) for _ in range(3)]
    assert said[0] == said[1] == said[2]


def test_what_is_in_place_ends_with_zero(desk: Desk) -> None:
    converged(desk, "dev", "test", "prod")
    said = desk.plan("-f", str(desk.folder / "environments"))
    assert (said.code, desk.writes()) == (0, set())
    assert said.out.endswith(f"All: 42 unchanged\n{FOOT}")
    assert "  + " not in said.out


def test_verbose_shows_what_is_unchanged(desk: Desk) -> None:
    converged(desk, "dev")
    said = desk.plan("-f", desk.environment("dev"), *NAMESPACE, "--verbose")
    assert said.code == 0
    assert "\n    azure.subnet/mlops-dev-rg/mlops-dev-vnet/pe-subnet\n" in said.out
    assert "\n    databricks.schema/ml_dev_catalog.sandbox\n" in said.out


def test_another_objects_things_are_blocked(desk: Desk) -> None:
    converged(desk, "dev")
    said = desk.plan("-f", desk.environment("dev"), "--namespace", "other")
    assert said.code == 2
    # grants and subnets carry no mark of their own
    assert said.out.startswith("MLWorkspace other/dev                                       4 wait, 10 blocked\n")
    assert said.out.count("blocked: it belongs to test/ml-platform/MLWorkspace/dev\n") == 10


def drifted(desk: Desk) -> tuple[str, ...]:
    """The arguments of a plan of dev, which is as it should be, and of prod, which is not."""
    converged(desk, "dev", "prod")
    hand = Hand(desk.house)
    hand.call("PATCH", f"{UC}/catalogs/{desk.own}prod_catalog", {"comment": "by\nhand \x1b[31m"})
    hand.call("DELETE", f"{UC}/schemas/{desk.own}prod_catalog.raw")
    desk.house.clear()
    return ("-f", desk.environment("dev"), "-f", desk.environment("prod"), *NAMESPACE)


DRIFTED = """\
MLWorkspace ml-platform/prod                                2 to change, 13 unchanged
  ~ databricks.catalog/ml_prod_catalog
      comment   "by\\nhand \\x1b[31m" -> "Production: highly restricted"
  + databricks.schema/ml_prod_catalog.raw

"""


def test_drift_by_hand_is_shown_with_its_field(desk: Desk) -> None:
    said = desk.plan(*drifted(desk))
    assert (said.code, desk.writes()) == (2, set())
    assert said.out.endswith(f"{DRIFTED}All: 2 to change, 27 unchanged\n{FOOT}")


def test_markdown_is_a_block_for_each_object(desk: Desk) -> None:
    said = desk.plan(*drifted(desk), "--output", "markdown")
    assert said.code == 2
    assert said.out == (
        "### Lakeward plan: 2 to change, 27 unchanged\n"
        "\n**`MLWorkspace ml-platform/dev`** 14 unchanged\n"
        "\n**`MLWorkspace ml-platform/prod`** 2 to change, 13 unchanged\n"
        "\n```diff\n"
        "~ databricks.catalog/ml_prod_catalog\n"
        '    comment   "by\\nhand \\x1b[31m" -> "Production: highly restricted"\n'
        "+ databricks.schema/ml_prod_catalog.raw\n"
        f"```\n\n_{FOOT.strip()}_\n"
    )


def test_json_is_as_the_help_says(desk: Desk) -> None:
    drifted(desk)
    said = desk.plan("-f", desk.environment("prod"), *NAMESPACE, "--output=json")
    assert said.code == 2
    change = {"path": "comment", "old": '"by\\nhand \\x1b[31m"', "new": '"Production: highly restricted"'}
    catalog, schema = "databricks.catalog/ml_prod_catalog", "databricks.schema/ml_prod_catalog.raw"
    assert json.loads(said.out) == {
        "result": "changes",
        "headline": "2 to change, 13 unchanged",
        "objects": [
            {
                "kind": "MLWorkspace",
                "namespace": "ml-platform",
                "name": "prod",
                "source": "DIR/environments/prod.yaml",
                "headline": "2 to change, 13 unchanged",
                "steps": [
                    {"action": "~", "address": catalog, "note": "", "changes": [change]},
                    {"action": "+", "address": schema, "note": "", "changes": []},
                ],
                "notes": [],
                "problem": None,
            }
        ],
        "errors": [],
        "notes": [FOOT.strip()],
    }


def test_an_object_with_its_status_shows_what_would_be_removed(desk: Desk) -> None:
    cluster = converged(desk, "dev")
    bodies: list[dict[str, Any]] = [dict(body) for body in cluster.objects.values()]
    for body in bodies:
        body["spec"] = {**body["spec"], "mlflow": None, "azure": None, "deletionPolicy": "Retain"}
    place = desk.write("got.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": bodies}))
    said = desk.plan("-f", str(place))
    assert said.code == 0
    kept = "  = mlflow.experiment//Shared/ml_experiments/dev   stays: kept by spec.deletionPolicy: Retain\n"
    assert kept in said.out
    network = "  = azure.virtual_network/mlops-dev-rg/mlops-dev-vnet   stays: "
    assert f"{network}the spec no longer says how to reach it\n" in said.out
    assert FOOT not in said.out


@pytest.mark.parametrize(
    ("member", "held"),
    [("suspend: true", "spec.suspend is true"), ("mode: Plan", "spec.mode only looks")],
)
def test_what_is_held_shows_what_it_would_do(desk: Desk, member: str, held: str) -> None:
    desk.change("environments/prod.yaml", "  environment: prod", f"  {member}\n  environment: prod")
    said = desk.plan("-f", desk.environment("prod"), *NAMESPACE)
    assert said.code == 2
    assert said.out == PROD.removesuffix("\n") + f"    held, nothing is written: {held}\n\n{FOOT}"


def test_a_promotion_tells_what_its_gates_say(desk: Desk) -> None:
    converged(desk, "dev", "test", "prod")
    Registry(desk.house).register(f"{desk.own}models_catalog.dev_models.tumor_classifier", {"f1_score": 0.75})
    desk.house.clear()
    places = (
        desk.environment("test"),
        desk.environment("prod"),
        desk.promotion("tumor-test"),
        desk.promotion("tumor-prod"),
    )
    said = desk.plan(*(word for place in places for word in ("-f", place)), *NAMESPACE)
    assert (said.code, desk.writes()) == (0, set())
    assert "ModelPromotion ml-platform/tumor-test                       nothing to change\n    Blocked: " in said.out
    assert "\n    gate source-ready: Pass, found READY, asked for READY\n" in said.out
    assert "\n    gate quality: " in said.out
    assert "how far the promotions of dependsOn are" in said.out


def test_a_promotion_that_may_move_shows_its_steps_and_then_none(desk: Desk) -> None:
    converged(desk, "dev", "test")
    model = f"{desk.own}models_catalog.dev_models.tumor_classifier"
    Registry(desk.house).register(model, {"f1_score": 0.9}, dataset="tumor_holdout")
    desk.house.clear()
    desk.change("promotions/tumor-test.yaml", ALONE, "")
    files = (desk.environment("dev"), desk.environment("test"), desk.promotion("tumor-test"))
    places = (*(word for file in files for word in ("-f", file)), *NAMESPACE)
    said = desk.plan(*places)
    assert (said.code, desk.writes()) == (2, set())
    assert "\n  + databricks.model_version/ml_models_catalog.candidate_models.tumor_classifier:" in said.out
    assert "\n    gate quality: Pass, found " in said.out
    converged(desk, "test", "../promotions/tumor-test")
    assert desk.plan(*places).code == 0


def test_standard_input_is_a_file(desk: Desk) -> None:
    prod = (desk.folder / "environments" / "prod.yaml").read_text()
    said = desk.piped(f"---\n{prod}---\napiVersion: v1\nkind: ConfigMap\n---\n", "-f", "-", *NAMESPACE)
    assert (said.code, said.err) == (2, "")
    assert said.out == f"{PROD}{FOOT}ignored: 1 document of other kinds\n"
