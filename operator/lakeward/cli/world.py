"""The world of a preview: objects and Secrets from manifests, clients to the real services, no cluster."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.cli.secrets import Secrets
from lakeward.engine.outcome import Key
from lakeward.engine.resource import Clients
from lakeward.judgement.approval import Identity
from lakeward.kinds.connect import Connections


class DirectoryWorld:
    """`objects` are all manifests of ours; `connections` logs in to environments."""

    def __init__(
        self, cluster: str, objects: Mapping[Key, Mapping[str, Any]], secrets: Secrets, connections: Connections
    ) -> None:
        self.cluster = cluster
        self.complete = False
        self._objects = objects
        self._secrets = secrets
        self._connections = connections

    def get(self, kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
        return self._objects.get(Key(kind, namespace, name))

    def all(self, kind: str) -> Iterable[Mapping[str, Any]]:
        return (body for key, body in self._objects.items() if key.kind == kind)

    def secret(self, namespace: str, name: str, key: str, field: str) -> str:
        return self._secrets.value(namespace, name, key, field)

    def clients(self, workspace: MLWorkspaceSpec, asker: Key) -> Clients:
        def secret(name: str, key: str, field: str) -> str:
            return self.secret(asker.namespace, name, key, field)

        return self._connections.clients(workspace, secret, lambda: None)

    def terminating(self, namespace: str) -> bool:  # noqa: ARG002 - a folder knows of no namespace that ends
        return False

    def identity(self, namespace: str) -> Identity | None:  # noqa: ARG002 - it takes a cluster to know
        return None

    def person(self, databricks_user: str) -> str | None:  # noqa: ARG002 - it takes the operator's settings to know
        return None

    def now(self) -> datetime:
        return datetime.now(UTC)
