import pytest

from lakeward.judgement.gates import Cause, Mode, Result, Stage
from lakeward.judgement.tag import TagGate, evaluate

GATE = TagGate(name="validated", key="validation_status", values=("passed", "waived"))


@pytest.mark.parametrize(
    ("tags", "late", "result", "cause", "words"),
    [
        ({"validation_status": "passed"}, False, Result.PASS, None, "is passed"),
        ({"validation_status": "waived"}, True, Result.PASS, None, "is waived"),
        (
            {"validation_status": "failed"},
            False,
            Result.FAIL,
            Cause.OUT_OF_BOUNDS,
            "is failed and not passed or waived",
        ),
        ({"validation_status": ""}, False, Result.FAIL, Cause.OUT_OF_BOUNDS, "is empty and not"),
        ({"validation_status": "Passed"}, False, Result.FAIL, Cause.OUT_OF_BOUNDS, "is Passed and not"),
        (
            {"other": "passed"},
            False,
            Result.PENDING,
            Cause.MISSING,
            "waits for the tag validation_status on m version 1",
        ),
        ({}, True, Result.FAIL, Cause.MISSING, "before the deadline"),
        (None, True, Result.PENDING, Cause.MISSING, "does not exist"),
    ],
)
def test_a_tag_passes_waits_or_fails(
    tags: dict[str, str] | None, late: bool, result: Result, cause: Cause | None, words: str
) -> None:
    said = evaluate(GATE, "m version 1", tags, deadline_over=late)
    assert (said.result, said.cause) == (result, cause)
    assert words in said.message


def test_a_verdict_says_what_was_asked_and_where() -> None:
    said = evaluate(
        TagGate(name="t", key="k", values=("v",), mode=Mode.WARN), "m version 1", {"k": "w"}, deadline_over=False
    )
    assert (said.observed, said.required, said.evidence) == ("w", "k is v", "tags of m version 1")
    assert (said.name, said.type, said.stage, said.mode) == ("t", "Tag", Stage.PRE_COPY, Mode.WARN)
