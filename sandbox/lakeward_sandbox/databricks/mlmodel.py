"""What Unity Catalog demands of a model's files: an `MLmodel` that names the signature's inputs and outputs."""

import json
from pathlib import Path

import yaml

_LARGEST = 16 * 1024 * 1024


def problem(folder: Path) -> str | None:
    """Why these files cannot be registered, or None."""
    path = folder / "MLmodel"
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return "The model version has no valid MLmodel file."
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError):
        return "The model version's MLmodel file is not YAML."
    signature = content.get("signature") if isinstance(content, dict) else None
    if not isinstance(signature, dict):
        return "All models in the Unity Catalog must be logged with a model signature: this one has none."
    for part in ("inputs", "outputs"):
        if not _specified(signature.get(part)):
            return f"All models in the Unity Catalog must be logged with a model signature: this one has no {part}."
    return None


def _specified(part: object) -> bool:
    """MLflow writes each part as a JSON text of a non-empty list."""
    try:
        columns = json.loads(part) if isinstance(part, str) else part
    except ValueError:
        return False
    return bool(columns)
