"""What a manifest may not say: one table for the models and for the API server, which must refuse the same."""

from api.refusal import Refusal
from api.refusals_approval import APPROVAL_REFUSALS
from api.refusals_gates import GATE_REFUSALS
from api.refusals_guard import GUARD_REFUSALS
from api.refusals_promotion import PROMOTION_REFUSALS
from api.refusals_workspace import WORKSPACE_REFUSALS

__all__ = ["REFUSALS", "Refusal"]

REFUSALS: tuple[Refusal, ...] = (
    *WORKSPACE_REFUSALS,
    *GUARD_REFUSALS,
    *PROMOTION_REFUSALS,
    *GATE_REFUSALS,
    *APPROVAL_REFUSALS,
)
