from collections.abc import Mapping
from pathlib import Path

import pytest

from lakeward_sandbox.cluster.binaries import Binaries, Pins, built, cache, pins
from lakeward_sandbox.cluster.errors import ClusterError

GO_MOD = "module example.com/tools\n\ngo 1.26.0\n\nrequire (\n\tk8s.io/kubernetes v1.36.3\n)\n"
NEEDED = ("etcd", "kube-apiserver", "kubectl")


def pinned(folder: Path, go_mod: str = GO_MOD, go_sum: str = "", goos: str = "linux", goarch: str = "amd64") -> Pins:
    folder.mkdir(exist_ok=True)
    (folder / "go.mod").write_text(go_mod)
    (folder / "go.sum").write_text(go_sum)
    return Pins(folder, goos, goarch)


def filled(folder: Path, names: tuple[str, ...]) -> Path:
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LAKEWARD_CACHE": "/own", "XDG_CACHE_HOME": "/shared", "HOME": "/home/ana"}, "/own"),
        ({"XDG_CACHE_HOME": "/shared", "HOME": "/home/ana"}, "/shared/lakeward"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/ana"}, "/home/ana/.cache/lakeward"),
        ({"LAKEWARD_CACHE": "", "XDG_CACHE_HOME": "", "HOME": "/home/ana"}, "/home/ana/.cache/lakeward"),
    ],
)
def test_the_cache_is_the_named_one_or_the_users(environ: Mapping[str, str], expected: str) -> None:
    assert cache(environ) == Path(expected)


def test_without_a_home_the_cache_is_in_the_one_of_the_account() -> None:
    assert cache({}).parts[-2:] == (".cache", "lakeward")
    assert cache({}).is_absolute()


def test_pins_are_read_from_go_mod(tmp_path: Path) -> None:
    found = pinned(tmp_path)
    assert (found.kubernetes, found.go) == ("v1.36.3", "1.26.0")


def test_a_go_mod_without_a_pin_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"go\.mod has no line like"):
        assert pinned(tmp_path, "module example.com/tools\n").kubernetes


def test_the_pins_of_this_checkout_are_found() -> None:
    found = pins()
    assert found is not None
    assert found.kubernetes.startswith("v1.")


@pytest.mark.parametrize(
    "change",
    [
        {"go_mod": GO_MOD.replace("v1.36.3", "v1.36.4")},
        {"go_sum": "example.com/a v1.0.0 h1:x=\n"},
        {"goos": "darwin"},
        {"goarch": "arm64"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_change_of_pins_or_machine_has_its_own_folder(tmp_path: Path, change: Mapping[str, str]) -> None:
    environ = {"LAKEWARD_CACHE": "/own"}
    before = built(environ, pinned(tmp_path / "before"))
    assert built(environ, pinned(tmp_path / "same")) == before
    assert built(environ, pinned(tmp_path / "after", **change)) != before


@pytest.mark.parametrize("lacking", NEEDED)
def test_a_folder_without_one_of_the_three_programs_is_none(tmp_path: Path, lacking: str) -> None:
    rest = tuple(name for name in NEEDED if name != lacking)
    assert Binaries.of(filled(tmp_path / "assets", rest)) is None


def test_the_controller_manager_may_lack(tmp_path: Path) -> None:
    found = Binaries.of(filled(tmp_path / "envtest", NEEDED))
    assert found is not None
    assert found.kube_controller_manager is None
    whole = Binaries.of(filled(tmp_path / "ours", (*NEEDED, "kube-controller-manager")))
    assert whole is not None
    assert whole.kube_controller_manager == tmp_path / "ours" / "kube-controller-manager"
