"""When two versions are one, held against the library that pip itself uses."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version as Reference

from lakeward.judgement.versions import begins, same, version


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("2.0", "2.0.0", True),
        ("v2.0", "2", True),
        ("2.0.0", "2.0.1", False),
        ("2.0", "20", False),
        ("02.00", "2.0", True),
        ("2.0RC1", "2.0-c-1", True),
        ("2.0.alpha", "2.0a0", True),
        ("2.0-1", "2.0.post1", True),
        ("2.0rc1", "2.0", False),
        ("2.0.dev1", "2.0", False),
        ("1!2.0", "2.0", False),
        ("0!2.0", "2.0", True),
        ("2.0+cu118", "2.0", True),
        ("2.0+cu118", "2.0+cu121", False),
        ("2.0+CU_118", "2.0+cu.118", True),
        ("1.1.1K", "1.1.1k", True),
        ("1.1.1k", "1.1.1", False),
        ("9" * 5000, "9" * 5000 + ".0", True),
    ],
)
def test_versions_are_one_or_not(one: str, other: str, equal: bool) -> None:
    assert same(one, other) is same(other, one) is equal


@pytest.mark.parametrize(
    ("shorter", "longer", "inside"),
    [
        ("2.0", "2.0.0", True),
        ("2.0", "2.0.1", True),
        ("2.0", "2", True),
        ("2", "2.1", True),
        ("2.0", "2.1", False),
        ("2.1", "2", False),
        ("2.0.0", "2.0", True),
        ("2.0.0", "2.0.1", False),
        ("2.0", "2.0rc1", True),
        ("2.0rc1", "2.0rc1", True),
        ("2.0rc1", "2.0rc1.1", False),
        ("2.0rc1", "2.0.1", False),
        ("0!2.0", "2.0.3", True),
        ("v2.0", "2.0.3", True),
        ("1.1.1k", "1.1.1k", True),
        ("1.1.1k", "1.1.1", False),
    ],
)
def test_a_version_begins_another_or_not(shorter: str, longer: str, inside: bool) -> None:
    assert begins(shorter, longer) is inside


WRITTEN = st.from_regex(
    r"\Av?([01]!)?[0-2](\.[0-2]){0,3}([._-]?(a|alpha|b|c|rc|pre)[._-]?[0-2]?)?(-[0-2]|[._-]?(post|r)[._-]?[0-2]?)?"
    r"([._-]?dev[._-]?[0-2]?)?(\+[a-b0-1]([._-][a-b0-1])?)?\Z"
)
ANYTHING = st.text(alphabet="v.0123!-+_abcrdevpost ", max_size=10)


@given(WRITTEN | ANYTHING)
@example("1.0.0.post")
def test_what_a_version_is_says_the_standard(text: str) -> None:
    try:
        Reference(text)
    except InvalidVersion:
        assert version(text) is None
    else:
        assert version(text) is not None


@given(WRITTEN, WRITTEN)
def test_versions_are_one_where_the_standard_says_so(one: str, other: str) -> None:
    left, right = Reference(one), Reference(other)
    if left == right:
        assert same(one, other)
        assert version(one) == version(other)
    else:
        assert version(one) != version(other)


@given(WRITTEN, WRITTEN)
def test_what_pip_installs_for_a_pin_is_never_overlooked(pin: str, denied: str) -> None:
    try:
        found = SpecifierSet(f"=={pin}").contains(denied, prereleases=True)
    except InvalidSpecifier:  # the library takes fewer forms behind == than for itself
        return
    if found:
        assert same(pin, denied)
