"""What the tests against a real API server share: the cluster with everything installed, and the operator process."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from cluster.cluster import Cluster, Namespace
from cluster.process import Operator
from lakeward_sandbox.cluster import find
from lakeward_sandbox.cluster.accounts import log_in
from lakeward_sandbox.cluster.processes import Guard
from lakeward_sandbox.launch import Lakehouse

COMMENT = "made by a test"


@pytest.fixture(scope="session")
def installed(control_plane: find.Cluster) -> Iterator[Cluster]:
    """The cluster with the CRDs and manifests/install."""
    cluster = Cluster(control_plane.kubeconfig, control_plane.kubectl)
    cluster.install()
    yield cluster
    cluster.close()


@pytest.fixture(scope="package")
def shared_operator(
    installed: Cluster, control_plane: find.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    """The operator of this folder's tests, logged in as the ServiceAccount of manifests/install."""
    assert installed.kubeconfig == control_plane.kubeconfig
    folder = tmp_path_factory.mktemp("operator")
    log_in(control_plane, "lakeward-system", "lakeward", folder / "kubeconfig")
    guard = Guard()
    operator = Operator(folder / "kubeconfig", folder, guard)
    yield operator
    operator.end()
    guard.close()


@pytest.fixture
def operator(shared_operator: Operator) -> Operator:
    """The operator, running."""
    shared_operator.start()
    return shared_operator


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return itertools.count(1)


@pytest.fixture
def namespace(installed: Cluster, numbers: Iterator[int]) -> Iterator[Namespace]:
    """A namespace of the test's own; its workspaces go with the test, so that nobody works on them any more."""
    made = installed.namespace(f"team-{next(numbers)}")
    yield made
    made.clear("promotionapprovals")
    made.clear("modelpromotions")
    made.clear("mlworkspaces")


@pytest.fixture
def team(namespace: Namespace, house: Lakehouse) -> Namespace:
    """A namespace with the Secret that the workspaces of these tests name."""
    namespace.secret("lakehouse-token", {"databricks": house.token("lakeward")})
    return namespace


@pytest.fixture
def workspace(namespace: Namespace, house: Lakehouse) -> Callable[..., dict[str, object]]:
    """Makes the manifest of an MLWorkspace whose external names are the test's own."""

    def make(name: str = "dev", **spec: object) -> dict[str, object]:
        catalog = namespace.name.replace("-", "_")
        return {
            "apiVersion": "mlops.lakeward.dev/v1alpha1",
            "kind": "MLWorkspace",
            "metadata": {"name": name},
            "spec": {
                "environment": "dev",
                "credentials": {"token": {"secretRef": {"name": "lakehouse-token"}}},
                "databricks": {"host": house.workspace("dev").url},
                "unityCatalog": {
                    "catalogs": [{"name": catalog, "comment": "made by a test", "schemas": [{"name": "raw"}]}]
                },
                "mlflow": {"experiments": [{"path": f"/Shared/{catalog}"}]},
                **spec,
            },
        }

    return make
