"""Who may do what with one securable: all its direct grants in one resource, changed by one call.

Read as raw JSON: the SDK's classes drop privileges that are newer than they are, and what is not seen is never revoked.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Self

from lakeward.engine.diff import Aside, Changes
from lakeward.engine.resource import Mark, Observed, Resource
from lakeward.providers.databricks.api import Json, path
from lakeward.providers.databricks.catalog import Catalog
from lakeward.providers.databricks.client import UC, Databricks
from lakeward.providers.databricks.registered_model import RegisteredModel
from lakeward.providers.databricks.schema import Schema

PERMISSIONS = f"{UC}/permissions"
# grants of models go to the securable type of functions
PARENTS = {"catalog": Catalog.kind, "schema": Schema.kind, "function": RegisteredModel.kind}
ALL = "ALL_PRIVILEGES"
GRANTED = "granted"


@dataclass(frozen=True)
class Grants(Resource[Databricks]):
    """The grants on a securable of type catalog, schema or function.

    grants     `<principal in lower case> <PRIVILEGE>` for each one, because principals differ in case only for people
    spelled    principals by their lower case, as they are to be written
    exclusive  what is there and not declared is revoked, too
    spared     paths of entries that others declare: left alone where we do not declare them
    revokes    entries that left the spec are revoked; not while it is unknown what others declare
    """

    kind: ClassVar[str] = "databricks.grants"
    holds_data: ClassVar[bool] = False
    mark: ClassVar[Mark] = Mark.NONE

    securable: str
    name: str
    grants: Mapping[str, str] | None = None
    spelled: Annotated[Mapping[str, str], Aside()] = field(default_factory=dict)
    exclusive: Annotated[bool, Aside()] = False
    spared: Annotated[frozenset[str], Aside()] = frozenset()
    revokes: Annotated[bool, Aside()] = True

    @property
    def key(self) -> str:
        return f"{self.securable}/{self.name}"

    @classmethod
    def at(cls, key: str) -> Self:
        securable, _, name = key.partition("/")
        return cls(securable=securable, name=name)

    @property
    def detail(self) -> str:
        return ", ".join(sorted(self.grants or {}))

    def left(self, keys: Collection[str], known: str = "") -> Self:  # noqa: ARG002 - its key says it all
        return replace(self, grants={key.partition(".")[2]: GRANTED for key in keys})

    def ours(self, formerly: Collection[str], seen: Self) -> Collection[str]:
        if not self.revokes:
            return ()
        there = (f"grants.{entry}" for entry in seen.grants or {} if not self._implied(entry)) if self.exclusive else ()
        return {*formerly, *there} - self.spared

    def requires(self) -> tuple[str, ...]:
        return (f"{PARENTS.get(self.securable, self.securable)}/{self.name}",)

    def observe(self, client: Databricks) -> Observed | None:
        found = client.scanned(self._path(), lambda: self._read(client))
        return None if found is None else self._seen(found)

    def create(self, client: Databricks) -> Observed:
        return self._change(client, added=self.grants or {}, removed=())

    def update(self, client: Databricks, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - keys suffice
        entries = {c.path.partition(".")[2]: c.new for c in changes}
        added = [entry for entry, new in entries.items() if new is not None]
        return self._change(client, added, [entry for entry, new in entries.items() if new is None])

    def delete(self, client: Databricks) -> None:
        """Revoke what we granted; the securable and the grants of others stay."""
        if self.grants:
            self._change(client, added=(), removed=self.grants)

    def _implied(self, entry: str) -> bool:
        """A read may show concrete privileges beside the one that means all of them."""
        return f"{entry.rpartition(' ')[0]} {ALL}" in (self.grants or {})

    def _read(self, client: Databricks) -> tuple[Json, ...] | None:
        # a page may be empty and still have a successor; 0 lets the service choose the size
        query = {"max_results": "0"}
        found: list[Json] = []
        while True:
            page = client.api.find(self._path(), query)
            if page is None:
                return None
            found += page.get("privilege_assignments") or ()
            if not page.get("next_page_token"):
                return tuple(found)
            query = {**query, "page_token": str(page["next_page_token"])}

    def _change(self, client: Databricks, added: Iterable[str], removed: Iterable[str]) -> Observed:
        by_principal: dict[str, dict[str, list[str]]] = {}
        for verb, entries in (("add", added), ("remove", removed)):
            for entry in sorted(entries):
                principal, _, privilege = entry.rpartition(" ")
                by_principal.setdefault(principal, {}).setdefault(verb, []).append(privilege)
        changes = [{"principal": self.spelled.get(who, who), **what} for who, what in sorted(by_principal.items())]
        with client.changing(self._path()):
            answer = client.api.do("PATCH", self._path(), body={"changes": changes})
        return self._seen(answer.get("privilege_assignments") or ())

    def _path(self) -> str:
        return path(PERMISSIONS, self.securable, self.name)

    def _seen(self, assignments: Iterable[Json]) -> Observed:
        return Observed(type(self)(securable=self.securable, name=self.name, grants=dict(_entries(assignments))))


def entry(principal: str, privilege: str) -> str:
    """How one grant is named in `Grants.grants`."""
    return f"{principal.lower()} {privilege}"


def _entries(assignments: Iterable[Json]) -> Iterator[tuple[str, str]]:
    for assignment in assignments:
        principal = str(assignment.get("principal") or "")
        # a deleted principal appears without a name
        for privilege in assignment.get("privileges") or () if principal else ():
            yield entry(principal, str(privilege).upper().replace(" ", "_")), GRANTED
