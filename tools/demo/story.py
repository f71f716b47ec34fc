"""The story: what is done, in order, and the sentence before each step. How a step is done is other modules' work."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demo import lakeward_run
from demo.errors import DemoError
from demo.kubectl import Json, condition
from demo.lakeward_run import Operator
from demo.promotions import Promotions
from demo.tenancy import CRDS, INSTALL, TEAM, mark
from demo.watch import watching
from demo.world import World
from lakeward_sandbox.cluster.accounts import log_in

ANA = "ana@example.com"
MODEL = "tumor_classifier"
DEV = f"ml_models_catalog.dev_models.{MODEL}"
PRODUCTION = f"ml_models_catalog.production_models.{MODEL}"
EXPERIMENT = "/Shared/ml_experiments/dev"
ENVIRONMENTS = "manifests/samples/environments"
SECRET = "lakehouse-token"  # noqa: S105 - the name of a Secret
NAMESPACED = f"--namespace={TEAM}"
CONVERGE_SECONDS = 90.0
PROMOTE_SECONDS = 120.0
ROWS = 4


def without_message(table: str, name: str) -> tuple[str, str]:
    """The wide table without its last column, and that column of one row: it is a sentence, too long for a table."""
    head, *rows = table.splitlines()
    edge = head.index("MESSAGE")
    sentence = next(row[edge:].strip() for row in rows if row.startswith(f"{name} "))
    return "\n".join(line[:edge].rstrip() for line in (head, *rows)), sentence


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
    flags = " ".join(f"--{name} {value}" for name, value in lakeward_run.FLAGS.items() if "health" not in name)
    screen.command(f"lakeward run {flags}")
    with lakeward_run.running(login, world.work / "operator.log", world.environ, screen) as operator:
        screen.done("operator ready")
        yield operator


@dataclass(frozen=True)
class Story:
    """The acts, once Lakeward runs."""

    world: World
    operator: Operator
    promotions: Promotions

    def tell(self) -> None:
        self._environments()
        self._train(
            "A data scientist trains a model",
            "Ana uses plain MLflow in the dev workspace: she logs a run with its scores on a named holdout data set and"
            " registers version 1 in Unity Catalog.",
            "regression on two measurements",
        )
        self._promote()
        self._better()
        self._worse()

    def _environments(self) -> None:
        screen, kubectl = self.world.screen, self.world.kubectl
        screen.act(
            "Declare three environments",
            "Each file describes one Databricks environment: catalogs, schemas, model registry, experiment. The"
            " operator makes Databricks match it, and keeps it so.",
        )
        self._team()
        screen.command(f"kubectl apply -k {ENVIRONMENTS}")
        screen.block(kubectl.run("apply", "-k", ENVIRONMENTS))
        screen.wait("dev, test and prod are Ready", self._all_ready, CONVERGE_SECONDS, self.operator.check)
        screen.command("kubectl get mlworkspaces")
        screen.block(kubectl.run("get", "mlworkspaces", NAMESPACED))

    def _team(self) -> None:
        """The token goes by standard input: a command line can be seen by every user of the machine."""
        kubectl = self.world.kubectl
        labels: dict[str, str] = {}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM, "labels": labels}}
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": SECRET, "namespace": TEAM},
            "stringData": dict.fromkeys(("databricks", "azure"), self.world.house.token("lakeward")),
        }
        kubectl.run("apply", "--filename=-", stdin=json.dumps(namespace))
        mark(kubectl, "namespace", TEAM)
        kubectl.run("apply", "--filename=-", stdin=json.dumps(secret))

    def _all_ready(self) -> bool:
        items = self.world.kubectl.items("mlworkspaces", NAMESPACED)
        return len(items) == 3 and all(condition(item, "Ready").get("status") == "True" for item in items)  # noqa: PLR2004

    def _train(self, title: str, sentence: str, recipe: str) -> None:
        self.world.screen.act(title, sentence)
        self._register(recipe)

    def _register(self, recipe: str) -> None:
        order = {"recipe": recipe, "experiment": EXPERIMENT, "model": DEV}
        made = self._as_ana("train", order, "dev")
        scores = ", ".join(f"{name} {value:.3f}" for name, value in sorted(made["metrics"].items()))
        if not scores:
            raise DemoError(f"version {made['version']} of {DEV} has no metric of the holdout data set.")
        self.world.screen.done(f"{DEV} version {made['version']}: {recipe}, {scores}")

    def _promote(self) -> None:
        screen = self.world.screen
        screen.act(
            "Promote it by a file",
            "Two resources pin version 1: tumor-test wants f1_score of at least 0.80 and makes it the champion of test;"
            " tumor-prod waits for test and wants it better than the champion that serves in production.",
        )
        self._apply({"tumor-test": "Promoted", "tumor-prod": "Promoted"})
        self._predict()

    def _better(self) -> None:
        screen = self.world.screen
        screen.act(
            "Release a better model: one integer", "Ana registers version 2; the team changes one number in git."
        )
        self._register("regression on all measurements")
        self._pin(2)
        self._apply({"tumor-test": "Promoted", "tumor-prod": "Promoted"})
        self._predict()

    def _worse(self) -> None:
        screen, kubectl = self.world.screen, self.world.kubectl
        screen.act(
            "A worse model does not reach production",
            "Version 3 is good enough for test, but worse than what serves now: the same edit, and production says no.",
        )
        self._register("naive Bayes on all measurements")
        self._pin(3)
        self._apply({"tumor-test": "Promoted", "tumor-prod": "Blocked"})
        screen.wait("production knows that test is done", self._test_counts, CONVERGE_SECONDS, self.operator.check)
        screen.command("kubectl get modelpromotions --output=wide")
        table, message = without_message(
            kubectl.run("get", "modelpromotions", NAMESPACED, "--output=wide"), "tumor-prod"
        )
        screen.block(table)
        screen.tell(f"Why not: {message}")
        self._predict()

    def _pin(self, version: int) -> None:
        self.world.screen.difference(self.promotions.pin(version))

    def _apply(self, wanted: dict[str, str]) -> None:
        screen, kubectl = self.world.screen, self.world.kubectl
        name = self.promotions.folder.name
        screen.command(f"kubectl apply -k {name} && kubectl get modelpromotions --watch")
        kubectl.within(self.promotions.folder.parent).run("apply", "-k", name)
        with watching(kubectl, TEAM, screen, self.operator.check) as watch:
            watch.until(wanted, PROMOTE_SECONDS)

    def _test_counts(self) -> bool:
        """The refusal is told once the only thing that is left to say is about the model."""
        (blocked,) = self.world.kubectl.items("modelpromotions", "tumor-prod", NAMESPACED)
        gates = {gate["name"]: gate["result"] for gate in blocked["status"]["gates"]}
        return bool(gates["dependsOn"] == "Pass")

    def _predict(self) -> None:
        screen = self.world.screen
        answer = self._as_ana("predict", {"model": PRODUCTION, "alias": "champion", "rows": ROWS}, "prod")
        screen.done(f"an application loads {answer['uri']}: it gets version {answer['version']}")
        screen.note(
            f"    it predicts {', '.join(answer['first'])} ... and {answer['right']} of {answer['all']} tumors right"
        )

    def _as_ana(self, what: str, order: Json, workspace: str) -> Json:
        house = self.world.house

        def wait(text: str, done: Callable[[], bool], seconds: float) -> None:
            self.world.screen.wait(text, done, seconds, self.operator.check)

        return self.world.ana.do(what, order, house.workspace(workspace), house.token(ANA), wait)
