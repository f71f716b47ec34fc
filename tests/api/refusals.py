"""What a manifest may not say: one table for the models and for the API server, which must refuse the same."""

from typing import Any, NamedTuple

from api.manifests import APPROVAL, GONE, PROMOTION, SMALLEST_APPROVAL, WORKSPACE, Body, Path, changed


class Refusal(NamedTuple):
    """A change of a good manifest, the field that both must name, and the words that the API server says about it."""

    base: Body
    path: Path
    value: Any
    field: str
    words: str

    @property
    def manifest(self) -> Body:
        return changed(self.base, self.path, self.value)

    def __str__(self) -> str:
        return f"{self.base['kind']}.{'.'.join(str(step) for step in self.path)}={self._shown()}"

    def _shown(self) -> str:
        return "GONE" if self.value is GONE else str(self.value)[:40]


def _workspace(path: str, value: object, words: str, field: str | None = None) -> Refusal:
    return _refusal(WORKSPACE, path, value, words, field)


def _promotion(path: str, value: object, words: str, field: str | None = None) -> Refusal:
    return _refusal(PROMOTION, path, value, words, field)


def _approval(path: str, value: object, words: str, field: str | None = None) -> Refusal:
    return _refusal(APPROVAL, path, value, words, field)


def _refusal(base: Body, path: str, value: object, words: str, field: str | None) -> Refusal:
    steps = tuple(int(step) if step.isdigit() else step for step in path.split("."))
    return Refusal(base, steps, value, field or "spec" + "".join(_shown(step) for step in steps), words)


def _shown(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"


CATALOG = "unityCatalog.catalogs.0"
METRIC = "gates.1.metric"
NETWORK = "spec.azure.network"
SUBNETS = "azure.network.subnets"
INSIDE = f"spec.{SUBNETS}"
LOWER = "because Unity Catalog lower-cases names"
DECIMAL = 'must be a decimal number in quotes, for example "0.82"'
DURATION = "must be a number and one of s, m, h, d, for example 30m"
HOST = "must be https://HOST"

WORKSPACE_REFUSALS = (
    _workspace("environment", GONE, "Required value"),
    _workspace("environment", "staging", 'supported values: "dev", "test", "prod"'),
    _workspace("environment", None, "Required value"),
    _workspace("suspend", "yes", "must be of type boolean"),
    _workspace("suspend", 1, "must be of type boolean"),
    _workspace("mode", "Apply", 'supported values: "Reconcile", "Plan", "Observe"'),
    _workspace("adoptionPolicy", "Force", 'supported values: "OwnedOnly", "Adopt"'),
    _workspace("deletionPolicy", "Orphan", 'supported values: "Retain", "Delete"'),
    _workspace("credentials", GONE, "Required value"),
    _workspace("credentials", {}, "give exactly one of: token", "spec.credentials.token"),
    _workspace("credentials.token", "dapi-in-the-wrong-place", "must be of type object"),
    _workspace("credentials.token.secretRef", GONE, "Required value"),
    _workspace("credentials.token.secretRef.name", "Not_A_Name", "must be the name of an object in this namespace"),
    _workspace("credentials.token.secretRef.namespace", "other", "unknown field"),
    _workspace("credentials.token.databricksKey", "a/b", "must be letters, digits, -, _ and ."),
    _workspace("credentials.workloadIdentity", {}, "unknown field"),
    _workspace("databricks", GONE, "Required value"),
    _workspace("databricks", {}, "Required value", "spec.databricks.host"),
    _workspace("databricks.host", "", "should be at least 1 chars long"),
    _workspace("databricks.host", "https://a.example/", HOST),
    _workspace("databricks.host", "https://a.example/api?x=1", HOST),
    _workspace("databricks.host", "https://ana:secret@a.example", HOST),
    _workspace("databricks.host", "https://A.example", HOST),
    _workspace("databricks.host", "http://a.example:80", HOST),
    _workspace("databricks.host", "http://127.0.0.1", HOST),
    _workspace("databricks.host", "http://127.0.0.1.evil.example:80", HOST),
    _workspace("databricks.host", "http://localhost:080", HOST),
    _workspace("databricks.host", "a.example", HOST),
    _workspace("databricks.host", "https://a.example\n", HOST),
    _workspace("databricks.host", "https://" + "a" * 280, "may not be more than 280"),
    _workspace("databricks.accountId", "x", "unknown field"),
    _workspace("credentials.token.azureKey", "a/b", "must be letters, digits, -, _ and ."),
    _workspace("endpoints.azureResourceManager", "management.azure.com", HOST),
    _workspace("endpoints.databricksAccount", "https://accounts.azuredatabricks.net", "unknown field"),
    _workspace("azure", {}, "Required value", "spec.azure.subscriptionId"),
    _workspace("azure.subscriptionId", "6A1F0C52-7D34-4C1E-9A60-5B2E7C0D4F11", "must be the id of a subscription"),
    _workspace("azure.location", "East US 2", "must be the short name of a region"),
    _workspace("azure.tags", {"a/b": "x"}, "names of tags must be letters"),
    _workspace("azure.tags", {"Lakeward_owner": "me"}, "are Lakeward's own"),
    _workspace("azure.tags", {f"t{n}": "x" for n in range(41)}, "must have at most 40 items"),
    _workspace("azure.resourceGroup.name", "ends.", "must be letters, digits, _ ( ) - and inner periods"),
    _workspace("azure.network.name", "-vnet", "must begin with a letter or digit"),
    _workspace("azure.network.addressSpace", [], "should have at least 1 items"),
    _workspace("azure.network.addressSpace.0", "10.0.0.1/16", "must be an IPv4 network", f"{NETWORK}.addressSpace[0]"),
    _workspace(
        "azure.network.addressSpace.0", "2001:db8::/32", "must be an IPv4 network", f"{NETWORK}.addressSpace[0]"
    ),
    _workspace("azure.network.addressSpace.1", "10.0.0.0/16", "Duplicate value"),
    _workspace(f"{SUBNETS}.public.addressPrefix", "10.0.1.0", "must be an IPv4 network"),
    _workspace(f"{SUBNETS}.public.addressPrefix", "10.1.1.0/24", "must lie in the network's addressSpace", INSIDE),
    _workspace(f"{SUBNETS}.private.addressPrefix", "10.0.1.128/25", "two subnets overlap", INSIDE),
    _workspace(f"{SUBNETS}.private.name", "Public-Subnet", "two subnets have the same name", INSIDE),
    _workspace(f"{SUBNETS}.gateway", {}, "unknown field"),
    _workspace("grants.0.securable.type", "Table", 'supported values: "Catalog", "Schema", "Model"'),
    _workspace("grants.0.securable.name", "ml_prod_catalog", "as securable.type says"),
    _workspace("grants.0.securable.name", "ML_Prod.raw", "must be one to three lower-case names"),
    _workspace("grants.0.principal", "a;b", "must be the name of a user, group or service principal"),
    _workspace("grants.0.privileges", [], "should have at least 1 items"),
    _workspace("grants.0.privileges.0", "use schema", "must be upper-case letters and _"),
    _workspace("grants.0.privileges.1", "USE_SCHEMA", "Duplicate value"),
    _workspace("grants.1.name", "engineers-read", "Duplicate value"),
    _workspace(f"{CATALOG}.name", GONE, "Required value"),
    _workspace(f"{CATALOG}.name", "ML_Prod", LOWER),
    _workspace(f"{CATALOG}.name", "a.b", LOWER),
    _workspace(f"{CATALOG}.name", "a`b", LOWER),
    _workspace(f"{CATALOG}.name", "-a", LOWER),
    _workspace(f"{CATALOG}.name", "a" * 256, "may not be more than 255"),
    _workspace(f"{CATALOG}.comment", "x" * 1025, "may not be more than 1024"),
    _workspace(f"{CATALOG}.grants", [], "unknown field"),
    _workspace("unityCatalog.catalogs.1.name", "ml_prod_catalog", "Duplicate value"),
    _workspace("unityCatalog.catalogs", [{"name": f"c{n}"} for n in range(51)], "must have at most 50 items"),
    _workspace("unityCatalog.catalogs", {"a": {}}, "unknown field"),
    _workspace(f"{CATALOG}.schemas.0", "raw", "must be of type object"),
    _workspace(f"{CATALOG}.schemas.0.name", "Raw", LOWER),
    _workspace(f"{CATALOG}.schemas.1.name", "raw", "Duplicate value"),
    _workspace(f"{CATALOG}.schemas", [{"name": f"s{n}"} for n in range(201)], "must have at most 200 items"),
    _workspace("modelRegistry.catalog", GONE, "Required value"),
    _workspace("modelRegistry.catalog", "Models", LOWER),
    _workspace("modelRegistry.createCatalog", "true", "must be of type boolean"),
    _workspace("modelRegistry.schemas.0.name", "dev models", LOWER),
    _workspace(
        "modelRegistry.schemas.1",
        {"name": "production_models"},
        "Duplicate value",
        "spec.modelRegistry.schemas[1].name",
    ),
    _workspace("modelRegistry.schemas.0.retention", "1y", DURATION),
    _workspace("modelRegistry.schemas.0.retention", 365, "must be of type string"),
    _workspace("modelRegistry.schemas", [{"name": f"s{n}"} for n in range(201)], "must have at most 200 items"),
    _workspace("mlflow.experiments.0.path", "Shared/x", "must be an absolute workspace path"),
    _workspace("mlflow.experiments.0.path", "/Shared/../x", "must be an absolute workspace path"),
    _workspace("mlflow.experiments.0.path", "/Shared/x/", "must be an absolute workspace path"),
    _workspace("mlflow.experiments.0.path", "/Shared/x ", "must be an absolute workspace path"),
    _workspace("mlflow.experiments.0.path", GONE, "Required value"),
    _workspace("mlflow.experiments.0.path", "/" + "a" * 500, "may not be more than 500"),
    _workspace("mlflow.experiments.1.path", "/Shared/ml_experiments/prod", "Duplicate value"),
    _workspace("mlflow.experiments.0.artifactLocation", "/mlruns", "must be an abfss:, dbfs:, s3: or gs: location"),
    _workspace(
        "mlflow.experiments.0.artifactLocation", "file:/mlruns", "must be an abfss:, dbfs:, s3: or gs: location"
    ),
    _workspace("mlflow.experiments", [{"path": f"/e{n}"} for n in range(201)], "must have at most 200 items"),
)

PROMOTION_REFUSALS = (
    _promotion("workspaceRef", GONE, "Required value"),
    _promotion("workspaceRef.name", "-prod", "must be the name of an object in this namespace"),
    _promotion("workspaceRef.namespace", "other", "unknown field"),
    _promotion("suspend", "no", "must be of type boolean"),
    _promotion("mode", "plan", 'supported values: "Reconcile", "Plan", "Observe"'),
    _promotion("source", GONE, "Required value"),
    _promotion("source.version", GONE, "Required value"),
    _promotion("source.version", "champion", "must be of type integer"),
    _promotion("source.version", "latest", "must be of type integer"),
    _promotion("source.version", "17", "must be of type integer"),
    _promotion("source.version", 1.5, "must be of type integer"),
    _promotion("source.version", True, "must be of type int"),
    _promotion("source.version", 0, "should be greater than or equal to 1"),
    _promotion("source.version", -3, "should be greater than or equal to 1"),
    _promotion("source.version", 2**31, "should be less than or equal to 2147483647"),
    _promotion("source.alias", "champion", "unknown field"),
    _promotion("source.model", "staging.classifier", "must be catalog.schema.model in lower case"),
    _promotion("source.model", "staging.churn.Classifier", "must be catalog.schema.model in lower case"),
    _promotion("source.model", "staging.churn.a/b", "must be catalog.schema.model in lower case"),
    _promotion("source.model", "a.b", "should be at least 5 chars long"),
    _promotion("source.workspaceRef", {}, "Required value", "spec.source.workspaceRef.name"),
    _promotion("target", GONE, "Required value"),
    _promotion("target.model", GONE, "Required value"),
    _promotion("target.model", "prod.churn.classifier.x", "must be catalog.schema.model in lower case"),
    _promotion("target.createIfMissing", "true", "must be of type boolean"),
    _promotion("dependsOn.0", "churn-staging", "must be of type object"),
    _promotion("dependsOn.0.name", "churn_staging", "must be the name of an object in this namespace"),
    _promotion("dependsOn.1", {"name": "churn-staging"}, "Duplicate value", "spec.dependsOn[1].name"),
    _promotion("dependsOn", [{"name": f"p{n}"} for n in range(21)], "must have at most 20 items"),
    _promotion("gates", [{"name": f"g{n}", "type": "Ready"} for n in range(21)], "must have at most 20 items"),
    _promotion("gates.0.name", GONE, "Required value"),
    _promotion("gates.0.name", "dependsOn", "dependsOn is the name of the gate that spec.dependsOn makes"),
    _promotion("gates.0.name", "no blanks", "must be letters, digits and - within"),
    _promotion("gates.0.name", "quality", "Duplicate value", "spec.gates[1].name"),
    _promotion("gates.0.type", GONE, "Required value"),
    _promotion("gates.0.type", "Approval", 'supported values: "Ready", "Metric", "Tag", "Digest"'),
    _promotion(
        "gates.0.type", "Metric", "metric must be given for type Metric, and only for it", "spec.gates[0].metric"
    ),
    _promotion(
        "gates.1.type", "Ready", "metric must be given for type Metric, and only for it", "spec.gates[1].metric"
    ),
    _promotion(METRIC, GONE, "metric must be given for type Metric, and only for it"),
    _promotion("gates.0.mode", "Ignore", 'supported values: "Enforce", "Warn"'),
    _promotion("gates.0.tag", {}, "Required value", "spec.gates[0].tag.from"),
    _promotion("gates.3.tag", GONE, "tag must be given for type Tag, and only for it"),
    _promotion("gates.3.tag.from", "Target", 'supported values: "Source"'),
    _promotion("gates.3.tag.key", "validation-status", "which Unity Catalog refuses in keys of tags"),
    _promotion("gates.3.tag.in", [], "should have at least 1 items"),
    _promotion("gates.3.tag.in.1", "passed", "Duplicate value"),
    _promotion("gates.4.digest.verifyCopy", "yes", "must be of type boolean"),
    _promotion("source.digest", "sha256:6b0f", "should be at least 71 chars long"),
    _promotion("source.digest", "sha256:" + "G" * 64, "must be sha256: and 64 hexadecimal digits"),
    _promotion("switch.driftPolicy", "Ignore", 'supported values: "Revert", "Hold", "Report"'),
    _promotion("rollback.window", 11, "should be less than or equal to 10"),
    _promotion(f"{METRIC}.from", GONE, "Required value"),
    _promotion(f"{METRIC}.from", "Experiment", 'supported values: "ModelVersion", "Run"'),
    _promotion(f"{METRIC}.metric", GONE, "Required value"),
    _promotion(f"{METRIC}.metric", "f1;drop", "must be the name of an MLflow metric"),
    _promotion(f"{METRIC}.dataset", "", "should be at least 1 chars long"),
    _promotion(f"{METRIC}.min", 0.82, "must be of type string"),
    _promotion(f"{METRIC}.min", "82 %", DECIMAL),
    _promotion(f"{METRIC}.min", "NaN", DECIMAL),
    _promotion(f"{METRIC}.min", "1e-3", DECIMAL),
    _promotion(f"{METRIC}.max", ".5", DECIMAL),
    _promotion(f"{METRIC}.max", "0.5", "max must not be below min"),
    _promotion(f"{METRIC}.vsChampion", {}, "give at least one of: minAbsoluteChange"),
    _promotion(f"{METRIC}.vsChampion.minAbsoluteChange", "a lot", DECIMAL),
    _promotion(f"{METRIC}.vsChampion.minRelativeChange", "5%", DECIMAL),
    _promotion(f"{METRIC}.vsChampion.maxAbsoluteIncrease", "+1", DECIMAL),
    _promotion(f"{METRIC}.vsChampion.maxRelativeIncrease", "1/2", DECIMAL),
    _promotion(f"{METRIC}.vsChampion.onNoChampion", "Skip", 'supported values: "Pass", "Fail"'),
    _promotion(f"{METRIC}.vsChampion.onMissing", "Skip", 'supported values: "Pass", "Fail"'),
    _promotion(METRIC, {"from": "Run", "metric": "f1"}, "give at least one of: min, max, vsChampion"),
    _promotion("gatePolicy.retryInterval", "5 min", DURATION),
    _promotion("gatePolicy.retryInterval", "0m", DURATION),
    _promotion("gatePolicy.pendingDeadline", "1h30m", DURATION),
    _promotion("copy.timeout", "1H", DURATION),
    _promotion("copy.executor", "InProcess", "unknown field"),
    _promotion("switch.aliases.champion", "latest", "must not be latest nor v and a number"),
    _promotion("switch.aliases.champion", "v17", "must not be latest nor v and a number"),
    _promotion("switch.aliases.previous", "Previous", "must be lower-case letters, digits, _ and -"),
    _promotion("switch.aliases.previous", "latest", "must not be latest nor v and a number"),
    _promotion("switch.aliases.previous", "champion", "champion and previous must be different aliases"),
    _promotion(
        "switch.aliases",
        {"champion": "previous"},
        "champion and previous must be different aliases",
        "spec.switch.aliases.previous",
    ),
    _promotion(
        "switch.aliases",
        {"previous": "champion"},
        "champion and previous must be different aliases",
        "spec.switch.aliases.previous",
    ),
    _promotion("provenance.tags", "all", "must be of type boolean"),
    _promotion("deletionPolicy", "Delete", 'supported values: "Retain"'),
)

ATTEMPT = "attempt must be given with decision Bypass, and only with it"

APPROVAL_REFUSALS = (
    _approval("promotionRef", GONE, "Required value"),
    _approval("promotionRef.name", "Churn", "must be the name of an object in this namespace"),
    _approval("promotionRef.namespace", "other", "unknown field"),
    _approval("promotionRef.uid", GONE, "Required value"),
    _approval("promotionRef.uid", "a b", "must be the uid of an object"),
    _approval("gate", GONE, "Required value"),
    _approval("gate", "risk signoff", "must be letters, digits and - within"),
    _approval("subject", GONE, "Required value"),
    _approval("subject", "sha256:9f3c2a1b", "should be at least 71 chars long"),
    _approval("subject", "sha256:" + "9F" * 32, "must be sha256: and 64 hexadecimal digits"),
    _approval("decision", GONE, "Required value"),
    _approval("decision", "Skip", 'supported values: "Approve", "Reject", "Bypass"'),
    _approval("decision", "Approve", ATTEMPT, "spec.attempt"),
    _approval("decision", "Reject", ATTEMPT, "spec.attempt"),
    _approval("attempt", GONE, ATTEMPT),
    _approval("attempt", "", "should be at least 1 chars long"),
    _approval("attempt", "g7 9f", "must be letters, digits and - within"),
    _refusal(SMALLEST_APPROVAL, "attempt", "g7-9f3c2a1b", ATTEMPT, None),
    _approval("reason", GONE, "Required value"),
    _approval("reason", "", "should be at least 1 chars long"),
    _approval("reason", "x" * 1025, "may not be more than 1024"),
    _approval("approver", GONE, "Required value"),
    _approval("approver.username", GONE, "Required value"),
    _approval("approver.username", "", "should be at least 1 chars long"),
    _approval("approver.username", "bob, eve", "must be a name that the API server knows"),
    _approval("approver.username", "b" * 254, "may not be more than 253"),
    _approval("approver.groups.1", "model-risk", "Duplicate value"),
    _approval("approver.groups.1", "", "should be at least 1 chars long"),
    _approval("approver.groups", [f"g{n}" for n in range(21)], "must have at most 20 items"),
    _approval("approver.serviceAccount", "x", "unknown field"),
    _approval("suspend", False, "unknown field"),
    _approval("mode", "Plan", "unknown field"),
)

REFUSALS = (*WORKSPACE_REFUSALS, *PROMOTION_REFUSALS, *APPROVAL_REFUSALS)
