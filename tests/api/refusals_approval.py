"""What a PromotionApproval may not say."""

from api.manifests import GONE, SMALLEST_APPROVAL
from api.refusal import approval, refusal

ATTEMPT = "attempt must be given with decision Bypass, and only with it"

APPROVAL_REFUSALS = (
    approval("promotionRef", GONE, "Required value"),
    approval("promotionRef.name", "Churn", "must be the name of an object in this namespace"),
    approval("promotionRef.namespace", "other", "unknown field"),
    approval("promotionRef.uid", GONE, "Required value"),
    approval("promotionRef.uid", "a b", "must be the uid of an object"),
    approval("gate", GONE, "Required value"),
    approval("gate", "risk signoff", "must be letters, digits and - within"),
    approval("subject", GONE, "Required value"),
    approval("subject", "sha256:9f3c2a1b", "should be at least 71 chars long"),
    approval("subject", "sha256:" + "9F" * 32, "must be sha256: and 64 hexadecimal digits"),
    approval("decision", GONE, "Required value"),
    approval("decision", "Skip", 'supported values: "Approve", "Reject", "Bypass"'),
    approval("decision", "Approve", ATTEMPT, "spec.attempt"),
    approval("decision", "Reject", ATTEMPT, "spec.attempt"),
    approval("attempt", GONE, ATTEMPT),
    approval("attempt", "", "should be at least 1 chars long"),
    approval("attempt", "g7 9f", "must be letters, digits and - within"),
    refusal(SMALLEST_APPROVAL, "attempt", "g7-9f3c2a1b", ATTEMPT),
    approval("reason", GONE, "Required value"),
    approval("reason", "", "should be at least 1 chars long"),
    approval("reason", "x" * 1025, "may not be more than 1024"),
    approval("approver", GONE, "Required value"),
    approval("approver.username", GONE, "Required value"),
    approval("approver.username", "", "should be at least 1 chars long"),
    approval("approver.username", "bob, eve", "must be a name that the API server knows"),
    approval("approver.username", "b" * 254, "may not be more than 253"),
    approval("approver.groups.1", "model-risk", "Duplicate value"),
    approval("approver.groups.1", "", "should be at least 1 chars long"),
    approval("approver.groups", [f"g{n}" for n in range(21)], "must have at most 20 items"),
    approval("approver.serviceAccount", "x", "unknown field"),
    approval("suspend", False, "unknown field"),
    approval("mode", "Plan", "unknown field"),
)
