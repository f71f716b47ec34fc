"""How far an attempt came, as `status.attempt.steps` shows it. Pure."""

from collections.abc import Mapping
from typing import Any

from lakeward.kinds.modelpromotion.attempt import DONE
from lakeward.kinds.modelpromotion.phase import Word
from lakeward.kinds.modelpromotion.seen import Pass

STEPS = ("Resolve", "Gates", "Copy", "Verify", "Switch", "Record")
REACHED = {
    "Evaluating": 1,
    "AwaitingApproval": 1,
    "AwaitingWindow": 1,
    "Copying": 2,
    "Verifying": 3,
    "AwaitingRollout": 4,
    "Switching": 4,
    "Promoted": 6,
}
OPEN = frozenset({"Pending", "Failed", "Suspended", "Planned", "Held"})


def steps(told: Pass, stand: Word) -> list[Mapping[str, Any]]:
    """What is done, where it stands and why, what is still to do."""
    reached = REACHED.get(stand.phase, 1 if told.judged and stand.phase == "Blocked" else 0)
    if stand.phase in OPEN or (stand.phase == "Blocked" and not reached):
        reached = 4 if told.candidate else 2 if told.copying else 1
    here = {"state": "Failed" if stand.stalled else "Waiting", **({"message": stand.message} if stand.message else {})}
    states = [{"state": DONE}] * reached + [here] + [{"state": "Todo"}] * len(STEPS)
    return [{"name": name, **state} for name, state in zip(STEPS, states, strict=False)]
