"""Lost answers, bad weather, bad specs and missing logins: told once, recovered from, and never with a secret."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from api.refusals import REFUSALS, Refusal
from invariants.environment import Environment
from invariants.world import NAMESPACE, Cluster, Operator
from scenarios.registry import UC

WRITES = 5


@pytest.mark.parametrize(("effect", "nth"), [*(("reset", n) for n in range(WRITES)), ("malformed", 0)])
def test_the_answer_of_any_write_may_be_lost_and_nothing_is_made_twice(
    cluster: Cluster, env: Environment, effect: str, nth: int
) -> None:
    key = cluster.put(env.manifest())
    fault = env.house.fault(effect, method="POST", principal="lakeward", offset=nth, when="after")
    with Operator(cluster) as first:
        assert first.run(key).failed
    assert env.house.hits(fault) == 1
    with Operator(cluster) as second:
        second.settle(key)
        assert cluster.rows(key) == dict.fromkeys(env.addresses, "Ready")
        assert len(env.writes()) == WRITES
        before = cluster.status(key)
        assert second.run(key).status == before
    assert len(env.writes()) == WRITES


@pytest.mark.parametrize("nth", range(WRITES))
def test_any_write_may_fail_before_its_effect(cluster: Cluster, operator: Operator, env: Environment, nth: int) -> None:
    key = cluster.put(env.manifest())
    env.house.fault("status", status=500, method="POST", principal="lakeward", offset=nth)
    operator.settle(key)
    assert cluster.rows(key) == dict.fromkeys(env.addresses, "Ready")


@pytest.mark.parametrize("nth", [0, 2, 4])
def test_any_reading_may_fail_and_nothing_is_taken_for_absent(
    cluster: Cluster, operator: Operator, env: Environment, nth: int
) -> None:
    key = cluster.put(env.manifest())
    operator.settle(key)
    rows = cluster.rows(key)
    env.house.clear()
    # a request to reconcile now is answered from no snapshot, so there are as many readings as can be
    cluster.annotate(key, requested_at="now")
    env.house.fault("status", status=500, method="GET", principal="lakeward", offset=nth)
    outcome = operator.run(key)
    assert outcome.failed
    assert set(cluster.rows(key)) == set(rows)
    operator.settle(key)
    assert cluster.rows(key) == rows
    assert env.writes() == []


@pytest.mark.parametrize(
    ("fault", "reason", "stalled"),
    [
        ({"status": 401, "error_code": "UNAUTHENTICATED"}, "LoginFailed", True),
        ({"status": 403, "error_code": "PERMISSION_DENIED"}, "PermissionDenied", True),
        ({"status": 429, "error_code": "REQUEST_LIMIT_EXCEEDED", "retry_after": 30}, "Throttled", False),
        ({"status": 503}, "Unavailable", False),
    ],
)
def test_weather_is_told_once_while_it_lasts_and_once_when_it_is_over(
    cluster: Cluster, env: Environment, fault: dict[str, Any], reason: str, stalled: bool
) -> None:
    with Operator(cluster) as operator:
        key = cluster.put(env.manifest())
        operator.settle(key)
        rows = cluster.rows(key)
        cluster.events.clear()
        env.house.fault("status", **fault, principal="lakeward", count=0)
        first = operator.run(key)
        status = cluster.status(key)
        assert cluster.condition(key, "Ready")["reason"] == reason
        assert bool(cluster.condition(key, "Stalled")) is stalled
        assert first.failed
        assert set(cluster.rows(key)) == set(rows)
        assert operator.run(key).status == status
        assert [e.reason for _, e in cluster.events] == [reason]
    env.house.clear()
    with Operator(cluster) as successor:
        successor.settle(key)
    assert cluster.condition(key, "Ready")["status"] == "True"
    assert [e.reason for _, e in cluster.events] == [reason, "Converged"]
    assert env.writes() == []


def test_nobody_calls_before_the_time_that_a_host_asked_for(cluster: Cluster, env: Environment) -> None:
    other = Environment(env.house)
    keys = [cluster.put(env.manifest()), cluster.put(other.manifest())]
    env.house.fault("status", status=429, retry_after=60, principal="lakeward")
    with Operator(cluster, tick=timedelta(seconds=10)) as operator:
        outcomes = [operator.run(key) for key in keys]
        assert all(o.failed and o.after is not None and o.after > 45 for o in outcomes)
        before = env.calls()
        assert len(before) <= 4, "more than those that were in flight together"
        for key in keys:
            operator.run(key)
        assert env.calls() == before
        cluster.now += timedelta(seconds=60)
        for key in keys:
            operator.settle(key)
    assert all(cluster.condition(key, "Ready")["status"] == "True" for key in keys)


def test_no_text_anywhere_holds_the_token(cluster: Cluster, env: Environment, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "dapi0000planted0000canary0000"
    tokens = {"good": env.house.token("lakeward"), "narrow": env.house.token("lakeward-dev"), "wrong": wrong}
    for name, token in tokens.items():
        caplog.clear()
        cluster.secrets[NAMESPACE, "databricks"] = {"databricks": f"{token}\n"}
        mine = Environment(env.house)
        key = cluster.put(mine.manifest())
        with Operator(cluster, canary=token) as operator:
            operator.run(key)
            for status in (401, 403, 400, 409, 500):
                fault = env.house.fault("status", status=status, count=0)
                operator.run(key)
                env.house.remove(fault)
            env.house.fault("reset", count=0)
            operator.run(key)
            env.house.clear()
        told = (
            caplog.text + "".join(str(r.__dict__) for r in caplog.records) + str(cluster.objects) + str(cluster.events)
        )
        assert token not in told, name


def test_a_missing_secret_is_named_and_nothing_is_called_until_it_is_there(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    kept = dict(cluster.secrets)
    cluster.secrets.clear()
    key = cluster.put(env.manifest())
    outcome = operator.run(key)
    ready = cluster.condition(key, "Ready")
    assert ready["reason"] == "SecretNotFound"
    assert ready["message"].startswith("spec.credentials.token.secretRef")
    assert (outcome.failed, outcome.after) == (True, 30.0)
    assert env.calls() == []
    cluster.secrets = kept
    operator.settle(key)
    assert cluster.condition(key, "Ready")["status"] == "True"


@pytest.mark.parametrize(
    "host",
    ["https://example.com", "https://adb-1.2.azuredatabricks.net.example.com", "https://169.254.169.254", None],
    ids=str,
)
def test_a_host_that_is_not_allowed_gets_no_call_and_no_token(
    cluster: Cluster, env: Environment, host: str | None
) -> None:
    body = env.manifest()
    if host:
        body["spec"]["databricks"]["host"] = host
    key = cluster.put(body)
    with Operator(cluster, allowed_hosts=("*.azuredatabricks.net",), allow_loopback_http=False) as operator:
        outcome = operator.run(key)
        assert cluster.condition(key, "Stalled")["reason"] == "HostNotAllowed"
        assert not outcome.failed
    assert env.calls() == []


@pytest.mark.parametrize("refusal", [r for r in REFUSALS if r.base["kind"] == "MLWorkspace"], ids=str)
def test_a_bad_spec_stalls_names_its_field_and_calls_nobody(
    cluster: Cluster, operator: Operator, env: Environment, refusal: Refusal
) -> None:
    key = cluster.put(refusal.manifest)
    outcome = operator.run(key)
    told = cluster.condition(key, "Stalled")
    assert told["reason"] == "InvalidSpec"
    assert told["message"].startswith(refusal.field.split("[")[0])
    assert (outcome.failed, outcome.after) == (False, None)
    assert env.calls() == []


def test_a_bad_spec_leaves_what_is_there_and_a_good_one_recovers(
    cluster: Cluster, operator: Operator, env: Environment
) -> None:
    key = cluster.put(env.manifest())
    operator.settle(key)
    before, facts = cluster.status(key), env.facts()
    env.house.clear()
    for spec in ({"environment": "nowhere"}, {"unityCatalog": {"catalogs": [*env.catalogs, *env.catalogs]}}):
        cluster.put(env.manifest(**spec))
        operator.run(key)
        assert cluster.condition(key, "Stalled")["reason"] == "InvalidSpec"
        assert set(cluster.rows(key)) == env.addresses
        cluster.put(env.manifest())
        operator.settle(key)
        assert cluster.rows(key) == {row["address"]: row["state"] for row in before["resources"]}
    assert (env.writes(), env.facts()) == ([], facts)


def test_what_is_declared_twice_is_told_by_its_field(cluster: Cluster, operator: Operator, env: Environment) -> None:
    key = cluster.put(env.manifest(unityCatalog={"catalogs": [{"name": env.registry}]}))
    operator.run(key)
    told = cluster.condition(key, "Stalled")
    assert told["reason"] == "InvalidSpec"
    assert told["message"].startswith("spec.modelRegistry.catalog: ")
    assert env.calls() == []


def test_an_operator_that_must_stop_writes_nothing_more(cluster: Cluster, env: Environment) -> None:
    key = cluster.put(env.manifest())
    with Operator(cluster) as operator:
        operator.stop()
        operator.run(key)
        assert env.writes() == []
        assert not cluster.condition(key, "Stalled")


def test_a_name_that_is_taken_behind_a_shared_listing_is_seen_at_once(cluster: Cluster, env: Environment) -> None:
    with Operator(cluster, scan=100_000.0) as operator:
        rest = cluster.put(Environment(env.house).manifest())
        operator.settle(rest)
        env.hand.call("POST", f"{UC}/catalogs", {"name": env.catalog, "comment": "theirs"})
        key = cluster.put(env.manifest())
        operator.settle(key)
    assert cluster.condition(key, "Stalled")["reason"] == "ForeignObject"
    facts = env.facts()[env.catalog]
    assert isinstance(facts, dict)
    assert facts["comment"] == "theirs"


def test_a_change_behind_a_shared_listing_is_repaired_within_the_scan(cluster: Cluster, env: Environment) -> None:
    with Operator(cluster, scan=100_000.0) as operator:
        key = cluster.put(env.manifest())
        operator.settle(key)
        changed = env.manifest(unityCatalog={"catalogs": [{**env.catalogs[0], "comment": "new"}]})
        env.change(f"catalogs/{env.catalog}", comment="by hand")
        cluster.put(changed)
        operator.settle(key, most=4)


def test_a_listing_during_a_write_does_not_hide_what_was_written(cluster: Cluster, env: Environment) -> None:
    with Operator(cluster, scan=100_000.0) as operator, ThreadPoolExecutor(1) as beside:
        key = cluster.put(env.manifest(unityCatalog=None, mlflow=None))
        looker = cluster.put(Environment(env.house).manifest(mode="Plan"))
        held = env.house.fault("hold", method="POST", path="/catalogs$", principal="lakeward")
        writing = beside.submit(operator.run, key)
        env.house.wait_held(held)
        operator.run(looker)
        env.house.release(held)
        writing.result()
        assert cluster.condition(key, "Ready")["status"] == "True"
        env.house.clear()
        operator.run(key)
        assert env.writes() == []
        assert cluster.condition(key, "Ready")["status"] == "True"
