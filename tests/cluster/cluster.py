"""What tests do to a real API server: apply, read, wait for a condition with a deadline. Knows no operator."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from kubernetes.client import (
    ApiClient,
    Configuration,
    CoreV1Api,
    CustomObjectsApi,
    EventsV1Api,
    V1Namespace,
    V1ObjectMeta,
    V1Secret,
)
from kubernetes.client.exceptions import ApiException
from kubernetes.config import load_kube_config
from kubernetes.watch import Watch
from urllib3 import HTTPHeaderDict

from api.manifests import SMALLEST_APPROVAL
from cluster.process import until

GROUP, VERSION = "mlops.lakeward.dev", "v1alpha1"
REPOSITORY = Path(__file__).parents[2]
PATIENCE = 30.0
POLICY = "you can only approve as yourself"

Body = dict[str, Any]
Holds = Callable[[Body], bool]


class Cluster:
    """A cluster as its administrator sees it."""

    def __init__(self, kubeconfig: Path, kubectl: Path) -> None:
        self.kubeconfig = kubeconfig
        self.program = kubectl
        configuration = Configuration()
        load_kube_config(str(kubeconfig), client_configuration=configuration, persist_config=False)  # type: ignore[no-untyped-call]  # untyped in the client
        self._client = ApiClient(configuration)
        self._custom = CustomObjectsApi(self._client)
        self.core = CoreV1Api(self._client)
        self._events = EventsV1Api(self._client)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """The output of a command that must succeed."""
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    @property
    def user(self) -> str:
        """Who we are, as the API server says it."""
        answer = json.loads(self.kubectl("auth", "whoami", "--output=json"))
        return str(answer["status"]["userInfo"]["username"])

    def install(self) -> None:
        """The CRDs and manifests/install, served, usable and in force when this returns."""
        self.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "crds"))
        self.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "--all")
        self.kubectl("apply", "-k", str(REPOSITORY / "manifests" / "install"))
        until(lambda: POLICY in self.admit("promotionapprovals", SMALLEST_APPROVAL), PATIENCE, "policies are in force")

    def namespace(self, name: str) -> "Namespace":
        """A new namespace."""
        self.core.create_namespace(V1Namespace(metadata=V1ObjectMeta(name=name)))
        return Namespace(self, name, self._custom, self._events)

    def admit(self, plural: str, manifest: Body) -> str:
        """What admission says about a new object, which is not made: nothing, or the refusal as kubectl shows it."""
        try:
            self._custom.create_namespaced_custom_object(
                GROUP, VERSION, "default", plural, manifest, dry_run="All", field_validation="Strict"
            )
        except ApiException as error:
            if error.status not in {400, 422}:
                raise
            return str(json.loads(str(error.body))["message"])
        return ""

    def admit_change(self, plural: str, manifest: Body) -> str:
        """What admission says about this change of an object that exists, which is not made."""
        name = manifest["metadata"]["name"]
        try:
            self._custom.patch_namespaced_custom_object(
                GROUP,
                VERSION,
                manifest["metadata"]["namespace"],
                plural,
                name,
                {"spec": manifest["spec"]},
                dry_run="All",
            )
        except ApiException as error:
            if error.status != 422:  # refused by a rule
                raise
            return str(json.loads(str(error.body))["message"])
        return ""

    def request(
        self, method: str, path: str, body: Body | None = None, headers: Sequence[tuple[str, str]] = ()
    ) -> tuple[int, Body]:
        """One request as it stands, with headers that may repeat: the code and the answer."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        answer = self._client.rest_client.pool_manager.request(
            method,
            f"{self._client.configuration.host}{path}",
            body=None if body is None else json.dumps(body),
            headers=HTTPHeaderDict([("Accept", "application/json"), ("Content-Type", kind), *headers]),
        )
        return answer.status, json.loads(answer.data)

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]  # untyped in the client


class Namespace:
    """One namespace and the objects in it; a kind is named by its plural."""

    def __init__(self, cluster: Cluster, name: str, custom: CustomObjectsApi, events: EventsV1Api) -> None:
        self.cluster = cluster
        self.name = name
        self._custom = custom
        self._events = events

    def secret(self, name: str, values: Mapping[str, str]) -> None:
        """Make a Secret or replace its values."""
        body = V1Secret(metadata=V1ObjectMeta(name=name), string_data=dict(values))
        try:
            self.cluster.core.create_namespaced_secret(self.name, body)
        except ApiException:
            self.cluster.core.patch_namespaced_secret(name, self.name, body)

    def apply(self, manifest: Body) -> Body:
        """As `kubectl apply` does it; the object as it is then."""
        answer = self.cluster.kubectl(
            "apply", f"--namespace={self.name}", "-o=json", "-f=-", stdin=json.dumps(manifest)
        )
        body: Body = json.loads(answer)
        return body

    def get(self, plural: str, name: str) -> Body | None:
        try:
            body = self._custom.get_namespaced_custom_object(GROUP, VERSION, self.name, plural, name)
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        return cast("Body", body)

    def delete(self, plural: str, name: str) -> None:
        """Ask for the deletion; does not wait."""
        self._custom.delete_namespaced_custom_object(GROUP, VERSION, self.name, plural, name)

    def annotate(self, plural: str, name: str, annotations: Mapping[str, str]) -> None:
        body = {"metadata": {"annotations": dict(annotations)}}
        self._custom.patch_namespaced_custom_object(GROUP, VERSION, self.name, plural, name, body)

    def wait(self, plural: str, name: str, holds: Holds, seconds: float = PATIENCE) -> Body:
        """The first body of the object for which this holds."""
        found = self._follow(plural, name, lambda body: body is not None and holds(body), seconds)
        assert found is not None
        return found

    def wait_gone(self, plural: str, name: str, seconds: float = PATIENCE) -> None:
        self._follow(plural, name, lambda body: body is None, seconds)

    def clear(self, plural: str) -> None:
        """Remove all objects of a kind, whatever their finalizers say."""
        found = cast("Body", self._custom.list_namespaced_custom_object(GROUP, VERSION, self.name, plural))
        for body in found["items"]:
            name = body["metadata"]["name"]
            self._custom.delete_namespaced_custom_object(GROUP, VERSION, self.name, plural, name)
            free = {"metadata": {"finalizers": None}}
            with suppress(ApiException):  # the operator was quicker
                self._custom.patch_namespaced_custom_object(GROUP, VERSION, self.name, plural, name, free)

    def events(self, name: str) -> list[tuple[str, str, str]]:
        """Type, reason and note of the events about an object, in any order."""
        about = [
            e for e in self._events.list_namespaced_event(self.name).items if e.regarding and e.regarding.name == name
        ]
        return [(e.type or "", e.reason or "", e.note or "") for e in about]

    def _follow(self, plural: str, name: str, holds: Callable[[Body | None], bool], seconds: float) -> Body | None:
        deadline = time.monotonic() + seconds
        body = self.get(plural, name)
        if holds(body):
            return body
        version = body["metadata"]["resourceVersion"] if body else "0"
        stream = Watch().stream(  # type: ignore[no-untyped-call]  # untyped in the client
            self._custom.list_namespaced_custom_object,
            *(GROUP, VERSION, self.name, plural),
            field_selector=f"metadata.name={name}",
            resource_version=version,
            timeout_seconds=max(1, round(deadline - time.monotonic())),
        )
        for event in stream:
            body = None if event["type"] == "DELETED" else event["object"]
            if holds(body):
                return body
        raise AssertionError(f"{plural} {self.name}/{name} did not get there in {seconds:.0f} s: {_brief(body)}")


def condition(body: Body, kind: str) -> Mapping[str, Any]:
    """One condition of the object's status; empty when it is not there."""
    found: Sequence[Mapping[str, Any]] = (body.get("status") or {}).get("conditions", ())
    return next((c for c in found if c["type"] == kind), {})


def ready(body: Body) -> bool:
    """Ready, and about the newest spec."""
    seen = body.get("status", {}).get("observedGeneration") == body["metadata"]["generation"]
    return bool(seen and condition(body, "Ready").get("status") == "True")


def because(reason: str) -> Holds:
    """Not ready for this reason, and about the newest spec."""

    def holds(body: Body) -> bool:
        if body.get("status", {}).get("observedGeneration") != body["metadata"]["generation"]:
            return False
        now = condition(body, "Ready")
        return now.get("status") == "False" and now.get("reason") == reason

    return holds


def _brief(body: Body | None) -> str:
    return "it is gone" if body is None else json.dumps({"metadata": body["metadata"], "status": body.get("status")})
