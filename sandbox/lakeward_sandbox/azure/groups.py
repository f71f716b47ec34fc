"""Resource groups: written at once, deleted with all that is in them later."""

import re

from lakeward_sandbox.azure import fields
from lakeward_sandbox.azure.errors import ArmError, invalid_content
from lakeward_sandbox.azure.kind import Change, Draft, ResourceType
from lakeward_sandbox.azure.wire import GROUPS
from lakeward_sandbox.azure.world import ArmResource, World
from lakeward_sandbox.errors import Json

NAME = "Microsoft.Resources/resourceGroups"
_MEMBERS = frozenset({"id", "name", "type", "location", "tags", "managedBy", "properties"})


class ResourceGroup(ResourceType):
    name = NAME
    api_versions = frozenset({"2025-04-01"})
    wire = GROUPS
    names = re.compile(r"[-\w.()]{0,89}[-\w()]")
    etags = False

    @property
    def action(self) -> str:
        return "Microsoft.Resources/subscriptions/resourcegroups"

    def invalid_name(self, name: str) -> ArmError:
        return ArmError(
            400,
            "InvalidResourceGroup",
            f"The provided resource group name '{name}' has invalid characters or is too long. The name can be up to "
            "90 letters, digits, '-', '.', '(', ')' or '_', and does not end with '.'.",
        )

    def change(self, draft: Draft) -> Change:
        for member in draft.body:
            if member not in _MEMBERS:
                raise invalid_content(f"Could not find member '{member}' on object of type 'ResourceGroupDefinition'")
        managed_by = fields.text(draft.body, "managedBy")
        return Change({"managedBy": managed_by} if managed_by else {})

    def shown(self, resource: ArmResource, world: World) -> Json:  # noqa: ARG002 - a group shows itself only
        """No etag, and what it is managed by stands outside of its properties."""
        body: dict[str, object] = {"id": resource.id, "name": resource.name, "type": resource.type}
        body["location"] = resource.location
        if resource.tags is not None:
            body["tags"] = resource.tags
        return {**body, **resource.properties, "properties": {"provisioningState": resource.state}}

    def moved(self, current: ArmResource, group: str, location: str) -> ArmError:  # noqa: ARG002 - it is the group
        return ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{current.location}'.",
        )
