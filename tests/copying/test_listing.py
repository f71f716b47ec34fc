"""The names and sizes of a source's files are somebody else's words: what is accepted of them."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from copying.liar import liar
from copying.listings import BAD, FOUND, GOOD, MOST
from lakeward.engine.errors import Invalid
from lakeward.engine.reasons import Reason
from lakeward.engine.snapshots import Snapshots
from lakeward.engine.work import Works
from lakeward.providers.databricks import artifacts
from lakeward.providers.databricks.api import Api
from lakeward.providers.databricks.client import CopyLimits, Databricks
from lakeward.providers.limits import Bucket


def listing(url: str) -> tuple[artifacts.File, ...]:
    api = Api(url, "token", Bucket(1e6))
    with ThreadPoolExecutor(1) as pool:
        works, snapshots = Works(pool), Snapshots(time.monotonic)
        client = Databricks(api, "x", snapshots, works, 0.0, 0.0, lambda: None, CopyLimits(most=MOST))
        return artifacts.listing(client, "c.s.m", 1)


def test_good_names_are_listed_with_their_sizes() -> None:
    with liar(GOOD) as url:
        assert [(f.path, f.size) for f in listing(url)] == FOUND


@pytest.mark.parametrize("what", BAD)
def test_a_name_or_a_size_that_is_not_to_be_trusted_ends_the_listing(what: str) -> None:
    with liar(BAD[what]) as url, pytest.raises(Invalid) as told:
        listing(url)
    assert told.value.reason is Reason.UNSAFE_ARTIFACT
    assert told.value.field == "spec.source"
