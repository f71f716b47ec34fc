"""The store: what is news, what is our own echo, what arrives late, and who refers to whom."""

from typing import Any

import pytest

from lakeward.cluster.store import FINALIZER, News, Store
from lakeward.engine.outcome import Key

KEY = Key("MLWorkspace", "team", "dev")
Body = dict[str, Any]


def body(version: int, *, uid: str = "u1", spec: object = 1, status: object = None, **metadata: object) -> Body:
    return {
        "metadata": {"uid": uid, "resourceVersion": str(version), "name": "dev", "finalizers": [FINALIZER], **metadata},
        "spec": spec,
        **({} if status is None else {"status": status}),
    }


@pytest.fixture
def store() -> Store:
    store = Store()
    store.put(KEY, body(10))
    return store


@pytest.mark.parametrize(
    ("what", "arrives", "news"),
    [
        ("the same again", body(10), News.NOTHING),
        ("an older one, although it differs", body(9, spec=2), News.NOTHING),
        ("a version with one more digit", body(100, spec=2), News.CHANGE),
        ("another spec", body(11, spec=2), News.CHANGE),
        ("another annotation", body(11, annotations={"a": "b"}), News.CHANGE),
        ("a finalizer of somebody else", body(11, finalizers=[FINALIZER, "other/one"]), News.NOTHING),
        ("our finalizer was taken away", body(11, finalizers=[]), News.CHANGE),
        ("the bookkeeping of the server", body(11, generation=2, managedFields=[{"manager": "x"}]), News.NOTHING),
        ("a status that we did not write", body(11, status={"phase": "x"}), News.CHANGE),
        ("the deletion", body(11, deletionTimestamp="now"), News.DELETION),
        ("a namesake", body(12, uid="u2"), News.CHANGE),
        ("a namesake with an older version, from a restored store", body(3, uid="u2"), News.CHANGE),
        ("a namesake that is already being deleted", body(12, uid="u2", deletionTimestamp="now"), News.DELETION),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_news(store: Store, what: str, arrives: Body, news: News) -> None:
    assert store.put(KEY, arrives) is news, what


def test_the_status_that_we_wrote_comes_back_as_an_echo(store: Store) -> None:
    store.expect(KEY, {"phase": "Ready"})
    assert store.put(KEY, body(11, status={"phase": "Ready"})) is News.ECHO
    assert store.put(KEY, body(11, status={"phase": "Ready"})) is News.NOTHING
    assert store.put(KEY, body(12, status={"phase": "Other"})) is News.CHANGE


def test_an_edit_that_arrives_with_our_status_is_a_change(store: Store) -> None:
    store.expect(KEY, {"phase": "Ready"})
    assert store.put(KEY, body(11, spec=2, status={"phase": "Ready"})) is News.CHANGE


def test_what_is_gone_stays_gone_whatever_arrives_late(store: Store) -> None:
    assert store.drop(KEY, "u1")
    assert store.put(KEY, body(11, spec=2)) is News.NOTHING
    assert store.get(KEY) is None


def test_the_end_of_a_predecessor_does_not_end_its_namesake(store: Store) -> None:
    store.put(KEY, body(12, uid="u2"))
    assert not store.drop(KEY, "u1")
    assert store.get(KEY) is not None


def test_managed_fields_are_not_kept(store: Store) -> None:
    store.put(KEY, body(11, spec=2, managedFields=[{"manager": "x"}]))
    assert "managedFields" not in (store.get(KEY) or {})["metadata"]


def test_dependents_follow_the_references(store: Store) -> None:
    first, second = Key("MLWorkspace", "team", "a"), Key("MLWorkspace", "team", "b")
    store.link(KEY, [first])
    assert store.dependents(first) == {KEY}
    store.link(KEY, [second])
    assert [store.dependents(key) for key in (first, second)] == [set(), {KEY}]
    store.drop(KEY, "u1")
    assert store.dependents(second) == frozenset()
