"""What the guard of an MLWorkspace may not say. What its gates may not say is in the table of gates."""

from collections.abc import Iterator

from api.gates import GATES
from api.manifests import GONE
from api.refusal import DURATION, OBJECT, Refusal, workspace

GUARD = "promotions"
PATTERN = "must be catalog.schema.model in lower case, in which * stands for any text within one name"
KEYS = "keys of jobs must be letters, digits and - within, at most 63"
ONE = "give exactly one of: name, id"


def _members() -> Iterator[Refusal]:
    """A demand for approvals that has the member of another type."""
    for gate in GATES:
        for member in gate.keys() - {"name", "type", "mode", "approval"}:
            words = f"{member} may be given for type {gate['type']} only"
            yield workspace(f"{GUARD}.requireGates.0.{member}", gate[member], words)


GUARD_REFUSALS = (
    workspace(f"{GUARD}.targets.0", "*", PATTERN),
    workspace(f"{GUARD}.targets.0", "prod.churn", PATTERN),
    workspace(f"{GUARD}.targets.0", "prod.churn.*.*", PATTERN),
    workspace(f"{GUARD}.targets.0", "Prod.churn.*", PATTERN),
    workspace(f"{GUARD}.targets.0", "prod.churn.model_?", PATTERN),
    workspace(f"{GUARD}.targets.0", "", "should be at least 1 chars long"),
    workspace(f"{GUARD}.targets.1", "prod.churn.*", "Duplicate value"),
    workspace(f"{GUARD}.targets", [f"a.b.c{n}" for n in range(101)], "must have at most 100 items"),
    workspace(f"{GUARD}.aliases.champion", "latest", "must not be latest"),
    workspace(f"{GUARD}.aliases.previous", "Before", "must be lower-case letters"),
    workspace(f"{GUARD}.grantable.0", "execute", "must be upper-case letters and _"),
    workspace(f"{GUARD}.grantable.1", "EXECUTE", "Duplicate value"),
    workspace(
        f"{GUARD}.requireGates.0.name", "policy", "must not be the name of a gate that a promotion has by itself"
    ),
    workspace(f"{GUARD}.requireGates.0.name", GONE, "Required value"),
    workspace(
        f"{GUARD}.requireGates.0.name", "dependsOn", "must not be the name of a gate that a promotion has by itself"
    ),
    workspace(f"{GUARD}.requireGates.0.name", "registered", "Duplicate value", f"spec.{GUARD}.requireGates[1].name"),
    workspace(f"{GUARD}.requireGates.0.type", GONE, "Required value"),
    workspace(f"{GUARD}.requireGates.0.type", "Vulnerabilities", 'supported values: "Ready", "Metric"'),
    workspace(
        f"{GUARD}.requireGates", [{"name": f"g{n}", "type": "Ready"} for n in range(21)], "must have at most 20 items"
    ),
    workspace(
        f"{GUARD}.requireGates.0",
        {"name": "r", "type": "Ready", "approval": {}},
        "approval may be given for type Approval only",
        f"spec.{GUARD}.requireGates[0].approval",
    ),
    *_members(),
    workspace(f"{GUARD}.bypassable.0", "Ready", "Ready and Digest can never be bypassed", f"spec.{GUARD}.bypassable"),
    workspace(f"{GUARD}.bypassable.0", "Digest", "Ready and Digest can never be bypassed", f"spec.{GUARD}.bypassable"),
    workspace(f"{GUARD}.bypassable.0", "dependsOn", 'supported values: "Ready", "Metric"'),
    workspace(f"{GUARD}.bypassable.1", "Window", "Duplicate value"),
    workspace(f"{GUARD}.skippableOnRollback", ["Ready"], "Ready and Digest can never be skipped"),
    workspace(f"{GUARD}.skippableOnRollback", ["Job", "Digest"], "Ready and Digest can never be skipped"),
    workspace(f"{GUARD}.skippableOnRollback.0", "All", 'supported values: "Ready", "Metric"'),
    workspace(f"{GUARD}.skippableOnRollback.1", "Metric", "Duplicate value"),
    workspace(f"{GUARD}.allowDelete", "yes", "must be of type boolean"),
    workspace(f"{GUARD}.retention.keepLast", 0, "should be greater than or equal to 1"),
    workspace(f"{GUARD}.retention.keepLast", 101, "should be less than or equal to 100"),
    workspace(f"{GUARD}.retention.keepFor", "forever", DURATION),
    workspace(f"{GUARD}.retention.action", "Tag", "unknown field"),
    workspace(f"{GUARD}.servedIn.0", "Prod", OBJECT),
    workspace(f"{GUARD}.servedIn.1", "prod", "Duplicate value"),
    workspace(f"{GUARD}.servedIn", [f"w{n}" for n in range(51)], "must have at most 50 items"),
    workspace(f"{GUARD}.trustedSources.0", "team/staging", OBJECT),
    workspace(f"{GUARD}.trustedSources.1", "staging", "Duplicate value"),
    workspace(f"{GUARD}.trustedSources", [f"w{n}" for n in range(51)], "must have at most 50 items"),
    workspace(f"{GUARD}.jobs", [], "must be of type object"),
    workspace(f"{GUARD}.jobs", {"validate churn": {"id": 1}}, KEYS),
    workspace(f"{GUARD}.jobs", {"": {"id": 1}}, KEYS),
    workspace(f"{GUARD}.jobs", {"k" * 64: {"id": 1}}, KEYS),
    workspace(f"{GUARD}.jobs", {f"j{n}": {"id": 1} for n in range(51)}, "must have at most 50 items"),
    workspace(f"{GUARD}.jobs.copy", "lakeward-copy", "must be of type object"),
    workspace(f"{GUARD}.jobs.copy", {}, ONE),
    workspace(f"{GUARD}.jobs.copy", {"name": "lakeward-copy", "id": 1}, ONE),
    workspace(f"{GUARD}.jobs.copy.name", "", "should be at least 1 chars long"),
    workspace(f"{GUARD}.jobs.copy.name", " lakeward-copy", "must be the name of a job, not led by a blank"),
    workspace(f"{GUARD}.jobs.copy.workspaceRef", {}, "unknown field"),
    workspace(f"{GUARD}.jobs.validate-churn.id", 0, "should be greater than or equal to 1"),
    workspace(f"{GUARD}.jobs.validate-churn.id", "88112233", "must be of type integer"),
    workspace(f"{GUARD}.jobs.validate-churn.id", 2**53, "should be less than or equal to 9007199254740991"),
)
