"""The closed list of reasons as the body of the troubleshooting page, each under a heading that can be linked to."""

from lakeward.engine.explained import EXPLAINED, NOTHING
from lakeward.engine.reasons import Reason

GROUPS = {
    Reason.CONVERGED: "All is well, or on the way",
    Reason.INVALID_SPEC: "The spec, or what it points at",
    Reason.LOGIN_FAILED: "The far side",
    Reason.PROMOTED: "Promotions",
}


def reasons() -> str:
    """All of them in the order of the list, under the heading of their group."""
    return "\n".join(_told(reason) for reason in Reason)


def _told(reason: Reason) -> str:
    head = f"## {GROUPS[reason]}\n\n" if reason in GROUPS else ""
    told = EXPLAINED[reason]
    way_out = f"\n*Way out:* {told.way_out}\n" if told.way_out != NOTHING else ""
    return f"{head}### {reason}\n\n{told.meaning}\n{way_out}"
