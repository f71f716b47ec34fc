"""Pages of a listing with opaque tokens. A token belongs to one listing; another one refuses it."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from lakeward_sandbox.calls import Call
from lakeward_sandbox.errors import Json, invalid

T = TypeVar("T")


@dataclass(frozen=True)
class Sizes:
    """How many objects a page has when the caller names no number, and at most."""

    default: int
    most: int


def _every(_: object) -> bool:
    return True


def listing(
    call: Call,
    kind: type[T],
    parent: str | None,
    *,
    field: str,
    sizes: Sizes,
    render: Callable[[T], Json],
    shown: Callable[[T], bool] = _every,
) -> dict[str, object]:
    """One page under the name `field`, with `next_page_token` while more follows; limit 0 lets the server choose.
    What is not shown is missed in its page, which may even be empty and have a successor.
    """
    limit = call.integer("max_results") or sizes.default
    if limit < 0:
        raise invalid("max_results must be greater than or equal to 0")
    limit = min(limit, sizes.most)
    scope = f"{kind.__name__}:{parent}"
    after = opened(call.text("page_token"), scope)
    found = call.state.store.of(kind).page(parent, after, limit + 1)
    answer: dict[str, object] = {field: [render(value) for _, value in found[:limit] if shown(value)]}
    if len(found) > limit:
        answer["next_page_token"] = sealed(found[limit - 1][0], scope)
    return answer


def sealed(key: str, scope: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([key, scope]).encode()).decode()


def opened(token: str | None, scope: str) -> str:
    if not token:
        return ""
    try:
        key, sealed_scope = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError) as problem:
        raise invalid("Invalid page_token") from problem
    if sealed_scope != scope or not isinstance(key, str):
        raise invalid("Invalid page_token: it belongs to another listing")
    return key
