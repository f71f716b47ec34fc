"""Access to a cluster as a ServiceAccount: a kubeconfig of its own, so that a program may do what RBAC grants it.
It knows kubectl, not what the account is for.
"""

import json
from datetime import timedelta
from pathlib import Path

from lakeward_sandbox.cluster import kubeconfig
from lakeward_sandbox.cluster.find import Cluster
from lakeward_sandbox.cluster.processes import answer

DAY = timedelta(days=1)


def log_in(cluster: Cluster, namespace: str, account: str, file: Path, lifetime: timedelta = DAY) -> None:
    """Writes a kubeconfig that is logged in with a fresh token of this ServiceAccount, which must exist.

    The token is never part of a command line. ClusterError says what kubectl said.
    """
    kubectl = [str(cluster.kubectl), f"--kubeconfig={cluster.kubeconfig}"]
    view = json.loads(answer([*kubectl, "config", "view", "--minify", "--flatten", "--raw", "--output=json"]))
    user = f"{namespace}-{account}"
    context = {"cluster": view["clusters"][0]["name"], "user": user, "namespace": "default"}
    duration = f"--duration={lifetime.total_seconds():.0f}s"
    token = answer([*kubectl, "create", "token", account, f"--namespace={namespace}", duration])
    view["users"] = [{"name": user, "user": {"token": token.strip()}}]
    view["contexts"] = [{"name": user, "context": context}]
    view["current-context"] = user
    kubeconfig.write(file, kubeconfig.MARK + json.dumps(view, indent=2))  # JSON is YAML
