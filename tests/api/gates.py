"""Gates of every type with all their members, and the guard of an MLWorkspace that demands them."""

from typing import Any

Part = dict[str, Any]

READY: Part = {"name": "registered", "type": "Ready", "mode": "Enforce"}
QUALITY: Part = {
    "name": "quality",
    "type": "Metric",
    "metric": {
        "from": "ModelVersion",
        "metric": "f1_score",
        "dataset": "holdout_2026q3",
        "min": "0.82",
        "max": "1.0",
        "vsChampion": {"minAbsoluteChange": "0.005", "onNoChampion": "Pass", "onMissing": "Fail"},
    },
}
LATENCY: Part = {
    "name": "latency",
    "type": "Metric",
    "mode": "Warn",
    "metric": {
        "from": "Run",
        "metric": "p95_ms",
        "vsChampion": {"minRelativeChange": "-0.5", "maxAbsoluteIncrease": "20", "maxRelativeIncrease": "0.10"},
    },
}
TAG: Part = {
    "name": "validated",
    "type": "Tag",
    "tag": {"from": "Source", "key": "validation_status", "in": ["passed", "waived by risk"]},
}
DIGEST: Part = {"name": "artifact", "type": "Digest", "digest": {"verifyCopy": True}}
INTERFACE: Part = {
    "name": "interface",
    "type": "Interface",
    "interface": {"signature": "Required", "inputExample": "Required", "compatibleWithChampion": "Backward"},
}
DEPENDENCIES: Part = {
    "name": "supply-chain",
    "type": "Dependencies",
    "dependencies": {"pinned": "Required", "deny": ["torch==2.0.0", "left-pad"]},
}
JOB: Part = {
    "name": "validation-run",
    "type": "Job",
    "job": {
        "jobRef": {"name": "validate-churn"},
        "parameters": {"suite": "full", "min.rows_per-class": ""},
        "timeout": "2h",
    },
}
APPROVAL: Part = {
    "name": "risk-signoff",
    "type": "Approval",
    "approval": {
        "minApprovals": 2,
        "approvers": {"groups": ["model-risk", "oidc:on/call"], "users": ["ana@acme.example"]},
        "notBy": ["SourceModelCreator"],
        "expiresAfter": "100h",
    },
}
WINDOW: Part = {
    "name": "freeze",
    "type": "Window",
    "window": {
        "timezone": "America/Argentina/Buenos_Aires",
        "allow": [
            {"schedule": "0 9 * * MON-THU", "duration": "7h"},
            {"schedule": "*/15 0-6/2 1,15 JAN,6-8 0", "duration": "10m"},
        ],
        "deny": [
            {"from": "2026-12-18T00:00:00", "to": "2027-01-04T00:00:00", "reason": "year-end freeze"},
            {"from": "2028-02-29T23:59:59", "to": "2028-03-01T00:00:00"},
        ],
    },
}
SOURCE_ALIAS: Part = {
    "name": "upstream",
    "type": "SourceAlias",
    "sourceAlias": {"alias": "champion", "soak": "36h"},
}

# refusals name them by their number
GATES = (READY, QUALITY, LATENCY, TAG, DIGEST, INTERFACE, DEPENDENCIES, JOB, APPROVAL, WINDOW, SOURCE_ALIAS)

GUARD: Part = {
    "targets": ["prod.churn.*", "*.*.classifier", "prod.churn-v2.model_1"],
    "requireGates": [{"name": "any-approval", "type": "Approval"}, *GATES],
    "aliases": {"champion": "live", "previous": "before", "challenger": "next"},
    "grantable": ["EXECUTE", "BROWSE"],
    "bypassable": ["Window", "Approval"],
    "skippableOnRollback": ["Metric", "Tag", "Interface", "Dependencies", "Job", "Approval", "Window", "SourceAlias"],
    "allowDelete": True,
    "retention": {"keepLast": 3, "keepFor": "30d"},
    "servedIn": ["prod", "dev"],
    "trustedSources": ["staging"],
    "jobs": {"copy": {"name": "lakeward copy, nightly"}, "validate-churn": {"id": 88112233}},
}
