"""A right is missing, or the login is refused: it is told with the way out, asked again slowly, and mended outside."""

from typing import Any

import pytest

from invariants.world import NAMESPACE, workspace
from lakeward.engine.outcome import Key
from scenarios.checks import hold
from scenarios.conftest import Stage
from scenarios.registry import UC

FORBIDDEN: dict[str, Any] = {"status": 403, "error_code": "PERMISSION_DENIED", "count": 0, "principal": "lakeward"}
REFUSED: dict[str, Any] = {"status": 401, "error_code": "UNAUTHENTICATED", "count": 0, "principal": "lakeward"}


@pytest.fixture
def key(stage: Stage) -> Key:
    """A first version is champion; the second is pinned, and nobody has looked at it yet."""
    made = stage.promote(stage.registry.register(stage.dev))
    stage.operator.settle(made)
    stage.promote(stage.registry.register(stage.dev))
    stage.cluster.events.clear()
    return made


RIGHTS = {
    "the source": ("GET", r"\.dev\.tumor/versions/2$", "EXECUTE on the model"),
    "the files of the source": ("GET", "/fs/files/Models/.*/dev/", "EXECUTE on the model"),
    "a new version": ("POST", "/models/versions$", "CREATE MODEL VERSION on the model"),
    "the files of the copy": ("PUT", "/fs/files/Models/", "CREATE MODEL VERSION on the model"),
    "tags": ("PATCH", "/subentity-tags/", "APPLY TAG"),
    "an alias": ("PUT", "/aliases/champion$", "ownership of the model"),
}


@pytest.mark.parametrize(("method", "path", "right"), RIGHTS.values(), ids=RIGHTS)
def test_a_missing_right_is_named_and_asked_for_slowly(
    stage: Stage, key: Key, method: str, path: str, right: str
) -> None:
    fault = stage.house.fault("status", method=method, path=path, **FORBIDDEN)
    stage.operator.run(key)
    if stage.operator.works_for(key):
        stage.operator.wait_woken(key)
    outcome = stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "PermissionDenied")), stage.message(key)
    assert right in stage.message(key)
    assert stage.cluster.condition(key, "Stalled")["reason"] == "PermissionDenied"
    assert stage.told(key, "Warning") == ["PermissionDenied"]
    assert outcome.after == 300
    assert stage.registry.aliases(stage.prod)["champion"] == 1
    hold(stage, key)
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod)["previous"] == 1
    assert {v["status"] for v in stage.registry.versions(stage.prod).values()} == {"READY"}
    hold(stage, key)


def test_who_does_not_own_the_target_moves_nothing_until_it_does(stage: Stage) -> None:
    stage.cluster.secrets[NAMESPACE, "poor"] = {"databricks": stage.house.token("lakeward-dev")}
    stage.cluster.put(workspace("env", stage.house.workspace("dev").url, secret="poor"))
    first, second = stage.registry.register(stage.dev), stage.registry.register(stage.dev)
    stage.registry.point(stage.dev, "champion", first)
    key = stage.promote(second, target={"model": stage.dev})
    stage.operator.run(key)
    assert (stage.phase(key), stage.ready(key)) == ("Failed", ("False", "PermissionDenied")), stage.message(key)
    assert stage.registry.aliases(stage.dev) == {"champion": first}
    stage.registry.call("PATCH", f"{UC}/models/{stage.dev}", {"owner": "lakeward-dev"})
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.dev) == {"champion": second, "previous": first}
    hold(stage, key)


def test_a_token_that_expired_is_replaced_and_the_attempt_goes_on(stage: Stage, key: Key) -> None:
    good = dict(stage.cluster.secrets[NAMESPACE, "databricks"])
    stage.operator.run(key)
    attempt = stage.cluster.status(key)["attempt"]["id"]
    stage.operator.wait_woken(key)
    stage.cluster.secrets[NAMESPACE, "databricks"] = {"databricks": "expired"}
    outcome = stage.operator.run(key)
    assert stage.ready(key) == ("False", "LoginFailed")
    assert outcome.failed
    assert outcome.after is not None
    assert outcome.after <= 60
    assert stage.cluster.status(key)["attempt"]["id"] == attempt
    assert stage.registry.aliases(stage.prod) == {"champion": 1}
    stage.cluster.secrets[NAMESPACE, "databricks"] = good
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.cluster.status(key)["attempt"]["id"] == attempt
    assert stage.told(key).count("AttemptStarted") == 1
    hold(stage, key)


def test_a_token_that_expires_within_the_switch_leaves_one_that_can_be_finished(stage: Stage, key: Key) -> None:
    fault = stage.house.fault("status", method="PUT", path="/aliases/champion$", **REFUSED)
    stage.operator.run(key)
    stage.operator.wait_woken(key)
    stage.operator.run(key)
    assert stage.ready(key) == ("False", "LoginFailed")
    assert stage.registry.aliases(stage.prod) == {"champion": 1, "previous": 1}
    stage.house.remove(fault)
    stage.operator.settle(key)
    assert stage.ready(key) == ("True", "Promoted"), stage.message(key)
    assert stage.registry.aliases(stage.prod) == {"champion": 2, "previous": 1}
    hold(stage, key)
