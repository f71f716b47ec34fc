"""The closed list of reasons that conditions, events and inventory rows may carry.

A reason is a stable API: alerts and health checks match it. Its text here is what the troubleshooting page prints.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a condition stands as it does; the docstring of the troubleshooting page lives in `EXPLAINED`."""

    # all is well, or on the way
    CONVERGED = "Converged"
    APPLYING = "Applying"
    PROGRESSING = "Progressing"
    WAITING_FOR_DEPENDENCY = "WaitingForDependency"
    SUSPENDED = "Suspended"
    STOPPED = "Stopped"
    PLANNED = "Planned"
    DRIFTED = "Drifted"
    RETAINED = "Retained"
    DELETING = "Deleting"
    # the spec, or what it points at
    INVALID_SPEC = "InvalidSpec"
    SECRET_NOT_FOUND = "SecretNotFound"
    REFERENCE_NOT_FOUND = "ReferenceNotFound"
    HOST_NOT_ALLOWED = "HostNotAllowed"
    DEPENDENCY_CYCLE = "DependencyCycle"
    # the far side
    LOGIN_FAILED = "LoginFailed"
    PERMISSION_DENIED = "PermissionDenied"
    FOREIGN_OBJECT = "ForeignObject"
    RECREATE_REQUIRED = "RecreateRequired"
    CONFLICT = "Conflict"
    THROTTLED = "Throttled"
    UNAVAILABLE = "Unavailable"
    REFUSED = "Refused"
    FAILED = "Failed"
    INTERNAL_ERROR = "InternalError"
    # promotions
    PROMOTED = "Promoted"
    EVALUATING = "Evaluating"
    GATES_PASSED = "GatesPassed"
    GATES_PENDING = "GatesPending"
    GATE_FAILED = "GateFailed"
    ADOPTED_AS_IS = "AdoptedAsIs"
    COPYING = "Copying"
    COPIED = "Copied"
    NOT_STARTED = "NotStarted"
    SWITCHING = "Switching"
    ALIAS_ONLY = "AliasOnly"
    ALIASES_MATCH = "AliasesMatchLastPromotion"
    ALIASES_DIFFER = "AliasesDiffer"
    PREVIOUS_READY = "PreviousReady"
    NO_PREVIOUS = "NoPrevious"
    ROLLBACK_STARTED = "RollbackStarted"
    SOURCE_NOT_FOUND = "SourceNotFound"
    TARGET_NOT_FOUND = "TargetNotFound"
    TARGET_CONFLICT = "TargetConflict"
    UNSAFE_ARTIFACT = "UnsafeArtifact"
    DIGEST_MISMATCH = "DigestMismatch"
    CROSS_METASTORE = "CrossMetastore"
