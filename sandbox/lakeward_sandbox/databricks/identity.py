"""Who am I, and where: host discovery and the SCIM view of the caller."""

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.errors import Json
from lakeward_sandbox.sites import ACCOUNT_ID, Account, Site, Workspace


def discovery(site: Site) -> Json:
    """`/.well-known/databricks-config`: asked without a token by every client that is built."""
    common = {"account_id": ACCOUNT_ID, "cloud": "azure"}
    match site.place:
        case Workspace(id=workspace_id):
            return {"oidc_endpoint": f"{site.url}/oidc", "workspace_id": str(workspace_id), **common}
        case Account():
            return {"oidc_endpoint": f"{site.url}/oidc/accounts/{ACCOUNT_ID}", **common}
        case _:
            raise AssertionError("only Databricks hosts are discovered")


def me(call: Call) -> Json:
    principal = call.principal
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": principal.id,
        "userName": principal.name,
        "displayName": principal.name,
        "active": True,
        "emails": [] if principal.service_principal else [{"type": "work", "value": principal.name, "primary": True}],
        "groups": [{"display": "metastore-admins", "type": "direct"}] if principal.metastore_admin else [],
    }


ROUTES = [Route("GET", "/api/2.0/preview/scim/v2/Me", me)]
