"""What the handlers share: the objects, the folder of bytes, tracking, programs that run, the clock, and facts that
never change while running.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from lakeward_sandbox.folder import Folder
from lakeward_sandbox.programs import Programs
from lakeward_sandbox.sites import Site, Workspace
from lakeward_sandbox.store import Store
from lakeward_sandbox.tracking import Tracking


def milliseconds() -> int:
    """The current time as Databricks writes it."""
    return int(time.time() * 1000)


@dataclass(frozen=True)
class State:
    """One lakehouse."""

    folder: Folder
    store: Store
    sites: Mapping[int, Site]
    tracking: Tracking
    programs: Programs

    def workspaces(self) -> list[Workspace]:
        return [site.place for site in self.sites.values() if isinstance(site.place, Workspace)]
