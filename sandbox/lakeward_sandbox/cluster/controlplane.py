"""One control plane of our own: etcd, kube-apiserver and kube-controller-manager on free ports of 127.0.0.1, with RBAC,
all state below one folder. It knows how they are started, waited for and stopped, not where the programs come from.
"""

import http.client
import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lakeward_sandbox.cluster import certificates, kubeconfig
from lakeward_sandbox.cluster.binaries import Binaries
from lakeward_sandbox.cluster.certificates import Certificates
from lakeward_sandbox.cluster.errors import ClusterError
from lakeward_sandbox.cluster.processes import Guard, Program

START_SECONDS = 60.0
STOP_SECONDS = 10.0
ATTEMPTS = 3

# what runs without nodes; endpoints, volumes, workloads and the like would only make noise
CONTROLLERS = (
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation-controller",
    "validatingadmissionpolicy-status-controller",
    "resourcequota-controller",
)
DEFAULT_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"


class PortTakenError(ClusterError):
    """Between the choice of a free port and its use another program took it."""


@dataclass(frozen=True)
class ControlPlane:
    """A running one. `programs` are in the order of their start."""

    kubeconfig: Path
    programs: tuple[Program, ...]


@contextmanager
def control_plane(binaries: Binaries, workdir: Path) -> Iterator[ControlPlane]:
    """Starts one, answers when it serves, and stops it at the end. Its logs stay in the folder, its keys do not."""
    with ExitStack() as stack:
        yield _first_start(binaries, workdir, stack)


def _first_start(binaries: Binaries, workdir: Path, stack: ExitStack) -> ControlPlane:
    for _ in range(ATTEMPTS - 1):
        with ExitStack() as attempt:
            try:
                running = _start(binaries, workdir, attempt)
            except PortTakenError:
                continue
            stack.push(attempt.pop_all())
            return running
    with ExitStack() as attempt:
        running = _start(binaries, workdir, attempt)
        stack.push(attempt.pop_all())
        return running


def _start(binaries: Binaries, workdir: Path, stack: ExitStack) -> ControlPlane:
    workdir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="control-plane-", dir=workdir.absolute()))
    for secret in ("etcd", "certificates", "apiserver"):
        stack.callback(shutil.rmtree, folder / secret, ignore_errors=True)
    issued = certificates.issue(folder / "certificates")
    etcd_port, peer_port, port = _free_ports(3)
    config = folder / "kubeconfig"
    kubeconfig.write(config, kubeconfig.text(f"https://127.0.0.1:{port}", issued))
    stack.callback(config.unlink, missing_ok=True)

    guard = Guard()
    stack.callback(guard.close)
    programs: list[Program] = []

    def run(command: list[str]) -> None:
        # the stack stops them in reverse order: an API server whose etcd goes first hangs on SIGTERM
        program = guard.launch(command, folder / f"{Path(command[0]).name}.log")
        stack.callback(program.stop, STOP_SECONDS)
        programs.append(program)

    run(_etcd(binaries.etcd, folder / "etcd", issued, etcd_port, peer_port))
    run(_kube_apiserver(binaries.kube_apiserver, folder / "apiserver", issued, etcd_port, port))
    answers = _Asking(port, issued)
    deadline = time.monotonic() + START_SECONDS
    _wait(lambda: answers.at("/readyz"), programs, deadline, "the API server says that it is ready")
    if binaries.kube_controller_manager is not None:
        run(_kube_controller_manager(binaries.kube_controller_manager, config, issued))
        made = "the controllers have made the ServiceAccount `default`"
        _wait(lambda: answers.at(DEFAULT_ACCOUNT), programs, deadline, made)
    return ControlPlane(config, tuple(programs))


def _etcd(program: Path, data: Path, issued: Certificates, port: int, peer_port: int) -> list[str]:
    client, peer = f"https://127.0.0.1:{port}", f"https://127.0.0.1:{peer_port}"
    return [
        str(program),
        f"--data-dir={data}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        # every user of this machine can reach the ports: only who holds a certificate may read what is stored
        *(f"--{side}cert-file={issued.server}" for side in ("", "peer-")),
        *(f"--{side}key-file={issued.server_key}" for side in ("", "peer-")),
        *(f"--{side}trusted-ca-file={issued.authority}" for side in ("", "peer-")),
        "--client-cert-auth",
        "--peer-client-cert-auth",
        "--unsafe-no-fsync",  # nothing here outlives the process
        "--log-level=warn",
    ]


def _kube_apiserver(program: Path, folder: Path, issued: Certificates, etcd_port: int, port: int) -> list[str]:
    return [
        str(program),
        f"--etcd-servers=https://127.0.0.1:{etcd_port}",
        f"--etcd-cafile={issued.authority}",
        f"--etcd-certfile={issued.server}",
        f"--etcd-keyfile={issued.server_key}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder}",
        f"--client-ca-file={issued.authority}",
        f"--tls-cert-file={issued.server}",
        f"--tls-private-key-file={issued.server_key}",
        f"--service-account-key-file={issued.service_account_key}",
        f"--service-account-signing-key-file={issued.service_account_key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
    ]


def _kube_controller_manager(program: Path, config: Path, issued: Certificates) -> list[str]:
    return [
        str(program),
        f"--kubeconfig={config}",
        f"--root-ca-file={issued.authority}",
        f"--service-account-private-key-file={issued.service_account_key}",
        "--use-service-account-credentials=false",
        "--leader-elect=false",
        "--secure-port=0",
        f"--controllers={','.join(CONTROLLERS)}",
    ]


class _Asking:
    """Asks the API server as its administrator."""

    def __init__(self, port: int, issued: Certificates) -> None:
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(issued.authority))
        self._tls.load_cert_chain(issued.admin, issued.admin_key)

    def at(self, path: str) -> bool:
        """Whether this path answers 200 now."""
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=5, context=self._tls)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _wait(condition: Callable[[], bool], programs: list[Program], deadline: float, what: str) -> None:
    while not condition():
        for program in programs:
            if program.ended(within=0.05):
                raise _ended(program)
        if time.monotonic() > deadline:
            last = programs[-1]
            raise ClusterError(
                f"The control plane did not start: after {START_SECONDS:.0f} seconds it is not so that {what}. "
                f"{last.name} said ({last.log}):\n{last.end_of_log()}"
            )


def _ended(program: Program) -> ClusterError:
    said = program.end_of_log()
    problem = PortTakenError if "address already in use" in said else ClusterError
    return problem(
        f"The control plane did not start: {program.name} ended with exit code {program.exit_code}. "
        f"It said ({program.log}):\n{said or '  nothing'}"
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
