"""What the files of a model version require, as whoever serves it would read them. Pure, on untrusted text.

MLflow takes the environment from the files that `MLmodel` names: `conda.yaml` or `python_env.yaml`, which lead to
`requirements.txt`. What would take packages from elsewhere is refused by the name of the file and the key.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lakeward.providers.databricks import plain_yaml
from lakeward.providers.databricks.plain_yaml import NotPlain

MLMODEL, REQUIREMENTS, CONDA, PYTHON_ENV = "MLmodel", "requirements.txt", "conda.yaml", "python_env.yaml"
PIP, BUILD = f"{CONDA} (pip)", f"{PYTHON_ENV} (build)"
UV = frozenset({"uv.lock", "uv.toml", "pyproject.toml"})
"""Files of a model that uv obeys where it lies, so that packages come from elsewhere or are other ones. MLflow's
`_create_virtualenv` uses uv by default, with `uv sync` where there is a lock.
"""
UV_SAYS = "has uv take packages as it says, whatever the requirements are; log the model without it"
REFUSED = " (refused)"
"""Behind the name of a file: what of it is refused, each as the end of a sentence that starts with its name."""
ENVIRONMENTS = {"conda": CONDA, "virtualenv": PYTHON_ENV}
CONDA_KEYS = frozenset({"name", "channels", "dependencies"})
PYTHON_ENV_KEYS = frozenset({"python", "build_dependencies", "dependencies"})
REFERENCE = f"-r {REQUIREMENTS}"
_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
_PYTHON = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}", re.ASCII)
_SAYABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,49}", re.ASCII)


class Unfit(Exception):  # noqa: N818 - said of the file, which is somebody else's
    """Why `file` is not read, as the end of a sentence that starts with its name."""

    def __init__(self, file: str, why: str) -> None:
        super().__init__(why)
        self.file = file


@dataclass(frozen=True)
class Contents:
    """The bytes of the files at the root that are read, by name, and the names of all files there are.

    Raises Unfit on what is not read at all.
    """

    files: Mapping[str, bytes]
    beside: Collection[str] = ()

    def requirements(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Lines as they are written, by where they stand.

        `requirements.txt`, `conda.yaml`, `conda.yaml (pip)`, `python_env.yaml`, `python_env.yaml (build)`; and what is
        refused by the name of its file and ` (refused)`.
        """
        if REQUIREMENTS in self.files:
            yield REQUIREMENTS, self._text(REQUIREMENTS)
        if CONDA in self.files:
            yield from self._conda(self.mapping(CONDA))
        if PYTHON_ENV in self.files:
            yield from self._python_env(self.mapping(PYTHON_ENV))
        yield from _refused(MLMODEL, _elsewhere(self.mapping(MLMODEL)))
        for name in sorted(UV.intersection(self.beside)):
            yield from _refused(name, [UV_SAYS])

    def mapping(self, name: str) -> Mapping[str, Any]:
        """A file of YAML; empty where it is, or is not there."""
        try:
            found = plain_yaml.load(self.files[name]) if name in self.files else None
        except NotPlain as why:
            raise Unfit(name, str(why)) from None
        if found is None:
            return {}
        if not isinstance(found, Mapping) or not all(isinstance(key, str) for key in found):
            raise Unfit(name, "is no mapping of names")
        return found

    def _conda(self, told: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        packages = _list(CONDA, told, "dependencies")
        yield CONDA, tuple(entry for entry in packages if isinstance(entry, str))
        lists = [_pip(entry) for entry in packages if not isinstance(entry, str)]
        lines = [line for lines in lists for line in lines]
        if lists:
            yield PIP, tuple(lines)
        channels = _channels(told.get("channels") or [])
        yield from _refused(CONDA, [*_keys(told, CONDA_KEYS), *channels, *_continued("pip", lines)])

    def _python_env(self, told: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
        why = [*_keys(told, PYTHON_ENV_KEYS), *_python(told.get("python"))]
        for place, key in ((PYTHON_ENV, "dependencies"), (BUILD, "build_dependencies")):
            lines = _list(PYTHON_ENV, told, key)
            if not all(isinstance(line, str) for line in lines):
                raise Unfit(PYTHON_ENV, f"has an entry of {key} that is no line")
            # what that file requires is read there
            yield place, tuple(line for line in lines if line.strip() != REFERENCE)
            why += _continued(key, lines)
        yield from _refused(PYTHON_ENV, why)

    def _text(self, name: str) -> tuple[str, ...]:
        """Its lines, at line feeds alone: what else may end a line is told of by whoever reads them."""
        try:
            lines = self.files[name].decode().split("\n")
        except UnicodeDecodeError:
            raise Unfit(name, "is not text") from None
        return tuple(line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1]))


def _list(name: str, told: Mapping[str, Any], key: str) -> list[Any]:
    found = told.get(key) or []
    if not isinstance(found, list):
        raise Unfit(name, f"has no list of {key}")
    return found


def _pip(entry: object) -> list[str]:
    lines = entry.get("pip") if isinstance(entry, Mapping) and len(entry) == 1 else None
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise Unfit(CONDA, "has a dependency that is neither a line nor a list of lines for pip")
    return lines


def _continued(key: str, lines: Iterable[str]) -> Iterator[str]:
    """An entry that goes on in the next one is another line for whoever puts them into a file, or leaves some out."""
    if any(line.endswith("\\") for line in lines):
        yield f"has in the key {key} an entry that ends with a backslash; write each requirement in one entry"


def _refused(name: str, why: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    found = tuple(why)
    if found:
        yield f"{name}{REFUSED}", found


def _keys(told: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    for key in sorted(told.keys() - known):
        yield f"has {_said(key)}, which is not accepted; take it out"


def _python(told: object) -> Iterator[str]:
    if told is not None and not _PYTHON.fullmatch(str(told)):
        yield "has in the key python what is no version; write it as 3.11.4"


def _channels(told: object) -> Iterator[str]:
    channels = told if isinstance(told, list) else [told]
    if not all(isinstance(one, str) and _CHANNEL.fullmatch(one) for one in channels):
        yield "has in the key channels what is no plain name of a channel; name channels without URLs and paths"


def _elsewhere(mlmodel: Mapping[str, Any]) -> Iterator[str]:
    """What of the environment that `MLmodel` names is not in the files that are read."""
    flavors = mlmodel.get("flavors")
    flavor = flavors.get("python_function") if isinstance(flavors, Mapping) else None
    env = flavor.get("env") if isinstance(flavor, Mapping) else None
    at = "flavors.python_function.env"
    named = {"conda": env} if isinstance(env, str) else env or {}
    if not isinstance(named, Mapping):
        yield f"has in the key {at} neither a name nor names of files; name {CONDA} and {PYTHON_ENV}"
        return
    for key in sorted(named, key=str):
        if key not in ENVIRONMENTS:
            yield f"has in the key {at} {_said(str(key))}, which is not accepted; take it out"
        elif named[key] != ENVIRONMENTS[key]:
            yield f"names in the key {at} another file than {ENVIRONMENTS[key]}; put the environment into that one"


def _said(key: str) -> str:
    return f"the key {key}" if _SAYABLE.fullmatch(key) else "a key of strange characters"
