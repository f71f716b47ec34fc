"""The operator as a process: restarts, stops, kills, and what happens while it is not there."""

import http.client
import time
from collections.abc import Callable
from contextlib import closing

from cluster.cluster import Body, Namespace, ready
from cluster.process import Operator, until
from lakeward_sandbox.launch import Lakehouse

Make = Callable[..., Body]
MLW = "mlworkspaces"
CATALOGS = "/catalogs$"


def test_a_restart_writes_nothing(operator: Operator, team: Namespace, workspace: Make, house: Lakehouse) -> None:
    team.apply(workspace())
    before = team.wait(MLW, "dev", ready)
    assert operator.stop() == 0
    house.clear()
    operator.start()
    operator.wait_passes(2)
    assert operator.metric("lakeward_kubernetes_writes_total", verb="apply") == 0
    assert operator.metric("lakeward_kubernetes_writes_total", verb="patch") == 0
    assert team.get(MLW, "dev") == before
    assert [r.path for r in house.requests(principal="lakeward") if r.method != "GET"] == []


def test_what_happened_while_it_was_down_is_done_at_the_start(
    operator: Operator, team: Namespace, workspace: Make
) -> None:
    team.apply(workspace())
    team.apply(workspace("second", unityCatalog=None, mlflow={"experiments": [{"path": f"/Shared/{team.name}-2"}]}))
    team.wait(MLW, "dev", ready)
    team.wait(MLW, "second", ready)
    operator.stop()
    team.delete(MLW, "dev")
    edited = workspace("second", unityCatalog=None, mlflow={"experiments": [{"path": f"/Shared/{team.name}-3"}]})
    team.apply(edited)
    operator.start()
    team.wait_gone(MLW, "dev")
    body = team.wait(MLW, "second", ready)
    assert f"mlflow.experiment//Shared/{team.name}-3" in {row["address"] for row in body["status"]["resources"]}


def test_a_stop_lets_the_running_pass_tell_what_it_did(
    operator: Operator, team: Namespace, workspace: Make, house: Lakehouse
) -> None:
    held = house.fault("hold", method="POST", path=CATALOGS, when="after")
    team.apply(workspace())
    house.wait_held(held)
    operator.ask_to_stop()
    operator.wait_log("asked to stop")
    house.release(held)
    assert operator.wait_end() == 0
    status = (team.get(MLW, "dev") or {})["status"]
    states = {row["address"]: row["state"] for row in status["resources"]}
    assert states[f"databricks.catalog/{team.name.replace('-', '_')}"] == "Ready"
    posts = [r.path for r in house.requests(principal="lakeward", method="POST") if r.path.endswith("/schemas")]
    assert posts == []  # no step was begun after the stop
    operator.start()
    team.wait(MLW, "dev", ready)


def test_a_second_signal_ends_it_at_once(
    operator: Operator, team: Namespace, workspace: Make, house: Lakehouse
) -> None:
    held = house.fault("hold", method="POST", path=CATALOGS)
    team.apply(workspace())
    house.wait_held(held)
    operator.ask_to_stop()
    operator.wait_log("asked to stop")
    begun = time.monotonic()
    operator.ask_to_stop()
    assert operator.wait_end() == 1
    assert time.monotonic() - begun < 5
    house.remove(held)


def _passes(operator: Operator) -> float:
    return operator.metric("lakeward_passes_total")


def _applied(operator: Operator) -> float:
    return operator.metric("lakeward_kubernetes_writes_total", verb="apply")


def test_an_edit_is_one_pass_and_the_echo_of_our_own_status_is_none(
    shared_operator: Operator, team: Namespace, workspace: Make
) -> None:
    if shared_operator.running:
        shared_operator.stop()
    shared_operator.start(scan_interval="1h")
    until(lambda: shared_operator.metric("lakeward_objects") == 0, 60, "what other tests left behind is gone")
    passes, applied = _passes(shared_operator), _applied(shared_operator)
    team.apply(workspace())
    team.wait(MLW, "dev", ready)
    team.apply(workspace(mlflow={"experiments": []}))
    team.wait(MLW, "dev", ready)
    until(lambda: _passes(shared_operator) >= passes + 2, 5, "both passes are counted")
    assert _passes(shared_operator) == passes + 2
    assert _applied(shared_operator) == applied + 2
    assert shared_operator.stop() == 0


def test_a_kill_in_the_middle_of_a_call_is_made_good(
    operator: Operator, team: Namespace, workspace: Make, house: Lakehouse
) -> None:
    held = house.fault("hold", method="POST", path=CATALOGS, when="after")
    team.apply(workspace())
    house.wait_held(held)
    operator.kill()
    house.remove(held)
    operator.start()
    team.wait(MLW, "dev", ready)
    answers = [r.status for r in house.requests(principal="lakeward", method="POST") if r.path.endswith("/catalogs")]
    assert len(answers) == 1  # what the first call had made was found again by its mark


def test_somebody_who_keeps_a_connection_open_does_not_delay_the_stop(operator: Operator) -> None:
    with closing(http.client.HTTPConnection(operator.url.removeprefix("http://"), timeout=5)) as scraper:
        scraper.request("GET", "/metrics")
        assert scraper.getresponse().read().startswith(b"# HELP")
        begun = time.monotonic()
        assert operator.stop() == 0
        assert time.monotonic() - begun < 3


def test_probes_answer(operator: Operator) -> None:
    for path in ("/livez", "/readyz"):
        assert operator.ask(path) == "ok\n"
