"""What every verdict must keep, whatever gate gave it, and verdicts for the tests that only count them."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from lakeward.judgement.gates import LONGEST_FIELD, Cause, Mode, Result, Stage, Verdict

# what strangers write into names, tags and messages
STRANGE = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "a\nb", "\x1b[31mred", "\u202eevil", "\ud800", "x" * 2000, "na\u00efve"])
)


def verdict(
    name: str = "quality",
    result: Result = Result.PASS,
    *,
    mode: Mode = Mode.ENFORCE,
    stage: Stage = Stage.PRE_COPY,
    message: str = "as it is",
    next_at: datetime | None = None,
) -> Verdict:
    return Verdict(
        name=name,
        type="Metric",
        stage=stage,
        mode=mode,
        result=result,
        observed="0.8",
        required=">= 0.7",
        evidence="none",
        message=message,
        cause=None if result is Result.PASS else Cause.MISSING,
        next_at=next_at,
    )


NOON = datetime(2026, 8, 24, 12, tzinfo=UTC)

VERDICTS = st.lists(
    st.builds(
        verdict,
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(Result),
        mode=st.sampled_from(Mode),
        stage=st.sampled_from(Stage),
        message=STRANGE,
        next_at=st.sampled_from([None, NOON, NOON + timedelta(hours=1)]),
    ),
    max_size=5,
)


def assert_well_said(found: Verdict) -> None:
    """Printable, on one line, bounded; what is asked for and why are never empty; a cause unless it passes."""
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, str):
            assert value.isprintable(), field.name
            assert len(value) <= LONGEST_FIELD, field.name
    assert found.required
    assert found.observed
    assert found.evidence
    assert found.message
    assert (found.cause is None) == (found.result is Result.PASS)
    assert found.next_at is None or found.next_at.tzinfo is UTC
