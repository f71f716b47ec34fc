"""What text is plain data, and what is refused before it costs anything."""

import time
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lakeward.providers.databricks.plain_yaml import MOST_NODES, NotPlain, load

MIB = 1024**2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("a: 1", {"a": 1}),
        ("a: [x, 2.5, true, null]", {"a": ["x", 2.5, True, None]}),
        ("inputs: '[{\"type\": \"double\"}]'", {"inputs": '[{"type": "double"}]'}),
        ("when: 2026-01-02", {"when": "2026-01-02"}),
        ("when: 2026-01-02 10:11:12.5", {"when": "2026-01-02 10:11:12.5"}),
        ('{"json": "too"}', {"json": "too"}),
        ("name: Zoë", {"name": "Zoë"}),
        ("a: '&x *y !z'", {"a": "&x *y !z"}),
    ],
)  # fmt: skip
def test_plain_data_is_read(text: str, value: object) -> None:
    assert load(text.encode()) == value


BOMB = b"a: &a [x, x]\n" + b"".join(
    f"{n}: &{n} [*{p}, *{p}]\n".encode() for p, n in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED: dict[str, tuple[bytes, str]] = {
    "an anchor": (b"a: &x 1", "has anchors or aliases, which are not accepted"),
    "an alias": (b"- *x", "has anchors or aliases, which are not accepted"),
    "a merge": (b"a: &x {}\nb: {<<: *x}", "has anchors or aliases, which are not accepted"),
    "a bomb": (BOMB, "has anchors or aliases, which are not accepted"),
    "an anchor on a key": (b"&x a: 1", "has anchors or aliases, which are not accepted"),
    "a tag": (b"!!python/object/apply:os.system [ls]", "has tags, which are not accepted"),
    "a harmless tag": (b"a: !!str 1", "has tags, which are not accepted"),
    "no tag": (b"a: ! 1", "has tags, which are not accepted"),
    "two documents": (b"a: 1\n---\nb: 1", "is not YAML, see line 2"),
    "an open bracket": (b"a: 1\nb: [", "is not YAML, see line 2"),
    "a key of lists": (b"? [a]\n: b", "is not YAML, see line 1"),
    "no text": (b"\xff\xfe\xfa", "is not YAML"),
    "a control character": (b"a: \x00", "is not YAML"),
    "an empty number": (b"a: 0b_", "is not YAML"),
    "depth": (b"[" * MIB, "is nested too deeply"),
    "many entries": (b"- a\n" * (MOST_NODES + 1), f"has more than {MOST_NODES} entries"),
    "keys that collide": (
        b"".join(b"%d: 1\n" % (n * (2**61 - 1)) for n in range(24_000)),
        f"has more than {MOST_NODES} entries",
    ),
    "a number of base 60": (b"a: 1" + b":1" * (MIB // 2 - 4), "has a number of more than 64 characters"),
    "a long number": (b"a: " + b"9" * (MIB - 3), "has a number of more than 64 characters"),
    "a long fraction": (b"a: 1" + b":1" * 100 + b".5", "has a number of more than 64 characters"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_plain_is_refused_and_soon(name: str) -> None:
    text, why = REFUSED[name]
    begun = time.process_time()
    with pytest.raises(NotPlain) as caught:
        load(text)
    assert str(caught.value) == why
    assert time.process_time() - begun < 5


def test_as_many_keys_that_collide_as_fit_are_read_soon() -> None:
    text = b"".join(b"%d: 1\n" % (n * (2**61 - 1)) for n in range(MOST_NODES // 2 - 1))
    begun = time.process_time()
    assert len(load(text)) == MOST_NODES // 2 - 1
    assert time.process_time() - begun < 5


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES)
def test_what_a_writer_of_plain_data_writes_is_read_as_others_read_it(value: object) -> None:
    text = yaml.dump(value, Dumper=_NoAliases, allow_unicode=True)
    assert load(text.encode()) == yaml.safe_load(text)


class _NoAliases(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - nothing is written twice by name
        return True


@given(st.text("ab:-?[]{}&*!|>'\"#%,. \n\t=<~01_xe", max_size=40))
def test_any_text_is_data_or_is_refused(text: str) -> None:
    with suppress(NotPlain):
        load(text.encode())
