"""Who may do what only an owner may. Grants are kept, not enforced: whoever may enter a workspace may read and create
there, and what Unity Catalog reserves for the owner or a metastore admin is reserved, MANAGE or not.
"""

from lakeward_sandbox.calls import Call
from lakeward_sandbox.errors import denied, invalid, missing
from lakeward_sandbox.principals import ALL, GROUPS


def require_metastore_admin(call: Call, what: str) -> None:
    if not call.principal.metastore_admin:
        raise denied(f"User does not have the privilege to {what} on Metastore: '{call.principal.name}' is no admin")


def require_owner(call: Call, owner: str, what: str) -> None:
    """The owner or a metastore admin."""
    if not call.principal.metastore_admin and call.principal.name != owner:
        raise denied(f"User is not an owner of {what}.")


def known_principal(name: str) -> str:
    """An owner must be somebody."""
    for principal in ALL:
        if principal.name.lower() == name.lower():
            return principal.name
    raise invalid(f"Could not find principal with name {name}.")


def known_grantee(given: object) -> str:
    """Grants are made to users, service principals and groups; the name stays as the client spells it."""
    if not isinstance(given, str) or not given:
        raise invalid("Missing required field: changes.principal")
    if given.lower() not in {*(principal.name.lower() for principal in ALL), *GROUPS}:
        raise missing(f"Could not find principal with name {given}.", "PRINCIPAL_DOES_NOT_EXIST")
    return given
