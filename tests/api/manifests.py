"""Good manifests of all kinds that use every field, and changes to them by path."""

import copy
from typing import Any

from api.gates import GATES, GUARD

Body = dict[str, Any]
Path = tuple[str | int, ...]

GONE = object()
"""As a value: remove the member."""

WORKSPACE: Body = {
    "apiVersion": "mlops.lakeward.dev/v1alpha1",
    "kind": "MLWorkspace",
    "metadata": {"name": "prod", "namespace": "default"},
    "spec": {
        "environment": "prod",
        "suspend": False,
        "mode": "Reconcile",
        "adoptionPolicy": "Adopt",
        "deletionPolicy": "Delete",
        "credentials": {
            "token": {"secretRef": {"name": "databricks-token"}, "databricksKey": "databricks", "azureKey": "azure"}
        },
        "endpoints": {"azureResourceManager": "https://management.azure.com"},
        "azure": {
            "subscriptionId": "6a1f0c52-7d34-4c1e-9a60-5b2e7c0d4f11",
            "location": "eastus2",
            "tags": {"cost-center": "ml"},
            "resourceGroup": {"name": "mlops-prod-rg"},
            "network": {
                "name": "mlops-vnet",
                "addressSpace": ["10.0.0.0/16"],
                "subnets": {
                    "public": {"name": "public-subnet", "addressPrefix": "10.0.1.0/24"},
                    "private": {"name": "private-subnet", "addressPrefix": "10.0.2.0/24"},
                    "privateEndpoints": {"name": "pe-subnet", "addressPrefix": "10.0.3.0/24"},
                },
            },
        },
        "databricks": {"host": "https://adb-7405600000000000.5.azuredatabricks.net"},
        "unityCatalog": {
            "catalogs": [
                {
                    "name": "ml_prod_catalog",
                    "comment": "Production",
                    "schemas": [{"name": "raw"}, {"name": "feature_store", "comment": "Features"}],
                },
                {"name": "shared-data"},
            ]
        },
        "modelRegistry": {
            "catalog": "ml_models_catalog",
            "createCatalog": True,
            "schemas": [{"name": "production_models", "comment": "In production", "retention": "365d"}],
        },
        "grants": [
            {
                "name": "engineers-read",
                "securable": {"type": "Schema", "name": "ml_prod_catalog.raw"},
                "principal": "ml-engineers",
                "privileges": ["USE_SCHEMA", "SELECT"],
            },
            {
                "name": "serving",
                "securable": {"type": "Catalog", "name": "shared-data"},
                "principal": "serving@acme.example",
                "privileges": ["BROWSE"],
            },
        ],
        "mlflow": {
            "experiments": [
                {"path": "/Shared/ml_experiments/prod"},
                {
                    "path": "/Users/ana@acme.example/churn v2",
                    "artifactLocation": "abfss://mlflow-artifacts-prod@store.dfs.core.windows.net/churn",
                },
            ]
        },
        "promotions": GUARD,
    },
}

PROMOTION: Body = {
    "apiVersion": "mlops.lakeward.dev/v1alpha1",
    "kind": "ModelPromotion",
    "metadata": {"name": "churn-prod", "namespace": "default"},
    "spec": {
        "workspaceRef": {"name": "prod"},
        "suspend": False,
        "mode": "Plan",
        "source": {
            "model": "staging.churn.classifier",
            "version": 17,
            "digest": "sha256:" + "6b" * 32,
            "workspaceRef": {"name": "staging"},
        },
        "target": {"model": "prod.churn.classifier", "createIfMissing": True},
        "dependsOn": [{"name": "churn-staging", "soak": "36h"}],
        "gates": [*GATES],
        "gatePolicy": {"retryInterval": "5m", "pendingDeadline": "7d"},
        "copy": {"executor": "DatabricksJob", "timeout": "1h", "tags": {"include": ["domain", "owner_*"]}},
        "tags": {"pii": "false", "legal basis": "art. 6 (1) b"},
        "switch": {
            "aliases": {"champion": "live", "previous": "before", "challenger": "next"},
            "after": {"servingEndpointRef": {"name": "churn-prod"}},
            "driftPolicy": "Hold",
        },
        "provenance": {"tags": True},
        "grants": [{"principal": "serving-prod", "privileges": ["EXECUTE"]}],
        "rollback": {"window": 3},
        "retention": {"keepLast": 5, "keepFor": "90d", "action": "Tag"},
        "deletionPolicy": "Retain",
    },
}

SMALLEST_WORKSPACE: Body = {
    **WORKSPACE,
    "spec": {
        "environment": "dev",
        "credentials": {"token": {"secretRef": {"name": "databricks-token"}}},
        "databricks": {"host": "http://127.0.0.1:8442"},
    },
}

SMALLEST_PROMOTION: Body = {
    **PROMOTION,
    "spec": {
        "workspaceRef": {"name": "prod"},
        "source": {"model": "prod.churn.classifier", "version": 1},
        "target": {"model": "prod.churn.classifier"},
    },
}

APPROVAL: Body = {
    "apiVersion": "mlops.lakeward.dev/v1alpha1",
    "kind": "PromotionApproval",
    "metadata": {"name": "churn-prod-x7k2p", "namespace": "default"},
    "spec": {
        "promotionRef": {"name": "churn-prod", "uid": "0d9c6c1e-8a7e-4d1b-9a3e-3f1a5c2b7e10"},
        "gate": "risk-signoff",
        "subject": "sha256:" + "9f" * 32,
        "decision": "Bypass",
        "attempt": "g7-9f3c2a1b",
        "reason": "INC-77: the reviewers cannot be reached",
        "approver": {"username": "bob@acme.example", "groups": ["model-risk", "oncall"]},
    },
}

SMALLEST_APPROVAL: Body = {
    **APPROVAL,
    "spec": {
        "promotionRef": {"name": "churn-prod", "uid": "0d9c6c1e-8a7e-4d1b-9a3e-3f1a5c2b7e10"},
        "gate": "risk-signoff",
        "subject": "sha256:" + "00" * 32,
        "decision": "Approve",
        "reason": "FL-231",
        "approver": {"username": "bob"},
    },
}

GOOD = (WORKSPACE, PROMOTION, APPROVAL, SMALLEST_WORKSPACE, SMALLEST_PROMOTION, SMALLEST_APPROVAL)


def changed(body: Body, path: Path, value: object) -> Body:
    """A copy of the manifest whose spec has the value at the path; GONE removes the member."""
    copied = copy.deepcopy(body)
    place: Any = copied["spec"]
    for step in path[:-1]:
        place = place[step]
    if value is GONE:
        del place[path[-1]]
    elif isinstance(place, list) and path[-1] == len(place):
        place.append(value)
    else:
        place[path[-1]] = value
    return copied
