"""Grants that are only ever added to a securable: none is revoked, also not when it leaves the spec."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Self

from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.grants import Grants


@dataclass(frozen=True)
class AddedGrants(Grants):
    """The declared grants are there; what else is there is nobody's business here.

    `exclusive`, `spared` and `revokes` are about revoking, so they mean nothing here.
    """

    kind: ClassVar[str] = "databricks.added_grants"
    pruned: ClassVar[bool] = False

    def ours(self, formerly: Collection[str], seen: Self) -> Collection[str]:  # noqa: ARG002 - none of them is to go
        return ()

    def delete(self, client: Databricks) -> None:
        """What was granted stays."""
