"""The second half of the story: taking releases back, what people change by hand, and an emergency."""

from datetime import UTC, datetime

from demo import lakeward_run
from demo.errors import DemoError
from demo.kubectl import Json
from demo.lakeward_plan import plan, secrets, variables
from demo.measure import Cost
from demo.people import BOB
from demo.promotions import HOME, PROD, TEST
from demo.stage import CANDIDATE, CHAMPION, ENVIRONMENTS, NAMESPACED, PRODUCTION, SECRET, SECRET_KEYS, Stage
from demo.tenancy import TEAM

REQUESTED = "mlops.lakeward.dev/requested-at"
SCHEMA, PRINCIPAL, PRIVILEGES = "ml_prod_catalog.models", "ml-engineers", ("USE_SCHEMA", "SELECT")
CHANGED = ("mlworkspace/prod", f"modelpromotion/{PROD}")
REPAIRED = {(CHANGED[0], "Applying"), (CHANGED[1], "DriftReverted")}
REPAIR_SECONDS = 60.0
PLAN_SECONDS = 120.0
EVERYWHERE = {**HOME, PROD: "Promoted"}


def tell(stage: Stage) -> None:
    """The acts, once production has refused a version."""
    _take_back(stage)
    _by_hand(stage)
    _release_back(stage)
    _emergency(stage)


def _take_back(stage: Stage) -> None:
    stage.screen.act(
        "Take version 3 back with git revert",
        "Git must not ask for what will not come. Dev and test go back to version 2, which they had before: gates of"
        " the way forward are passed over, and nothing is copied. For production it is the version that serves.",
    )
    stage.revert("HEAD")
    cost = stage.deliver(EVERYWHERE)
    stage.screen.done(f"{TEST} rolled back: {_told(cost, CANDIDATE)}")


def _told(cost: Cost, model: str) -> str:
    copied = "a copy" if cost.copies else "no copy"
    writes = cost.on(model)
    made = f"{writes} external write{'' if writes == 1 else 's'}"
    return f"Ready {cost.seconds:.1f} s after kubectl apply, {made}, {copied}"


def _by_hand(stage: Stage) -> None:
    screen = stage.screen
    screen.act(
        "Somebody changes things by hand",
        "With plain MLflow somebody registers a model in production and makes it the champion, and takes from"
        f" {PRINCIPAL} the right to read there.",
    )
    stage.point(stage.register("always benign", "prod", PRODUCTION))
    order = {"schema": SCHEMA, "principal": PRINCIPAL, "privileges": PRIVILEGES}
    stage.as_ana("revoke", order, "prod")
    screen.done(f"{PRINCIPAL} lost {' and '.join(PRIVILEGES)} on {SCHEMA}")
    stage.predict()
    screen.tell(
        "What would Lakeward do? The same engine plans from the files in git, and writes nothing. Its settings and"
        " TOKEN are variables here."
    )
    _plan(stage)
    screen.tell("The operator looks every five minutes; an annotation asks it to look now.")
    _repair(stage)
    stage.predict()


def _plan(stage: Stage) -> None:
    """Repeated, because right after a switch the plan does not call another champion drift."""
    environ = variables(lakeward_run.FLAGS, stage.world.house.token("lakeward"), stage.world.environ)
    options = secrets(f"{TEAM}/{SECRET}", SECRET_KEYS)
    folders = [stage.world.root / ENVIRONMENTS, stage.promotions.folder]
    stage.screen.command(f"lakeward plan -f {ENVIRONMENTS} -f {stage.promotions.folder.name}", *options)
    printed = ""

    def complete() -> bool:
        nonlocal printed
        printed = plan(folders, options, environ)
        return f"@{CHAMPION}" in printed

    stage.wait("the last switch is so old that the plan calls this drift", complete, PLAN_SECONDS)
    stage.screen.block(printed)


def _look_now(stage: Stage, *objects: str) -> None:
    """Answers when the operator has looked."""
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    stage.screen.command(f"kubectl annotate --overwrite {' '.join(objects)}", f"{REQUESTED}=$(date +%s)")
    stage.kubectl.run("annotate", *objects, NAMESPACED, "--overwrite", f"{REQUESTED}={now}")

    def looked() -> bool:
        items = [stage.kubectl.items(one, NAMESPACED)[0] for one in objects]
        return all(item["status"].get("lastHandledRequest") == now for item in items)

    stage.wait("the operator has looked", looked, REPAIR_SECONDS)


def _repair(stage: Stage) -> None:
    before = {event["metadata"]["uid"] for event in stage.kubectl.items("events", NAMESPACED)}
    _look_now(stage, *CHANGED)
    lines: list[str] = []

    def repaired() -> bool:
        events = stage.kubectl.items("events", NAMESPACED, "--sort-by=.eventTime")
        new = [event for event in events if event["metadata"]["uid"] not in before and _about(event) in CHANGED]
        lines[:] = [f"{_about(event)} {event['reason']}: {event['message']}" for event in new]
        return {(_about(event), event["reason"]) for event in new} >= REPAIRED

    stage.wait("both repairs are told by events", repaired, REPAIR_SECONDS)
    stage.screen.command("kubectl get events")
    for line in lines:
        stage.screen.message(line)
    synced = "--for=condition=InSync"
    stage.screen.command(f"kubectl wait {synced}", " ".join(CHANGED))
    stage.screen.block(stage.kubectl.run("wait", synced, *CHANGED, NAMESPACED))


def _about(event: Json) -> str:
    return "{kind}/{name}".format(**event["involvedObject"]).lower()


def _release_back(stage: Stage) -> None:
    screen = stage.screen
    screen.act(
        "Roll a release back, and forward again",
        "Doctors do not trust version 2, so the team reverts its release. All three go back at once: none waits for"
        " another, for a freeze or for a signature.",
    )
    screen.command("git log --oneline")
    log = stage.promotions.repository.log()
    screen.block("\n".join(log))
    stage.revert(_commit(log, "Release version 2"))
    cost = stage.deliver(EVERYWHERE)
    screen.done(f"{PROD} rolled back: {_told(cost, PRODUCTION)}")
    stage.predict()
    screen.tell(
        "It was a false alarm: the revert is reverted. The way forward is judged: all gates are asked about version 2"
        " once more, and the signature from before it left counts no more."
    )
    stage.revert("HEAD")
    stage.deliver({**HOME, PROD: "AwaitingApproval"})
    stage.sign_off(BOB, "FL-240 false alarm")
    stage.follow({PROD: "Promoted"}, PROD)


def _commit(log: list[str], message: str) -> str:
    found = [line.split(" ", 1)[0] for line in log if line.endswith(f" {message}")]
    if not found:
        raise DemoError(f'git log has no commit "{message}".')
    return found[0]


def _emergency(stage: Stage) -> None:
    screen = stage.screen
    screen.act(
        "An emergency is not fought",
        "At night whoever is on call moves champion back to the version that was there before. Lakeward repairs other"
        " moves; this one it holds, and says so until git decides.",
    )
    stage.point(1)
    _look_now(stage, CHANGED[1])
    stage.wait("the operator believes it", lambda: stage.promotion(PROD)["status"]["phase"] == "Held", REPAIR_SECONDS)
    screen.tell(f"Held: {stage.standing(PROD)}.")
    screen.tell("In the morning the team agrees: production is to serve version 1.")
    stage.release(1, "Keep version 1 in production", [PROD])
    cost = stage.deliver({PROD: "Promoted"})
    screen.done(f"git and production agree: {_told(cost, PRODUCTION)}")
    stage.predict()
