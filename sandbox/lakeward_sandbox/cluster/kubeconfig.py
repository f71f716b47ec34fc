"""The kubeconfig of a cluster that this room started: credentials inline, readable by its owner only.
It knows the format, not the cluster.
"""

import base64
import os
from pathlib import Path

from lakeward_sandbox.cluster.certificates import Certificates
from lakeward_sandbox.cluster.errors import ClusterError

MARK = "# Made by lakeward-sandbox for a cluster that ends with it.\n"

TEMPLATE = """apiVersion: v1
kind: Config
current-context: lakeward
contexts:
- name: lakeward
  context: {{cluster: lakeward, user: lakeward-admin, namespace: default}}
clusters:
- name: lakeward
  cluster:
    server: {server}
    certificate-authority-data: {authority}
users:
- name: lakeward-admin
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"""


def text(server: str, certificates: Certificates) -> str:
    """A kubeconfig whose user may do everything."""
    return MARK + TEMPLATE.format(
        server=server,
        authority=_inline(certificates.authority),
        certificate=_inline(certificates.admin),
        key=_inline(certificates.admin_key),
    )


def write(path: Path, content: str) -> None:
    """Writes a kubeconfig that nobody else can read, not even for a moment. Refuses to replace one that is not ours."""
    if path.exists() and not path.read_text(errors="replace").startswith(MARK):
        raise ClusterError(f"{path} exists and is not a kubeconfig that lakeward-sandbox made: name another file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    fresh.replace(path)


def _inline(pem: Path) -> str:
    return base64.b64encode(pem.read_bytes()).decode()
