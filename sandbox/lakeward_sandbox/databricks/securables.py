"""What grants hang on: the metastore, catalogs, schemas and registered models (securable type FUNCTION), and which
holds which. It knows nothing of grants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import catalogs, metastore, models, schemas
from lakeward_sandbox.databricks.catalogs import Catalog
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.databricks.schemas import Schema
from lakeward_sandbox.errors import invalid, missing


class Kind(StrEnum):
    """The securable types of which the lakehouse has objects."""

    METASTORE = "METASTORE"
    CATALOG = "CATALOG"
    SCHEMA = "SCHEMA"
    FUNCTION = "FUNCTION"


# types of the service without objects in the lakehouse; MODEL is not among them, models are FUNCTION
_WITHOUT_OBJECTS = frozenset(
    {"TABLE", "VOLUME", "EXTERNAL_LOCATION", "STORAGE_CREDENTIAL", "CREDENTIAL", "CONNECTION", "SHARE", "RECIPIENT",
     "PROVIDER", "PIPELINE", "CLEAN_ROOM", "EXTERNAL_METADATA", "STAGING_TABLE"}
)  # fmt: skip


@dataclass(frozen=True)
class Securable:
    """One object; its id outlives a new name."""

    kind: Kind
    full_name: str
    id: str
    owner: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


METASTORE = Securable(Kind.METASTORE, metastore.ID, metastore.ID, metastore.OWNER)


def of_catalog(catalog: Catalog) -> Securable:
    return Securable(Kind.CATALOG, catalog.name, catalog.name, catalog.owner)


def of_schema(schema: Schema) -> Securable:
    return Securable(Kind.SCHEMA, schema.full_name, schema.schema_id, schema.owner)


def of_model(model: Model) -> Securable:
    return Securable(Kind.FUNCTION, model.full_name, model.id, model.owner)


def lineage(call: Call, securable_type: str, full_name: str) -> Sequence[Securable]:
    """The securable, then what holds it, up to the metastore; or 404 for the first that is missing."""
    match _kind(securable_type, full_name):
        case Kind.METASTORE:
            if full_name.lower() != metastore.ID:
                raise missing(f"Metastore '{full_name}' does not exist.", "METASTORE_DOES_NOT_EXIST")
            return [METASTORE]
        case Kind.CATALOG:
            return [of_catalog(catalogs.find(call, full_name)), METASTORE]
        case Kind.SCHEMA:
            schema = schemas.find(call, full_name)
            return [of_schema(schema), *lineage(call, Kind.CATALOG, schema.catalog_name)]
        case Kind.FUNCTION:
            model = models.find(call, full_name)
            return [of_model(model), *lineage(call, Kind.SCHEMA, model.schema)]


def _kind(securable_type: str, full_name: str) -> Kind:
    known = securable_type.upper()
    if known in _WITHOUT_OBJECTS:
        raise missing(f"{known.replace('_', ' ').capitalize()} '{full_name}' does not exist.")
    try:
        return Kind(known)
    except ValueError as problem:
        raise invalid(f"'{securable_type}' is not a securable type that takes grants: models are FUNCTION") from problem
