"""Whether the API server makes sure that an approver is who it says: proved by asking it to admit a lie.

The lie is a dry run in the namespace itself, so nothing is made whatever the answer is. Knows no gate.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lakeward.api.objects import GROUP, VERSION
from lakeward.cluster.calls import FORBIDDEN, NO_ANSWER, NOT_FOUND, CallError
from lakeward.cluster.identity_policy import MANIFEST, POLICY, WORDS, weakness
from lakeward.engine.errors import Unavailable
from lakeward.judgement.approval import Identity

if TYPE_CHECKING:
    from lakeward.cluster.reads import Reads

ROLE = "bind it to the ClusterRole of manifests/install"
NOBODY = f"nobody@self-test.{GROUP}"
KEPT = 5.0
FORGOTTEN = 3600.0
TOO_MANY, BROKEN = 429, 500

Json = Mapping[str, Any]


class Identities:
    """Proofs by namespace, each good for 5 s, because it is asked for right before a switch. Thread-safe."""

    def __init__(self, reads: Reads, clock: Callable[[], float] = time.monotonic) -> None:
        self._reads = reads
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, tuple[float, Identity]] = {}

    def __call__(self, namespace: str) -> Identity:
        """What holds in this namespace now. Raises Unavailable where the API server does not answer."""
        with self._lock:
            when, last = self._found.get(namespace, (0.0, None))
        if last is not None and self._clock() - when < KEPT:
            return last
        asked = self._clock()
        found = self._prove(namespace)
        with self._lock:
            self._found[namespace] = (asked, found)
        return found

    def known(self) -> Mapping[str, bool]:
        """Namespaces that somebody asked about within the hour, and whether approvals were safe there."""
        now = self._clock()
        with self._lock:
            self._found = {n: found for n, found in self._found.items() if now - found[0] < FORGOTTEN}
            return {namespace: found.enforced for namespace, (_, found) in self._found.items()}

    def _prove(self, namespace: str) -> Identity:
        try:
            policy, binding = self._reads.policy(POLICY), self._reads.policy_binding(POLICY)
        except CallError as error:
            return _not(_unread(error))
        why = weakness(policy, binding) or self._lie(namespace)
        return _not(why) if why else _in_force(policy, binding)

    def _lie(self, namespace: str) -> str:
        """Ask to admit an approval in somebody else's name; why its answer proves nothing, or empty."""
        path = f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace, safe='')}/promotionapprovals"
        try:
            self._reads.would_admit(path, _lie(namespace))
        except CallError as error:
            return answer(error)
        return f"the API server takes an approval in another's name in namespace {namespace}: {MANIFEST}"


def answer(error: CallError) -> str:
    """Why a refusal proves nothing; empty for the one that proves it. Raises Unavailable where it is none."""
    if any(POLICY in cause and cause.endswith(f": {WORDS}") for cause in error.causes):
        return ""
    _check_answered(error)
    if error.status == NOT_FOUND:
        return "the API server does not serve PromotionApprovals: apply crds as an administrator"
    if error.status == FORBIDDEN and not error.causes:
        return f"the operator's account may not try an approval: {error.message or ROLE}"
    return f"an approval in another's name was refused for another reason: {error.message}"


def _lie(namespace: str) -> Json:
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "PromotionApproval",
        "metadata": {"name": "lakeward-self-test", "namespace": namespace},
        "spec": {
            "promotionRef": {"name": "lakeward-self-test", "uid": "none"},
            "gate": "self-test",
            "subject": f"sha256:{'0' * 64}",
            "decision": "Approve",
            "reason": "A dry run by Lakeward, which must be refused.",
            "approver": {"username": NOBODY},
        },
    }


def _in_force(policy: Json, binding: Json) -> Identity:
    made = [datetime.fromisoformat(body["metadata"]["creationTimestamp"]) for body in (policy, binding)]
    generations = (str(body["metadata"].get("generation", 0)) for body in (policy, binding))
    return Identity(enforced=True, since=max(made), policy="/".join(generations), message="")


def _not(why: str) -> Identity:
    return Identity(enforced=False, since=None, policy="", message=why)


def _unread(error: CallError) -> str:
    _check_answered(error)
    if error.status == NOT_FOUND:
        return f"there is no ValidatingAdmissionPolicy {POLICY} with a binding of that name: {MANIFEST}"
    return f"the operator's account may not read ValidatingAdmissionPolicy {POLICY} and its binding: {ROLE}"


def _check_answered(error: CallError) -> None:
    """Only an answer says something about the policy; else the pass is made again."""
    if error.status in {NO_ANSWER, TOO_MANY} or error.status >= BROKEN:
        raise Unavailable(f"whether approvers are who they say could not be tried: {error}")
