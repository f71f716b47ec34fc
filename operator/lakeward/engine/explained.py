"""What each reason says to a person, and what can be done about it, as the troubleshooting page prints it."""

from collections.abc import Mapping
from dataclasses import dataclass

from lakeward.engine.reasons import Reason

NOTHING = "Nothing is to be done."


@dataclass(frozen=True)
class Explained:
    """What a reason says, and what a person can do about it."""

    meaning: str
    way_out: str = NOTHING


EXPLAINED: Mapping[Reason, Explained] = {
    Reason.CONVERGED: Explained("Everything that the spec declares is in place."),
    Reason.APPLYING: Explained(
        "Changes are being made outside; an event with this reason tells of one that was made.",
        "Wait. If it stays, read the inventory in `status.resources` and the events of the object.",
    ),
    Reason.PROGRESSING: Explained(
        "The service has taken the change and is still working on it.",
        "Wait. The object is looked at again by itself.",
    ),
    Reason.DEPENDENCY_BLOCKED: Explained(
        "What this lies in is blocked, so nothing is done about it.", "Mend what is blocked; the message names it."
    ),
    Reason.WAITING_FOR_DEPENDENCY: Explained(
        "Something else must be in place first, or must be gone first; the message names it.",
        "Look at what it waits for: `lakeward plan` lists it, and says why where it is blocked.",
    ),
    Reason.SUSPENDED: Explained(
        "`spec.suspend` is true, so nothing is written outside. Nothing is undone.",
        "Set `spec.suspend: false` to go on.",
    ),
    Reason.PLANNED: Explained(
        "`spec.mode` is Plan or Observe, so the plan is in `status.plan` and nothing is written outside.",
        "Set `spec.mode: Reconcile` to have the plan carried out.",
    ),
    Reason.DRIFTED: Explained(
        "What is outside differs from the spec, for example because a person changed it.",
        "Wait for the repair; in mode Plan or Observe it stays. If the change was right, put it into git.",
    ),
    Reason.RETAINED: Explained(
        "It left the spec and stays outside: it holds data, was adopted, or the spec no longer says how to reach it.",
        "Leave it, or delete it by hand. What Lakeward made may be deleted with `spec.deletionPolicy: Delete`.",
    ),
    Reason.CONFIRMATION_NEEDED: Explained(
        "`spec.deletionPolicy` is Delete, and this holds data, so a person must confirm its deletion.",
        "Annotate the object as the message says, or leave it.",
    ),
    Reason.DELETING: Explained(
        "The object, or something of it outside, is being deleted.",
        "If the message asks for a confirmation, annotate the object as it says: `confirm-delete` deletes what is"
        " outside, `detach` leaves it.",
    ),
    Reason.INVALID_SPEC: Explained(
        "The spec cannot work; the message names the field. The API server refuses most such specs before.",
        "Correct the field. It is tried again when the spec changes.",
    ),
    Reason.SECRET_NOT_FOUND: Explained(
        "The Secret of `spec.credentials`, or its key, does not exist in the namespace of the object.",
        "Make it. A Secret is looked for again every 30 seconds, and is read from the object's own namespace only.",
    ),
    Reason.REFERENCE_NOT_FOUND: Explained(
        "What the spec points at does not exist: an MLWorkspace, a subscription, or something outside.",
        "Make it, or correct the name. It is looked for again by itself.",
    ),
    Reason.HOST_NOT_ALLOWED: Explained(
        "The host is not among those that the operator may log in to. Nothing was sent to it.",
        "Correct the URL, or start the operator with the host in `--allowed-hosts`; for the local lakehouse with"
        " `--allow-loopback-http`.",
    ),
    Reason.DEPENDENCY_CYCLE: Explained(
        "Objects wait for each other in a circle, so that none can be first; the message names the circle.",
        "Take one entry out of it, of `spec.dependsOn` for promotions.",
    ),
    Reason.LOGIN_FAILED: Explained(
        "The service does not accept the token: it has expired, was revoked, or belongs elsewhere.",
        "Put a valid token into the Secret. It is tried again after a minute, then less often.",
    ),
    Reason.PERMISSION_DENIED: Explained(
        "The login lacks a right for the call that the message names; or the operator may not read the Secret.",
        "Give the right to the principal behind the token, or to the account of the operator.",
    ),
    Reason.FOREIGN_OBJECT: Explained(
        "It exists and carries no owner mark of this object, so it is not changed.",
        "Where nobody marked it, `spec.adoptionPolicy: Adopt` takes it over. What another object owns must leave that"
        " object's spec first.",
    ),
    Reason.RECREATE_REQUIRED: Explained(
        "A field differs that the service cannot change. Deleting and making anew would destroy what is there, so"
        " Lakeward does not do it.",
        "Put the old value back into the spec, or declare another name and move what is in it by hand.",
    ),
    Reason.CONFLICT: Explained(
        "It changed while we looked, or the service is busy with another change of it.",
        "Wait. The next pass decides anew. If it stays, somebody else changes the same thing all the time.",
    ),
    Reason.THROTTLED: Explained(
        "The service asked to slow down, or too many calls wait for it.",
        "Wait. Nobody calls before the time that the service named. If it stays, set `--calls-per-second` lower, or"
        " `--scan-interval` longer.",
    ),
    Reason.UNAVAILABLE: Explained(
        "The service does not answer, or answers with an error of its own.",
        "Wait; it is tried again with growing pauses up to five minutes. If it stays, check the URL and the network.",
    ),
    Reason.REFUSED: Explained(
        "The service refused the call as wrong or forbidden by a policy; the message repeats what it said.",
        "Change what the service objects to. It is tried again every five minutes.",
    ),
    Reason.FAILED: Explained(
        "The service took the change and ended it as failed; the message repeats what it said.",
        "Remove the cause. The change is made again with growing pauses.",
    ),
    Reason.INTERNAL_ERROR: Explained(
        "A defect of Lakeward ended the pass. What was known stays in the status.",
        "Read the log of the operator, which has the traceback, and report it. It is tried again.",
    ),
    Reason.PROMOTED: Explained("The champion is a copy of the pinned version, and everything about it is recorded."),
    Reason.GATES_PASSED: Explained("Every gate that can stop the move passed when it was made."),
    Reason.GATES_PENDING: Explained(
        "A gate waits for something that can still come: a metric, a tag, a registration, another promotion.",
        "Bring what the message names. It is looked for until `spec.gatePolicy.pendingDeadline`: every 30 seconds "
        "first, then ever more seldom, up to `spec.gatePolicy.retryInterval`.",
    ),
    Reason.GATE_FAILED: Explained(
        "A gate said no, or could not be judged. The champion goes on serving.",
        "Read `status.gates`: what was found, what was asked for. Pin a better version, or mend what the gate looks at;"
        " the gates are asked again every `spec.gatePolicy.retryInterval`.",
    ),
    Reason.ADOPTED_AS_IS: Explained(
        "The pinned version was the champion before Lakeward had a part in it, so no gate judged it.",
        "The next version that you pin is judged; pin one that passes if this one must not stay.",
    ),
    Reason.COPYING: Explained("The files of the version are being copied; the message says how far.", "Wait."),
    Reason.COPIED: Explained("The copy is there and ready."),
    Reason.NOT_STARTED: Explained(
        "The copy, and then the switch, begin when all gates before them pass.", "See the condition GatesPassed."
    ),
    Reason.SWITCHING: Explained("The aliases are being moved.", "Wait; it takes seconds."),
    Reason.ALIAS_ONLY: Explained("Source and target are one model, so only aliases move and nothing is copied."),
    Reason.ALIASES_MATCH: Explained("The aliases are what the last promotion made them."),
    Reason.ALIASES_DIFFER: Explained(
        "Somebody else moved the champion. A move back to `previous` is held as an emergency; any other follows"
        " `spec.switch.driftPolicy`. Just after a switch it may only mean that the service's reads lag behind.",
        "To keep the move, pin what was promoted then. To end it, pin another version, or move the alias back by hand.",
    ),
    Reason.PREVIOUS_READY: Explained("There is an earlier version to roll back to."),
    Reason.NO_PREVIOUS: Explained("No other version was champion before, so there is nothing to roll back to."),
    Reason.ROLLBACK_STARTED: Explained("The spec pins a version that this champion replaced; the way back has begun."),
    Reason.SOURCE_NOT_FOUND: Explained(
        "The version that `spec.source` pins does not exist.", "Pin a version that does, or register it."
    ),
    Reason.TARGET_NOT_FOUND: Explained(
        "The target model does not exist.",
        "Make it, or set `spec.target.createIfMissing: true`. Its schema must exist.",
    ),
    Reason.TARGET_CONFLICT: Explained(
        "Another promotion has claimed the target model, and a model has one promotion only.",
        "Delete the other promotion, or choose another target. A claim of another cluster stays: if"
        " nobody is there any more, take the tag `lakeward_owner` off the model.",
    ),
    Reason.UNSAFE_ARTIFACT: Explained(
        "The files of the source have a name, a depth, a number or a size that is not accepted, so nothing was copied.",
        "Register a version with fewer or smaller files and with plain names.",
    ),
    Reason.COPY_FAILED: Explained(
        "The registry refused the copied version, or the copy job failed, twice. What was begun is removed, the"
        " champion was not moved, and the copy is tried again every five minutes.",
        "Read the message: it has the job's own and its page. Mend what it says, or register a version that the"
        " registry accepts.",
    ),
    Reason.EXECUTOR_MISSING: Explained(
        "The version must be copied by a job: it is a feature store model, is larger than the operator copies itself,"
        " or `spec.copy.executor` asks for one. No job is named, or the operator was asked to copy it itself.",
        "Install the copy job of `manifests/databricks/` and name it in `spec.promotions.jobs.copy` of the MLWorkspace;"
        " for large models, `--copy-bytes` may help, too.",
    ),
    Reason.DEPENDENCIES_LOST: Explained(
        "The copy names fewer dependencies than its source (tables, functions, connections, vector indexes), so what"
        " serves it would fail. The copy was removed.",
        "Give the principal that copies a right to each dependency of the source, or use the copy job.",
    ),
    Reason.DIGEST_MISMATCH: Explained(
        "The files are not those that were pinned, or the copy is not what was read. The champion was not moved.",
        "Find out who changed them. Then pin what was reviewed, or delete the copy to have it made again.",
    ),
    Reason.COUNTED: Explained("The ModelPromotion counts this approval for its gate."),
    Reason.VERIFYING: Explained("The copy is there and is read back before any alias points at it.", "Wait."),
    Reason.AWAITING_APPROVAL: Explained(
        "Every other gate passed or waits for the clock; people must approve.",
        "Read `status.gates`, then run `lakeward approve`. The message says who may.",
    ),
    Reason.AWAITING_WINDOW: Explained(
        "Every other gate passed; the window is closed.",
        "Wait until it opens, as the message says, or edit the gate's window.",
    ),
    Reason.AWAITING_ROLLOUT: Explained(
        "The challenger is set and its rollout goes on; the champion moves when it has succeeded.",
        "Wait, or look at the rollout.",
    ),
    Reason.POLICY_VIOLATION: Explained(
        "`spec.promotions` of the MLWorkspace does not allow this promotion; the message says what it asks for.",
        "Change the promotion. Only who may edit the MLWorkspace can change what it allows.",
    ),
    Reason.NOT_IMPLEMENTED: Explained(
        "The spec asks for something that this version cannot do yet, so nothing was begun.", "Take that field out."
    ),
    Reason.SOURCE_GONE: Explained(
        "The source version was there and is not any more. The champion goes on serving.",
        "Pin a version that exists, unless its copy is already in place: then nothing needs to be done.",
    ),
    Reason.SOURCE_NOT_READY: Explained(
        "The source version was not registered before `spec.gatePolicy.pendingDeadline`. It is not ours, so it stays.",
        "Finish its upload, or pin another version.",
    ),
    Reason.CHAMPION_GONE: Explained(
        "The champion alias is missing although a version was promoted, so nobody knows what served.",
        "Set the alias again by hand, or pin the version that was promoted last: then it is set again.",
    ),
    Reason.CHAMPION_CHANGED: Explained(
        "Somebody else moved the champion while this promotion was on its way; gates that compare with it ran again."
    ),
    Reason.HELD: Explained(
        "A person asked to hold, or moves by hand were taken back too often: only a rollback is still made.",
        "Take the annotation `mlops.lakeward.dev/hold` off, or edit `spec.source`.",
    ),
    Reason.ROLLED_BACK: Explained(
        "The rollout gave the version up after it was champion, so the version before it is champion again.",
        "Pin the version that serves, or a better one. The one that failed is not tried again until git changes.",
    ),
    Reason.NO_SAFE_PREVIOUS: Explained(
        "The rollout gave the champion up, and there is no earlier version that is safe to go back to.",
        "Pin a version that is good.",
    ),
    Reason.ROLLOUT_ABORTED: Explained(
        "The rollout of the version failed before it was champion. The champion was not touched.",
        "Pin a better version. This one is not tried again until another one was pinned.",
    ),
    Reason.ATTEMPT_STARTED: Explained("A new version, or a change of what the move is about, began an attempt."),
    Reason.SUPERSEDED: Explained("Git changed what the move is about before it was made: a new attempt began."),
    Reason.GATE_ERROR: Explained(
        "A gate could not be judged, which is never a pass.", "Read `status.gates`; mend what the message names."
    ),
    Reason.NOT_NEEDED: Explained("No gate asks for an approval."),
    Reason.NEED_MORE: Explained("Approvals are missing.", "Run `lakeward approve`; the message says who may."),
    Reason.APPROVED: Explained("The approvals that are needed are there."),
    Reason.REJECTED: Explained(
        "Somebody who may approve said no.",
        "Who rejected can approve later or delete the rejection; else change what is promoted.",
    ),
    Reason.APPROVAL_IGNORED: Explained(
        "A PromotionApproval names this promotion and does not count; the message says why.",
        "Approve again what `status.attempt.subject` shows now, as somebody who may.",
    ),
    Reason.APPROVAL_EXPIRED: Explained("An approval became older than its gate allows.", "Approve again."),
    Reason.IDENTITY_NOT_ENFORCED: Explained(
        "The API server does not enforce who approves, so no approval counts.",
        "Apply `manifests/install`, which has the admission policy and its binding.",
    ),
    Reason.CREATOR_UNMAPPED: Explained(
        "The gate excludes who registered the version, and nobody can tell who that is in Kubernetes.",
        "Set the operator's `--user-map`, or register versions as a person.",
    ),
    Reason.BYPASSED: Explained("Break-glass passed over a gate, for this attempt only.", "Review it afterwards."),
    Reason.COPY_STARTED: Explained("The copy of the version into the target model has begun."),
    Reason.COPY_SUCCEEDED: Explained("The copy is finished and its files have the digest that was read."),
    Reason.COPY_ADOPTED: Explained("A finished copy of ours was there already and is used."),
    Reason.COPY_REJECTED: Explained(
        "A version of the target claims to be our copy and is not, so another copy is made.",
        "Find out who made it, and delete it.",
    ),
    Reason.ORPHAN_REMOVED: Explained("A version that we had begun as a copy and never finished was removed."),
    Reason.CLAIM_TAKEN_OVER: Explained("The claim on the target was another promotion's, which is gone."),
    Reason.DRIFT_DETECTED: Explained("Somebody else moved the champion.", "See AliasesDiffer."),
    Reason.DRIFT_REVERTED: Explained("The champion was moved back to the version that git pins."),
    Reason.JOB_RETRIED: Explained("A job that had failed was asked to run again."),
    Reason.RETENTION_REPORT: Explained(
        "Versions that need not be kept are in `status.retention`.",
        "Delete them, or set `spec.retention.action`.",
    ),
    Reason.VERSION_MARKED: Explained("A version that need not be kept was marked; it may go a day later."),
    Reason.VERSION_DELETED: Explained("A version that need not be kept was deleted."),
}
