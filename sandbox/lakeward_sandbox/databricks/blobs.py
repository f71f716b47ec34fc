"""Where the bytes of models and run artifacts lie on disk. It knows folders, not who may read them."""

import shutil
from collections.abc import Collection
from pathlib import Path

from lakeward_sandbox.folder import Folder


def version_folder(folder: Folder, model_id: str, number: int) -> Path:
    return folder.files / "models" / model_id / str(number)


def artifacts_folder(folder: Folder, workspace: str) -> Path:
    """Run artifacts are a workspace's own."""
    return folder.files / "artifacts" / workspace


def drafts_folder(folder: Folder) -> Path:
    """Uploads land here and move to their place when they are complete."""
    return folder.files / "drafts"


def remove(folder: Path) -> None:
    """All bytes below; none is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(folder: Folder, known: Collection[tuple[str, int]]) -> None:
    """Removes unfinished uploads and the bytes of deleted versions. Done at the start, when nobody reads."""
    shutil.rmtree(drafts_folder(folder), ignore_errors=True)
    drafts_folder(folder).mkdir(parents=True)
    for version in (folder.files / "models").glob("*/*"):
        if (version.parent.name, int(version.name)) not in known:
            shutil.rmtree(version)
