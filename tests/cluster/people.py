"""People and programs with rights of their own in one namespace, and what the API server says to each of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cluster.cluster import Cluster, Namespace

Body = dict[str, Any]
MP, PA = "modelpromotions", "promotionapprovals"
EVERYTHING = ["create", "get", "list", "watch", "update", "patch", "delete", "deletecollection"]
BAD_REQUEST = 400
CONTROLLERS = "system:serviceaccount:kube-system:"


@dataclass(frozen=True)
class Person:
    """Somebody as whom we send requests; `groups` beside those that the API server adds itself."""

    name: str
    groups: tuple[str, ...] = ()

    def create(self, room: Namespace, plural: str, body: Body, *, dry: bool = False) -> str:
        return self._asks(room, "POST", plural, body, dry=dry)

    def patch(self, room: Namespace, path: str, body: Body, *, dry: bool = False) -> str:
        """A merge patch of `plural/name`, or of its `/status`."""
        return self._asks(room, "PATCH", path, body, dry=dry)

    def delete(self, room: Namespace, path: str, *, dry: bool = False) -> str:
        """Of `plural/name`, or of all of a plural."""
        return self._asks(room, "DELETE", path, None, dry=dry)

    def _asks(self, room: Namespace, method: str, path: str, body: Body | None, *, dry: bool) -> str:
        """What the API server says: nothing when it is done, or the refusal."""
        where = f"/apis/mlops.lakeward.dev/v1alpha1/namespaces/{room.name}/{path}{'?dryRun=All' if dry else ''}"
        # naming groups replaces those that the API server would add
        own = ("system:authenticated", *self.groups) if self.groups else ()
        headers = [("Impersonate-User", self.name), *(("Impersonate-Group", g) for g in own)]
        code, answer = room.cluster.request(method, where, body, headers)
        return "" if code < BAD_REQUEST else str(answer["message"])


def role(name: str, *rules: tuple[str, list[str], list[str]]) -> Body:
    """A Role of rules in our group: resource, verbs, names (none: all)."""
    listed = [
        {"apiGroups": ["mlops.lakeward.dev"], "resources": [what], "verbs": verbs, "resourceNames": names}
        for what, verbs, names in rules
    ]
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": listed}


def binding(kind: str, name: str, *subjects: Mapping[str, str]) -> Body:
    """A RoleBinding of this Role or ClusterRole."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": list(subjects),
    }


def user(name: str) -> Mapping[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}


def group(name: str) -> Mapping[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": name}


def robot(namespace: str) -> Mapping[str, str]:
    return {"kind": "ServiceAccount", "name": "default", "namespace": namespace}


@contextmanager
def staffed(cluster: Cluster, name: str) -> Iterator[Namespace]:
    """A namespace where reviewers approve, oncall breaks glass and git delivers.

    `dev` may write all, but has no verb of ours; `half` approves one promotion only; the ServiceAccount `default` is a
    reviewer by mistake.
    """
    room = cluster.namespace(name)
    room.apply(role("dev", (MP, EVERYTHING, []), (PA, EVERYTHING, [])))
    room.apply(role("half", (MP, ["get", "approve"], ["other"]), (PA, ["create"], [])))
    room.apply(binding("Role", "dev", user("dev")))
    room.apply(binding("Role", "half", user("half")))
    room.apply(binding("ClusterRole", "lakeward-approver", group("reviewers"), user("ana"), robot(name)))
    room.apply(binding("ClusterRole", "lakeward-breakglass", user("oncall")))
    room.apply(binding("ClusterRole", "lakeward-promoter", user("git")))
    yield room
    for plural in (PA, MP):
        room.clear(plural)
