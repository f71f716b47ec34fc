"""All resource types that the local Azure serves. A new type is a file with its class, and a line here."""

from collections.abc import Mapping

from lakeward_sandbox.azure.errors import ArmError
from lakeward_sandbox.azure.groups import ResourceGroup
from lakeward_sandbox.azure.kind import ResourceType
from lakeward_sandbox.azure.networks import VirtualNetwork
from lakeward_sandbox.azure.subnets import Subnet

GROUP = ResourceGroup()
IN_GROUPS: tuple[ResourceType, ...] = (VirtualNetwork(), Subnet())

_BY_NAME: Mapping[str, ResourceType] = {kind.name.lower(): kind for kind in (GROUP, *IN_GROUPS)}
NAMESPACES: Mapping[str, str] = {kind.namespace.lower(): kind.namespace for kind in _BY_NAME.values()}


def namespace(written: str) -> str:
    """A provider's namespace in its own casing. Raises ArmError for another one."""
    known = NAMESPACES.get(written.lower())
    if known is None:
        raise ArmError(404, "InvalidResourceNamespace", f"The resource namespace '{written}' is invalid.")
    return known


def kind_of(written_namespace: str, short_name: str, api_version: str) -> ResourceType:
    """A type by its name, which the version must have. Raises ArmError."""
    known = namespace(written_namespace)
    kind = _BY_NAME.get(f"{known}/{short_name}".lower())
    if kind is None or kind is GROUP:
        raise ArmError(
            404,
            "InvalidResourceType",
            f"The resource type '{short_name}' could not be found in the namespace '{known}' for api version "
            f"'{api_version}'. The local lakehouse serves: {', '.join(kind.short_name for kind in IN_GROUPS)}.",
        )
    if api_version not in kind.api_versions:
        raise ArmError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{api_version}' for type '{kind.short_name}'. The "
            f"supported api-versions are '{', '.join(sorted(kind.api_versions))}'.",
        )
    return kind


def stored_kind(name: str) -> ResourceType:
    """The type of a stored resource."""
    return _BY_NAME[name.lower()]
