"""What gates may not say."""

from collections.abc import Iterator

from api.gates import GATES
from api.manifests import GONE
from api.refusal import DECIMAL, DURATION, Refusal, promotion

METRIC = "gates.1.metric"
DEPENDENCIES = "gates.6.dependencies"
JOB = "gates.7.job"
APPROVAL = "gates.8.approval"
WINDOW = "gates.9.window"
ALIAS = "gates.10.sourceAlias"
TYPES = (
    'supported values: "Ready", "Metric", "Tag", "Interface", "Digest", "Dependencies", "Job", "Approval", "Window",'
    ' "SourceAlias"'
)
NEEDED = 'supported values: "Required", "Optional"'
ONE_PACKAGE = "must be a package, or a package and one version, for example torch==2.0.0"
PARAMETERS = "names of parameters must be letters, digits, _ . and -, at most 100"
TAKEN = "model_name and model_version are given to every run: choose other names"
PERSON = "must be a name that the API server knows, without blanks and commas"
ZONE = "must be the name of a zone, for example Europe/Amsterdam or UTC"
CRON = "must be the five cron fields minute, hour, day, month and weekday with one blank between"
LOCAL = "must be a local time of this century without zone, for example 2026-12-18T00:00:00"
RESERVED = "must not be latest nor v and a number: Unity Catalog reserves them"


def _members() -> Iterator[Refusal]:
    """A gate without the member of its type, and the first gate, which has none, with that of each other type."""
    for number, gate in enumerate(GATES):
        for member in gate.keys() - {"name", "type", "mode"}:
            words = f"{member} must be given for type {gate['type']}, and only for it"
            yield promotion(f"gates.{number}.{member}", GONE, words)
            yield promotion(f"gates.0.{member}", gate[member], words)


GATE_REFUSALS = (
    promotion("gates", [{"name": f"g{n}", "type": "Ready"} for n in range(21)], "must have at most 20 items"),
    promotion("gates.0.name", GONE, "Required value"),
    promotion("gates.0.name", "digest-pin", "must not be the name of a gate that a promotion has by itself"),
    promotion("gates.0.name", "dependsOn", "must not be the name of a gate that a promotion has by itself"),
    promotion("gates.0.name", "no blanks", "must be letters, digits and - within"),
    promotion("gates.0.name", "quality", "Duplicate value", "spec.gates[1].name"),
    promotion("gates.0.type", GONE, "Required value"),
    promotion("gates.0.type", "Vulnerabilities", TYPES),
    promotion("gates.0.type", "Job", "job must be given for type Job, and only for it", "spec.gates[0].job"),
    promotion("gates.1.type", "Ready", "metric must be given for type Metric, and only for it", "spec.gates[1].metric"),
    *_members(),
    promotion("gates.0.mode", "Ignore", 'supported values: "Enforce", "Warn"'),
    promotion("gates.0.tag", {}, "Required value", "spec.gates[0].tag.from"),
    promotion("gates.3.tag.from", "Target", 'supported values: "Source"'),
    promotion("gates.3.tag.key", "validation-status", "which Unity Catalog refuses in keys of tags"),
    promotion("gates.3.tag.in", [], "should have at least 1 items"),
    promotion("gates.3.tag.in.0", "passed ", "must be one line without blanks around it"),
    promotion("gates.3.tag.in.1", "passed", "Duplicate value"),
    promotion("gates.3.tag.in", [f"v{n}" for n in range(21)], "must have at most 20 items"),
    promotion(f"{METRIC}.from", GONE, "Required value"),
    promotion(f"{METRIC}.from", "Experiment", 'supported values: "ModelVersion", "Run"'),
    promotion(f"{METRIC}.metric", GONE, "Required value"),
    promotion(f"{METRIC}.metric", "f1;drop", "must be the name of an MLflow metric"),
    promotion(f"{METRIC}.dataset", "", "should be at least 1 chars long"),
    promotion(f"{METRIC}.min", 0.82, "must be of type string"),
    promotion(f"{METRIC}.min", "82 %", DECIMAL),
    promotion(f"{METRIC}.min", "NaN", DECIMAL),
    promotion(f"{METRIC}.min", "1e-3", DECIMAL),
    promotion(f"{METRIC}.max", ".5", DECIMAL),
    promotion(f"{METRIC}.max", "0.5", "max must not be below min"),
    promotion(f"{METRIC}.vsChampion", {}, "give at least one of: minAbsoluteChange"),
    promotion(f"{METRIC}.vsChampion.minAbsoluteChange", "a lot", DECIMAL),
    promotion(f"{METRIC}.vsChampion.minRelativeChange", "5%", DECIMAL),
    promotion(f"{METRIC}.vsChampion.maxAbsoluteIncrease", "+1", DECIMAL),
    promotion(f"{METRIC}.vsChampion.maxRelativeIncrease", "1/2", DECIMAL),
    promotion(f"{METRIC}.vsChampion.onNoChampion", "Skip", 'supported values: "Pass", "Fail"'),
    promotion(f"{METRIC}.vsChampion.onMissing", "Skip", 'supported values: "Pass", "Fail"'),
    promotion(METRIC, {"from": "Run", "metric": "f1"}, "give at least one of: min, max, vsChampion"),
    promotion("gates.4.digest.verifyCopy", "yes", "must be of type boolean"),
    promotion("gates.4.digest.algorithm", "sha512", "unknown field"),
    promotion("gates.5.interface.signature", "Yes", NEEDED),
    promotion("gates.5.interface.inputExample", True, NEEDED),
    promotion("gates.5.interface.compatibleWithChampion", "Full", 'supported values: "Backward", "None"'),
    promotion(f"{DEPENDENCIES}.pinned", "yes", NEEDED),
    promotion(f"{DEPENDENCIES}.deny.0", "torch>=2", ONE_PACKAGE),
    promotion(f"{DEPENDENCIES}.deny.0", "torch == 2.0.0", ONE_PACKAGE),
    promotion(f"{DEPENDENCIES}.deny.0", "", "should be at least 1 chars long"),
    promotion(f"{DEPENDENCIES}.deny.1", "torch==2.0.0", "Duplicate value"),
    promotion(f"{DEPENDENCIES}.deny", [f"p{n}" for n in range(101)], "must have at most 100 items"),
    promotion(f"{JOB}.jobRef", GONE, "Required value"),
    promotion(f"{JOB}.jobRef", "validate-churn", "must be of type object"),
    promotion(f"{JOB}.jobRef.name", "validate churn", "must be letters, digits and - within"),
    promotion(f"{JOB}.jobRef.id", 88112233, "unknown field"),
    promotion(f"{JOB}.parameters", ["suite=full"], "must be of type object"),
    promotion(f"{JOB}.parameters", {"suite name": "full"}, PARAMETERS),
    promotion(f"{JOB}.parameters", {"": "full"}, PARAMETERS),
    promotion(f"{JOB}.parameters", {"p" * 101: "full"}, PARAMETERS),
    promotion(f"{JOB}.parameters", {"model_name": "other"}, TAKEN),
    promotion(f"{JOB}.parameters", {"model_version": "1"}, TAKEN),
    promotion(f"{JOB}.parameters", {f"p{n}": "x" for n in range(21)}, "must have at most 20 items"),
    promotion(f"{JOB}.parameters.suite", 7, "must be of type string"),
    promotion(f"{JOB}.parameters.suite", "x" * 1001, "may not be more than 1000"),
    promotion(f"{JOB}.timeout", "2 hours", DURATION),
    promotion(f"{APPROVAL}.minApprovals", 0, "should be greater than or equal to 1"),
    promotion(f"{APPROVAL}.minApprovals", 11, "should be less than or equal to 10"),
    promotion(f"{APPROVAL}.minApprovals", "2", "must be of type integer"),
    promotion(f"{APPROVAL}.approvers", ["model-risk"], "must be of type object"),
    promotion(f"{APPROVAL}.approvers.groups.0", "model risk", PERSON),
    promotion(f"{APPROVAL}.approvers.groups.1", "model-risk", "Duplicate value"),
    promotion(f"{APPROVAL}.approvers.groups", [f"g{n}" for n in range(21)], "must have at most 20 items"),
    promotion(f"{APPROVAL}.approvers.users.0", "ana,bob", PERSON),
    promotion(f"{APPROVAL}.approvers.users.0", "ana\t", PERSON),
    promotion(f"{APPROVAL}.approvers.users.0", "", "should be at least 1 chars long"),
    promotion(f"{APPROVAL}.approvers.users", [f"u{n}" for n in range(21)], "must have at most 20 items"),
    promotion(f"{APPROVAL}.approvers.roles", [], "unknown field"),
    promotion(f"{APPROVAL}.notBy.0", "Author", 'supported values: "SourceModelCreator"'),
    promotion(f"{APPROVAL}.notBy.1", "SourceModelCreator", "must have at most 1 item", "spec.gates[8].approval.notBy"),
    promotion(f"{APPROVAL}.expiresAfter", "3 days", DURATION),
    promotion(f"{WINDOW}.timezone", GONE, "Required value"),
    promotion(f"{WINDOW}.timezone", "", "should be at least 1 chars long"),
    promotion(f"{WINDOW}.timezone", "Central European Time", ZONE),
    promotion(f"{WINDOW}.timezone", "../../etc/localtime", ZONE),
    promotion(f"{WINDOW}.allow.0.schedule", GONE, "Required value"),
    promotion(f"{WINDOW}.allow.0.schedule", "@daily", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 9 * *", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 0 9 * * 1", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0  9 * * 1", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "60 9 * * 1", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 24 * * 1", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 9 32 * *", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 9 * 13 *", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 9 * * 8", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 9 * * Mon-Fri", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0 9/2 * * *", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "*/0 * * * *", CRON),
    promotion(f"{WINDOW}.allow.0.schedule", "0," * 57 + "0 9 * * *", "may not be more than 120"),
    promotion(f"{WINDOW}.allow.0.duration", GONE, "Required value"),
    promotion(f"{WINDOW}.allow.0.duration", "7 h", DURATION),
    promotion(f"{WINDOW}.allow.1.schedule", "0 9 * * MON-THU", "Duplicate value"),
    promotion(
        f"{WINDOW}.allow",
        [{"schedule": f"{n} 9 * * *", "duration": "1h"} for n in range(21)],
        "must have at most 20 items",
    ),
    promotion(f"{WINDOW}.deny.0.from", GONE, "Required value"),
    promotion(f"{WINDOW}.deny.0.from", "2026-12-18", LOCAL),
    promotion(f"{WINDOW}.deny.0.from", "2026-12-18T00:00:00Z", LOCAL),
    promotion(f"{WINDOW}.deny.0.from", "2026-12-18T00:00:00+01:00", LOCAL),
    promotion(f"{WINDOW}.deny.0.from", "2026-12-18 00:00:00", LOCAL),
    promotion(f"{WINDOW}.deny.0.from", "2026-11-31T00:00:00", LOCAL),
    promotion(f"{WINDOW}.deny.0.from", "2026-02-29T00:00:00", LOCAL),
    promotion(f"{WINDOW}.deny.0.from", "2026-13-01T00:00:00", LOCAL),
    promotion(f"{WINDOW}.deny.0.from", "1926-12-18T00:00:00", LOCAL),
    promotion(f"{WINDOW}.deny.0.to", GONE, "Required value"),
    promotion(f"{WINDOW}.deny.0.to", "2026-12-18T24:00:00", LOCAL),
    promotion(f"{WINDOW}.deny.0.to", "2026-01-04T00:00:00", "to must be after from"),
    promotion(f"{WINDOW}.deny.0.to", "2026-12-18T00:00:00", "to must be after from"),
    promotion(f"{WINDOW}.deny.0.reason", "", "should be at least 1 chars long"),
    promotion(f"{WINDOW}.deny.0.reason", "x" * 201, "may not be more than 200"),
    promotion(
        f"{WINDOW}.deny.1",
        {"from": "2026-12-18T00:00:00", "to": "2026-12-19T00:00:00"},
        "Duplicate value",
        "spec.gates[9].window.deny[1].from",
    ),
    promotion(
        f"{WINDOW}.deny",
        [{"from": f"20{n}-01-01T00:00:00", "to": f"20{n}-01-02T00:00:00"} for n in range(20, 71)],
        "must have at most 50 items",
    ),
    promotion(f"{ALIAS}.alias", GONE, "Required value"),
    promotion(f"{ALIAS}.alias", "Champion", "must be lower-case letters, digits, _ and -"),
    promotion(f"{ALIAS}.alias", "latest", RESERVED),
    promotion(f"{ALIAS}.soak", "24", DURATION),
)
