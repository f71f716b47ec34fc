"""The documents of one manifest file, as the API server would be sent them. Knows no kind."""

import json as json_
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

TIMESTAMP = "tag:yaml.org,2002:timestamp"


class Unreadable(Exception):  # noqa: N818 - said of the text, which is the user's
    """Why the text holds no documents, as one sentence that starts with the line."""


class _Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: what looks like a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str, *, json: bool = False) -> Iterator[Mapping[str, Any]]:
    """The objects in the text; empty documents are left out. Raises Unreadable at the first that is none."""
    try:
        for document in [json_.loads(text)] if json else yaml.load_all(text, _Loader):
            if document is not None:
                yield _object(document)
    except json_.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno} is no JSON: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else "the text"
        raise Unreadable(f"{line} is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise Unreadable(f"the text is no YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise Unreadable("the text is nested too deeply") from None


def _object(document: object) -> Mapping[str, Any]:
    # an alias may make a document a part of itself; what JSON cannot write, the API server could not be sent
    try:
        json_.dumps(document)
    except (TypeError, ValueError):
        raise Unreadable("a document is not what JSON can say") from None
    if not isinstance(document, Mapping):
        raise Unreadable("a document is no object with apiVersion, kind and metadata")
    return document
