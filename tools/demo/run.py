"""Puts world and story together, and says how it ended: if it failed, in a sentence and the operator's last words."""

import sys
from collections.abc import Mapping
from pathlib import Path

from demo.errors import DemoError
from demo.lakeward_run import Operator
from demo.promotions import Promotions
from demo.repository import needed
from demo.screen import Screen
from demo.stage import Stage
from demo.story import installed, tell
from demo.world import World, world
from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.processes import pause
from lakeward_sandbox.cluster.signals import signals_unwind
from lakeward_sandbox.launch import LakehouseError

FOLDERS = ("crds", "manifests/install", "manifests/samples/environments", "manifests/samples/promotions")
WORKSPACES = ("dev", "test", "prod")
LAST_LINES = 12
PROMOTIONS = "promotions"


def run(root: Path, work: Path, environ: Mapping[str, str], *, keep: bool) -> int:
    """Tells the story once and returns the exit code. KeyboardInterrupt leaves it, after everything was stopped."""
    screen = Screen(sys.stdout, environ)
    try:
        with signals_unwind():
            _tell(root, work, environ, screen, keep=keep)
    except (DemoError, ClusterError, LakehouseError) as problem:
        screen.failed(str(problem))
        _last_words(work / "operator.log", screen)
        return 1
    screen.note(f"Told in {screen.elapsed}; everything is stopped and removed.")
    return 0


def _tell(root: Path, work: Path, environ: Mapping[str, str], screen: Screen, *, keep: bool) -> None:
    for folder in FOLDERS:
        if not (root / folder / "kustomization.yaml").is_file():
            raise DemoError(f"{folder}/kustomization.yaml is missing: run the demo in a whole checkout.")
    needed(environ)
    screen.title(
        "Lakeward: a model's way to production, declared in files",
        "Lakeward keeps machine learning on Databricks in git: environments and promotions are Kubernetes resources,"
        " and an operator makes Databricks match them. Here it runs for real, on this machine, from nothing.",
    )
    screen.act(
        "Start a Kubernetes API and a local lakehouse",
        "The lakehouse answers as Azure would, and as three Databricks workspaces (dev, test, prod) with Unity Catalog"
        " and MLflow.",
    )
    with world(root, work, environ, screen) as here, installed(here) as operator:
        samples = root / "manifests/samples/promotions"
        tell(Stage(here, operator, Promotions(samples, work / PROMOTIONS, environ)))
        _end(here, operator, keep=keep)


def _end(here: World, operator: Operator, *, keep: bool) -> None:
    screen = here.screen
    screen.act(
        "What Lakeward did",
        "It made three environments from files, moved a model to production only by what was declared, measured and"
        " signed, repaired what was changed by hand but left an emergency alone, and said at every moment where it"
        " stands. The way back is `git revert`.",
    )
    if not keep:
        screen.tell(
            "Run `make demo KEEP=1` to look around: MLflow of each workspace in the browser, the cluster with kubectl."
        )
        return
    for name in WORKSPACES:
        screen.block(f"MLflow of {name:<5} {here.house.workspace(name).url}")
    screen.block(f"cluster         export KUBECONFIG={here.kubectl.cluster.kubeconfig}")
    screen.block(f"lakehouse       {here.house.state}")
    screen.block(f"operator's log  {operator.log}")
    screen.block(f"promotions      {here.work / PROMOTIONS}")
    screen.tell("Ctrl-C stops and removes all of it.")
    while True:
        operator.check()
        pause(1.0)


def _last_words(log: Path, screen: Screen) -> None:
    if log.is_file():
        screen.note("The operator's log ends with:")
        screen.block("\n".join(log.read_text(errors="replace").splitlines()[-LAST_LINES:]))
