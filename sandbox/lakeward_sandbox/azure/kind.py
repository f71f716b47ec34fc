"""What a resource type is: its name, versions and wire, what a PUT makes of a body, and how a GET shows it.
Each type is a file of its own and a line in the registry; the engine of reads and writes knows only this class.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from lakeward_sandbox.azure.errors import ArmError
from lakeward_sandbox.azure.wire import Wire
from lakeward_sandbox.azure.world import ArmResource, World
from lakeward_sandbox.errors import Json


@dataclass(frozen=True)
class Draft:
    """What a type is asked to judge: the resource as the body wants it. `parent` is its group or the resource above."""

    world: World
    id: str
    name: str
    location: str | None
    body: Json
    parent: ArmResource | None
    current: ArmResource | None


@dataclass(frozen=True)
class Change:
    """What a PUT makes of a draft. `children` are all that there shall be, by name; None leaves them alone."""

    properties: dict[str, object]
    children: "Mapping[str, dict[str, object]] | None" = None


class ResourceType(ABC):
    """One type. Methods are pure but for what they read from the world."""

    name: str
    api_versions: frozenset[str]
    wire: Wire
    names: re.Pattern[str]
    tracked = True
    """Has a location and tags."""
    etags = True
    """Shows an etag and honours If-Match."""
    child_type = ""
    """The type of the children that a PUT of this type writes with it."""

    @property
    def namespace(self) -> str:
        return self.name.partition("/")[0]

    @property
    def short_name(self) -> str:
        """`virtualNetworks/subnets`."""
        return self.name.partition("/")[2]

    @property
    def action(self) -> str:
        """What rights to it are called."""
        return self.name

    def check_name(self, name: str) -> None:
        """Raises ArmError."""
        if not self.names.fullmatch(name):
            raise self.invalid_name(name)

    def invalid_name(self, name: str) -> ArmError:
        return ArmError(
            400,
            "InvalidResourceName",
            f"Resource name {name} is invalid. The name can be up to 80 characters long. It must begin with a word "
            "character, and it must end with a word character or with '_'. The name may contain word characters or "
            "'.', '-', '_'.",
        )

    @abstractmethod
    def change(self, draft: Draft) -> Change:
        """Raises ArmError where the service would refuse."""

    def shown(self, resource: ArmResource, world: World) -> Json:
        """The whole body of a GET."""
        body: dict[str, object] = {"name": resource.name, "id": resource.id, "etag": resource.etag}
        body["type"] = resource.type
        if resource.location is not None:
            body["location"] = resource.location
        if resource.tags is not None:
            body["tags"] = resource.tags
        body["properties"] = {"provisioningState": resource.state, **self.properties(resource, world)}
        return body

    def properties(self, resource: ArmResource, world: World) -> Json:  # noqa: ARG002 - for types that look further
        """What GET tells beyond the state."""
        return resource.properties

    def absent(self, resource_id: str) -> ArmError | None:  # noqa: ARG002 - see below
        """The service's own 404 where its parent exists; None leaves it to the front door."""
        return None

    def moved(self, current: ArmResource, group: str, location: str) -> ArmError:
        """The refusal of another location for what exists."""
        return ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{current.name}' already exists in location '{current.location}' in resource group "
            f"'{group}'. A resource with the same name cannot be created in location '{location}'. Please select a new "
            "resource name.",
        )
