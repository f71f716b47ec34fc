"""The story up to three environments and a model to promote, and the sentence before each step."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from demo import lakeward_run, releases, upkeep
from demo.kubectl import condition
from demo.lakeward_run import Operator
from demo.stage import ENVIRONMENTS, NAMESPACED, SECRET, SECRET_KEYS, Stage
from demo.tenancy import CRDS, INSTALL, TEAM, mark
from demo.world import World
from lakeward_sandbox.cluster.accounts import log_in

BEGIN_SECONDS = 30.0
CONVERGE_SECONDS = 120.0
WORKSPACES = 3


@contextmanager
def installed(world: World) -> Iterator[Operator]:
    """Lakeward in the cluster: its kinds of resource, an account with few rights, policies, and the operator itself."""
    screen, kubectl = world.screen, world.kubectl
    screen.act(
        "Install Lakeward",
        "Three new kinds of resource, an account that may do little, policies by which nobody approves as somebody"
        " else, and the operator, logged in as that account.",
    )
    for command in (("apply", "--server-side", *CRDS), ("apply", *INSTALL)):
        screen.command(f"kubectl {' '.join(command)}")
        screen.block(kubectl.run(*command))
        mark(kubectl, *command[-2:])
    login = world.work / "operator.kubeconfig"
    log_in(kubectl.cluster, lakeward_run.NAMESPACE, lakeward_run.ACCOUNT, login)
    flags = lakeward_run.FLAGS.items()
    first, *rest = (f"--{name} {shlex.quote(value)}" for name, value in flags if "health" not in name)
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
    releases.tell(stage)
    upkeep.tell(stage)


def _environments(stage: Stage) -> None:
    screen, kubectl = stage.screen, stage.kubectl
    screen.act(
        "Declare three environments",
        "Each file describes one environment: resource group and network in Azure, catalogs, schemas, grants, model"
        " registry and experiment in Databricks. The operator makes all of it match, and keeps it so. The one of prod"
        " also says what every promotion into it needs: a signature of the risk team.",
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
