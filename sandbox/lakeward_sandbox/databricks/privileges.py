"""Which privileges can be granted on what, and their one spelling. Pure.

The names are those of the service, with underscores; a client may write spaces instead. Whatever can be granted on a
container only to be inherited by what it holds can be granted on the container too.
"""

from lakeward_sandbox.databricks.securables import Kind, Securable
from lakeward_sandbox.errors import invalid

EVERYTHING = "ALL_PRIVILEGES"

# The service grows privileges that no released client knows, and it grants and returns them all the same. This one
# stands for them on every securable: a client that drops what it does not know can neither show nor revoke it.
NEWER_THAN_THE_SDK = "BROWSE_NEXT"

_MODEL = {EVERYTHING, "APPLY_TAG", "EXECUTE", "MANAGE"}
_SCHEMA = _MODEL | {
    "CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VOLUME",
    "EXTERNAL_USE_SCHEMA", "MODIFY", "READ_VOLUME", "REFRESH", "SELECT", "USE_SCHEMA", "WRITE_VOLUME",
}  # fmt: skip
_CATALOG = _SCHEMA | {"BROWSE", "CREATE_SCHEMA", "USE_CATALOG"}
_METASTORE = {
    "CREATE_CATALOG", "CREATE_CLEAN_ROOM", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_PROVIDER",
    "CREATE_RECIPIENT", "CREATE_SERVICE_CREDENTIAL", "CREATE_SHARE", "CREATE_STORAGE_CREDENTIAL", "MANAGE_ALLOWLIST",
    "SET_SHARE_PERMISSION", "USE_MARKETPLACE_ASSETS", "USE_PROVIDER", "USE_RECIPIENT", "USE_SHARE",
}  # fmt: skip

_GRANTABLE = {Kind.METASTORE: _METASTORE, Kind.CATALOG: _CATALOG, Kind.SCHEMA: _SCHEMA, Kind.FUNCTION: _MODEL}

# names of the first privilege model, which the service translates
_TRANSLATED = {
    (Kind.CATALOG, "USAGE"): "USE_CATALOG",
    (Kind.CATALOG, "CREATE"): "CREATE_SCHEMA",
    (Kind.SCHEMA, "USAGE"): "USE_SCHEMA",
    (Kind.SCHEMA, "CREATE"): "CREATE_TABLE",
}


def privilege(given: str, securable: Securable) -> str:
    """A privilege as it is stored, if that securable takes it."""
    written = given.replace(" ", "_")
    known = _TRANSLATED.get((securable.kind, written), written)
    if known != NEWER_THAN_THE_SDK and known not in _GRANTABLE[securable.kind]:
        raise invalid(
            f"Privilege {known.replace('_', ' ')} is not applicable to this entity"
            f" [{securable.full_name}:{securable.kind}]. If this seems unexpected, please check the privilege version"
            " of the metastore in use [1.0]."
        )
    return known
