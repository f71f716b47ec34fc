"""Where manifests ask for proposals: the marker comment behind the integer of spec.source.version. Pure.

version: 17   # {"$lakeward-propose": "latest where validation_status=passed"}
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from lakeward.cli.directory import Fault
from lakeward.cli.documents import Unreadable, nodes
from lakeward.cli.propose_policy import Policy, PolicyError, parse
from lakeward.engine.outcome import Key

MARKER = "$lakeward-propose"
SHAPE = f'must be {{"{MARKER}": "latest where ..."}}, without a backslash'
PLACE = "must stand behind the integer of spec.source.version of a ModelPromotion"
SEVERAL = "one integer is the version of several promotions: give each its own"
_REST = re.compile("[^\r\n\x85\u2028\u2029]*")
_COMMENT = re.compile(r'[ \t]+#[ \t]*\{[ \t]*"\$lakeward-propose"[ \t]*:[ \t]*"(?P<policy>[^"\\]*)"[ \t]*\}[ \t]*')
_INTEGER = re.compile("[1-9][0-9]{0,9}")


@dataclass(frozen=True)
class Mark:
    """One integer that may be edited.

    key          the promotion; `namespace` is what its document says, which a kustomization may override
    file, line   where the integer stands, the line from 1
    start, end   the integer in the text of the file, in characters
    pin          the integer
    """

    key: Key
    namespace: str
    file: str
    line: int
    start: int
    end: int
    pin: int
    policy: Policy


def marks(file: str, text: str, keys: Sequence[Key]) -> tuple[list[Mark], list[Fault]]:
    """The markers of a file, for the promotions that were read from it, and what is wrong with others.

    A text that is no YAML has none: whoever read the promotions has told that already.
    """
    try:
        return _Finder(file, text, keys).find()
    except (Unreadable, RecursionError):
        return [], []


class _Finder:
    """Goes through one file."""

    def __init__(self, file: str, text: str, keys: Sequence[Key]) -> None:
        self._file = file
        self._text = text
        self._keys = keys
        self._marks: list[Mark] = []
        self._faults: list[Fault] = []

    def find(self) -> tuple[list[Mark], list[Fault]]:
        documents = nodes(self._text)
        versions: dict[tuple[int, int], list[yaml.MappingNode]] = defaultdict(list)
        for promotion in (found for document in documents for found in _promotions(document)):
            version = _at(promotion, "spec", "source", "version")
            if isinstance(version, yaml.ScalarNode):
                # by an alias one integer may be the version of several
                versions[version.start_mark.index, version.end_mark.index].append(promotion)
        comments = self._comments()
        seen = {stands for place, those in versions.items() for stands in self._look(those, *place, comments)}
        for at in sorted(comments - seen):
            self._wrong(at, f"the marker {PLACE}")
        return self._marks, self._faults

    def _look(self, those: list[yaml.MappingNode], start: int, end: int, comments: set[int]) -> Iterator[int]:
        """Takes the marker behind an integer, and yields where it stands if it was taken or told as wrong."""
        rest = _REST.match(self._text, end)
        stands = self._text.find(MARKER, end, rest.end() if rest else end)
        if stands not in comments:
            return
        yield stands
        try:
            self._take(those, start, end)
        except PolicyError as error:
            self._wrong(error.at, str(error))

    def _take(self, those: list[yaml.MappingNode], start: int, end: int) -> None:
        promotion, *others = those
        if others:
            raise PolicyError(start, SEVERAL)
        rest = _REST.match(self._text, end)
        comment = _COMMENT.fullmatch(self._text, end, rest.end() if rest else end)
        if comment is None:
            raise PolicyError(self._text.index("#", end), f"the marker {SHAPE}")
        if not _INTEGER.fullmatch(self._text, start, end):
            raise PolicyError(start, "spec.source.version must be a plain integer to be proposed for")
        try:
            policy = parse(comment["policy"])
        except PolicyError as error:
            raise PolicyError(comment.start("policy") + error.at, str(error)) from None
        namespace = _text(promotion, "metadata", "namespace")
        key = self._key(namespace, _text(promotion, "metadata", "name"), start)
        line, _ = self._place(start)
        pin = int(self._text[start:end])
        self._marks.append(Mark(key, namespace, self._file, line, start, end, pin, policy))

    def _key(self, namespace: str, name: str, start: int) -> Key:
        """The promotion of this document, whose namespace a kustomization may have set."""
        named = [key for key in self._keys if key.name == name]
        exact = [key for key in named if key.namespace == namespace]
        found = exact or named
        if len(found) > 1:
            raise PolicyError(start, SEVERAL)
        if not found:
            raise PolicyError(start, f"ModelPromotion {name} was not read from here: see what else is wrong with it")
        return found[0]

    def _comments(self) -> set[int]:
        """Where the word of the marker stands, outside of values."""
        found = {m.start() for m in re.finditer(re.escape(MARKER), self._text)}
        if not found:
            return found
        values = [t for t in yaml.scan(self._text, yaml.SafeLoader) if isinstance(t, yaml.ScalarToken)]
        return {at for at in found if not any(v.start_mark.index <= at < v.end_mark.index for v in values)}

    def _wrong(self, at: int, message: str) -> None:
        line, column = self._place(at)
        self._faults.append(Fault(self._file, f"line {line}, column {column}: {message}"))

    def _place(self, at: int) -> tuple[int, int]:
        """Line and column, both from 1."""
        before = self._text[:at]
        return before.count("\n") + 1, at - before.rfind("\n")


def _promotions(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """The promotion that a document is, or those that a list holds."""
    if not isinstance(node, yaml.MappingNode):
        return
    if _text(node, "kind") == "ModelPromotion":
        yield node
    items = _at(node, "items")
    if isinstance(items, yaml.SequenceNode):
        for item in items.value:
            yield from _promotions(item)


def _at(node: yaml.Node, *path: str) -> yaml.Node | None:
    """The node behind these names; the last of two equal names counts, as it does when the manifest is read."""
    found: yaml.Node | None = node
    for name in path:
        members: Mapping[str, yaml.Node] = {}
        if isinstance(found, yaml.MappingNode):
            members = {k.value: v for k, v in found.value if isinstance(k, yaml.ScalarNode)}
        found = members.get(name)
    return found


def _text(node: yaml.Node, *path: str) -> str:
    found = _at(node, *path)
    return found.value if isinstance(found, yaml.ScalarNode) else ""
