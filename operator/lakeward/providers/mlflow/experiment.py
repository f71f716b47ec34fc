"""An MLflow experiment of one workspace, by its path. Its owner mark is a tag written with it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self
from urllib.parse import quote

from lakeward.engine.diff import Changes, Immutable
from lakeward.engine.resource import Observed, Phase, Resource
from lakeward.providers.mlflow.tracking import MLFLOW, Json, Tracking

MARK = "lakeward_owner"


@dataclass(frozen=True)
class Experiment(Resource[Tracking]):
    """An experiment by workspace path; where its runs keep artifacts is fixed when it is made.

    `active`: a deleted experiment keeps its name and its runs, so one that is wanted is restored, not made anew.
    """

    kind: ClassVar[str] = "mlflow.experiment"

    path: str
    artifact_location: Annotated[str | None, Immutable()] = None
    active: bool | None = None

    @property
    def key(self) -> str:
        return self.path

    @classmethod
    def at(cls, key: str) -> Self:
        return cls(path=key)

    def observe(self, client: Tracking) -> Observed | None:
        at = self._by_name()
        found = client.scanned(at, lambda: client.api.find(at))
        experiment = (found or {}).get("experiment")
        if not experiment or (_deleted(experiment) and self.active is None):
            return None
        return self._seen(experiment)

    def create(self, client: Tracking) -> Observed:
        where = {"artifact_location": self.artifact_location} if self.artifact_location else {}
        body = {"name": self.path, **where, "tags": [{"key": MARK, "value": self.owner}]}
        with client.changing(self._by_name()):
            made = client.api.do("POST", f"{MLFLOW}/experiments/create", body=body)
        state = Experiment(path=self.path, artifact_location=self.artifact_location, active=True, owner=self.owner)
        return Observed(state, outputs={"id": str(made.get("experiment_id", ""))})

    def update(self, client: Tracking, now: Observed, changes: Changes) -> Observed:
        what = {"experiment_id": now.outputs["id"]}
        restored = any(c.field == "active" for c in changes)
        with client.changing(self._by_name()):
            if restored:
                client.api.do("POST", f"{MLFLOW}/experiments/restore", body=what)
            else:
                mark = {**what, "key": MARK, "value": self.owner}
                client.api.do("POST", f"{MLFLOW}/experiments/set-experiment-tag", body=mark)
        return now

    def delete(self, client: Tracking) -> None:
        with client.changing(self._by_name()):
            experiment = (client.api.find(self._by_name()) or {}).get("experiment")
            if experiment and not _deleted(experiment):
                body = {"experiment_id": experiment["experiment_id"]}
                client.api.do("POST", f"{MLFLOW}/experiments/delete", body=body)

    def _by_name(self) -> str:
        return f"{MLFLOW}/experiments/get-by-name?experiment_name={quote(self.path, safe='')}"

    def _seen(self, found: Json) -> Observed:
        marks = {str(t["key"]): str(t.get("value", "")) for t in found.get("tags") or ()}
        location = str(found.get("artifact_location") or "")
        active = not _deleted(found)
        state = Experiment(path=self.path, artifact_location=location, active=active, owner=marks.get(MARK, ""))
        return Observed(state, Phase.READY, outputs={"id": str(found["experiment_id"])})


def _deleted(experiment: Json) -> bool:
    return experiment.get("lifecycle_stage") == "deleted"
