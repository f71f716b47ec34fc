"""The gate Digest: are the files of the version that is about to serve those that were pinned, and those of the source?

A digest is the SHA-256 over the sorted list of paths, sizes and SHA-256 of the files. What is not hashed yet is waited
for, never taken for equal. Knows no client and no file.
"""

from dataclasses import dataclass

from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict

TYPE = "Digest"


@dataclass(frozen=True, kw_only=True)
class DigestGate:
    """What the files must be.

    name  name of the gate
    pin   the digest that the spec pins, None where it pins none
    mode  Enforce or Warn
    """

    name: str
    pin: str | None = None
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True, kw_only=True)
class Digests:
    """What is known about the files.

    copied    hashed from the source while it was copied; empty where nothing was copied, or not yet
    read      hashed from what lies in the target now; empty where nobody asked for it, or it is not done yet
    awaited   what is still being hashed, for a message; empty where nothing is
    """

    copied: str = ""
    read: str = ""
    awaited: str = ""


def evaluate(gate: DigestGate, found: Digests) -> Verdict:
    """The verdict on the digests."""
    result, cause, message = _judged(gate, found)
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_SWITCH,
        mode=gate.mode,
        result=result,
        observed=found.read or found.copied or "not hashed yet",
        required=gate.pin or "the digest of the source",
        evidence="files read back and hashed" if found.read else "files hashed while they were copied",
        message=message,
        cause=cause,
    )


def _judged(gate: DigestGate, found: Digests) -> tuple[Result, Cause | None, str]:
    known = [digest for digest in (found.copied, found.read) if digest]
    if gate.pin and any(digest != gate.pin for digest in known):
        text = "the files are not those that spec.source.digest pins; pin what was reviewed, or find out who changed it"
        return Result.FAIL, Cause.DIGEST_MISMATCH, text
    if len(set(known)) > 1:
        return (
            Result.FAIL,
            Cause.DIGEST_MISMATCH,
            "the copy is not what was read from the source; delete it to try again",
        )
    if found.awaited:
        return Result.PENDING, Cause.NOT_READY, found.awaited
    if not known:
        return Result.PENDING, Cause.NOT_READY, "the files are hashed when they are copied"
    return Result.PASS, None, "the files are those of the source"
