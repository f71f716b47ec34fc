"""What all acts share: the promotions in git, the cluster, and Ana. It knows how a step is done and shown, no story."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from demo import measure, people
from demo.errors import DemoError
from demo.kubectl import Json, Kubectl, condition
from demo.lakeward_approve import approve
from demo.lakeward_run import Operator
from demo.measure import Cost
from demo.people import ANA, Person
from demo.promotions import ALL, PROD, Promotions
from demo.screen import Screen
from demo.tenancy import TEAM
from demo.watch import watching
from demo.world import World

MODEL = "tumor_classifier"
DEV_MODEL = f"ml_models_catalog.dev_models.{MODEL}"
CANDIDATE = f"ml_models_catalog.candidate_models.{MODEL}"
PRODUCTION = f"ml_models_catalog.production_models.{MODEL}"
CHAMPION = "champion"
EXPERIMENT = "/Shared/ml_experiments"
ENVIRONMENTS = "manifests/samples/environments"
SECRET = "lakehouse-token"  # noqa: S105 - the name of a Secret
SECRET_KEYS = ("databricks", "azure")
NAMESPACED = f"--namespace={TEAM}"
GIT_COMMIT = "mlops.lakeward.dev/git-commit"
PROMOTE_SECONDS = 120.0
ROWS = 4


@dataclass(frozen=True)
class Stage:
    """The world with Lakeward in it."""

    world: World
    operator: Operator
    promotions: Promotions

    @property
    def screen(self) -> Screen:
        return self.world.screen

    @property
    def kubectl(self) -> Kubectl:
        return self.world.kubectl

    def wait(self, what: str, condition: Callable[[], bool], seconds: float) -> None:
        self.screen.wait(what, condition, seconds, self.operator.check)

    def release(self, version: int, message: str, names: Sequence[str] = ALL) -> None:
        """An edit and its commit."""
        self.screen.difference(self.promotions.pin(version, names))
        self.screen.command(f'git commit -am "{message}"')
        self.screen.block(self.promotions.repository.commit(message))

    def revert(self, which: str) -> None:
        self.screen.command(f"git revert --no-edit {which}")
        self.screen.block(self.promotions.repository.revert(which))
        self.screen.difference(self.promotions.repository.committed())

    def deliver(self, wanted: Mapping[str, str]) -> Cost:
        """What git has goes to the cluster: from the command to the moment in which each is in its phase."""
        name, folder = self.promotions.folder.name, self.promotions.folder.parent
        before, begun = measure.latest(self.world.house), time.monotonic()
        self.screen.command(
            f"kubectl kustomize {name} | kubectl annotate --local -f - -o yaml",
            f"{GIT_COMMIT}=$(git rev-parse --short HEAD) | kubectl apply -f -",
        )
        kubectl = self.kubectl.within(folder)
        commit = f"{GIT_COMMIT}={self.promotions.repository.head()}"
        stamped = kubectl.run(
            "annotate", "--local", "-f", "-", "-o", "yaml", commit, stdin=kubectl.run("kustomize", name)
        )
        kubectl.run("apply", "--filename=-", stdin=stamped)
        self.follow(wanted)
        return measure.cost(self.world.house, before, time.monotonic() - begun)

    def follow(self, wanted: Mapping[str, str], *names: str) -> None:
        """Shows how promotions change until each is in its phase."""
        self.screen.command(" ".join(("kubectl get modelpromotions", *names, "--watch")))
        with watching(self.kubectl, TEAM, self.screen, self.operator.check, *names) as watch:
            watch.until(wanted, PROMOTE_SECONDS)

    def sign_off(self, who: Person, reason: str, *, shown: bool = False) -> str:
        """One person approves what waits in production; the name of what that made. `shown`: all that they see."""
        self.screen.command(f'lakeward approve mp/{PROD} -n {TEAM} --reason "{reason}"')
        with people.login(self.kubectl, who, self.world.work, self.wait) as kubeconfig:
            said = approve(PROD, TEAM, reason, kubeconfig, self.world.environ)
        lines = said.splitlines()
        self.screen.block(said if shown else "\n".join(["...", *lines[-3:]]))
        return lines[-1].partition(" ")[0].partition("/")[2]

    def promotion(self, name: str) -> Json:
        """As the cluster has it now."""
        (item,) = self.kubectl.items("modelpromotions", name, NAMESPACED)
        return item

    def table(self) -> None:
        """All that a promotion says about itself in one line."""
        self.screen.command("kubectl get mp -o wide")
        self.screen.block(self.kubectl.run("get", "mp", NAMESPACED, "--output=wide"))

    def standing(self, name: str) -> str:
        """Shows the table, and answers with what one promotion says about itself."""
        self.screen.command("kubectl get modelpromotions")
        self.screen.block(self.kubectl.run("get", "modelpromotions", NAMESPACED))
        return str(condition(self.promotion(name), "Ready")["message"])

    def register(self, recipe: str, workspace: str = "dev", model: str = DEV_MODEL) -> int:
        """Ana trains one version, and the screen tells what the registry holds."""
        order = {"recipe": recipe, "experiment": f"{EXPERIMENT}/{workspace}", "model": model}
        made = self.as_ana("train", order, workspace)
        scores = ", ".join(f"{name} {value:.3f}" for name, value in sorted(made["metrics"].items()))
        if not scores:
            raise DemoError(f"version {made['version']} of {model} has no metric of the holdout data set.")
        self.screen.done(f"{model} version {made['version']}: {recipe}, {scores}")
        return int(made["version"])

    def point(self, version: int) -> None:
        """Ana moves the champion of production by hand."""
        self.as_ana("point", {"model": PRODUCTION, "alias": CHAMPION, "version": version}, "prod")
        self.screen.done(f"{CHAMPION} of {PRODUCTION} now names version {version}")

    def predict(self) -> None:
        """An application in production, whatever the champion is now."""
        answer = self.as_ana("predict", {"model": PRODUCTION, "alias": CHAMPION, "rows": ROWS}, "prod")
        self.screen.done(f"an application loads {answer['uri']}: it gets version {answer['version']}")
        self.screen.note(
            f"    it predicts {', '.join(answer['first'])} ... and {answer['right']} of {answer['all']} tumors right"
        )

    def as_ana(self, what: str, order: Json, workspace: str) -> Json:
        house = self.world.house
        return self.world.ana.do(what, order, house.workspace(workspace), house.token(ANA.name), self.wait)
