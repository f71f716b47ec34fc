"""Plain HTTP with a workspace of the lakehouse: what no client hides, and the shortest way to a model version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

from lakeward_sandbox.launch import Lakehouse

UC = "/api/2.1/unity-catalog"
LEGACY = "/api/2.0/mlflow/unity-catalog"
FS = "/api/2.0/fs"
SIGNATURE = {"inputs": '[{"type": "double", "name": "x"}]', "outputs": '[{"type": "long"}]'}
MLMODEL = json.dumps({"flavors": {"python_function": {"loader_module": "nothing"}}, "signature": SIGNATURE}).encode()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        return f"{self.status} {self.json['error_code']}"


@dataclass(frozen=True)
class Talk:
    """One principal at one workspace."""

    url: str
    token: str | None

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One exchange on a connection of its own."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        target = f"{path}?{urlencode(query)}" if query else path
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=20)
        try:
            connection.request(method, target, content, {**sent, **(headers or {})})
            with connection.getresponse() as response:
                return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def good(self, method: str, path: str, body: object = None, **more: Any) -> Any:
        """The JSON of an exchange that must succeed."""
        answer = self.ask(method, path, body, **more)
        assert answer.status < 300, (method, path, answer)
        return answer.json if answer.content else None

    def schema(self) -> str:
        """A new schema in a catalog of its own."""
        catalog = f"c{uuid4().hex[:10]}"
        self.good("POST", f"{UC}/catalogs", {"name": catalog})
        self.good("POST", f"{UC}/schemas", {"catalog_name": catalog, "name": "models"})
        return f"{catalog}.models"

    def model(self, schema: str, name: str = "churn") -> str:
        catalog, _, last = schema.partition(".")
        self.good("POST", f"{UC}/models", {"catalog_name": catalog, "schema_name": last, "name": name})
        return f"{schema}.{name}"

    def pending(self, model: str, **fields: object) -> int:
        """The number of a version that waits for its files."""
        catalog, schema, name = model.split(".")
        body = {"catalog_name": catalog, "schema_name": schema, "model_name": name, "source": "dbfs:/made/by/hand"}
        return int(self.good("POST", f"{UC}/models/versions", {**body, **fields})["version"])

    def put(self, path: str, content: bytes, **query: object) -> Answer:
        return self.ask("PUT", f"{FS}/files{quote(path)}", query=query, content=content)

    def finalize(self, model: str, number: int) -> Any:
        return self.good("PATCH", f"{UC}/models/{model}/versions/{number}/finalize", {"full_name": model})

    def ready(self, model: str, **fields: object) -> int:
        """The number of a version with its files."""
        number = self.pending(model, **fields)
        assert self.put(f"{root(model, number)}/MLmodel", MLMODEL).status == 204
        assert self.finalize(model, number)["status"] == "READY"
        return number


def root(model: str, number: int) -> str:
    return f"/Models/{model.replace('.', '/')}/{number}"


def new_model(schema: str, name: str) -> dict[str, str]:
    """The body that creates a model."""
    catalog, _, last = schema.partition(".")
    return {"catalog_name": catalog, "schema_name": last, "name": name}


def talk(house: Lakehouse, principal: str | None = "lakeward", workspace: str = "dev") -> Talk:
    return Talk(house.workspace(workspace).url, house.token(principal) if principal else None)
