"""A name is one segment of a path, whatever is in it, and never another path."""

import pytest

from contract.bench import Bench
from lakeward.engine.errors import Invalid
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.api import path
from lakeward.providers.databricks.client import Databricks


@pytest.mark.parametrize(
    ("segments", "made"),
    [
        (("/api/2.1/models",), "/api/2.1/models"),
        (("/api/2.1/models", "a.b.c", "versions", 3), "/api/2.1/models/a.b.c/versions/3"),
        (("/api", "a/../b", "c?d#e"), "/api/a%2F..%2Fb/c%3Fd%23e"),
        (("/api", "...", "%2e%2e"), "/api/.../%252e%252e"),
    ],
)
def test_each_segment_is_escaped(segments: tuple[str | int, ...], made: str) -> None:
    assert path(*segments) == made


@pytest.mark.parametrize("name", ["", ".", ".."])
@pytest.mark.parametrize("place", [1, 2])
def test_a_segment_that_leads_elsewhere_is_refused(name: str, place: int) -> None:
    segments = ["/api", "one", "two"]
    segments[place] = name
    with pytest.raises(Invalid, match=r"a name below /api is empty, \. or \.\., which names nothing there"):
        path(*segments)


def test_nothing_is_asked_about_a_name_that_is_none(place: Bench) -> None:
    client = place.clients()["databricks"]
    assert isinstance(client, Databricks)
    place.house.clear()
    with pytest.raises(Invalid):
        registry.version(client, "..", 1)
    assert place.house.requests(principal="lakeward") == []
