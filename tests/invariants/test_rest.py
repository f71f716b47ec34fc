"""What is in place stays at rest, what drifts is repaired, and what the spec does not allow is not written."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from invariants.environment import Environment
from invariants.world import Cluster, Operator
from lakeward.engine.outcome import Key
from scenarios.registry import UC


def settled(cluster: Cluster, operator: Operator, env: Environment, **spec: Any) -> Key:
    key = cluster.put(env.manifest(**spec))
    operator.settle(key)
    assert cluster.condition(key, "Ready")["status"] == "True", cluster.status(key)
    return key


def test_all_is_made_in_one_pass_and_marked(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = cluster.put(env.manifest())
    operator.run(key)
    assert cluster.rows(key) == dict.fromkeys(env.addresses, "Ready")
    facts = env.facts()
    assert len(facts) == len(env.addresses)
    assert {f["lakeward_owner"] for f in facts.values() if isinstance(f, dict)} == {f"test/ml/MLWorkspace/{env.name}"}
    assert len(env.writes()) == len(env.addresses)


def test_a_second_pass_writes_nothing_tells_nothing_and_changes_no_status(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env)
    before, writes = cluster.status(key), cluster.status_writes
    env.house.clear()
    cluster.events.clear()
    for _ in range(2):
        outcome = operator.run(key)
        assert outcome.status == before
        assert (outcome.after, outcome.failed) == (None, False)
    assert env.calls()
    assert env.writes() == []
    assert cluster.events == []
    assert cluster.status_writes == writes


def test_a_restarted_operator_finds_the_same(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = settled(cluster, operator, env)
    before = cluster.status(key)
    env.house.clear()
    with Operator(cluster) as successor:
        assert successor.run(key).status == before
    assert env.writes() == []


def test_a_lost_status_is_rebuilt_from_what_is_there(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = settled(cluster, operator, env)
    before = without_times(cluster.objects[key].pop("status"))
    env.house.clear()
    operator.run(key)
    assert without_times(cluster.status(key)) == before
    assert env.writes() == []


def without_times(status: Mapping[str, Any]) -> dict[str, Any]:
    conditions = [{k: v for k, v in c.items() if k != "lastTransitionTime"} for c in status["conditions"]]
    return {**status, "conditions": conditions}


def test_a_cluster_built_anew_from_git_recognises_its_own(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    settled(cluster, operator, env)
    rebuilt = Cluster()
    rebuilt.secrets = cluster.secrets
    env.house.clear()
    with Operator(rebuilt) as successor:
        settled(rebuilt, successor, env)
    assert env.writes() == []


DRIFTS: dict[str, Callable[[Environment], object]] = {
    "comment of a catalog": lambda env: env.change(f"catalogs/{env.catalog}", comment="by hand"),
    "comment of a schema": lambda env: env.change(f"schemas/{env.catalog}.raw", comment=""),
    "property changed": lambda env: env.change(f"schemas/{env.registry}.prod", lakeward_retention="1d"),
    "property removed": lambda env: env.change(f"schemas/{env.registry}.prod", lakeward_retention=None),
    "schema deleted": lambda env: env.hand.call("DELETE", f"{UC}/schemas/{env.catalog}.raw"),
    "all deleted": lambda env: [
        env.hand.call("DELETE", f"{UC}/{at}") for at in (f"schemas/{env.registry}.prod", f"catalogs/{env.registry}")
    ],
}


@pytest.mark.parametrize("drift", DRIFTS)
def test_drift_by_hand_is_repaired_and_told(cluster: Cluster, operator: Operator, env: Environment, drift: str) -> None:
    key = settled(cluster, operator, env)
    before, status = env.facts(), cluster.status(key)
    DRIFTS[drift](env)
    assert env.facts() != before
    cluster.events.clear()
    operator.run(key)
    assert env.facts() == before
    assert [event.reason for _, event in cluster.events] == ["Applying"] * len(cluster.events)
    assert cluster.events
    assert operator.run(key).status == status


def test_what_others_added_to_ours_stays(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = settled(cluster, operator, env)
    env.change(f"catalogs/{env.catalog}", comment="by hand", foreign="1")
    env.hand.call("POST", f"{UC}/schemas", {"catalog_name": env.catalog, "name": "theirs"})
    operator.settle(key)
    facts = env.facts()[env.catalog]
    assert isinstance(facts, dict)
    assert (facts["comment"], facts["foreign"]) == ("two\nlines", "1")
    assert env.hand.find(f"{UC}/schemas/{env.catalog}.theirs")


def test_a_property_that_leaves_the_spec_is_taken_away(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = settled(cluster, operator, env)
    cluster.put(env.manifest(modelRegistry={**env.models, "schemas": [{"name": "prod"}]}))
    operator.settle(key)
    facts = env.facts()[f"{env.registry}.prod"]
    assert isinstance(facts, dict)
    assert "lakeward_retention" not in facts


@pytest.mark.parametrize("spec", [{"suspend": True}, {"mode": "Plan"}, {"mode": "Observe"}], ids=str)
def test_what_only_looks_writes_nothing(
    cluster: Cluster, operator: Operator, env: Environment, spec: dict[str, Any]
) -> None:
    key = cluster.put(env.manifest(**spec))
    operator.settle(key)
    assert env.writes() == []
    assert env.facts() == {}
    assert cluster.rows(key) == {}
    assert not cluster.condition(key, "Stalled")


@pytest.mark.parametrize("spec", [{"suspend": True}, {"mode": "Plan"}, {"mode": "Observe"}], ids=str)
def test_what_only_looks_repairs_no_drift_and_removes_nothing(
    cluster: Cluster, operator: Operator, env: Environment, spec: dict[str, Any]
) -> None:
    key = settled(cluster, operator, env)
    env.change(f"schemas/{env.registry}.prod", lakeward_retention="1d")
    by_hand = env.facts()
    cluster.put(env.manifest(**spec, unityCatalog=None, deletionPolicy="Delete"))
    cluster.annotate(key, confirm_prune=f"databricks.schema/{env.catalog}.raw")
    env.house.clear()
    operator.settle(key)
    assert (env.writes(), env.facts()) == ([], by_hand)
    assert set(cluster.rows(key)) == env.addresses
    cluster.put(env.manifest())
    operator.settle(key)
    assert env.facts() != by_hand


def test_a_suspended_object_keeps_the_last_word_about_it(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = settled(cluster, operator, env)
    before = cluster.condition(key, "Ready")
    env.change(f"catalogs/{env.catalog}", comment="by hand")
    env.house.clear()
    cluster.put(env.manifest(suspend=True))
    operator.settle(key)
    assert env.writes() == []
    assert {k: v for k, v in cluster.condition(key, "Ready").items() if k != "observedGeneration"} == {
        k: v for k, v in before.items() if k != "observedGeneration"
    }
    assert cluster.condition(key, "InSync")["status"] == "False"
    assert cluster.status(key)["phase"] == "Suspended"


@pytest.mark.parametrize("mode", ["Plan", "Observe"])
def test_looking_at_drift_is_ready_but_not_in_sync(
    cluster: Cluster, operator: Operator, env: Environment, mode: str
) -> None:
    key = settled(cluster, operator, env)
    env.change(f"catalogs/{env.catalog}", comment="by hand")
    cluster.put(env.manifest(mode=mode))
    operator.settle(key)
    assert cluster.condition(key, "Ready")["status"] == "True"
    assert cluster.condition(key, "InSync")["status"] == "False"
    assert cluster.status(key)["summary"]["drift"] == "1"


def test_what_somebody_else_made_is_not_changed_and_the_rest_is_made(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    env.hand.call("POST", f"{UC}/catalogs", {"name": env.catalog, "comment": "theirs"})
    theirs = env.facts()
    key = cluster.put(env.manifest())
    operator.settle(key)
    stalled = cluster.condition(key, "Stalled")
    assert stalled["reason"] == "ForeignObject"
    assert "spec.adoptionPolicy: Adopt" in stalled["message"]
    assert {k: v for k, v in env.facts().items() if k in theirs} == theirs
    assert f"{env.catalog}.raw" not in env.facts()
    assert set(cluster.rows(key)) == env.addresses - {
        f"databricks.catalog/{env.catalog}",
        f"databricks.schema/{env.catalog}.raw",
    }
    env.house.clear()
    cluster.events.clear()
    operator.run(key)
    assert (env.writes(), cluster.events) == ([], [])


def test_adoption_takes_over_and_marks_it_so(cluster: Cluster, operator: Operator, env: Environment) -> None:
    env.hand.call("POST", f"{UC}/catalogs", {"name": env.catalog, "comment": "theirs"})
    key = settled(cluster, operator, env, adoptionPolicy="Adopt")
    facts = env.facts()[env.catalog]
    assert isinstance(facts, dict)
    assert facts["lakeward_owner"] == f"test/ml/MLWorkspace/{env.name};adopted"
    assert facts["comment"] == "two\nlines"
    before = cluster.status(key)
    env.house.clear()
    assert operator.run(key).status == before
    assert env.writes() == []


def test_two_objects_do_not_fight_over_one_catalog(cluster: Cluster, operator: Operator, env: Environment) -> None:
    settled(cluster, operator, env)
    rival = env.manifest(adoptionPolicy="Adopt")
    rival["metadata"]["name"] = "rival"
    rival["spec"]["unityCatalog"]["catalogs"][0]["comment"] = "rival"
    other = cluster.put(rival)
    env.house.clear()
    operator.settle(other)
    assert cluster.condition(other, "Stalled")["reason"] == "ForeignObject"
    assert f"it belongs to test/ml/MLWorkspace/{env.name}" in cluster.condition(other, "Stalled")["message"]
    assert env.writes() == []


def test_a_request_to_look_now_is_answered_and_reads_nothing_from_memory(cluster: Cluster, env: Environment) -> None:
    with Operator(cluster, scan=100_000.0) as slow:
        key = settled(cluster, slow, env)
        env.change(f"catalogs/{env.catalog}", comment="by hand")
        slow.run(key)
        assert "by hand" in str(env.facts()), "a listing is shared for a scan"
        cluster.annotate(key, requested_at="now")
        slow.run(key)
        assert "by hand" not in str(env.facts())
        assert cluster.status(key)["lastHandledRequest"] == "now"
        before = cluster.status(key)
        assert slow.run(key).status == before


def test_every_collection_is_read_once_for_all_objects_of_a_scan(cluster: Cluster, env: Environment) -> None:
    others = [Environment(env.house) for _ in range(3)]
    with Operator(cluster) as first:
        keys = [settled(cluster, first, each) for each in (env, *others)]
    env.house.clear()
    with Operator(cluster, scan=100_000.0) as scanning:
        for key in keys:
            scanning.run(key)
    # other tests may have filled the listing to more than a page
    paths = [f"{r.path}?{r.query}" for r in env.calls() if "page_token" not in r.query]
    assert len(paths) == len(set(paths)), "something was read twice"
    assert sum(path.startswith(f"{UC}/catalogs?") for path in paths) == 1
    # one for the catalogs, one for the schemas of each catalog, one for each experiment
    assert len(paths) == 1 + 2 * len(keys) + len(keys)
    assert env.writes() == []
