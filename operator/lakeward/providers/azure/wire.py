"""What Azure Resource Manager speaks, as plain values: answers, paths, pauses, and texts fit for a condition.

Knows neither the SDK nor any resource. A text never holds what differs between two looks at the same fact.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from lakeward.engine.errors import Problem

Json = Mapping[str, Any]
LONGEST_PAUSE = 3600.0
_PORTS = {"http": 80, "https": 443}
_GUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_PASSING = re.compile(
    r"https?://\S+"  # where an operation is followed
    rf"|(?<!/subscriptions/){_GUID}"  # requests, traces, etags
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?"
)


@dataclass(frozen=True)
class Reply:
    """One answer. `problem` is set when it is a refusal; `headers` are by lower-case name."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Json = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def pause(self) -> float | None:
        return pause(self.headers)

    @property
    def monitor(self) -> str:
        """Where the operation that it began is followed, empty when it began none."""
        return self.headers.get("azure-asyncoperation") or self.headers.get("location") or ""


def path(*segments: str) -> str:
    """A URL path of the given segments, each escaped."""
    return "".join(f"/{quote(s, safe='')}" for s in segments)


def pause(headers: Mapping[str, str]) -> float | None:
    """The seconds that an answer asks to wait, None when it asks for none."""
    for name, unit in (("x-ms-retry-after-ms", 0.001), ("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if re.fullmatch("[0-9]{1,9}", headers.get(name, "")):
            return min(int(headers[name]) * unit, LONGEST_PAUSE)
    return None


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL: tokens are sent to no other."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def told(code: str, messages: Iterable[str]) -> str:
    """What the service says, without what changes from call to call."""
    text = " ".join(" ".join(m.split()) for m in dict.fromkeys(messages) if m)
    text = _PASSING.sub("...", text)
    return f"{text or 'no reason given'} ({code})" if code else text or "no reason given"


def error_of(json: Json) -> tuple[str, list[str]]:
    """The code of an `error` member, and its messages from the general to the particular."""
    error = json.get("error")
    if not isinstance(error, Mapping):
        return "", []
    details = [d for d in error.get("details") or () if isinstance(d, Mapping)]
    return str(error.get("code") or ""), [str(e.get("message") or "") for e in (error, *details)]
