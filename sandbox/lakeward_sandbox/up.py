"""`lakeward-sandbox up`: opens the folder and the ports, puts the rooms together, and runs them until told to stop."""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lakeward_sandbox import sites
from lakeward_sandbox.databricks import metastore
from lakeward_sandbox.errors import Json, StartError
from lakeward_sandbox.folder import Folder, opened
from lakeward_sandbox.interrupt import interrupts_kept
from lakeward_sandbox.principals import GROUPS, Tokens
from lakeward_sandbox.sites import Account, Azure, Site, Workspace

_AZURE: Json = {
    "tenantId": sites.TENANT_ID,
    "subscriptionId": sites.SUBSCRIPTION.id,
    "foreignSubscriptionId": sites.FOREIGN_SUBSCRIPTION.id,
}


def run(root: Path, first_port: int, *, azure_seconds: float, until_eof: bool) -> int:
    """The exit code of the program."""
    try:
        with interrupts_kept() as still_wanted, opened(root) as folder:
            sockets, places = sites.bind(first_port)
            _serve(folder, sockets, places, still_wanted, azure_seconds=azure_seconds, until_eof=until_eof)
    except StartError as problem:
        sys.stderr.write(f"lakeward-sandbox: {problem}\n")
        return 1
    except KeyboardInterrupt:  # Ctrl-C before the server was ready to take it
        _say("stopped")
        # CPython takes one that hit an exec() for unhandled, whoever handles it, and would end by the signal
        os._exit(0)
    _say("stopped")
    return 0


def _serve(
    folder: Folder,
    sockets: Sequence[socket.socket],
    places: Sequence[Site],
    still_wanted: Callable[[], None],
    *,
    azure_seconds: float,
    until_eof: bool,
) -> None:
    from lakeward_sandbox import server, tracking  # noqa: PLC0415 - slow imports, after the quick refusals
    from lakeward_sandbox.azure.api import ArmApi  # noqa: PLC0415 - as above
    from lakeward_sandbox.azure.throttle import Throttle  # noqa: PLC0415 - as above
    from lakeward_sandbox.databricks import blobs  # noqa: PLC0415 - as above
    from lakeward_sandbox.databricks.api import WorkspaceApi  # noqa: PLC0415 - as above
    from lakeward_sandbox.databricks.jobs import life  # noqa: PLC0415 - as above
    from lakeward_sandbox.databricks.versions import Version  # noqa: PLC0415 - as above
    from lakeward_sandbox.edge import Edge  # noqa: PLC0415 - as above
    from lakeward_sandbox.programs import Programs  # noqa: PLC0415 - as above
    from lakeward_sandbox.state import State  # noqa: PLC0415 - as above
    from lakeward_sandbox.store import Store  # noqa: PLC0415 - as above

    tokens = Tokens(folder.secret())
    workspaces = [site.place for site in places if isinstance(site.place, Workspace)]
    state = State(
        folder,
        Store(folder.objects),
        {site.port: site for site in places},
        tracking.mount(folder, workspaces),
        Programs(folder.programs),
    )
    blobs.sweep(folder, {(version.model, version.number) for version in state.store.of(Version).children(None)})
    throttle = Throttle()
    edge = Edge(state, tokens, WorkspaceApi(state), ArmApi(state, azure_seconds, throttle), throttle)

    def ready() -> None:
        life.recover(state)  # not before: what it starts calls us
        folder.publish(_sheet(places, tokens))
        _announce(folder, places)

    def stopping() -> None:
        edge.faults.stop()
        state.programs.end()

    try:
        server.serve(edge, sockets, still_wanted, ready, stopping, until_eof=until_eof)
    finally:
        state.programs.close()
        state.store.close()


def _announce(folder: Folder, places: Sequence[Site]) -> None:
    for site in places:
        _say(f"{sites.describe(site.place):<26}  {site.url}")
    _say(f"ready; addresses and tokens are in {folder.sheet}; end it with Ctrl-C")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _sheet(places: Sequence[Site], tokens: Tokens) -> Json:
    workspaces: dict[str, Json] = {}
    sheet: dict[str, object] = {
        "pid": os.getpid(),
        "metastore": {"id": metastore.ID, "name": metastore.NAME},
        "workspaces": workspaces,
        "tokens": dict(tokens.by_name()),
        "groups": list(GROUPS),
    }
    for site in places:
        match site.place:
            case Azure():
                sheet["azureResourceManager"] = {"url": site.url, **_AZURE}
            case Account(id=account_id):
                sheet["databricksAccount"] = {"url": site.url, "accountId": account_id}
            case Workspace(name=name, id=workspace_id):
                workspaces[name] = {"url": site.url, "workspaceId": workspace_id}
    return sheet
