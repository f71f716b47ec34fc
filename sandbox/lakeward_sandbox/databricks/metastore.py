"""The one seeded metastore, which every workspace shares."""

from lakeward_sandbox.calls import Call, Route
from lakeward_sandbox.errors import Json

ID = "1f9c8a52-7d34-4c1e-9a60-5b2e7c0d4f11"
NAME = "company_mlops_metastore"
REGION = "eastus2"
STORAGE_ROOT = "abfss://metastore@ucmetastore.dfs.core.windows.net"
CREATED_AT = 1767225600000
OWNER = "metastore-admins"

_PATH = "/api/2.1/unity-catalog"


def summary(_: Call) -> Json:
    return {
        "metastore_id": ID,
        "name": NAME,
        "region": REGION,
        "cloud": "azure",
        "global_metastore_id": f"azure:{REGION}:{ID}",
        "storage_root": STORAGE_ROOT,
        "owner": OWNER,
        "privilege_model_version": "1.0",
        "created_at": CREATED_AT,
        "created_by": OWNER,
        "updated_at": CREATED_AT,
        "updated_by": OWNER,
    }


def current_assignment(call: Call) -> Json:
    return {"metastore_id": ID, "workspace_id": call.workspace.id, "default_catalog_name": "main"}


ROUTES = [
    Route("GET", f"{_PATH}/metastore_summary", summary),
    Route("GET", f"{_PATH}/current-metastore-assignment", current_assignment),
]
