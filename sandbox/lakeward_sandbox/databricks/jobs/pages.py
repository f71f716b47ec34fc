"""Pages of the Jobs API: a flag says whether more follows, and a token where it goes on."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from lakeward_sandbox.calls import Call
from lakeward_sandbox.databricks.paging import opened, sealed
from lakeward_sandbox.errors import Json

T = TypeVar("T")


def page(
    call: Call,
    found: Sequence[T],
    *,
    field: str,
    key: Callable[[T], str],
    limit: int,
    scope: str,
    render: Callable[[T], Json],
) -> Json:
    """The objects after the token, which are in the order of their keys. Without any, the field stays away."""
    scope = f"{call.workspace.name}:{scope}"
    after = opened(call.text("page_token"), scope)
    left = [one for one in found if key(one) > after]
    answer: dict[str, object] = {field: [render(one) for one in left[:limit]]} if left else {}
    answer["has_more"] = len(left) > limit
    if len(left) > limit:
        answer["next_page_token"] = sealed(key(left[limit - 1]), scope)
    return answer
