"""What an MLWorkspace's spec asks for, as resources with the field of the spec that asked. Pure."""

from collections.abc import Iterator
from typing import Any

from lakeward.api import azure as api
from lakeward.api.common import format_duration
from lakeward.api.mlworkspace import MLWorkspaceSpec, ModelRegistry
from lakeward.engine.resource import Resource
from lakeward.providers.azure.resource_group import ResourceGroup
from lakeward.providers.azure.subnet import Subnet
from lakeward.providers.azure.virtual_network import VirtualNetwork
from lakeward.providers.databricks.catalog import Catalog
from lakeward.providers.databricks.schema import Schema
from lakeward.providers.mlflow.experiment import Experiment

RETENTION = "lakeward_retention"
DELEGATION = "Microsoft.Databricks/workspaces"

Asked = Iterator[tuple[str, Resource[Any]]]


def resources(spec: MLWorkspaceSpec) -> Asked:
    """All but the grants."""
    if spec.azure:
        yield from _azure(spec.azure)
    if spec.unity_catalog:
        for catalog in spec.unity_catalog.catalogs:
            field = f"spec.unityCatalog.catalogs[{catalog.name}]"
            yield field, Catalog(name=catalog.name, comment=catalog.comment)
            for schema in catalog.schemas:
                place = f"{field}.schemas[{schema.name}]"
                yield place, Schema(catalog=catalog.name, name=schema.name, comment=schema.comment)
    if spec.model_registry:
        yield from _registry(spec.model_registry)
    if spec.mlflow:
        for experiment in spec.mlflow.experiments:
            made = Experiment(path=experiment.path, artifact_location=experiment.artifact_location, active=True)
            yield f"spec.mlflow.experiments[{experiment.path}]", made


def _azure(azure: api.Azure) -> Asked:
    group = azure.resource_group.name
    made = ResourceGroup(name=group, location=azure.location, tags=azure.tags)
    yield "spec.azure.resourceGroup", made
    if azure.network:
        yield from _network(azure, azure.network, group)


def _network(azure: api.Azure, network: api.Network, group: str) -> Asked:
    yield (
        "spec.azure.network",
        VirtualNetwork(
            group=group,
            name=network.name,
            location=azure.location,
            address_space=tuple(network.address_space),
            tags=azure.tags,
        ),
    )
    subnets = network.subnets
    for field, wanted, delegation, policies in (
        ("public", subnets.public, DELEGATION, None),
        ("private", subnets.private, DELEGATION, None),
        ("privateEndpoints", subnets.private_endpoints, "", "Disabled"),
    ):
        if wanted is not None:
            yield f"spec.azure.network.subnets.{field}", _subnet(group, network.name, wanted, delegation, policies)


def _subnet(group: str, network: str, wanted: api.Subnet, delegation: str, policies: str | None) -> Resource[Any]:
    return Subnet(
        group=group,
        network=network,
        name=wanted.name,
        address_prefix=wanted.address_prefix,
        delegation=delegation,
        private_endpoint_policies=policies,
    )


def _registry(registry: ModelRegistry) -> Asked:
    if registry.create_catalog:
        yield "spec.modelRegistry.catalog", Catalog(name=registry.catalog)
    for entry in registry.schemas:
        kept = {RETENTION: format_duration(entry.retention)} if entry.retention else {}
        shelf = Schema(catalog=registry.catalog, name=entry.name, comment=entry.comment, properties=kept)
        yield f"spec.modelRegistry.schemas[{entry.name}]", shelf
