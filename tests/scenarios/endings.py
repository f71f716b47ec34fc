"""How a story of a promotion ended, without what two undisturbed runs do not share, and where two ends differ.

A copy that is begun again gets another number. So versions are named by what they are copies of, and where a text or
a status tells a number, it may be the one that the same copy has in the other end.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lakeward.engine.outcome import Key
from scenarios.conftest import Stage
from scenarios.registry import UC, Registry

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
ATTEMPT = re.compile(r"(?<=^g\d-)[0-9a-f]{8}$")
TOKEN = re.compile(r"(?<![0-9a-f:])[0-9a-f]{32,64}\b")
RUN = re.compile(r"http://\S+#job/\d+/run/\d+|(?<=\brun )\d{6,}|(?<=databricks.job_run/)\d+|(?<=;)\d{6,}$")
VOLATILE = frozenset({"subject", "runId", "run", "id", "reverts"})
JOBS = "/api/2.2/jobs"
FORGOTTEN = "what they said then is not known any more"
Same = Callable[[str, str], bool]


class Fate(StrEnum):
    """What becomes of the status when an operator dies."""

    KEPT = "kept"
    LOST = "pass lost"
    GONE = "all lost"


@dataclass(frozen=True)
class End:
    """`numbers` are those of the target's versions by their names; `status` is None when the object is gone.

    `told` is how often an event told that a version was promoted.
    """

    outside: Mapping[str, Any]
    status: Mapping[str, Any] | None
    numbers: Mapping[str, int]
    told: int


def end(stage: Stage, key: Key, model: str, job: int | None = None) -> End:
    """The end as it is now, at this target; the runs of that job are counted."""
    registry = stage.registry
    numbers = {_name(stage, v): n for n, v in sorted(registry.versions(model).items())}
    names = {number: name for name, number in numbers.items()}
    outside = {
        "aliases": {alias: names[number] for alias, number in registry.aliases(model).items()},
        "versions": {name: _version(stage, model, number) for number, name in names.items()},
        "tags": registry.tags(model),
        "grants": registry.find(f"{UC}/permissions/function/{model}"),
        "runs": _runs(stage, job) if job else 0,
    }
    status = stage.cluster.status(key) if key in stage.cluster.objects else None
    told = sum(event.reason == "Promoted" for at, event in stage.cluster.events if at == key)
    return End(_plain(stage, outside), _plain(stage, status), numbers, told)


def unlike(wanted: End, found: End, fate: Fate) -> list[str]:
    """Where the second end is not the first, one line each. What was told in a pass that is lost may be forgotten."""
    renamed = {str(n): str(wanted.numbers[name]) for name, n in found.numbers.items() if name in wanted.numbers}

    def same(one: str, other: str) -> bool:
        ours, theirs = re.split(r"(\d+)", one), re.split(r"(\d+)", other)
        pairs = zip(ours, theirs, strict=False)
        return len(ours) == len(theirs) and all(b == a or renamed.get(b) == a for a, b in pairs)

    forgets = fate is Fate.LOST and FORGOTTEN in str(found.status)
    told = [_told(one.status, fate, forgets=forgets) for one in (wanted, found)]
    outside = differences(wanted.outside, found.outside, "outside", same)
    status = differences(told[0], told[1], "status", same)
    # after trouble it is told once more
    untold = fate is not Fate.GONE and found.told < wanted.told
    return [*outside, *status, *(["an event is missing: Promoted"] if untold else [])]


def differences(wanted: Any, found: Any, at: str, same: Same) -> list[str]:
    """Where two values differ, one line each; `same` compares texts and numbers."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            line
            for key in sorted({*wanted, *found})
            for line in differences(wanted.get(key), found.get(key), f"{at}.{key}", same)
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [line for n, (one, other) in pairs for line in differences(one, other, f"{at}[{n}]", same)]
    alike = type(wanted) is type(found) and same(str(wanted), str(found))
    return [] if alike else [f"{at}: {found!r} instead of {wanted!r}"]


def _name(stage: Stage, version: Mapping[str, Any]) -> str:
    source = str(version.get("source", ""))
    copied = source.startswith(f"models:/{stage.catalog}")
    return source.replace(stage.catalog, "NAME") if copied else f"#{version['version']}"


def _version(stage: Stage, model: str, number: int) -> Mapping[str, Any]:
    version = stage.registry.version(model, number)
    tags = stage.registry.tags(model, number)
    return {"status": version["status"], "by": version["created_by"], "tags": tags}


def _runs(stage: Stage, job: int) -> int:
    registry = Registry(stage.house, workspace="prod")
    return len(registry.call("GET", f"{JOBS}/runs/list?job_id={job}").get("runs") or ())


def _told(status: Mapping[str, Any] | None, fate: Fate, *, forgets: bool) -> Any:
    """What must be the same: all of it; without what gates said where that is forgotten; or the outline of it."""
    if status is None or not (forgets or fate is Fate.GONE):
        return status
    summary = {name: value for name, value in status["summary"].items() if name not in {"gates", "approvals"}}
    said = {c["type"]: c for c in status["conditions"] if c["type"] != "GatesPassed"}
    if forgets:
        return {**status, "summary": summary, "conditions": said, "gates": []}
    conditions = {name: condition["status"] for name, condition in said.items()}
    return {"phase": status["phase"], "summary": summary, "conditions": conditions}


def _plain(stage: Stage, value: Any) -> Any:
    match value:
        case Mapping():
            return {_plain(stage, k): _plain(stage, v) for k, v in value.items() if k not in VOLATILE}
        case list() | tuple():
            return [_plain(stage, v) for v in value]
        case str():
            plain = RUN.sub("RUN", MOMENT.sub("TIME", value.replace(stage.catalog, "NAME")))
            return TOKEN.sub("TOKEN", ATTEMPT.sub("SUBJECT", plain))
    return value
