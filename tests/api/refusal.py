"""A change of a good manifest that must be refused, and how the tables of them write it."""

from typing import Any, NamedTuple

from api.manifests import APPROVAL, GONE, PROMOTION, WORKSPACE, Body, Path, changed

LOWER = "because Unity Catalog lower-cases names"
DECIMAL = 'must be a decimal number in quotes, for example "0.82"'
DURATION = "must be a number and one of s, m, h, d, for example 30m"
OBJECT = "must be the name of an object in this namespace"


class Refusal(NamedTuple):
    """A change of a good manifest, the field that both must name, and the words that the API server says about it."""

    base: Body
    path: Path
    value: Any
    field: str
    words: str

    @property
    def manifest(self) -> Body:
        return changed(self.base, self.path, self.value)

    def __str__(self) -> str:
        return f"{self.base['kind']}.{'.'.join(str(step) for step in self.path)}={self._shown()}"

    def _shown(self) -> str:
        return "GONE" if self.value is GONE else str(self.value)[:40]


def workspace(path: str, value: object, words: str, field: str | None = None) -> Refusal:
    return refusal(WORKSPACE, path, value, words, field)


def promotion(path: str, value: object, words: str, field: str | None = None) -> Refusal:
    return refusal(PROMOTION, path, value, words, field)


def approval(path: str, value: object, words: str, field: str | None = None) -> Refusal:
    return refusal(APPROVAL, path, value, words, field)


def refusal(base: Body, path: str, value: object, words: str, field: str | None = None) -> Refusal:
    """The field is the one at the path, unless another one is named; a number in the path is an item of a list."""
    steps = tuple(int(step) if step.isdigit() else step for step in path.split("."))
    return Refusal(base, steps, value, field or "spec" + "".join(_shown(step) for step in steps), words)


def _shown(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"
