"""Every type of external object by its kind: what an address in an inventory is turned back into a resource with."""

from collections.abc import Mapping
from typing import Any

from lakeward.engine.resource import Resource
from lakeward.providers.azure.resource_group import ResourceGroup
from lakeward.providers.azure.subnet import Subnet
from lakeward.providers.azure.virtual_network import VirtualNetwork
from lakeward.providers.databricks.added_grants import AddedGrants
from lakeward.providers.databricks.catalog import Catalog
from lakeward.providers.databricks.grants import Grants
from lakeward.providers.databricks.job_run import JobRun
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_claim import ModelClaim
from lakeward.providers.databricks.model_tags import ModelTags
from lakeward.providers.databricks.model_version import ModelVersion
from lakeward.providers.databricks.registered_model import RegisteredModel
from lakeward.providers.databricks.released_alias import ReleasedAlias
from lakeward.providers.databricks.retired_version import RetiredVersion
from lakeward.providers.databricks.schema import Schema
from lakeward.providers.databricks.version_tags import VersionTags
from lakeward.providers.mlflow.experiment import Experiment

_ALL: tuple[type[Resource[Any]], ...] = (
    Catalog,
    Schema,
    Grants,
    RegisteredModel,
    ModelVersion,
    ModelAlias,
    ReleasedAlias,
    ModelClaim,
    ModelTags,
    VersionTags,
    RetiredVersion,
    AddedGrants,
    JobRun,
    Experiment,
    ResourceGroup,
    VirtualNetwork,
    Subnet,
)

TYPES: Mapping[str, type[Resource[Any]]] = {type_.kind: type_ for type_ in _ALL}
