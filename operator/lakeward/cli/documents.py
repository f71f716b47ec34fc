"""The documents of one manifest file, as the API server would be sent them. Knows no kind.

Anybody who may change a manifest wrote them: whatever they are, reading them takes bounded memory and ends with the
documents or with one sentence.
"""

import json as json_
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

LARGEST = 8 * 2**20
MOST = 1_000_000
"""Entries of one text with all that its aliases repeat: a few lines of them may stand for more than fits in memory."""
LETTERS = 64
"""So many characters of a value count as one more entry."""
LONGEST_NUMBER = 64
"""Numbers of base 60 take time with the square of their length."""
TIMESTAMP, INT, FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("timestamp", "int", "float"))


class Unreadable(Exception):  # noqa: N818 - said of the text, which is the user's
    """Why the text holds no documents, as one sentence that starts with the line where it is known."""


class _Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: what looks like a date is text. Counts before it makes anything."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._entries = 0
        self._anchored: dict[str, int] = {}

    def compose_document(self) -> yaml.Node | None:
        self._anchored = {}
        return super().compose_document()

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event, before = self.peek_event(), self._entries  # type: ignore[no-untyped-call]  # its stubs are incomplete
        node = super().compose_node(parent, index)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchored:
                raise Unreadable("a document is a part of itself")
            self._entries += self._anchored[event.anchor]
        else:
            self._entries += 1 + (len(node.value) // LETTERS if isinstance(node, yaml.ScalarNode) else 0)
            self._anchored[event.anchor] = self._entries - before
        if self._entries > MOST:
            raise Unreadable(f"the text has more than {MOST} entries with what its aliases repeat: give it in parts")
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: ANN401 - as it is there
        kind = node.tag.rpartition(":")[2]
        if node.tag in {INT, FLOAT} and len(node.value) > LONGEST_NUMBER:
            raise ConstructorError(None, None, f"a number has more than {LONGEST_NUMBER} characters", node.start_mark)
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, OverflowError):
            # what a tag says, or what only looks like a number
            raise ConstructorError(
                None, None, f"a value is not the {kind} that it is said to be", node.start_mark
            ) from None


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def text_of(place: Path) -> str:
    """The text of a file. Raises Unreadable for one that is too large, no text, or no regular file."""
    try:
        # a device has no end, and to open a pipe waits for somebody who writes
        if not stat.S_ISREG(place.stat().st_mode):
            raise Unreadable("is no regular file: only such are read")
        with place.open("rb") as file:
            found = file.read(LARGEST + 1)
        if len(found) > LARGEST:
            raise Unreadable(f"is larger than {LARGEST // 2**20} MiB: split it")
        return found.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("is not text in UTF-8") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None


def load(text: str, *, json: bool = False) -> Iterator[Mapping[str, Any]]:
    """The objects in the text; empty documents are left out. Raises Unreadable at the first that is none."""
    with _refusals():
        for document in [json_.loads(text)] if json else yaml.load_all(text, _Loader):
            if document is not None:
                yield _object(document)


def nodes(text: str) -> tuple[yaml.Node, ...]:
    """The documents of a text as YAML sees them, with their places. Raises Unreadable."""
    with _refusals():
        return tuple(yaml.compose_all(text, _Loader))


@contextmanager
def _refusals() -> Iterator[None]:
    """Makes what the parsers raise one sentence."""
    try:
        yield
    except json_.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno} is no JSON: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else "the text"
        raise Unreadable(f"{line} is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise Unreadable(f"the text is no YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise Unreadable("the text is nested too deeply") from None
    except (ValueError, OverflowError):
        # numbers of JSON, escapes of YAML: neither parser says where
        raise Unreadable("a number or an escape in the text is too large") from None


def _object(document: object) -> Mapping[str, Any]:
    # what JSON cannot write, the API server could not be sent
    try:
        json_.dumps(document)
    except (TypeError, ValueError):
        raise Unreadable("a document is not what JSON can say") from None
    if not isinstance(document, Mapping):
        raise Unreadable("a document is no object with apiVersion, kind and metadata")
    return document
