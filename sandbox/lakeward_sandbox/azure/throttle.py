"""Azure's limits: a bucket of tokens for each sender, subscription and kind of call. It knows no request and no clock.
A call that comes before its time is not looked at, and waits anew.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum

from lakeward_sandbox.azure.errors import ArmError


class Kind(StrEnum):
    """Kinds of calls, as the headers name them."""

    READS = "reads"
    WRITES = "writes"
    DELETES = "deletes"

    @staticmethod
    def of(method: str) -> "Kind":
        return {"GET": Kind.READS, "HEAD": Kind.READS, "DELETE": Kind.DELETES}.get(method, Kind.WRITES)


_SIZES = {Kind.READS: (250, 25), Kind.WRITES: (200, 10), Kind.DELETES: (200, 10)}


@dataclass
class _Bucket:
    tokens: float
    filled: float
    closed_until: float = 0.0


@dataclass
class Throttle:
    """All buckets. A restart fills them. Only the event loop touches it."""

    _buckets: dict[tuple[str, str, Kind], _Bucket] = field(default_factory=dict)

    def refill(self) -> None:
        """Whoever begins anew has all calls again."""
        self._buckets.clear()

    def take(self, subscription: str, sender: str, kind: Kind, now: float) -> dict[str, str]:
        """One token; returns the headers that tell how many are left. Raises ArmError, 429, when there is none."""
        size, refill = _SIZES[kind]
        bucket = self._buckets.setdefault((subscription, sender, kind), _Bucket(size, now))
        bucket.tokens = min(size, bucket.tokens + (now - bucket.filled) * refill)
        bucket.filled = now
        if bucket.tokens < 1 or now < bucket.closed_until:
            wait = max(1, math.ceil((1 - bucket.tokens) / refill))
            bucket.closed_until = now + wait
            raise _throttled(kind, wait)
        bucket.tokens -= 1
        return {f"x-ms-ratelimit-remaining-subscription-{kind}": str(int(bucket.tokens))}


def _throttled(kind: Kind, wait: int) -> ArmError:
    return ArmError(
        429,
        "SubscriptionRequestsThrottled",
        f"Number of requests for subscription exceeded the limit of {kind}. Please try again after '{wait}' seconds.",
        headers={"Retry-After": str(wait), f"x-ms-ratelimit-remaining-subscription-{kind}": "0"},
    )
