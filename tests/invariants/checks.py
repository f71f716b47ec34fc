"""What must hold of every pass, whatever it met: called on each outcome that the tests make."""

import json
import re
from collections.abc import Mapping
from typing import Any

from lakeward.api.objects import kind_info
from lakeward.engine.outcome import Outcome
from lakeward.engine.reasons import Reason

SUBSCRIPTION = re.compile(r"subscription [0-9a-f-]{36}")
REASONS = frozenset(str(reason) for reason in Reason)
TIME = re.compile(r"\d{4}-\d\d-\d\dT|\d\d:\d\d:\d\d|\b\d{10,13}\b|[0-9a-f]{8}-[0-9a-f]{4}-")


def check(body: Mapping[str, Any], outcome: Outcome, canary: str = "") -> None:
    """Raise AssertionError where the outcome breaks a promise that the API makes for every status and event."""
    told = json.dumps([outcome.status, [[e.reason, e.message] for e in outcome.events]])
    assert not canary or canary not in told, "a secret was told"
    for event in outcome.events:
        assert isinstance(event.reason, Reason)
        _check_message(event.message)
    if outcome.status is None:
        return
    info = kind_info(body["kind"])
    assert info
    info.status.model_validate(json.loads(json.dumps(outcome.status)))
    assert outcome.status["observedGeneration"] == body["metadata"]["generation"]
    _check_conditions(outcome.status["conditions"], suspended=bool(body["spec"].get("suspend")))
    rows = outcome.status.get("resources", [])
    assert len({row["address"] for row in rows}) == len(rows), "an address has two rows"
    for row in rows:
        _check_message(row.get("message", ""))


def _check_conditions(conditions: list[Mapping[str, Any]], *, suspended: bool) -> None:
    by_type = {c["type"]: c for c in conditions}
    assert len(by_type) == len(conditions), "a condition is there twice"
    assert conditions[0]["type"] == "Ready"
    ready = by_type["Ready"]["status"] == "True"
    abnormal = [c for c in conditions if c["type"] in {"Reconciling", "Stalled"}]
    assert all(c["status"] == "True" for c in abnormal), "an abnormal condition is there while it is not true"
    rests = ready or suspended or by_type["Ready"]["reason"] in {"Suspended", "Planned"}
    most = 0 if rests and not (suspended and abnormal) else 1
    assert len(abnormal) == most, f"Ready={ready} with {[c['type'] for c in abnormal]}"
    for condition in conditions:
        assert condition["reason"] in REASONS
        _check_message(condition["message"])


def _check_message(text: str) -> None:
    assert "\n" not in text, f"more than one line: {text!r}"
    assert not TIME.search(SUBSCRIPTION.sub("", text)), f"a time or an id of a request in: {text!r}"
    assert len(text) <= 1024, f"too long for an event: {text!r}"
