"""MLflow tracking of one workspace: what its resources and gates ask of a client, and readings of runs.

Does not build clients: it is handed one that speaks the workspace's REST API. Writes nothing by itself.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Json = Mapping[str, Any]
MLFLOW = "/api/2.0/mlflow"


class Rest(Protocol):
    """The REST API of a workspace."""

    def do(self, method: str, at: str, query: Json | None = None, body: Json | None = None) -> Json: ...
    def find(self, at: str, query: Json | None = None) -> Json | None: ...


class Tracking(Protocol):
    """A client of a workspace as this room needs it."""

    @property
    def api(self) -> Rest: ...
    def scanned(self, key: str, load: Callable[[], Json | None]) -> Json | None: ...
    def reading(self, at: str, query: Mapping[str, Any] | None = None) -> Json | None: ...
    def changing(self, *keys: str) -> AbstractContextManager[None]: ...


def run_metrics(client: Tracking, run_id: str) -> tuple[Json, ...]:
    """The metrics of a run, each with `key` and `value` and, where logged, `dataset_name` and `dataset_digest`."""
    found = client.reading(f"{MLFLOW}/runs/get?run_id={run_id}")
    data = ((found or {}).get("run") or {}).get("data") or {}
    return tuple(data.get("metrics") or ())
