"""Which right a call needs, in Databricks' words: a refusal does not always say, and its text is not repeated. Pure."""

import re

OWNER = "ownership of the model, or to be a metastore admin"
READER = "EXECUTE on the model, with USE SCHEMA and USE CATALOG above it"
RIGHTS = (
    (r"(PUT|DELETE) .*/models/[^/]+/aliases/", OWNER),
    (r"DELETE .*/models/", OWNER),
    (r"POST .*/models$", "CREATE MODEL on the schema"),
    (r"POST .*/models/versions$", "CREATE MODEL VERSION on the model"),
    (r"(PUT .*/fs/files/Models/|PATCH .*/finalize$)", "CREATE MODEL VERSION on the model"),
    (r"PATCH .*/(securable|subentity)-tags/", "APPLY TAG on it"),
    (r"PATCH .*/permissions/", "MANAGE on it, or to own it"),
    (r"GET .*(/models|/fs/(files|directories)/Models)/", READER),
    (r"POST .*/jobs/(run-now|runs/cancel)$", "CAN MANAGE RUN on the job"),
    (r"GET .*/jobs/", "CAN VIEW on the job"),
    (r"GET .*/mlflow/(runs|experiments)/", "CAN READ on the experiment"),
)


def right(call: str) -> str:
    """The right that `METHOD /path` needs; empty where this table does not know."""
    return next((needed for pattern, needed in RIGHTS if re.match(pattern, call)), "")
