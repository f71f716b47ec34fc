"""Versions on their way through the environments: one that is signed off, a better one, one that is refused."""

from demo.people import ANA, BOB, RISK
from demo.promotions import HOME, PROD
from demo.stage import CHAMPION, NAMESPACED, PRODUCTION, Stage

APPROVERS = ("create", "rolebinding", "risk-signs-off", "--clusterrole=lakeward-approver", f"--group={RISK}")
AWAITED = {**HOME, PROD: "AwaitingApproval"}
PROMOTED = {PROD: "Promoted"}
COUNT_SECONDS = 30.0
REMEMBERED = ("lakeward_git_commit", "lakeward_approved_by", "lakeward_replaces", "lakeward_source", "domain", "pii")


def tell(stage: Stage) -> None:
    """The acts from the first release to the refusal."""
    _promote(stage)
    _better(stage)
    _worse(stage)


def _promote(stage: Stage) -> None:
    screen = stage.screen
    screen.act(
        "Promote it by files",
        "Three resources in the team's git repository pin version 1. tumor-dev wants described inputs and pinned"
        " packages; tumor-test waits for dev and wants f1_score of at least 0.80; tumor-prod waits until test has had"
        " it for a while, wants it better than what serves, and keeps to a freeze. Members of model-risk may sign it"
        " off.",
    )
    screen.command(f"kubectl {' '.join(APPROVERS[:3])}", " ".join(APPROVERS[3:]))
    screen.block(stage.kubectl.run(*APPROVERS, NAMESPACED))
    stage.deliver(AWAITED)
    stage.table()
    screen.tell(
        f"Only a person is missing. {BOB.first} of the risk team looks at what would be promoted, and signs exactly"
        f" that"
        " (the demo administers this cluster, so it may act as anybody)."
    )
    stage.sign_off(BOB, "FL-231 reviewed", shown=True)
    stage.follow(PROMOTED, PROD)
    stage.predict()


def _better(stage: Stage) -> None:
    screen = stage.screen
    screen.act(
        "Release a better model: one integer",
        "Ana registers version 2; the team changes one number in git. Version 1 was signed and goes on serving; this"
        " one waits for a signature of its own.",
    )
    stage.register("regression on all measurements")
    stage.release(2, "Release version 2")
    stage.deliver(AWAITED)
    screen.tell(f"{ANA.first} is in the risk team, too. But she made this model, and nobody signs off their own.")
    _refused(stage, stage.sign_off(ANA, "it is good, I made it"))
    stage.sign_off(BOB, "FL-232 reviewed")
    stage.follow(PROMOTED, PROD)
    _remembered(stage)
    stage.predict()


def _refused(stage: Stage, name: str) -> None:
    """It was made, and does not count."""

    def seen() -> bool:
        (found,) = stage.kubectl.items("promotionapprovals", name, NAMESPACED)
        return bool(found.get("status", {}).get("phase") == "Ignored")

    stage.wait("the approval is looked at", seen, COUNT_SECONDS)
    stage.screen.command(f"kubectl get pa {name} -o wide")
    stage.screen.block(stage.kubectl.run("get", "pa", name, NAMESPACED, "--output=wide"))


def _remembered(stage: Stage) -> None:
    """What the registry says of the champion, for who asks in a year."""
    order = {"model": PRODUCTION, "alias": CHAMPION}
    tags = stage.as_ana("remembered", order, "prod")["tags"]
    stage.screen.tell("What Unity Catalog remembers of it, also when this cluster is gone:")
    stage.screen.block("\n".join(f"{name:<22}{tags[name]}" for name in REMEMBERED if name in tags))


def _worse(stage: Stage) -> None:
    screen = stage.screen
    screen.act(
        "A worse model does not reach production",
        "Version 3 is good enough for dev and test, but worse than what serves: the same edit, and production says no"
        " before anybody is asked.",
    )
    stage.register("naive Bayes on all measurements")
    stage.release(3, "Release version 3")
    stage.deliver({**HOME, PROD: "Blocked"})
    stage.wait("production knows that test is done", lambda: _test_counts(stage), COUNT_SECONDS)
    stage.table()
    stage.predict()


def _test_counts(stage: Stage) -> bool:
    """The refusal is told once the only thing that is left to say is about the model."""
    gates = {gate["name"]: gate["result"] for gate in stage.promotion(PROD)["status"]["gates"]}
    return bool(gates["dependsOn"] == "Pass")
