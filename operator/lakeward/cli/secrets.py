"""Values of Secrets without a cluster: those that `--secret` gives, then those of Secrets among the manifests.

Never repeats a value, and no part of an argument that may hold one by mistake.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lakeward.engine.errors import Invalid, Unavailable
from lakeward.engine.reasons import Reason

SHAPE = "must be [NAMESPACE/]NAME/KEY=@FILE or [NAMESPACE/]NAME/KEY=env:VARIABLE"
_WORD = "[-._a-zA-Z0-9]+"
_GIVEN = re.compile(rf"(?:(?P<namespace>{_WORD})/)?(?P<name>{_WORD})/(?P<key>{_WORD})=(?P<kind>@|env:)(?P<where>.+)")
Place = tuple[str, str, str]


class SecretError(ValueError):
    """A `--secret` that cannot be used, as one sentence."""


def given(arguments: Sequence[str], variable: Callable[[str], str]) -> dict[Place, str]:
    """The values of all `--secret` by namespace (empty: any), name and key. Raises SecretError for a bad one."""
    return dict(_given(n, text, variable) for n, text in enumerate(arguments, 1))


def _given(n: int, text: str, variable: Callable[[str], str]) -> tuple[Place, str]:
    found = _GIVEN.fullmatch(text)
    if found is None:
        which = "--secret" if n == 1 else f"--secret number {n}"
        raise SecretError(f"{which} {SHAPE}: a value itself would be seen by everybody on this machine")
    place = (found["namespace"] or "", found["name"], found["key"])
    return place, _value(found["kind"], found["where"], variable).rstrip("\r\n")


def _value(kind: str, where: str, variable: Callable[[str], str]) -> str:
    if kind == "env:":
        value = variable(where)
        if not value:
            raise SecretError(f"--secret: the variable {where} is not set")
        return value
    try:
        return Path(where).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SecretError(f"--secret: {where} is not text in UTF-8") from None
    except OSError as error:
        raise SecretError(f"--secret: {where} cannot be read: {error.strerror}") from None


@dataclass(frozen=True)
class Secrets:
    """All that is known: `bodies` of Secrets by namespace and name, and values that were `given`."""

    bodies: Mapping[tuple[str, str], Mapping[str, Any]]
    given: Mapping[Place, str]

    def value(self, namespace: str, name: str, key: str, field: str) -> str:
        """One value as text; Unavailable(SecretNotFound) says how to give it."""
        for place in ((namespace, name, key), ("", name, key)):
            if place in self.given:
                return self.given[place]
        body = self.bodies.get((namespace, name), {})
        plain, encoded = (_member(body, member).get(key) for member in ("stringData", "data"))
        if plain is not None:
            return str(plain).rstrip("\r\n")
        if encoded is not None:
            return _decoded(str(encoded), f'key "{key}" of Secret "{name}" in namespace "{namespace}"', field)
        has = f'has no key "{key}"' if body else "is not among the manifests"
        way = f"give it with --secret {name}/{key}=@FILE or --secret {name}/{key}=env:VARIABLE"
        text = f'Secret "{name}" in namespace "{namespace}" {has}: {way}'
        raise Unavailable(text, reason=Reason.SECRET_NOT_FOUND, field=field)


def _member(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = body.get(name)
    return member if isinstance(member, Mapping) else {}


def _decoded(text: str, which: str, field: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode().rstrip("\r\n")
    except (binascii.Error, UnicodeDecodeError):
        raise Invalid(f"{which} is not text in base64", field=field) from None
