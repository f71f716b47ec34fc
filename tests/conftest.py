"""What all tests share, started once for each test process: a lakehouse and a cluster, the real ones."""

import os
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from lakeward_sandbox.cluster.find import Cluster, cluster
from lakeward_sandbox.launch import Lakehouse, lakehouse
from sweep.choice import Choice

# how long an example takes is the machine's affair; two runs of one commit look at the same examples, but where
# `--hypothesis-profile=roam` asks for others
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("roam", settings.get_profile("steady"), derandomize=False)
settings.load_profile("steady")

TABLE = pytest.StashKey[list[str]]()


def pytest_configure() -> None:
    # a run that was started in the background may have it ignored, and its children would inherit that
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sweep", default="sample", help="`all`, or `sample` with the points of today, or `sample:SEED`")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(TABLE, [])
    if lines:
        terminalreporter.section("deaths before and after writes")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session")
def table(pytestconfig: pytest.Config) -> list[str]:
    """Lines that are shown at the end of the run, whatever comes of it."""
    return pytestconfig.stash.setdefault(TABLE, [])


@pytest.fixture(scope="session")
def choice(pytestconfig: pytest.Config) -> Choice:
    """Which of all the points of a sweep this run looks at."""
    return Choice.of(str(pytestconfig.getoption("--sweep")))


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakehouse]:
    """One lakehouse for the whole session, whose Azure is quick; tests use names of their own in it."""
    with lakehouse(tmp_path_factory.mktemp("lakehouse") / "state", azure_seconds=0) as running:
        yield running


@pytest.fixture
def house(shared_house: Lakehouse) -> Iterator[Lakehouse]:
    """The shared lakehouse with an empty request log and no faults, before and after."""
    shared_house.clear()
    yield shared_house
    shared_house.clear()


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One cluster for the whole session: the first that this machine has; tests use namespaces of their own in it."""
    environ = os.environ  # noqa: TID251 - the user's choice of a cluster; there are no settings here
    with cluster(tmp_path_factory.mktemp("cluster"), environ, _say, sys.stderr) as running:
        yield running


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
