"""The environments that a promotion is made through: MLWorkspaces of its namespace, and clients logged in there."""

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.objects import BadSpec, parse
from lakeward.engine.errors import Unavailable
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Clients
from lakeward.kinds.kind import World
from lakeward.kinds.modelpromotion.findings import Promotion
from lakeward.providers.databricks.client import Databricks

REFERENCE_RETRY = 30.0


def environment(obj: Promotion, name: str, field: str, world: World) -> tuple[MLWorkspaceSpec, Clients]:
    """An MLWorkspace of the object's namespace, and clients that are logged in there."""
    key = Key("MLWorkspace", obj.namespace, name)
    body = world.get(key.kind, key.namespace, key.name)
    if body is None:
        text = f"there is no MLWorkspace {name} in this namespace; create it, or name another"
        raise Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND, field=field, retry_after=REFERENCE_RETRY)
    workspace = parse(MLWorkspaceSpec, body)
    if isinstance(workspace, BadSpec):
        text = f"MLWorkspace {name} is invalid: {workspace.field} {workspace.message}"
        raise Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND, field=field, retry_after=REFERENCE_RETRY)
    # models are Databricks' matter: a promotion needs no login to Azure
    spec = workspace.spec.model_copy(update={"azure": None})
    return spec, world.clients(spec, Key(obj.kind, obj.namespace, obj.name))


def databricks(clients: Clients) -> Databricks:
    """The Databricks client among those of an environment."""
    client = clients["databricks"]
    assert isinstance(client, Databricks)  # noqa: S101 - what the composition put there
    return client
