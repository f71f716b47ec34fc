"""How to reach the API server: an explicit kubeconfig, else the pod's ServiceAccount, else the user's kubeconfig.

One place for Kopf's watches, our asynchronous writes and the synchronous reads of passes. Knows no objects.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kopf
import kubernetes.config
import yaml
from kubernetes.aio.client.api_client import ApiClient as AsyncApiClient
from kubernetes.aio.client.configuration import Configuration as AsyncConfiguration
from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.kube_config import KUBE_CONFIG_DEFAULT_LOCATION, KubeConfigMerger

from lakeward.cluster.impersonation import BadUser, Impersonating, headers

USER_AGENT = "lakeward"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
UNUSABLE = (ConfigException, OSError, ValueError, TypeError, yaml.YAMLError)
SHARED = ("host", "ssl_ca_cert", "cert_file", "key_file", "verify_ssl", "tls_server_name", "proxy")
SHARED_STATE = (*SHARED, "api_key", "refresh_api_key_hook")


class LoginError(Exception):
    """There is no usable way to the API server; the message is one sentence."""


class Login:
    """One way to the API server, and the clients that go it. A rotated ServiceAccount token is read again."""

    def __init__(self, kubeconfig: str = "", context: str = "") -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._configuration = _load(kubeconfig, context)
        self._headers = _impersonates(kubeconfig, context)

    @property
    def host(self) -> str:
        return str(self._configuration.host)

    @property
    def namespace(self) -> str:
        """The namespace of the context, as kubectl takes it where none is named. Raises LoginError."""
        if _in_cluster(self._kubeconfig, self._context):
            return SERVICE_ACCOUNT.with_name("namespace").read_text(encoding="utf-8").strip()
        try:
            known, current = kubernetes.config.list_kube_config_contexts(self._kubeconfig or None)  # type: ignore[no-untyped-call]  # untyped in the client
        except UNUSABLE as error:
            raise _no_way(self._kubeconfig, error) from None
        chosen = next((one for one in known if one["name"] == self._context), current)
        return str(chosen["context"].get("namespace") or "default")

    def client(self) -> ApiClient:
        """A synchronous client, for the threads of passes and for people."""
        client = Impersonating(self._configuration, self._headers) if self._headers else ApiClient(self._configuration)
        client.user_agent = USER_AGENT
        return client

    def async_client(self, connections: int) -> AsyncApiClient:
        """A client for the event loop with at most so many connections. Raises LoginError if it would impersonate."""
        if self._headers:
            # Kopf sends no such headers: it would watch as somebody else than we write
            text = "the kubeconfig has users[].user.as, and the operator cannot act as another: take it out"
            raise LoginError(f"{text}, or give the operator a login of its own")
        configuration = AsyncConfiguration()
        for name in SHARED_STATE:
            setattr(configuration, name, getattr(self._configuration, name))
        configuration.connection_pool_maxsize = connections
        client = AsyncApiClient(configuration)
        client.user_agent = USER_AGENT
        return client

    def kopf(self) -> kopf.ConnectionInfo:
        """What Kopf's watches log in with; loaded anew each time, because Kopf asks after a 401."""
        configuration = _load(self._kubeconfig, self._context)
        header = configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
        return kopf.ConnectionInfo(
            server=configuration.host,
            ca_path=configuration.ssl_ca_cert,
            insecure=not configuration.verify_ssl,
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
            token=header.split()[-1] if header else None,
            proxy_url=configuration.proxy,
        )


def _in_cluster(kubeconfig: str, context: str) -> bool:
    return not (kubeconfig or context) and SERVICE_ACCOUNT.exists()


def _load(kubeconfig: str, context: str) -> Any:  # noqa: ANN401 - the client's configuration has no types
    configuration = Configuration()
    try:
        if _in_cluster(kubeconfig, context):
            kubernetes.config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]  # untyped in the client
        else:
            kubernetes.config.load_kube_config(  # type: ignore[no-untyped-call]  # untyped in the client
                config_file=kubeconfig or None,
                context=context or None,
                client_configuration=configuration,
                persist_config=False,
            )
    except UNUSABLE as error:
        raise _no_way(kubeconfig, error) from None
    return configuration


def _impersonates(kubeconfig: str, context: str) -> tuple[tuple[str, str], ...]:
    """The headers that say as whom the user of the context acts. The client's own loader leaves those fields out."""
    if _in_cluster(kubeconfig, context):
        return ()
    try:
        merged = KubeConfigMerger(kubeconfig or KUBE_CONFIG_DEFAULT_LOCATION).config  # type: ignore[no-untyped-call]  # untyped in the client
        chosen = merged["contexts"].get_with_name(context or merged["current-context"]).value["context"]
        name = chosen.get("user") or ""
        found = merged["users"].get_with_name(name, safe=True) if name else None
        return headers((found.value.get("user") or {}) if found else {})
    except BadUser as error:
        raise LoginError(f"users[{name}].user of the kubeconfig: {error}") from None
    except UNUSABLE as error:
        raise _no_way(kubeconfig, error) from None


def _no_way(kubeconfig: str, error: Exception) -> LoginError:
    where = f"kubeconfig {kubeconfig}" if kubeconfig else "no ServiceAccount and no kubeconfig"
    return LoginError(f"no way to a Kubernetes API server: {where}: {_line(error)}; set --kubeconfig")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
