"""`lakeward plan` where somebody changed by hand what carries no owner mark of its own, or lies in Azure."""

from cli.converged import converged
from cli.desk import NAMESPACE, Desk
from contract.hand import NETWORKS, Hand
from scenarios.registry import UC


def network(desk: Desk) -> str:
    return f"resourceGroups/{desk.own}ops-dev-rg/{NETWORKS}/{desk.own}ops-dev-vnet"


def planned(desk: Desk) -> tuple[str, ...]:
    """The lines of the plan of dev, which must have found a difference and not mended it."""
    desk.house.clear()
    said = desk.plan("-f", desk.environment("dev"), *NAMESPACE)
    assert (said.code, desk.writes()) == (2, set())
    return tuple(said.out.split("\n\n")[0].splitlines())


def test_a_subnet_that_its_network_lacks_is_made(desk: Desk) -> None:
    converged(desk, "dev")
    Hand(desk.house).azure.drop(f"{network(desk)}/subnets/pe-subnet")
    assert planned(desk) == (
        "MLWorkspace ml-platform/dev                                 1 to change, 13 unchanged",
        "  + azure.subnet/mlops-dev-rg/mlops-dev-vnet/pe-subnet",
    )


def test_a_tag_of_a_network_is_a_field_and_a_tag_that_nobody_declared_is_none(desk: Desk) -> None:
    converged(desk, "dev")
    Hand(desk.house).azure.tag(network(desk), {"cost-center": "games", "by": "hand"})
    assert planned(desk) == (
        "MLWorkspace ml-platform/dev                                 1 to change, 13 unchanged",
        "  ~ azure.virtual_network/mlops-dev-rg/mlops-dev-vnet",
        '      tags.cost-center   "games" -> "ml"',
    )


def test_a_grant_is_given_again_and_one_that_nobody_declared_is_taken_back(desk: Desk) -> None:
    converged(desk, "dev")
    changes = [{"principal": "ml-engineers", "remove": ["MODIFY"]}, {"principal": "devops", "add": ["SELECT"]}]
    Hand(desk.house).call("PATCH", f"{UC}/permissions/schema/{desk.own}dev_catalog.experiments", {"changes": changes})
    assert planned(desk) == (
        "MLWorkspace ml-platform/dev                                 1 to change, 13 unchanged",
        "  ~ databricks.grants/schema/ml_dev_catalog.experiments",
        '      grants.devops SELECT         "granted" -> (none)',
        '      grants.ml-engineers MODIFY   (none) -> "granted"',
    )
