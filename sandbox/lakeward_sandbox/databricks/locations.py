"""Where a path of the Files API points: the files of a model version, or the artifacts of a run or a logged model.
It knows which paths are safe, not how bytes move.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks import blobs, models, versions
from lakeward_sandbox.databricks.models import Model
from lakeward_sandbox.errors import ApiError, invalid, invalid_state

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_SEGMENT = 255
_DEEPEST = 64
_MODELS_ROOT = ("Models",)
_ARTIFACTS_ROOT = ("WorkspaceInternal", "Mlflow", "Artifacts")
_ARTIFACT_OWNERS = {"Runs", "LoggedModels"}


@dataclass(frozen=True)
class Location:
    """A place below a root folder; `asked` is the path as the client wrote it. Without `inside` it is the root."""

    asked: str
    root: Path
    inside: tuple[str, ...]
    model: Model | None = None
    number: int = 0

    @property
    def path(self) -> Path:
        return self.root.joinpath(*self.inside)


def locate(call: Call, asked: str) -> Location:
    """The location of a path, or 400 where the path is unsafe, or 404 where nothing can ever lie there."""
    asked = asked.removesuffix("/")
    segments = _segments(asked)
    if segments[:1] == _MODELS_ROOT and len(segments) > 4:  # noqa: PLR2004 - /Models/c/s/m/version
        model = models.find(call, ".".join(segments[1:4]))
        number = versions.find(call, model, versions.number(segments[4])).number
        return Location(asked, blobs.version_folder(call.state.folder, model.id, number), segments[5:], model, number)
    owned = segments[len(_ARTIFACTS_ROOT) :]
    if segments[: len(_ARTIFACTS_ROOT)] == _ARTIFACTS_ROOT and len(owned) > 2 and owned[1] in _ARTIFACT_OWNERS:  # noqa: PLR2004 - /…/experiment/kind/id
        root = blobs.artifacts_folder(call.state.folder, call.workspace.name).joinpath(*owned[:3])
        return Location(asked, root, owned[3:])
    raise nothing_at(asked)


def require_writable(call: Call, location: Location) -> None:
    """What was finalized never changes its bytes."""
    if location.model is None:
        return
    version = versions.find(call, location.model, location.number)
    if version.status != versions.Status.PENDING:
        raise invalid_state(
            f"Model version {version.number} of '{location.model.full_name}' is {version.status}:"
            " its files can be written only while it is PENDING_REGISTRATION."
        )


def nothing_at(asked: str) -> ApiError:
    """404 as the Files API writes it."""
    return ApiError(404, "NOT_FOUND", f"The path {asked} does not exist.")


def _segments(asked: str) -> tuple[str, ...]:
    segments = tuple(asked.split("/"))[1:]
    if not asked.startswith("/") or len(segments) > _DEEPEST or not all(_is_safe(segment) for segment in segments):
        raise invalid(
            f"Invalid path: {asked!r}. A path is absolute, and its names are not empty, not . or .., free of control"
            f" characters and at most {_LONGEST_SEGMENT} bytes long."
        )
    return segments


def _is_safe(segment: str) -> bool:
    fits = 0 < len(segment.encode(errors="surrogatepass")) <= _LONGEST_SEGMENT
    return fits and segment not in {".", ".."} and _CONTROL.search(segment) is None
