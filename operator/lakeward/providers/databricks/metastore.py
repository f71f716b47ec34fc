"""Which metastore a workspace belongs to: names of models are unique in one metastore only. Writes nothing."""

from lakeward.providers.databricks.client import UC, Databricks

ASSIGNMENT = f"{UC}/current-metastore-assignment"


def metastore_id(client: Databricks) -> str:
    """The metastore's id, asked once for each identity. Unavailable(ReferenceNotFound) where the workspace has none."""
    return str(client.once("metastore", ASSIGNMENT)["metastore_id"])
