import pytest

from lakeward_sandbox.cluster.golang import refusal


@pytest.mark.parametrize(
    ("version", "toolchain"),
    [
        ("go1.26.0", "local"),
        ("go1.26.8", "local"),
        ("go1.27", "local"),
        ("go1.27rc1", "local"),
        ("go2.0", "local"),
        ("go1.21.0", "auto"),
        ("go1.25.9", "go1.22.0+auto"),
    ],
)
def test_a_go_that_is_new_or_may_fetch_a_newer_one_is_good(version: str, toolchain: str) -> None:
    assert refusal(version, toolchain, "1.26.0") is None


@pytest.mark.parametrize(
    ("version", "toolchain", "way_out"),
    [
        ("go1.19.8", "", "install Go 1.26.0"),
        ("go1.20.14", "auto", "install Go 1.26.0"),
        ("go1.25.9", "local", "GOTOOLCHAIN=auto"),
        ("go1.25.9", "go1.25.9", "GOTOOLCHAIN=auto"),
        ("go1.25.9", "path", "GOTOOLCHAIN=auto"),
        ("devel", "auto", "install Go 1.26.0"),
    ],
)
def test_an_old_go_is_refused_with_the_way_out(version: str, toolchain: str, way_out: str) -> None:
    said = refusal(version, toolchain, "1.26.0")
    assert said is not None
    assert said.startswith("Go ")
    assert way_out in said
