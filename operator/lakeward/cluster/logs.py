"""Log lines: text or JSON, each with the object that it is about. Tokens are cut out of whatever is logged.

Knows no Kubernetes. The object travels in a context variable, so that every room logs without being told about it.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_OBJECT: ContextVar[str] = ContextVar("object", default="")
# a second belt: nothing logs credentials on purpose
_SECRETS = re.compile(
    r"(?i:(bearer|basic)\s+)[\w.~+/=-]{8,}"
    r"|\bdapi[0-9a-f]{16,}(-\d+)?\b"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|(?i:(client_secret|access_token|password)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,]{4,}"
)


@contextmanager
def about(name: object) -> Iterator[None]:
    """Everything that is logged inside is about this object."""
    token = _OBJECT.set(str(name))
    try:
        yield
    finally:
        _OBJECT.reset(token)


def configure(form: str, level: str) -> None:
    """Send the logs of the process to standard error; Kopf says only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("kopf", "aiohttp", "urllib3", "databricks"):
        logging.getLogger(name).setLevel(logging.WARNING)


def redacted(text: str) -> str:
    """The text without what looks like a credential."""
    return _SECRETS.sub("[redacted]", text)


class TextLines(logging.Formatter):
    """`time LEVEL object: message`, and the traceback below it where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        subject = _OBJECT.get() or record.name
        text = f"{_moment(record)} {record.levelname:<7} {subject}: {record.getMessage()}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return redacted(text)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "object": _OBJECT.get(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps({name: value for name, value in line.items() if value}, ensure_ascii=False)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
