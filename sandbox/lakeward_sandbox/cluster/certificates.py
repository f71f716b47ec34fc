"""Certificates and keys of one control plane, new at every start: all are signed by a CA that nobody else trusts.
It knows which parts need one, not how they are started.
"""

from dataclasses import dataclass
from pathlib import Path

import trustme

HOSTS = ("127.0.0.1", "localhost", "kubernetes.default.svc")


@dataclass(frozen=True)
class Certificates:
    """Paths of PEM files. `server` serves etcd and the API server, and is the latter's client certificate at etcd."""

    authority: Path
    server: Path
    server_key: Path
    admin: Path
    admin_key: Path
    service_account_key: Path


def issue(folder: Path) -> Certificates:
    """Writes all of them below a folder that only its owner can enter."""
    folder.mkdir(mode=0o700)
    authority = trustme.CA(organization_name="Lakeward development")
    server = authority.issue_cert(*HOSTS, common_name="kube-apiserver")
    # the group system:masters is bound to cluster-admin by the API server itself; without a host name Go refuses the
    # certificate, because trustme marks the then empty list of names as critical
    admin = authority.issue_cert("localhost", common_name="lakeward-admin", organization_name="system:masters")
    tokens = authority.issue_cert(common_name="service-account-tokens")  # only its key is of use
    files = Certificates(
        authority=folder / "ca.crt",
        server=folder / "server.crt",
        server_key=folder / "server.key",
        admin=folder / "admin.crt",
        admin_key=folder / "admin.key",
        service_account_key=folder / "service-account.key",
    )
    authority.cert_pem.write_to_path(str(files.authority))
    server.cert_chain_pems[0].write_to_path(str(files.server))
    server.private_key_pem.write_to_path(str(files.server_key))
    admin.cert_chain_pems[0].write_to_path(str(files.admin))
    admin.private_key_pem.write_to_path(str(files.admin_key))
    tokens.private_key_pem.write_to_path(str(files.service_account_key))
    return files
