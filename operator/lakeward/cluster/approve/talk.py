"""What `lakeward approve` asks the API server, and what its refusals mean for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lakeward.api.objects import GROUP, VERSION
from lakeward.cluster.approve.decide import Person
from lakeward.cluster.approve.wish import NotMade
from lakeward.cluster.calls import FORBIDDEN, NO_ANSWER, NOT_FOUND, UNAUTHORIZED, CallError

if TYPE_CHECKING:
    from lakeward.cluster.calls import Calls

WHOAMI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
RIGHTS = "the ClusterRoles lakeward-approver and lakeward-breakglass of manifests/install give the rights"
Json = Mapping[str, Any]


class Talk:
    """Asks as the person of a kubeconfig. Every method raises NotMade."""

    def __init__(self, calls: Calls, host: str) -> None:
        self._calls = calls
        self._host = host

    def promotion(self, namespace: str, name: str) -> Json:
        """The ModelPromotion."""
        try:
            return self._calls.get(_path(namespace, "modelpromotions", name))
        except CallError as error:
            if error.status == NOT_FOUND:
                text = f"there is no ModelPromotion {namespace}/{name} at {self._host}: {error.message}"
                raise NotMade(text) from None
            raise self._refused(error, f"ModelPromotion {namespace}/{name} cannot be read") from None

    def guard(self, namespace: str, name: str) -> Json | None:
        """The MLWorkspace that guards a promotion; None where it is not there or not for this person to read."""
        try:
            return self._calls.get(_path(namespace, "mlworkspaces", name))
        except CallError as error:
            if error.status in {FORBIDDEN, NOT_FOUND}:
                return None
            raise self._refused(error, f"MLWorkspace {namespace}/{name} cannot be read") from None

    def person(self) -> Person:
        """Who asks, as the API server sees them."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        try:
            found = self._calls.create(WHOAMI, review)["status"]["userInfo"]
        except CallError as error:
            raise self._refused(error, "the API server does not say who you are") from None
        return Person(str(found.get("username") or ""), frozenset(found.get("groups") or ()))

    def approve(self, namespace: str, body: Json) -> str:
        """Make the PromotionApproval; its name."""
        try:
            made = self._calls.create(_path(namespace, "promotionapprovals"), body)
        except CallError as error:
            raise self._refused(error, "the approval was not made") from None
        return str(made["metadata"]["name"])

    def _refused(self, error: CallError, what: str) -> NotMade:
        if error.status == NO_ANSWER:
            return NotMade(
                f"the API server at {self._host} does not answer: check the network, --kubeconfig, --context"
            )
        if error.status == UNAUTHORIZED:
            return NotMade(f"the API server at {self._host} refuses the login: log in again")
        if error.causes:
            return NotMade(f"{what}: {'; '.join(error.causes)}")
        if error.status == FORBIDDEN:
            return NotMade(f"{what}: {error.message}; {RIGHTS}")
        return NotMade(f"{what}: the API server answered {error.status}: {error.message}")


def _path(namespace: str, plural: str, name: str = "") -> str:
    last = f"/{quote(name, safe='')}" if name else ""
    return f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace, safe='')}/{plural}{last}"
