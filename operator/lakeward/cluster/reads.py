"""What passes read of Kubernetes' own, by one call each: Secrets, namespaces, and the policy that approvals need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from lakeward.cluster.calls import Calls

ADMISSION = "/apis/admissionregistration.k8s.io/v1"


class Reads:
    """Reads through one way to the API server. Thread-safe; every method raises CallError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def secret(self, namespace: str, name: str) -> Mapping[str, str]:
        """The values of a Secret, still in base64."""
        found = self._calls.get(f"/api/v1/namespaces/{quote(namespace, safe='')}/secrets/{quote(name, safe='')}")
        return found.get("data") or {}

    def terminating(self, namespace: str) -> bool:
        """Whether a namespace is being deleted."""
        found = self._calls.get(f"/api/v1/namespaces/{quote(namespace, safe='')}")
        return bool(found["metadata"].get("deletionTimestamp"))

    def policy(self, name: str) -> Mapping[str, Any]:
        """A ValidatingAdmissionPolicy."""
        return self._calls.get(f"{ADMISSION}/validatingadmissionpolicies/{quote(name, safe='')}")

    def policy_binding(self, name: str) -> Mapping[str, Any]:
        """A ValidatingAdmissionPolicyBinding."""
        return self._calls.get(f"{ADMISSION}/validatingadmissionpolicybindings/{quote(name, safe='')}")

    def would_admit(self, path: str, body: Mapping[str, Any]) -> None:
        """Whether the API server would take this object, which is not made; its refusal is a CallError."""
        self._calls.create(path, body, dry=True)
