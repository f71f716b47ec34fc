"""Grants of environments: all there is on what an environment owns, additions elsewhere, and never another one's."""

from collections.abc import Mapping
from typing import Any

from invariants.environment import Environment
from invariants.world import Cluster, Operator
from lakeward.engine.outcome import Key
from scenarios.registry import UC


def grant(name: str, securable: str, principal: str, *privileges: str) -> Mapping[str, Any]:
    type_ = {1: "Catalog", 2: "Schema", 3: "Model"}[len(securable.split("."))]
    where = {"type": type_, "name": securable}
    return {"name": name, "securable": where, "principal": principal, "privileges": list(privileges)}


def on(env: Environment, securable: str) -> dict[str, list[str]]:
    """The direct grants, as a person sees them."""
    kind = {1: "catalog", 2: "schema", 3: "function"}[len(securable.split("."))]
    found = env.hand.find(f"{UC}/permissions/{kind}/{securable}?max_results=0") or {}
    return {a["principal"]: sorted(a["privileges"]) for a in found.get("privilege_assignments") or ()}


def by_hand(env: Environment, securable: str, principal: str, add: list[str], remove: list[str]) -> None:
    change = {"principal": principal, "add": add, "remove": remove}
    env.hand.call("PATCH", f"{UC}/permissions/schema/{securable}", {"changes": [change]})


def applied(cluster: Cluster, operator: Operator, env: Environment, *grants: Mapping[str, Any], **spec: Any) -> Key:
    key = cluster.put(env.manifest(grants=list(grants), **spec))
    operator.settle(key)
    assert cluster.condition(key, "Ready")["status"] == "True", cluster.status(key)["conditions"]
    return key


def test_what_is_owned_has_the_declared_grants_and_no_others(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    raw = f"{env.catalog}.raw"
    key = applied(cluster, operator, env, grant("engineers", raw, "ML-Engineers", "USE_SCHEMA", "SELECT"))
    assert on(env, raw) == {"ML-Engineers": ["SELECT", "USE_SCHEMA"]}
    by_hand(env, raw, "ml-engineers", [], ["SELECT"])
    by_hand(env, raw, "devops", ["BROWSE_NEXT"], [])
    operator.settle(key)
    assert on(env, raw) == {"ML-Engineers": ["SELECT", "USE_SCHEMA"]}
    told = [e.message for k, e in cluster.events if k == key and "databricks.grants" in e.message]
    assert "ml-engineers SELECT" in told[-1]
    assert "devops BROWSE_NEXT" in told[-1]


def test_a_second_pass_over_grants_writes_nothing(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = applied(cluster, operator, env, grant("all", env.catalog, "devops", "ALL_PRIVILEGES"))
    env.house.clear()
    before = cluster.status(key)
    operator.run(key)
    assert (env.writes(), cluster.status(key)) == ([], before)


def test_access_goes_with_its_entry_whatever_the_deletion_policy(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    raw = f"{env.catalog}.raw"
    applied(cluster, operator, env, grant("a", raw, "devops", "SELECT"), grant("b", raw, "ml-engineers", "SELECT"))
    applied(cluster, operator, env, grant("a", raw, "devops", "SELECT"))
    assert on(env, raw) == {"devops": ["SELECT"]}
    applied(cluster, operator, env)
    assert on(env, raw) == {}


def test_elsewhere_grants_are_only_added_and_taken_back(cluster: Cluster, operator: Operator, env: Environment) -> None:
    other = Environment(env.house)
    env.hand.schema(other.catalog, "shared")
    shared = f"{other.catalog}.shared"
    by_hand(env, shared, "devops", ["SELECT"], [])
    applied(cluster, operator, env, grant("a", shared, "ml-engineers", "SELECT"))
    assert on(env, shared) == {"devops": ["SELECT"], "ml-engineers": ["SELECT"]}
    applied(cluster, operator, env)
    assert on(env, shared) == {"devops": ["SELECT"]}


def test_what_another_environment_declares_is_not_revoked(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    raw = f"{env.catalog}.raw"
    owner = applied(cluster, operator, env, grant("own", raw, "devops", "SELECT"))
    guest = Environment(env.house)
    applied(cluster, operator, guest, grant("mine", raw, "data-scientists", "SELECT"))
    operator.settle(owner)
    assert on(env, raw) == {"data-scientists": ["SELECT"], "devops": ["SELECT"]}
    applied(cluster, operator, guest)
    operator.settle(owner)
    assert on(env, raw) == {"devops": ["SELECT"]}


def test_an_entry_that_two_environments_declare_stays_until_both_have_left_it(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    other, guest = Environment(env.house), Environment(env.house)
    env.hand.schema(other.catalog, "shared")
    shared = f"{other.catalog}.shared"
    for place in (env, guest):
        applied(cluster, operator, place, grant("a", shared, "devops", "SELECT"))
    applied(cluster, operator, env)
    assert on(env, shared) == {"devops": ["SELECT"]}
    applied(cluster, operator, guest)
    assert on(env, shared) == {}


def test_a_principal_that_does_not_exist_is_named_and_the_rest_is_made(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = cluster.put(env.manifest(grants=[grant("a", f"{env.catalog}.raw", "nobody-knows", "SELECT")]))
    for _ in range(4):
        assert operator.run(key).released is False
    ready = cluster.condition(key, "Ready")
    assert ready["status"] == "False"
    assert "nobody-knows" in ready["message"]
    assert cluster.status(key)["summary"]["resources"] == "5/6"
