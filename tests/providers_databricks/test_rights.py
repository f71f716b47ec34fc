"""The right that a refused call needs, by what it calls."""

import pytest

from lakeward.providers.databricks.rights import OWNER as OWNS
from lakeward.providers.databricks.rights import READER, RIGHTS, right

UC = "/api/2.1/unity-catalog"
NEEDED = [
    (f"PUT {UC}/models/a.b.c/aliases/champion", OWNS),
    (f"DELETE {UC}/models/a.b.c/aliases/champion", OWNS),
    (f"DELETE {UC}/models/a.b.c/versions/3", OWNS),
    (f"POST {UC}/models", "CREATE MODEL on the schema"),
    (f"POST {UC}/models/versions", "CREATE MODEL VERSION on the model"),
    ("PUT /api/2.0/fs/files/Models/a/b/c/3/MLmodel", "CREATE MODEL VERSION on the model"),
    (f"PATCH {UC}/models/a.b.c/versions/3/finalize", "CREATE MODEL VERSION on the model"),
    (f"PATCH {UC}/subentity-tags/FUNCTION/a.b.c/3", "APPLY TAG on it"),
    (f"PATCH {UC}/permissions/function/a.b.c", "MANAGE on it, or to own it"),
    (f"GET {UC}/models/a.b.c/versions/3", READER),
    ("GET /api/2.0/fs/directories/Models/a/b/c/3", READER),
    ("POST /api/2.2/jobs/run-now", "CAN MANAGE RUN on the job"),
    ("GET /api/2.2/jobs/runs/get", "CAN VIEW on the job"),
    ("GET /api/2.0/mlflow/runs/get?run_id=1", "CAN READ on the experiment"),
]


@pytest.mark.parametrize(("call", "needed"), NEEDED)
def test_a_call_needs_this(call: str, needed: str) -> None:
    assert right(call) == needed


def test_nothing_is_made_up_about_other_calls() -> None:
    assert right(f"GET {UC}/catalogs/a") == ""


def test_every_row_of_the_table_is_tried() -> None:
    assert {needed for _, needed in RIGHTS} == {needed for _, needed in NEEDED}
