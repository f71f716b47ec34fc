"""The story up to the model that production refuses, and the sentence before each step. What comes then is `upkeep`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from demo import lakeward_run, upkeep
from demo.kubectl import condition
from demo.lakeward_run import Operator
from demo.promotions import PROD, TEST
from demo.stage import ENVIRONMENTS, NAMESPACED, SECRET, SECRET_KEYS, Stage
from demo.tenancy import CRDS, INSTALL, TEAM, mark
from demo.world import World
from lakeward_sandbox.cluster.accounts import log_in

BEGIN_SECONDS = 30.0
CONVERGE_SECONDS = 120.0
WORKSPACES = 3


@contextmanager
def installed(world: World) -> Iterator[Operator]:
    """Lakeward in the cluster: two kinds of resource, an account with few rights, and the operator itself."""
    screen, kubectl = world.screen, world.kubectl
    screen.act(
        "Install Lakeward",
        "Two new kinds of resource, an account that may do little, and the operator, logged in as that account.",
    )
    for command in (("apply", "--server-side", *CRDS), ("apply", *INSTALL)):
        screen.command(f"kubectl {' '.join(command)}")
        screen.block(kubectl.run(*command))
        mark(kubectl, *command[-2:])
    login = world.work / "operator.kubeconfig"
    log_in(kubectl.cluster, lakeward_run.NAMESPACE, lakeward_run.ACCOUNT, login)
    first, *rest = (f"--{name} {value}" for name, value in lakeward_run.FLAGS.items() if "health" not in name)
    screen.command(f"lakeward run {first}", " ".join(rest))
    with lakeward_run.running(login, world.work / "operator.log", world.environ, screen) as operator:
        screen.done("operator ready")
        yield operator


def tell(stage: Stage) -> None:
    """The acts, once Lakeward runs."""
    _environments(stage)
    stage.screen.act(
        "A data scientist trains a model",
        "Ana uses plain MLflow in the dev workspace: she logs a run with its scores on a named holdout data set and"
        " registers version 1 in Unity Catalog.",
    )
    stage.register("regression on two measurements")
    _promote(stage)
    _better(stage)
    _worse(stage)
    upkeep.tell(stage)


def _environments(stage: Stage) -> None:
    screen, kubectl = stage.screen, stage.kubectl
    screen.act(
        "Declare three environments",
        "Each file describes one environment: resource group and network in Azure, catalogs, schemas, grants, model"
        " registry and experiment in Databricks. The operator makes all of it match, and keeps it so.",
    )
    _team(stage)
    screen.command(f"kubectl apply -k {ENVIRONMENTS}")
    screen.block(kubectl.run("apply", "-k", ENVIRONMENTS))
    stage.wait("the first objects are in place", lambda: _count(stage, "True", "False") == WORKSPACES, BEGIN_SECONDS)
    _table(stage)
    stage.wait("dev, test and prod are Ready", lambda: _count(stage, "True") == WORKSPACES, CONVERGE_SECONDS)
    _table(stage)


def _table(stage: Stage) -> None:
    stage.screen.command("kubectl get mlworkspaces")
    stage.screen.block(stage.kubectl.run("get", "mlworkspaces", NAMESPACED))


def _team(stage: Stage) -> None:
    """The token goes by standard input: a command line can be seen by every user of the machine."""
    kubectl = stage.kubectl
    labels: dict[str, str] = {}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM, "labels": labels}}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": SECRET, "namespace": TEAM},
        "stringData": dict.fromkeys(SECRET_KEYS, stage.world.house.token("lakeward")),
    }
    kubectl.run("apply", "--filename=-", stdin=json.dumps(namespace))
    mark(kubectl, "namespace", TEAM)
    kubectl.run("apply", "--filename=-", stdin=json.dumps(secret))


def _count(stage: Stage, *ready: str) -> int:
    """How many environments have one of these as their Ready."""
    items = stage.kubectl.items("mlworkspaces", NAMESPACED)
    return sum(condition(item, "Ready").get("status") in ready for item in items)


def _promote(stage: Stage) -> None:
    stage.screen.act(
        "Promote it by a file",
        "Two resources in the team's git repository pin version 1: tumor-test wants f1_score of at least 0.80 and makes"
        " it the champion of test; tumor-prod waits for test and wants it better than the champion that serves in"
        " production.",
    )
    stage.apply({TEST: "Promoted", PROD: "Promoted"})
    stage.predict()


def _better(stage: Stage) -> None:
    stage.screen.act(
        "Release a better model: one integer", "Ana registers version 2; the team changes one number in git."
    )
    stage.register("regression on all measurements")
    stage.release(2, "Release version 2")
    stage.apply({TEST: "Promoted", PROD: "Promoted"})
    stage.predict()


def _worse(stage: Stage) -> None:
    screen = stage.screen
    screen.act(
        "A worse model does not reach production",
        "Version 3 is good enough for test, but worse than what serves now: the same edit, and production says no.",
    )
    stage.register("naive Bayes on all measurements")
    stage.release(3, "Release version 3")
    stage.apply({TEST: "Promoted", PROD: "Blocked"})
    stage.wait("production knows that test is done", lambda: _test_counts(stage), CONVERGE_SECONDS)
    screen.tell(f"Why not: {stage.standing(PROD)}.")
    stage.predict()


def _test_counts(stage: Stage) -> bool:
    """The refusal is told once the only thing that is left to say is about the model."""
    gates = {gate["name"]: gate["result"] for gate in stage.promotion(PROD)["status"]["gates"]}
    return bool(gates["dependsOn"] == "Pass")
