"""The world of a pass inside the cluster: watched objects, Secrets by one read each, the clock, clients made elsewhere.

Called from the threads of passes. Never logs nor repeats a value of a Secret.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lakeward.cluster.calls import FORBIDDEN, NOT_FOUND, CallError
from lakeward.cluster.people import person
from lakeward.engine.errors import Denied, Invalid, Unavailable
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason

if TYPE_CHECKING:
    from lakeward.api.mlworkspace import MLWorkspaceSpec
    from lakeward.cluster.reads import Reads
    from lakeward.engine.resource import Clients
    from lakeward.judgement.approval import Identity
    from lakeward.kinds.connect import Connections

log = logging.getLogger(__name__)

SECRET_RETRY = 30.0


class ClusterWorld:
    """`get` and `items` read the store of watched objects; `connections` logs in; `wake` plans a pass.

    `identity` proves in a namespace that approvers are who they say, `people` maps Databricks users, `now` is a clock.
    """

    def __init__(
        self,
        cluster: str,
        *,
        get: Callable[[Key], Mapping[str, Any] | None],
        items: Callable[[], Iterable[tuple[Key, Mapping[str, Any]]]],
        reads: Reads,
        connections: Connections,
        wake: Callable[[Key], None],
        identity: Callable[[str], Identity],
        people: Sequence[tuple[str, str]],
        now: Callable[[], datetime],
    ) -> None:
        self.cluster = cluster
        self.complete = True
        self._get = get
        self._items = items
        self._reads = reads
        self._connections = connections
        self._wake = wake
        self._identity = identity
        self._people = people
        self._now = now

    def get(self, kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
        return self._get(Key(kind, namespace, name))

    def all(self, kind: str) -> Iterable[Mapping[str, Any]]:
        return (body for key, body in self._items() if key.kind == kind)

    def secret(self, namespace: str, name: str, key: str, field: str) -> str:
        """One value of a Secret as text, without the newline that `echo` leaves at its end."""
        encoded = self._values(namespace, name, field).get(key)
        if encoded is None:
            raise _missing(f'Secret "{name}" in namespace "{namespace}" has no key "{key}"', field)
        try:
            return base64.b64decode(encoded).decode().rstrip("\r\n")
        except ValueError:
            raise Invalid(
                f'key "{key}" of Secret "{name}" in namespace "{namespace}" is not text', field=field
            ) from None

    def clients(self, workspace: MLWorkspaceSpec, asker: Key) -> Clients:
        def secret(name: str, key: str, field: str) -> str:
            return self.secret(asker.namespace, name, key, field)

        return self._connections.clients(workspace, secret, lambda: self._wake(asker))

    def terminating(self, namespace: str) -> bool:
        """Where it cannot be known the answer is yes: then what is outside is kept, and nothing is lost."""
        try:
            return self._reads.terminating(namespace)
        except CallError as error:
            if error.status not in {FORBIDDEN, NOT_FOUND}:
                raise Unavailable(f'namespace "{namespace}" could not be read: {error}') from None
            why = "does not exist" if error.status == NOT_FOUND else "may not be read by the operator"
            log.warning('namespace "%s" %s: what is outside is kept, as if it were being deleted', namespace, why)
            return True

    def now(self) -> datetime:
        return self._now()

    def identity(self, namespace: str) -> Identity | None:
        return self._identity(namespace)

    def person(self, databricks_user: str) -> str | None:
        return person(self._people, databricks_user)

    def _values(self, namespace: str, name: str, field: str) -> Mapping[str, str]:
        which = _called(namespace, name)
        try:
            return self._reads.secret(namespace, name)
        except CallError as error:
            if error.status == NOT_FOUND:
                raise _missing(f"{which} does not exist", field) from None
            if error.status == FORBIDDEN:
                raise Denied(f"the operator may not read {which}", field=field, retry_after=SECRET_RETRY) from None
            raise Unavailable(f"{which} could not be read: {error}", field=field) from None


def _called(namespace: str, name: str) -> str:
    return f'Secret "{name}" in namespace "{namespace}"'


def _missing(message: str, field: str) -> Unavailable:
    return Unavailable(message, reason=Reason.SECRET_NOT_FOUND, field=field, retry_after=SECRET_RETRY)
