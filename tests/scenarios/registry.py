"""A data scientist at a workspace of the lakehouse, by plain REST: registers versions, moves aliases, reads back."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import uuid4

from lakeward_sandbox.launch import Lakehouse

UC = "/api/2.1/unity-catalog"
MLFLOW = "/api/2.0/mlflow"
SIGNATURE = {"inputs": '[{"type": "double", "name": "x"}]', "outputs": '[{"type": "double"}]'}
MLMODEL = json.dumps({"flavors": {"python_function": {"loader_module": "nothing"}}, "signature": SIGNATURE})


class Registry:
    """`who` is a principal of the lakehouse, `workspace` one of dev, test, prod."""

    def __init__(self, house: Lakehouse, who: str = "ana@example.com", workspace: str = "dev") -> None:
        self._url = house.workspace(workspace).url
        self._token = house.token(who)
        self._experiment = ""
        self.pointed: set[tuple[str, str, int]] = set()
        """Model, alias and version of each move of an alias that this person made."""

    def schema(self, catalog: str, *names: str) -> None:
        """A catalog with schemas."""
        self.call("POST", f"{UC}/catalogs", {"name": catalog})
        for name in names:
            self.call("POST", f"{UC}/schemas", {"catalog_name": catalog, "name": name})

    def register(
        self, model: str, metrics: Mapping[str, float] | None = None, dataset: str = "holdout", files: int = 1
    ) -> int:
        """A finished version with these metrics and so many files beside MLmodel; makes the model if need be."""
        run, logged = self.log(metrics or {}, dataset)
        return self.filled(model, files, source=f"models:/{logged}", run_id=run, model_id=logged)

    def filled(self, model: str, files: int = 1, extra: Mapping[str, bytes] | None = None, **fields: Any) -> int:
        """A finished version with so many files beside MLmodel, of this source and run; makes the model if need be.

        `extra` are further files, or another MLmodel.
        """
        if self.find(f"{UC}/models/{model}") is None:
            catalog, schema, name = model.split(".")
            self.call("POST", f"{UC}/models", {"catalog_name": catalog, "schema_name": schema, "name": name})
        number = self.begin(model, **fields)
        parts = {f"data/part-{n}.bin": bytes([n]) * 1000 for n in range(files)}
        for path, content in {"MLmodel": MLMODEL.encode(), **parts, **(extra or {})}.items():
            self.put(model, number, path, content)
        self.finalize(model, number)
        return number

    def finalize(self, model: str, number: int) -> None:
        self.call("PATCH", f"{UC}/models/{model}/versions/{number}/finalize", {"full_name": model, "version": number})

    def log(self, metrics: Mapping[str, float | str], dataset: str) -> tuple[str, str]:
        """A run and its logged model with these metrics, measured on that dataset."""
        if not self._experiment:
            name = {"name": f"/Shared/{uuid4().hex}"}
            self._experiment = str(self.call("POST", f"{MLFLOW}/experiments/create", name)["experiment_id"])
        made = self.call("POST", f"{MLFLOW}/runs/create", {"experiment_id": self._experiment, "start_time": 1})
        run = str(made["run"]["info"]["run_id"])
        body = {"experiment_id": self._experiment, "name": "model", "source_run_id": run}
        logged = str(self.call("POST", f"{MLFLOW}/logged-models", body)["model"]["info"]["model_id"])
        for key, value in metrics.items():
            entry = {"run_id": run, "model_id": logged, "key": key, "value": value, "timestamp": 1, "step": 0}
            on = {"dataset_name": dataset, "dataset_digest": f"digest-{dataset}"} if dataset else {}
            self.call("POST", f"{MLFLOW}/runs/log-metric", {**entry, **on})
        return run, logged

    def begin(self, model: str, **fields: Any) -> int:
        """A version that waits for its files."""
        catalog, schema, name = model.split(".")
        body = {"catalog_name": catalog, "schema_name": schema, "model_name": name, **fields}
        return int(self.call("POST", f"{UC}/models/versions", body)["version"])

    def put(self, model: str, version: int, path: str, content: bytes) -> None:
        at = f"/api/2.0/fs/files/Models/{model.replace('.', '/')}/{version}/{path}?overwrite=true"
        self._send("PUT", at, content, "application/octet-stream")

    def file(self, model: str, version: int, path: str) -> bytes:
        return self._send("GET", f"/api/2.0/fs/files/Models/{model.replace('.', '/')}/{version}/{path}", None, "")

    def aliases(self, model: str) -> dict[str, int]:
        found = self.find(f"{UC}/models/{model}?include_aliases=true") or {}
        return {a["alias_name"]: a["version_num"] for a in found.get("aliases") or ()}

    def point(self, model: str, alias: str, version: int) -> None:
        self.pointed.add((model, alias, version))
        self.call("PUT", f"{UC}/models/{model}/aliases/{alias}", {"version_num": version})

    def tags(self, model: str, version: int | None = None) -> dict[str, str]:
        at = f"{UC}/models/{model}" + (f"/versions/{version}" if version else "")
        return {t["key"]: t["value"] for t in (self.find(at) or {}).get("tags") or ()}

    def tag(self, model: str, version: int | None = None, **tags: str) -> None:
        """Put tags on a version, or on the model."""
        at = f"subentity-tags/FUNCTION/{model}/{version}" if version else f"securable-tags/FUNCTION/{model}"
        added = [{"key": key, "value": value} for key, value in tags.items()]
        self.call("PATCH", f"{UC}/{at}", {"changes": {"add_tags": added}})

    def versions(self, model: str) -> dict[int, Mapping[str, Any]]:
        if self.find(f"{UC}/models/{model}") is None:
            return {}
        return {v["version"]: v for v in self._pages(f"{UC}/models/{model}/versions", "model_versions")}

    def version(self, model: str, number: int) -> Any:
        """One version as the service tells it, None where it does not exist."""
        return self.find(f"{UC}/models/{model}/versions/{number}")

    def files(self, model: str, number: int) -> dict[str, bytes]:
        """The content of all files of a version by their paths."""
        root = f"/Models/{model.replace('.', '/')}/{number}"
        folders, found = [root], list[str]()
        for folder in folders:  # grows on the way
            for entry in self._pages(f"/api/2.0/fs/directories{quote(folder)}", "contents"):
                at = str(entry["path"])
                folders.append(at.rstrip("/")) if entry.get("is_directory") else found.append(at)
        return {
            at.removeprefix(f"{root}/"): self._send("GET", f"/api/2.0/fs/files{quote(at)}", None, "") for at in found
        }

    def find(self, at: str) -> Any:
        """The answer of a GET, None for 404."""
        try:
            return self.call("GET", at)
        except HTTPError as error:
            if error.code != 404:
                raise
            return None

    def call(self, method: str, at: str, body: Mapping[str, Any] | None = None) -> Any:
        content = None if body is None else json.dumps(body).encode()
        return json.loads(self._send(method, at, content, "application/json") or b"{}")

    def _pages(self, at: str, field: str) -> Iterator[Mapping[str, Any]]:
        token = ""
        while True:
            answer = self.call("GET", f"{at}?page_token={quote(token)}" if token else at)
            yield from answer.get(field) or ()
            token = answer.get("next_page_token") or ""
            if not token:
                return

    def _send(self, method: str, at: str, content: bytes | None, kind: str) -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", **({"Content-Type": kind} if kind else {})}
        request = Request(f"{self._url}{at}", content, headers, method=method)  # noqa: S310 - our own lakehouse
        try:
            with urlopen(request, timeout=20) as answer:  # noqa: S310 - our own lakehouse
                return bytes(answer.read())
        except HTTPError as error:
            error.add_note(error.read().decode())
            raise
