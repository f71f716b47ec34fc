"""Who may call: four principals, their tokens, and the workspaces and Azure subscriptions that each may enter.

`ana@example.com` is a person who trains and registers models. `lakeward` is the operator's service principal. Both are
metastore admins, so that ana can register in dev and lakeward can promote in prod with no further grant, and
`created_by` still tells them apart. `lakeward-dev` may enter dev only and owns nothing: it shows what wrong access is.
`lakeward-copy` is the service principal as which a job copies models: it may enter all workspaces and owns nothing.
In Azure, lakeward may enter one subscription of two, ana both, the others none.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    """A user or a service principal of the account."""

    name: str
    workspaces: frozenset[str]
    metastore_admin: bool = False
    service_principal: bool = False
    subscriptions: frozenset[str] = frozenset()

    def may_enter(self, workspace: str) -> bool:
        return workspace in self.workspaces

    @property
    def id(self) -> str:
        """A stable number, as SCIM has."""
        return str(int.from_bytes(hashlib.sha256(self.name.encode()).digest()[:6]))


EVERYWHERE = frozenset({"dev", "test", "prod"})
ANA = Principal("ana@example.com", EVERYWHERE, metastore_admin=True, subscriptions=frozenset({"lakehouse", "foreign"}))
LAKEWARD = Principal(
    "lakeward", EVERYWHERE, metastore_admin=True, service_principal=True, subscriptions=frozenset({"lakehouse"})
)
LAKEWARD_DEV = Principal("lakeward-dev", frozenset({"dev"}), service_principal=True)
LAKEWARD_COPY = Principal("lakeward-copy", EVERYWHERE, service_principal=True)
ALL = (ANA, LAKEWARD, LAKEWARD_DEV, LAKEWARD_COPY)

# groups that grants can be made to, in lower case; who is in them is not modelled
GROUPS = ("data-scientists", "devops", "ml-engineers", "model-consumers")


class Tokens:
    """Personal access tokens, derived from one secret of the state folder: the same after every restart."""

    def __init__(self, secret: bytes) -> None:
        self._by_token = {self._derive(secret, principal): principal for principal in ALL}

    def principal(self, token: str) -> Principal | None:
        return self._by_token.get(token)

    def by_name(self) -> Mapping[str, str]:
        return {principal.name: token for token, principal in self._by_token.items()}

    @staticmethod
    def _derive(secret: bytes, principal: Principal) -> str:
        return "dapi" + hmac.new(secret, principal.name.encode(), hashlib.sha256).hexdigest()[:32]
