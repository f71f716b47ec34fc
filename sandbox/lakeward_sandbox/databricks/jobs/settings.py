"""Job settings: what `jobs/create` refuses, and the defaults with which `jobs/get` shows them.
Pure: it knows neither calls nor principals. Settings that decide nothing here are kept as they were sent.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lakeward_sandbox.databricks.jobs.fields import known, number, objects, text, texts
from lakeward_sandbox.errors import invalid

KINDS = frozenset(
    {"ai_runtime_task", "alert_task", "clean_rooms_notebook_task", "condition_task", "dashboard_task",
     "dbt_cloud_task", "dbt_platform_task", "dbt_task", "for_each_task", "gen_ai_compute_task", "notebook_task",
     "pipeline_task", "power_bi_task", "python_operator_task", "python_wheel_task", "run_job_task", "spark_jar_task",
     "spark_python_task", "spark_submit_task", "sql_task"}
)  # fmt: skip
FIELDS = frozenset(
    {"budget_policy_id", "continuous", "deployment", "description", "duration_target", "edit_mode",
     "email_notifications", "environment_variables", "environments", "format", "git_source", "health", "job_clusters",
     "max_concurrent_runs", "name", "notification_settings", "parameters", "parent_path", "performance_target",
     "queue", "run_as", "schedule", "tags", "tasks", "timeout_seconds", "trigger", "triggers", "usage_policy_id",
     "webhook_notifications"}
)  # fmt: skip
_TASK_FIELDS = KINDS | {
    "task_key", "compute", "depends_on", "description", "disable_auto_optimization", "disabled", "email_notifications",
    "environment_key", "environment_variables_key", "existing_cluster_id", "health", "job_cluster_key", "libraries",
    "max_retries", "min_retry_interval_millis", "new_cluster", "notification_settings", "retry_on_timeout", "run_if",
    "timeout_seconds", "webhook_notifications",
}  # fmt: skip
_COMPUTE = ("environment_key", "job_cluster_key", "new_cluster", "existing_cluster_id")
_NEED_COMPUTE = frozenset({"spark_python_task", "python_wheel_task"})
_MOST_TASKS = 100
_MOST_TAGS = 25
_KEY = re.compile(r"[\w-]{1,100}", re.ASCII)
_PARAMETER = re.compile(r"[\w.-]+", re.ASCII)


def parse(given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are kept, with the service's defaults; 400 for what it would refuse."""
    settings = known(given, FIELDS, "")
    tasks = [_task(task) for task in objects(settings, "tasks")]
    if len(tasks) > _MOST_TASKS:
        raise invalid(f"A job may have at most {_MOST_TASKS} tasks.")
    _check_references(settings, tasks)
    return {
        "email_notifications": {},
        "webhook_notifications": {},
        **settings,
        "name": text(settings, "name", "") if "name" in settings else "Untitled",
        "format": "MULTI_TASK",
        "timeout_seconds": number(settings, "timeout_seconds", 0, 0),
        "max_concurrent_runs": number(settings, "max_concurrent_runs", 1, 1),
        "queue": {"enabled": _queue(settings)},
        "tags": _tags(settings),
        "parameters": _parameters(settings),
        "tasks": tasks,
    }


def updated(settings: Mapping[str, Any], new: Mapping[str, Any], removed: Sequence[str]) -> dict[str, Any]:
    """Top-level fields are replaced as a whole, but tasks and job clusters are merged by their keys."""
    changed = {name: value for name, value in settings.items() if name not in removed}
    for name, key in (("tasks", "task_key"), ("job_clusters", "job_cluster_key")):
        if name in new:
            merged = {item.get(key): item for item in [*objects(changed, name), *objects(new, name)]}
            new = {**new, name: list(merged.values())}
    return parse({**changed, **new})


def in_order(tasks: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Every task after those that it depends on."""
    by_key = {task["task_key"]: task for task in tasks}
    sorter = TopologicalSorter({key: upstream(task) for key, task in by_key.items()})
    return [by_key[key] for key in sorter.static_order()]


def upstream(task: Mapping[str, Any]) -> Sequence[str]:
    """The keys of the tasks that it depends on."""
    return [dependency["task_key"] for dependency in task["depends_on"]]


def _task(given: Mapping[str, Any]) -> dict[str, Any]:
    key = text(given, "task_key", "tasks.")
    where = f"tasks[{key}]."
    if not _KEY.fullmatch(key):
        raise invalid(f"{where}task_key may have letters, digits, - and _ only, at most 100.")
    task = known(given, _TASK_FIELDS, where)
    kinds = KINDS & task.keys()
    if len(kinds) != 1 or not isinstance(task[min(kinds)], dict):
        raise invalid(f"{where[:-1]} must have exactly one of the fields that say what it does, as spark_python_task.")
    kind = min(kinds)
    task[kind] = _what_it_does(kind, task[kind], f"{where}{kind}.")
    if kind in _NEED_COMPUTE and not any(name in task for name in _COMPUTE):
        raise invalid(
            f"{where[:-1]} runs Python and says nowhere on what: set environment_key, and that environment in the job's"
            " environments, or a cluster."
        )
    depends_on = [{"task_key": text(d, "task_key", f"{where}depends_on.")} for d in objects(task, "depends_on", where)]
    return {
        "run_if": "ALL_SUCCESS",
        "email_notifications": {},
        **task,
        "timeout_seconds": number(task, "timeout_seconds", 0, 0, where),
        "depends_on": sorted(depends_on, key=lambda dependency: dependency["task_key"]),
    }


def _what_it_does(kind: str, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The file and the parameters of a Python script are read here; everything else is data."""
    if kind == "notebook_task":
        text(given, "notebook_path", where)
        return {"source": "WORKSPACE", **given}
    if kind != "spark_python_task":
        return dict(given)
    task = known(given, {"python_file", "parameters", "source"}, where)
    text(task, "python_file", where)
    return {"source": "WORKSPACE", **task, "parameters": texts(task, "parameters", where)}


def _check_references(settings: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> None:
    keys = [task["task_key"] for task in tasks]
    if doubled := sorted({key for key in keys if keys.count(key) > 1}):
        raise invalid(f"Task keys must be unique in a job: {', '.join(doubled)}.")
    for task in tasks:
        _refer(task["task_key"], "depends_on", upstream(task), keys)
        for name, at in (("environment_key", "environments"), ("job_cluster_key", "job_clusters")):
            wanted = [task[name]] if name in task else []
            _refer(task["task_key"], name, wanted, [item.get(name) for item in objects(settings, at)])
    try:
        in_order(tasks)
    except CycleError as problem:
        raise invalid("The tasks of a job must not depend on each other in a circle.") from problem


def _refer(task: str, field: str, wanted: Sequence[str], there: Collection[str | None]) -> None:
    for name in wanted:
        if name not in there:
            raise invalid(f"tasks[{task}].{field} names '{name}', which the job does not have.")


def _parameters(settings: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    parameters = [known(given, {"name", "default"}, "parameters.") for given in objects(settings, "parameters")]
    names = [text(parameter, "name", "parameters.") for parameter in parameters]
    for name, parameter in zip(names, parameters, strict=True):
        if not _PARAMETER.fullmatch(name):
            raise invalid(f"parameters[{name}].name may have letters, digits, _, - and . only.")
        if names.count(name) > 1:
            raise invalid(f"parameters[{name}] is there twice.")
        if not isinstance(parameter.get("default"), str):
            raise invalid(f"parameters[{name}].default must be a string.")
    return parameters


def _tags(settings: Mapping[str, Any]) -> dict[str, str]:
    tags = settings.get("tags") or {}
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise invalid("tags must be a map of strings.")
    if len(tags) > _MOST_TAGS:
        raise invalid(f"A job may have at most {_MOST_TAGS} tags.")
    return tags


def _queue(settings: Mapping[str, Any]) -> bool:
    queue = settings.get("queue") or {}
    if not isinstance(queue, dict):
        raise invalid("queue must be an object.")
    enabled = known(queue, {"enabled"}, "queue.").get("enabled", False)
    if not isinstance(enabled, bool):
        raise invalid("queue.enabled must be true or false.")
    return enabled
