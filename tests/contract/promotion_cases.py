"""The same for what promotions need beside models: versions on their way out, grants that only grow, runs of jobs."""

from collections.abc import Mapping
from dataclasses import replace

from contract.cases import Case, Drift, Facts, grant, grant_facts, model, with_model, with_versions
from lakeward.engine.plan import Action
from lakeward.providers.databricks.added_grants import AddedGrants
from lakeward.providers.databricks.grants import GRANTED
from lakeward.providers.databricks.job_run import JobRun
from lakeward.providers.databricks.released_alias import ReleasedAlias
from lakeward.providers.databricks.retired_version import RETIRE_AFTER, RetiredVersion
from scenarios.registry import UC, Registry


def tag_version(hand: Registry, name: str, add: Mapping[str, str], remove: tuple[str, ...] = ()) -> None:
    changes = {"add_tags": [{"key": k, "value": v} for k, v in add.items()], "remove": list(remove)}
    hand.call("PATCH", f"{UC}/subentity-tags/FUNCTION/{model(name)}/1", {"changes": changes})


def spoil_mark(hand: Registry, name: str) -> None:
    tag_version(hand, name, {"foreign": "1"}, (RETIRE_AFTER,))


RETIRED_VERSION = Case(
    type=RetiredVersion,
    desired=lambda name: RetiredVersion(model=model(name), version=1, marked=True, retire_after="2026-03-02T10:11:12Z"),
    prepare=with_versions,
    facts=lambda hand, name: hand.tags(model(name), 1),
    theirs=lambda hand, name: tag_version(hand, name, {RETIRE_AFTER: "2026-03-01T00:00:00Z"}),
    drifts=(
        Drift(
            by_hand=spoil_mark,
            action=Action.UPDATE,
            changed=("marked",),
            sent=("changes",),
            foreign={"foreign": "1"},
        ),
    ),
    create=("PATCH", "/subentity-tags/"),
    stays=True,
    latent=True,
)


def spoil_added_grants(hand: Registry, name: str) -> None:
    grant(hand, f"function/{model(name)}", "Model-Consumers", remove=("EXECUTE",))
    grant(hand, f"function/{model(name)}", "devops", add=("EXECUTE",))


ADDED_GRANTS = Case(
    type=AddedGrants,
    desired=lambda name: AddedGrants(
        securable="function",
        name=model(name),
        grants={"model-consumers EXECUTE": GRANTED},
        spelled={"model-consumers": "Model-Consumers"},
    ),
    prepare=with_model,
    facts=grant_facts("function/{0}.models.tumor"),
    theirs=lambda hand, name: grant(hand, f"function/{model(name)}", "data-scientists", add=("EXECUTE",)),
    drifts=(
        Drift(
            by_hand=spoil_added_grants,
            action=Action.UPDATE,
            changed=("grants.model-consumers EXECUTE",),
            sent=("changes",),
            foreign={"devops": ["EXECUTE"]},
        ),
    ),
    create=("PATCH", "/permissions/"),
    stays=True,
    ambient=True,
)


JOBS = "/api/2.2/jobs"


def add_job(hand: Registry, name: str, *parameters: str) -> int:
    """A job that the operator may run; nothing of it is executed here."""
    task = {"task_key": "main", "notebook_task": {"notebook_path": "/Shared/check"}}
    allowed = {"service_principal_name": "lakeward", "permission_level": "CAN_MANAGE_RUN"}
    declared = [{"name": parameter, "default": ""} for parameter in parameters or ("model_name", "model_version")]
    body = {"name": name, "tasks": [task], "parameters": declared, "access_control_list": [allowed]}
    return int(hand.call("POST", f"{JOBS}/create", body)["job_id"])


def job_id(hand: Registry, name: str) -> int | None:
    found = hand.call("GET", f"{JOBS}/list?name={name}").get("jobs") or ()
    return next((int(job["job_id"]) for job in found), None)


def run_facts(hand: Registry, name: str) -> Facts:
    """Every run of the job by who started it, and with what."""
    job = job_id(hand, name)
    runs = hand.call("GET", f"{JOBS}/runs/list?job_id={job}").get("runs") or () if job is not None else ()
    whose = [(run["creator_user_name"], {p["name"]: p["value"] for p in run["job_parameters"]}) for run in runs]
    return {f"{who} #{number}": given for number, (who, given) in enumerate(whose)}


PARAMETERS = {"model_name": "a.b.c", "model_version": "3"}

JOB_RUN = Case(
    type=JobRun,
    # the status remembers a run that is gone
    desired=lambda name: JobRun(job=1, token=name, parameters=PARAMETERS, run=1),
    prepare=add_job,
    known=lambda hand, name, desired: replace(desired, job=job_id(hand, name)),
    facts=run_facts,
    theirs=lambda hand, name: hand.call(
        "POST",
        f"{JOBS}/run-now",
        {"job_id": job_id(hand, name), "idempotency_token": name, "job_parameters": PARAMETERS},
    ),
    create=("POST", "/run-now$"),
    afresh=True,
    stays=True,
)


def with_challenger(hand: Registry, name: str) -> None:
    with_versions(hand, name)
    hand.point(model(name), "challenger", 1)


def challenge_again(hand: Registry, name: str) -> None:
    hand.point(model(name), "challenger", 1)
    hand.point(model(name), "foreign", 2)


RELEASED_ALIAS = Case(
    type=ReleasedAlias,
    desired=lambda name: ReleasedAlias(model=model(name), alias="challenger", version=1),
    prepare=with_challenger,
    facts=lambda hand, name: hand.aliases(model(name)),
    theirs=lambda hand, name: hand.point(model(name), "challenger", 2),
    drifts=(Drift(by_hand=challenge_again, action=Action.UPDATE, changed=("released",), foreign={"foreign": 2}),),
    create=("DELETE", "/aliases/challenger$"),
    stays=True,
    latent=True,
)

PROMOTION_CASES = (RETIRED_VERSION, ADDED_GRANTS, JOB_RUN, RELEASED_ALIAS)
