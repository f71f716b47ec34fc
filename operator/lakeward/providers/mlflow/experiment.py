"""An MLflow experiment of one workspace, by its path. Its owner mark is a tag written with it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self
from urllib.parse import quote

from lakeward.engine.diff import Changes, Immutable
from lakeward.engine.errors import Conflict
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Observed, Phase, Resource
from lakeward.providers.mlflow.tracking import MLFLOW, Json, Tracking

MARK = "lakeward_owner"


@dataclass(frozen=True)
class Experiment(Resource[Tracking]):
    """An experiment by workspace path; where its runs keep artifacts is fixed when it is made."""

    kind: ClassVar[str] = "mlflow.experiment"

    path: str
    artifact_location: Annotated[str | None, Immutable()] = None

    @property
    def key(self) -> str:
        return self.path

    @classmethod
    def at(cls, key: str) -> Self:
        return cls(path=key)

    def observe(self, client: Tracking) -> Observed | None:
        found = client.reading(self._by_name())
        experiment = (found or {}).get("experiment")
        return self._seen(experiment) if experiment else None

    def create(self, client: Tracking) -> Observed:
        client.forget(self._by_name())
        where = {"artifact_location": self.artifact_location} if self.artifact_location else {}
        body = {"name": self.path, **where, "tags": [{"key": MARK, "value": self.owner}]}
        made = client.api.do("POST", f"{MLFLOW}/experiments/create", body=body)
        state = Experiment(path=self.path, artifact_location=self.artifact_location, owner=self.owner)
        return Observed(state, outputs={"id": str(made.get("experiment_id", ""))})

    def update(self, client: Tracking, now: Observed, changes: Changes) -> Observed:  # noqa: ARG002 - only the mark
        client.forget(self._by_name())
        body = {"experiment_id": now.outputs["id"], "key": MARK, "value": self.owner}
        client.api.do("POST", f"{MLFLOW}/experiments/set-experiment-tag", body=body)
        return now

    def delete(self, client: Tracking) -> None:
        client.forget(self._by_name())
        found = client.api.find(self._by_name())
        experiment = (found or {}).get("experiment")
        if experiment:
            body = {"experiment_id": experiment["experiment_id"]}
            client.api.do("POST", f"{MLFLOW}/experiments/delete", body=body)

    def _by_name(self) -> str:
        return f"{MLFLOW}/experiments/get-by-name?experiment_name={quote(self.path, safe='')}"

    def _seen(self, found: Json) -> Observed:
        marks = {str(t["key"]): str(t.get("value", "")) for t in found.get("tags") or ()}
        if found.get("lifecycle_stage") == "deleted":
            # the name stays taken until somebody purges or restores it
            text = "an experiment of this path was deleted and keeps its name: restore it, or choose another path"
            raise Conflict(text, reason=Reason.CONFLICT, field="spec.mlflow.experiments")
        location = str(found.get("artifact_location") or "")
        state = Experiment(path=self.path, artifact_location=location, owner=marks.get(MARK, ""))
        return Observed(state, Phase.READY, outputs={"id": str(found["experiment_id"])})
