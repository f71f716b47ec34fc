"""`lakeward gate-check` with gates that only the cluster can judge, and with the guard of the MLWorkspace."""

from typing import Any

import pytest

from cli.shelf import Shelf
from contract.promotion_cases import JOBS, add_job
from lakeward.cli.checks import IN_CLUSTER
from scenarios.registry import Registry

ALWAYS_SHUT = {"timezone": "UTC", "deny": [{"from": "2020-01-01T00:00:00", "to": "2099-01-01T00:00:00"}]}
SIGNED: dict[str, Any] = {"name": "signoff", "type": "Approval", "approval": {"approvers": {"groups": ["model-risk"]}}}
RUN: dict[str, Any] = {"name": "suite", "type": "Job", "job": {"jobRef": {"name": "validate"}, "timeout": "1h"}}
FROZEN: dict[str, Any] = {"name": "freeze", "type": "Window", "window": ALWAYS_SHUT}
UPSTREAM: dict[str, Any] = {"name": "upstream", "type": "SourceAlias", "sourceAlias": {"alias": "good", "soak": "24h"}}


def guarded(shelf: Shelf, **promotions: Any) -> None:
    """The environment with this guard."""
    environment = shelf.environment
    environment["spec"]["promotions"] = promotions
    shelf.put(environment)


@pytest.mark.parametrize("pending", ["pass", "fail"])
@pytest.mark.parametrize(("gate", "kind"), [(SIGNED, "Approval"), (UPSTREAM, "SourceAlias")], ids=["approval", "alias"])
def test_what_only_the_cluster_knows_waits_with_its_reason(
    shelf: Shelf, gate: dict[str, Any], kind: str, pending: str
) -> None:
    shelf.register(0.9)
    shelf.registry.point(shelf.dev, "good", 1)
    shelf.pin(1, gates=[gate])
    said = shelf.gate_check("--pending", pending)
    assert said.code == 0
    assert [gate["name"], kind, "PreCopy", "Enforce", "Pending"] in [line.split()[:5] for line in said.out.splitlines()]
    assert IN_CLUSTER[kind] in said.out


def test_a_job_is_looked_up_and_not_started(shelf: Shelf) -> None:
    shelf.register(0.9)
    there = Registry(shelf.desk.house, workspace="prod")
    job = add_job(there, f"validate-{shelf.catalog}")
    guarded(shelf, jobs={"validate": {"id": job}})
    shelf.pin(1, gates=[RUN])
    shelf.desk.house.clear()
    for pending in ("pass", "fail"):
        said = shelf.gate_check("--pending", pending)
        assert (said.code, shelf.desk.writes()) == (0, set()), said.out
        assert IN_CLUSTER["Job"] in said.out
    assert "runs" not in there.call("GET", f"{JOBS}/runs/list?job_id={job}")


@pytest.mark.parametrize(("pending", "code"), [("pass", 0), ("fail", 2)])
def test_a_window_that_is_shut_now_waits(shelf: Shelf, pending: str, code: int) -> None:
    shelf.register(0.9)
    shelf.pin(1, gates=[FROZEN])
    said = shelf.gate_check("--pending", pending)
    assert said.code == code
    assert ["freeze", "Window", "PreCopy", "Enforce", "Pending"] in [line.split()[:5] for line in said.out.splitlines()]


@pytest.mark.parametrize(
    ("guard", "says"),
    [
        (
            {"requireGates": [{"name": "signoff", "type": "Approval"}]},
            "a gate of type Approval with mode Enforce is required",
        ),
        ({"targets": ["elsewhere.*.*"]}, "is none of promotions.targets: elsewhere.*.*"),
    ],
    ids=["a gate is missing", "another target"],
)
def test_what_the_guard_refuses_ends_with_two(shelf: Shelf, guard: dict[str, Any], says: str) -> None:
    shelf.register(0.9)
    guarded(shelf, **guard)
    shelf.pin(1)
    said = shelf.gate_check()
    assert said.code == 2
    assert "  refused, " in said.out
    assert said.out.count(says) == 1
    shelf.register(0.9)
    text = (shelf.folder / "tumor.yaml").read_text()
    (shelf.folder / "tumor.yaml").write_text(
        text.replace("version: 1\n", 'version: 1 # {"$lakeward-propose": "latest"}\n')
    )
    said = shelf.propose("--no-history")
    assert said.code == 0
    assert "stays at 1, refused\n" in said.out
