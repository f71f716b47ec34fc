"""A cluster with everything installed, for manifests of the documentation."""

from collections.abc import Iterator

import pytest

from cluster.cluster import Cluster
from lakeward_sandbox.cluster import find


@pytest.fixture(scope="session")
def installed(control_plane: find.Cluster) -> Iterator[Cluster]:
    cluster = Cluster(control_plane.kubeconfig, control_plane.kubectl)
    cluster.install()
    yield cluster
    cluster.close()
