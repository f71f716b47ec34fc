"""YAML that somebody else wrote, as plain data in bounded time: no anchors, aliases or tags, and not too much of it.

Knows no file and no model.
"""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.constructor import SafeConstructor

MOST_NODES = 5_000
"""Also what keeps keys that collide cheap: they take the square of their number."""
LONGEST_NUMBER = 64
TIMESTAMP, INT, FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("timestamp", "int", "float"))


class NotPlain(Exception):  # noqa: N818 - said of the text, which is somebody else's
    """Why the text is not read, as the end of a sentence that starts with its name."""


def load(text: bytes) -> Any:  # noqa: ANN401 - whatever the text says
    """The one document in the text, None where it is empty. What looks like a date is text. Raises NotPlain."""
    try:
        return yaml.load(text.decode(), _Loader)  # noqa: S506 - a safe loader, made safer
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else "it"
        raise NotPlain(f"is not YAML, see {line}") from None
    except (yaml.YAMLError, ValueError, OverflowError):
        raise NotPlain("is not YAML") from None
    except RecursionError:
        raise NotPlain("is nested too deeply") from None


class _Loader(yaml.SafeLoader):
    """A loader that refuses a node before it is made."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._left = MOST_NODES

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # its stubs are incomplete
        self._left -= 1
        if event.anchor is not None:
            # a few lines of them may stand for more than fits into memory
            raise NotPlain("has anchors or aliases, which are not accepted")
        if event.tag is not None:
            raise NotPlain("has tags, which are not accepted")
        if self._left < 0:
            raise NotPlain(f"has more than {MOST_NODES} entries")
        return super().compose_node(parent, index)


def _bounded(construct: Callable[..., Any]) -> Callable[[_Loader, yaml.ScalarNode], Any]:
    """Numbers of base 60 take time with the square of their length."""

    def number(loader: _Loader, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 - an int or a float
        if len(node.value) > LONGEST_NUMBER:
            raise NotPlain(f"has a number of more than {LONGEST_NUMBER} characters")
        return construct(loader, node)

    return number


_Loader.add_constructor(INT, _bounded(SafeConstructor.construct_yaml_int))
_Loader.add_constructor(FLOAT, _bounded(SafeConstructor.construct_yaml_float))
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
