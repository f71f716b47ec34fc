"""Who waits for whom."""

import pytest

from engine.farside import Thing
from lakeward.engine.errors import Invalid
from lakeward.engine.graph import dependants, edges, ordered
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Ref

A, B, C, D = (f"far.thing/{name}" for name in "abcd")


def test_parents_references_and_after_are_edges_where_they_are_part_of_the_graph() -> None:
    child = Thing(name="b", inside="a")
    sized = Thing(name="c", size=Ref(child.address, "number"))
    late = Thing(name="d", after=(sized.address, "far.thing/elsewhere"))
    found = edges([Thing(name="a"), child, sized, late, Thing(name="x", inside="stranger")])
    assert found == {
        A: frozenset(),
        child.address: {A},
        C: {child.address},
        D: {C},
        "far.thing/stranger.x": frozenset(),
    }


def test_the_order_puts_needs_first_and_equals_by_name() -> None:
    assert ordered({D: frozenset(), C: frozenset({D}), B: frozenset(), A: frozenset({C, B})}) == (B, D, C, A)


def test_a_cycle_is_invalid_and_named() -> None:
    with pytest.raises(Invalid) as caught:
        ordered({A: frozenset({B}), B: frozenset({A}), C: frozenset()})
    assert caught.value.reason is Reason.DEPENDENCY_CYCLE
    assert A in caught.value.message
    assert B in caught.value.message
    assert C not in caught.value.message


def test_the_message_of_a_cycle_does_not_depend_on_the_order_of_the_spec() -> None:
    texts = set()
    for names in ("abc", "cba", "bca"):
        ring = {"a": "b", "b": "c", "c": "a"}
        things = [Thing(name=n, after=(f"far.thing/{ring[n]}",)) for n in names]
        with pytest.raises(Invalid) as caught:
            ordered(edges(things))
        texts.add(caught.value.message)
    assert len(texts) == 1


def test_dependants_are_the_edges_from_the_other_end() -> None:
    assert dependants({A: frozenset(), B: frozenset({A}), C: frozenset({A, B})}) == {
        A: {B, C},
        B: {C},
        C: frozenset(),
    }
