"""MLWorkspace: one environment on Databricks. Source of its CRD; knows no client, and never a secret's value."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lakeward.api.azure import Azure
from lakeward.api.common import (
    AGE,
    READY,
    Api,
    Boolean,
    Column,
    Comment,
    Duration,
    KindInfo,
    Label,
    SecretKey,
    SecretRef,
    Spec,
    Status,
    UnityName,
)
from lakeward.api.names import Principal, PrivilegeName, SecurableName
from lakeward.api.promotions import Promotions
from lakeward.api.schema import ListMap, ListSet, Rule, exactly_one, immutable, matches

_HOST = "[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
_PORT = ":[1-9][0-9]{0,4}"
_URL = rf"https://{_HOST}({_PORT})?|http://(127\.0\.0\.1|localhost){_PORT}"
_SEGMENT = "[A-Za-z0-9_]([A-Za-z0-9._@+= -]*[A-Za-z0-9._@+=-])?"

Host = Annotated[
    str,
    Field(min_length=1, max_length=280),
    matches(
        _URL,
        "must be https://HOST or, on this machine, http://127.0.0.1:PORT or http://localhost:PORT: "
        "lower case, no path, no user, no slash at the end",
    ),
]
WorkspacePath = Annotated[
    str,
    Field(min_length=2, max_length=500),
    matches(f"(/{_SEGMENT})+", "must be an absolute workspace path, for example /Shared/ml_experiments/prod"),
]
ArtifactLocation = Annotated[
    str,
    Field(min_length=1, max_length=1024),
    matches("(abfss|dbfs|s3|gs):/[A-Za-z0-9._~@:/+=-]+", "must be an abfss:, dbfs:, s3: or gs: location"),
]


class Environment(StrEnum):
    """Which environment of a team this is."""

    DEV = "dev"
    TEST = "test"
    PROD = "prod"


class AdoptionPolicy(StrEnum):
    """What to do with an external object that exists and is not ours."""

    OWNED_ONLY = "OwnedOnly"
    ADOPT = "Adopt"


class DeletionPolicy(StrEnum):
    """What happens to data when its entry, or the object, goes."""

    RETAIN = "Retain"
    DELETE = "Delete"


class TokenCredentials(Api):
    """A bearer token in a Secret, for sandboxes and small set-ups."""

    secret_ref: SecretRef
    """The Secret that holds the token, in this namespace."""
    databricks_key: SecretKey = "databricks"
    """Key in the Secret whose value is the Databricks token; default databricks."""
    azure_key: SecretKey = "azure"
    """Key in the Secret whose value is the bearer token for Azure; default azure, read only with spec.azure."""


class Credentials(Api):
    """How the operator logs in: exactly one member."""

    rules = (exactly_one("token"),)

    token: TokenCredentials | None = None
    """A bearer token in a Secret, for sandboxes and small set-ups."""


class Databricks(Api):
    """Where the workspace is."""

    host: Annotated[Host, immutable("databricks.host is immutable: make another MLWorkspace for another workspace")]
    """URL of the workspace, for example https://adb-7405.5.azuredatabricks.net, without a path."""


class Schema(Api):
    """A schema of a catalog."""

    name: UnityName
    """Name of the schema, lower-case."""
    comment: Comment | None = None
    """Comment on the schema; left out means unmanaged."""


class Catalog(Api):
    """A catalog with its schemas."""

    name: UnityName
    """Name of the catalog, lower-case."""
    comment: Comment | None = None
    """Comment on the catalog; left out means unmanaged."""
    schemas: Annotated[tuple[Schema, ...], Field(max_length=200), ListMap("name")] = ()
    """Schemas of the catalog; others in it are left alone."""


class UnityCatalog(Api):
    """Catalogs and schemas of this environment."""

    catalogs: Annotated[tuple[Catalog, ...], Field(max_length=50), ListMap("name")] = ()
    """Catalogs of this environment; others in the metastore are left alone."""


class RegistrySchema(Api):
    """A schema of the model registry."""

    name: UnityName
    """Name of the schema, lower-case."""
    comment: Comment | None = None
    """Comment on the schema; left out means unmanaged."""
    retention: Duration | None = None
    """How long versions are to be kept, for example 365d; written on the schema as a property."""


class ModelRegistry(Api):
    """The Unity Catalog catalog that holds registered models."""

    catalog: UnityName
    """Name of the catalog that holds the models, lower-case."""
    create_catalog: Boolean = False
    """Create and own the catalog; exactly one of the MLWorkspaces that share it says so."""
    schemas: Annotated[tuple[RegistrySchema, ...], Field(max_length=200), ListMap("name")] = ()
    """Schemas of the registry that this environment owns."""


class Experiment(Api):
    """An MLflow experiment."""

    path: WorkspacePath
    """Absolute workspace path, which is the experiment's name."""
    artifact_location: ArtifactLocation | None = None
    """Where its runs keep artifacts; fixed at creation, left out means the workspace's own."""


class MLflow(Api):
    """MLflow tracking in this workspace."""

    experiments: Annotated[tuple[Experiment, ...], Field(max_length=200), ListMap("path")] = ()
    """Experiments of this environment; others are left alone."""


class Endpoints(Api):
    """Addresses other than those of the public cloud."""

    azure_resource_manager: Host | None = None
    """URL of Azure Resource Manager, for a sandbox or a sovereign cloud; left out means https://management.azure.com."""


class SecurableType(StrEnum):
    """What a grant is about."""

    CATALOG = "Catalog"
    SCHEMA = "Schema"
    MODEL = "Model"

    @property
    def levels(self) -> int:
        """How many names its full name has."""
        return {"Catalog": 1, "Schema": 2, "Model": 3}[self.value]


class Securable(Api):
    """An object of Unity Catalog."""

    type: SecurableType
    """Catalog, Schema or Model."""
    name: SecurableName
    """Full name of the object, lower-case, for example ml_prod_catalog.models."""


class Grant(Api):
    """What one principal may do with one securable."""

    rules = (
        Rule(
            "self.securable.name.split('.').size() =="
            " (self.securable.type == 'Catalog' ? 1 : self.securable.type == 'Schema' ? 2 : 3)",
            "securable.name must be catalog, catalog.schema or catalog.schema.model, as securable.type says",
            lambda grant: len(grant.securable.name.split(".")) == grant.securable.type.levels,
            "securable.name",
        ),
    )

    name: Label
    """Name of this entry, unique in the list."""
    securable: Securable
    """What the grant is about."""
    principal: Principal
    """The user, group or service principal that is granted."""
    privileges: Annotated[tuple[PrivilegeName, ...], Field(min_length=1, max_length=50), ListSet()]
    """What it may do; a privilege that is newer than Lakeward is passed on as it is."""


class MLWorkspaceSpec(Spec):
    """What one environment should be."""

    environment: Environment
    """Which environment this is: dev, test or prod."""
    adoption_policy: AdoptionPolicy = AdoptionPolicy.OWNED_ONLY
    """OwnedOnly never changes an external object that we did not make; Adopt takes it over."""
    deletion_policy: DeletionPolicy = DeletionPolicy.RETAIN
    """Retain leaves data outside when its entry or this object goes; Delete removes it once confirmed."""
    credentials: Credentials
    """How the operator logs in: exactly one member."""
    endpoints: Endpoints = Endpoints()
    """Addresses other than those of the public cloud."""
    azure: Azure | None = None
    """Resource group and network on Azure; left out means that they are managed elsewhere."""
    databricks: Databricks
    """Where the workspace is."""
    unity_catalog: UnityCatalog | None = None
    """Catalogs and schemas of this environment."""
    model_registry: ModelRegistry | None = None
    """The catalog that holds registered models, and its schemas."""
    grants: Annotated[tuple[Grant, ...], Field(max_length=500), ListMap("name")] = ()
    """Who may do what: all there is on catalogs and schemas that this object owns, additions on others."""
    mlflow: MLflow | None = None
    """MLflow tracking in this workspace."""
    promotions: Promotions = Promotions()
    """What promotions through this MLWorkspace may do; no edit of a ModelPromotion gets past it."""


class MLWorkspaceSummary(Api):
    """Flat strings for the columns of kubectl get."""

    environment: str | None = None
    """Which environment this is."""
    host: str | None = None
    """Host name of the workspace."""
    resources: str | None = None
    """How many external objects are as declared, of how many."""
    drift: str | None = None
    """How many external objects differ from what is declared."""


class MLWorkspaceEndpoints(Api):
    """Addresses that the environment is reached at."""

    databricks: str | None = None
    """URL of the Databricks workspace."""


class MLWorkspaceStatus(Status):
    """What the operator last saw."""

    summary: MLWorkspaceSummary | None = None
    """Flat strings for the columns of kubectl get."""
    endpoints: MLWorkspaceEndpoints | None = None
    """Addresses that the environment is reached at."""


MLWORKSPACE = KindInfo(
    kind="MLWorkspace",
    plural="mlworkspaces",
    short="mlw",
    spec=MLWorkspaceSpec,
    status=MLWorkspaceStatus,
    columns=(
        Column("Env", ".spec.environment"),
        Column("Host", ".status.summary.host"),
        Column("Resources", ".status.summary.resources"),
        Column("Drift", ".status.summary.drift"),
        Column("Phase", ".status.phase"),
        Column("Ready", f"{READY}.status"),
        AGE,
        Column("Message", f"{READY}.message", priority=1),
    ),
    description="An MLWorkspace is one environment on Databricks: catalogs, schemas, model registry and experiments.",
)
