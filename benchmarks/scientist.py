"""A data scientist by plain REST: registers versions of models with metrics and files. Not the operator's identity."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

from lakeward_sandbox.launch import Lakehouse

WHO = "ana@example.com"
UC, MLFLOW = "/api/2.1/unity-catalog", "/api/2.0/mlflow"
PIECE = 1000
MLMODEL = json.dumps(
    {
        "flavors": {"python_function": {"loader_module": "nothing"}},
        "signature": {"inputs": '[{"type": "double", "name": "x"}]', "outputs": '[{"type": "double"}]'},
    }
).encode()


class Scientist:
    """At one workspace, `dev`, `test` or `prod`."""

    def __init__(self, house: Lakehouse, workspace: str) -> None:
        self._url = house.workspace(workspace).url
        self._token = house.token(WHO)

    def schema(self, catalog: str, *names: str) -> None:
        """A new catalog with schemas."""
        self._call("POST", f"{UC}/catalogs", {"name": catalog})
        for name in names:
            self._call("POST", f"{UC}/schemas", {"catalog_name": catalog, "name": name})

    def model(self, model: str) -> None:
        catalog, schema, name = model.split(".")
        self._call("POST", f"{UC}/models", {"catalog_name": catalog, "schema_name": schema, "name": name})

    def register(
        self, model: str, files: int = 1, size: int = PIECE, score: tuple[str, str, float] | None = None
    ) -> int:
        """A finished version of so many files, MLmodel one of them; `score` is data set, metric and value."""
        catalog, schema, name = model.split(".")
        lineage = self._logged(*score) if score else {"source": f"dbfs:/models/{uuid4().hex}"}
        body = {"catalog_name": catalog, "schema_name": schema, "model_name": name, **lineage}
        number = int(self._call("POST", f"{UC}/models/versions", body)["version"])
        place = f"/api/2.0/fs/files/Models/{model.replace('.', '/')}/{number}"
        self._put(f"{place}/MLmodel", MLMODEL)
        for n in range(files - 1):
            self._put(f"{place}/data/part-{n}.bin", bytes([n % 256]) * size)
        what = {"full_name": model, "version": number}
        self._call("PATCH", f"{UC}/models/{model}/versions/{number}/finalize", what)
        return number

    def _logged(self, dataset: str, metric: str, value: float) -> Mapping[str, str]:
        """A run and a logged model that was measured on a data set, as a version names them."""
        experiment = self._call("POST", f"{MLFLOW}/experiments/create", {"name": f"/Shared/{uuid4().hex}"})
        where = {"experiment_id": experiment["experiment_id"]}
        run = str(self._call("POST", f"{MLFLOW}/runs/create", {**where, "start_time": 1})["run"]["info"]["run_id"])
        logged = {**where, "name": "model", "source_run_id": run}
        model = str(self._call("POST", f"{MLFLOW}/logged-models", logged)["model"]["info"]["model_id"])
        entry = {"run_id": run, "model_id": model, "key": metric, "value": value, "timestamp": 1, "step": 0}
        on = {"dataset_name": dataset, "dataset_digest": f"digest-{dataset}"}
        self._call("POST", f"{MLFLOW}/runs/log-metric", {**entry, **on})
        return {"source": f"models:/{model}", "run_id": run, "model_id": model}

    def _put(self, at: str, content: bytes) -> None:
        self._send("PUT", f"{at}?overwrite=true", content, "application/octet-stream")

    def _call(self, method: str, at: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self._send(method, at, json.dumps(body).encode(), "application/json")
        found: Mapping[str, Any] = json.loads(answer or b"{}")
        return found

    def _send(self, method: str, at: str, content: bytes, kind: str) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        request = Request(f"{self._url}{at}", content, headers, method=method)  # noqa: S310 - our own lakehouse
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own lakehouse
            return bytes(answer.read())
