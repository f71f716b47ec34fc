import pytest

from lakeward.judgement.digest import DigestGate, Digests, evaluate
from lakeward.judgement.gates import Cause, Result, Stage

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("pin", "found", "result", "cause", "words"),
    [
        (None, Digests(copied=A), Result.PASS, None, "are those of the source"),
        (A, Digests(copied=A), Result.PASS, None, "are those of the source"),
        (A, Digests(read=A), Result.PASS, None, "are those of the source"),
        (None, Digests(copied=A, read=A), Result.PASS, None, "are those of the source"),
        (B, Digests(copied=A), Result.FAIL, Cause.DIGEST_MISMATCH, "spec.source.digest"),
        (A, Digests(copied=A, read=B), Result.FAIL, Cause.DIGEST_MISMATCH, "spec.source.digest"),
        (None, Digests(copied=A, read=B), Result.FAIL, Cause.DIGEST_MISMATCH, "is not what was read from the source"),
        (None, Digests(), Result.PENDING, Cause.NOT_READY, "are hashed when they are copied"),
        (None, Digests(copied=A, awaited="file 1 of 2"), Result.PENDING, Cause.NOT_READY, "file 1 of 2"),
        (B, Digests(copied=A, awaited="file 1 of 2"), Result.FAIL, Cause.DIGEST_MISMATCH, "spec.source.digest"),
    ],
)
def test_files_are_equal_awaited_or_different(
    pin: str | None, found: Digests, result: Result, cause: Cause | None, words: str
) -> None:
    said = evaluate(DigestGate(name="artifact", pin=pin), found)
    assert (said.result, said.cause, said.stage) == (result, cause, Stage.PRE_SWITCH)
    assert words in said.message


def test_evidence_says_whether_the_copy_was_read_back() -> None:
    gate = DigestGate(name="artifact")
    assert evaluate(gate, Digests(copied=A)).evidence == "files hashed while they were copied"
    assert evaluate(gate, Digests(copied=A, read=A)).evidence == "files read back and hashed"
