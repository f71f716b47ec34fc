"""What the policy about approvers must say, and why one that says something else would let forged approvals through.

The rules are those of `manifests/install/approval-identity.yaml`, which the operator does not have with it. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lakeward.api.objects import GROUP, VERSION

POLICY = "mlops-promotion-approval-identity"
WORDS = "you can only approve as yourself"
MANIFEST = "apply manifests/install/approval-identity.yaml as an administrator"
OPERATIONS = frozenset({"CREATE", "UPDATE", "DELETE"})
GROUPS, VERSIONS = frozenset({GROUP, "*"}), frozenset({VERSION, "*"})
ABOUT = frozenset({"promotionapprovals", "promotionapprovals/*", "*", "*/*"})
SCOPES = frozenset({None, "*", "Namespaced"})

VARIABLES = {
    "spec": "request.operation == 'CREATE' ? object.spec : oldObject.spec",
    "verb": "variables.spec.decision == 'Bypass' ? 'bypass' : 'approve'",
    "promotion": f"authorizer.group('{GROUP}').resource('modelpromotions').namespace(request.namespace)"
    " .name(variables.spec.promotionRef.name)",
    "held": "has(request.userInfo.groups) ? request.userInfo.groups : []",
    "collector": "request.userInfo.username in ['system:serviceaccount:kube-system:generic-garbage-collector',"
    " 'system:serviceaccount:kube-system:namespace-controller', 'system:kube-controller-manager']",
}
"""What the rules call by a name: who changes that changes them."""
RULES = {
    WORDS: "request.operation != 'CREATE' || variables.spec.approver.username == request.userInfo.username",
    "a service account cannot approve, nor a node or an anonymous user": (
        "request.operation != 'CREATE' || !(request.userInfo.username.startsWith('system:serviceaccount:') ||"
        " request.userInfo.username.startsWith('system:node:') ||"
        " ['system:serviceaccounts', 'system:nodes', 'system:unauthenticated'].exists(g, g in variables.held))"
    ),
    "group not held by the requester": (
        "request.operation != 'CREATE' || !has(variables.spec.approver.groups) ||"
        " variables.spec.approver.groups.all(g, g in variables.held)"
    ),
    "verb approve (or bypass) on this modelpromotion is required": (
        "request.operation != 'CREATE' || variables.promotion.check(variables.verb).allowed()"
    ),
    "approvals are immutable": "request.operation != 'UPDATE' || object.spec == oldObject.spec",
    "owners of an approval do not change": (
        "request.operation != 'UPDATE' || variables.collector ||"
        " object.metadata.?ownerReferences.orValue([]) == oldObject.metadata.?ownerReferences.orValue([])"
    ),
    "only its approver withdraws an approval": (
        "request.operation != 'DELETE' || variables.collector ||"
        " variables.spec.approver.username == request.userInfo.username ||"
        " variables.promotion.check('bypass').allowed()"
    ),
}
"""The validations by what each says of a request that it refuses; others beside them only refuse more."""

Json = Mapping[str, Any]


def weakness(policy: Json, binding: Json) -> str:
    """Why the policy would let something through that its one refusal does not show; empty if it would not."""
    why = next(_weaknesses(policy, binding), "")
    return f"ValidatingAdmissionPolicy {POLICY} {why}: {MANIFEST}" if why else ""


def _weaknesses(policy: Json, binding: Json) -> Iterator[str]:
    if any(body["metadata"].get("deletionTimestamp") for body in (policy, binding)):
        yield "is being deleted"
    yield from _missed(policy["spec"])
    yield from _unbound(binding["spec"])
    yield from _changed(policy["spec"])


def _missed(spec: Json) -> Iterator[str]:
    """What of requests the policy does not look at."""
    match = spec.get("matchConstraints") or {}
    if spec.get("failurePolicy", "Fail") != "Fail":
        yield "must have failurePolicy Fail"
    if spec.get("matchConditions"):
        yield "must have no matchConditions"
    if spec.get("paramKind"):
        yield "must have no paramKind"
    if not any(_covers(rule) for rule in match.get("resourceRules") or ()):
        yield (
            "must be about CREATE, UPDATE and DELETE of promotionapprovals in one of its resourceRules,"
            " which has no resourceNames and is not of scope Cluster"
        )
    if _narrowed(match, "objectSelector", "namespaceSelector", "excludeResourceRules"):
        yield "must be about all approvals, without selectors and excludeResourceRules"


def _covers(rule: Json) -> bool:
    """Whether all requests about approvals fall under this one rule: several do not add up to it."""
    operations = set(rule.get("operations") or ())
    return (
        not rule.get("resourceNames")
        and rule.get("scope") in SCOPES
        and (operations >= OPERATIONS or "*" in operations)
        and not GROUPS.isdisjoint(rule.get("apiGroups") or ())
        and not VERSIONS.isdisjoint(rule.get("apiVersions") or ())
        and not ABOUT.isdisjoint(rule.get("resources") or ())
    )


def _unbound(spec: Json) -> Iterator[str]:
    """What the binding takes from the policy. Whether it is about a namespace is tried there."""
    if spec.get("policyName") != POLICY:
        yield "is not what its binding names"
    if spec.get("paramRef"):
        yield "must be bound without paramRef"
    if _narrowed(spec.get("matchResources") or {}, "objectSelector", "excludeResourceRules", "resourceRules"):
        yield "must be about all approvals: its binding must have no objectSelector and no rules in matchResources"
    if "Deny" not in (spec.get("validationActions") or ()):
        yield "must be bound with validationActions Deny"


def _changed(spec: Json) -> Iterator[str]:
    """The rules that it lacks, and the names that stand for something else in it."""
    told = {_plain(rule.get("expression")) for rule in spec.get("validations") or ()}
    for words, expression in RULES.items():
        if expression not in told:
            yield f'lacks the validation "{words}" as it is in manifests/install'
    named = {variable.get("name"): _plain(variable.get("expression")) for variable in spec.get("variables") or ()}
    for name, expression in VARIABLES.items():
        if named.get(name) != expression:
            yield f"must have the variable {name} as it is in manifests/install"


def _plain(expression: str | None) -> str:
    """An expression on one line: how it is broken into lines does not matter to it."""
    return " ".join((expression or "").split())


def _narrowed(match: Json, *members: str) -> bool:
    return any(match.get(member) for member in members)
