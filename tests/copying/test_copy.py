"""The copy that the operator makes itself, against the real lakehouse: what it carries, and when it is refused."""

import re
from collections.abc import Callable

import pytest

from copying.desk import OWNER, Desk
from lakeward.engine.errors import Problem
from lakeward.engine.reasons import Reason
from lakeward.engine.results import Result, State
from lakeward.providers.databricks.client import CopyLimits
from lakeward.providers.databricks.executor import Executor
from scenarios.registry import MLMODEL, UC

FEATURES = '{"flavors": {"python_function": {"loader_module": "databricks.feature_store.mlflow_model"}}}'
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
MIB = 1024**2
NEEDS = {"dependencies": [{"function": {"function_full_name": "main.ml.f"}}, {"table": {"table_full_name": "a.b.c"}}]}


def problem(result: Result) -> Problem:
    assert result.problem is not None, result
    return result.problem


def test_a_copy_has_the_files_the_carried_tags_and_our_marks(desk: Desk) -> None:
    desk.register(files=2)
    result = desk.settle(desk.wanted(carry={"domain": "onco", "lakeward_attempt": "forged"}))
    assert result.seen is not None
    assert result.seen.outputs == {"version": 1}
    tags = desk.tags(1)
    assert tags.pop("lakeward_digest").startswith("sha256:")
    assert tags == {"domain": "onco", "lakeward_attempt": OWNER}
    assert desk.ana.file(desk.target, 1, "data/part-1.bin") == bytes([1]) * 1000
    assert desk.ana.file(desk.target, 1, "MLmodel") == MLMODEL.encode()


def test_tags_are_there_from_the_first_moment(desk: Desk) -> None:
    desk.register()
    held = desk.hold("PUT", "/prod/tumor/1/MLmodel")
    desk.run(desk.wanted(carry={"domain": "onco"}))
    desk.house.wait_held(held)
    assert desk.tags(1) == {"domain": "onco", "lakeward_attempt": OWNER}
    assert desk.versions() == {1: "PENDING_REGISTRATION"}


def test_the_progress_says_file_and_bytes(desk: Desk) -> None:
    desk.register(files=2)
    held = desk.hold("PUT", "part-1.bin")
    desk.run(desk.wanted())
    desk.house.wait_held(held)
    size = 2000 + len(MLMODEL)
    assert (
        desk.run(desk.wanted()).message
        == f"copying file 3 of 3, {(size - 1000) / 1024:.1f} KiB of {size / 1024:.1f} KiB"
    )


def test_the_dependencies_of_the_source_are_passed_on(desk: Desk) -> None:
    desk.register(model_version_dependencies=NEEDS)
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.ana.versions(desk.target)[1]["model_version_dependencies"] == NEEDS


def test_a_copy_that_lost_dependencies_is_removed(desk: Desk) -> None:
    desk.register(model_version_dependencies=NEEDS)
    desk.house.fault(
        "forget", method="POST", path="/models/versions$", principal="lakeward", body_field="model_version_dependencies"
    )
    found = problem(desk.settle(desk.wanted()))
    assert (found.reason, found.stalled, found.retry_after) == (Reason.DEPENDENCIES_LOST, True, 300.0)
    assert "0 of the 2 dependencies" in found.message
    assert desk.versions() == {}
    assert desk.settle(desk.wanted()).state is State.READY


REFUSED: dict[str, tuple[Callable[[Desk], object], Reason]] = {
    "a colon": (lambda desk: desk.put("data/a:b", b"x"), Reason.UNSAFE_ARTIFACT),
    "a leading blank": (lambda desk: desk.put("data/%20a", b"x"), Reason.UNSAFE_ARTIFACT),
    "another script": (lambda desk: desk.put("data/%C3%A4", b"x"), Reason.UNSAFE_ARTIFACT),
    "too deep": (lambda desk: desk.put(f"{'d/' * 33}a", b"x"), Reason.UNSAFE_ARTIFACT),
    "aliases in YAML": (lambda desk: desk.put("MLmodel", BOMB.encode()), Reason.UNSAFE_ARTIFACT),
    "no YAML": (lambda desk: desk.put("MLmodel", b"{"), Reason.UNSAFE_ARTIFACT),
    "a long MLmodel": (lambda desk: desk.put("MLmodel", b"#" * (1024**2 + 1)), Reason.UNSAFE_ARTIFACT),
    "long requirements": (lambda desk: desk.put("requirements.txt", b"#" * (1024**2 + 1)), Reason.UNSAFE_ARTIFACT),
    "more than all may": (lambda desk: desk.put("data/big", b"x" * 30_000), Reason.UNSAFE_ARTIFACT),
    "more than we may": (lambda desk: desk.put("data/big", b"x" * 15_000), Reason.EXECUTOR_MISSING),
    "a feature store model": (lambda desk: desk.put("MLmodel", FEATURES.encode()), Reason.EXECUTOR_MISSING),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_must_not_or_cannot_be_copied_is_refused_before_anything_is_created(desk: Desk, what: str) -> None:
    desk.limits = CopyLimits(in_process=10_000, most=20_000)
    spoil, reason = REFUSED[what]
    desk.register(finalize=False)
    spoil(desk)
    desk.house.clear()
    found = problem(desk.settle(desk.wanted()))
    assert (found.reason, found.stalled) == (reason, True)
    assert desk.writes() == []


@pytest.mark.parametrize("executor", Executor)
def test_a_missing_copy_job_is_named_by_its_field_and_asked_for_slowly(desk: Desk, executor: Executor) -> None:
    desk.register(finalize=False)
    desk.put("MLmodel", FEATURES.encode())
    found = problem(desk.settle(desk.wanted(executor=executor)))
    assert (found.reason, found.retry_after) == (Reason.EXECUTOR_MISSING, 300.0)
    in_process = executor is Executor.IN_PROCESS
    assert ("spec.promotions.jobs.copy of the MLWorkspace" in found.message) is not in_process
    assert ("spec.copy.executor to Auto" in found.message) is in_process


@pytest.mark.parametrize(
    ("listed", "size"),
    [(1000, 500), (1000, 0), (1000, 1001), (0, 1), (MIB, MIB + 1), (MIB, 3 * MIB), (2 * MIB, MIB)],
)
def test_a_file_that_changes_its_size_meanwhile_ends_the_copy(desk: Desk, listed: int, size: int) -> None:
    desk.register(finalize=False)
    desk.put("data/part-1.bin", b"x" * listed)
    held = desk.hold("GET", "/dev/tumor/1/data/part-1.bin")
    desk.run(desk.wanted())
    desk.house.wait_held(held)
    desk.put("data/part-1.bin", b"y" * size)
    desk.house.release(held)
    desk.wait_end()
    found = problem(desk.run(desk.wanted()))
    assert (found.reason, found.message) == (
        Reason.UNSAFE_ARTIFACT,
        "the source's files cannot be copied: data/part-1.bin changed its size while it was read",
    )
    assert desk.versions() == {}


def test_another_digest_than_the_pinned_one_leaves_nothing_behind(desk: Desk) -> None:
    desk.register()
    found = problem(desk.settle(desk.wanted(pin=f"sha256:{'0' * 64}")))
    assert (found.reason, found.field) == (Reason.DIGEST_MISMATCH, "spec.source.digest")
    assert desk.versions() == {}


def test_files_that_are_known_not_to_be_the_pinned_ones_are_not_copied_again(desk: Desk) -> None:
    desk.register()
    first = problem(desk.settle(desk.wanted(pin=f"sha256:{'0' * 64}")))
    desk.house.clear()
    again = problem(desk.settle(desk.wanted(pin=f"sha256:{'1' * 64}")))
    assert (again.reason, again.message) == (Reason.DIGEST_MISMATCH, first.message)
    assert (desk.writes(), desk.house.requests(path="/fs/files/")) == ([], [])
    (right,) = re.findall("sha256:[0-9a-f]{64}", first.message)
    assert desk.settle(desk.wanted(pin=right)).state is State.READY
    assert desk.tags(2)["lakeward_digest"] == right


def test_a_namesake_of_the_source_is_hashed_anew(desk: Desk) -> None:
    desk.register()
    first = problem(desk.settle(desk.wanted(pin=f"sha256:{'0' * 64}")))
    desk.ana.call("DELETE", f"/api/2.1/unity-catalog/models/{desk.source}/versions/1")
    desk.ana.call("DELETE", f"/api/2.1/unity-catalog/models/{desk.source}")
    desk.register(files=1)
    other = problem(desk.settle(desk.wanted(pin=f"sha256:{'0' * 64}")))
    assert (other.reason, other.message == first.message) == (Reason.DIGEST_MISMATCH, False)


def test_a_copy_that_the_registry_refuses_once_is_made_again_at_once(desk: Desk) -> None:
    desk.register()
    desk.house.fault("fail", method="PATCH", path="/finalize$", principal="lakeward")
    assert desk.settle(desk.wanted()).state is State.READY
    assert (desk.versions(), desk.creates()) == ({2: "READY"}, 2)


def unregistrable(desk: Desk) -> None:
    """A source that the registry would not take: no signature."""
    desk.register(finalize=False)
    desk.put("MLmodel", b"flavors: {}")


def test_a_copy_that_the_registry_refuses_is_tried_once_more_and_then_needs_a_person(desk: Desk) -> None:
    unregistrable(desk)
    desk.house.clear()
    found = problem(desk.settle(desk.wanted()))
    assert (found.reason, found.stalled, found.retry_after) == (Reason.COPY_FAILED, True, 300.0)
    assert not re.search(r"\d", found.message.replace(desk.catalog, "")), "a number would change with each try"
    assert (desk.versions(), desk.creates()) == ({}, 2)


def test_a_refused_version_that_a_dead_process_left_counts_as_a_try(desk: Desk) -> None:
    unregistrable(desk)
    left = desk.begin()
    desk.lakeward.put(desk.target, left, "MLmodel", b"flavors: {}")
    desk.lakeward.finalize(desk.target, left)
    assert desk.versions() == {left: "FAILED_REGISTRATION"}
    desk.house.clear()
    assert problem(desk.settle(desk.wanted())).reason is Reason.COPY_FAILED
    assert (desk.versions(), desk.creates()) == ({}, 1)


def test_a_copy_that_takes_too_long_says_how_far_it_came(desk: Desk) -> None:
    desk.register()
    found = problem(desk.settle(desk.wanted(limit=0.0)))
    assert (found.field, found.stalled) == ("spec.copy.timeout", False)
    assert "0 of 3 files were copied" in found.message


def test_a_copy_with_all_its_files_is_only_finished(desk: Desk) -> None:
    desk.register()
    fault = desk.house.fault("reset", method="PATCH", path="/finalize$", principal="lakeward")
    assert problem(desk.settle(desk.wanted())).reason is Reason.UNAVAILABLE
    assert desk.house.hits(fault) == 1
    assert desk.settle(desk.wanted()).state is State.READY
    assert (desk.versions(), desk.creates()) == ({1: "READY"}, 1)


def test_an_unfinished_copy_of_a_deleted_model_of_that_name_is_not_finished(desk: Desk) -> None:
    left = desk.begin(tags={"lakeward_digest": "sha256:old"})
    desk.register()
    assert desk.settle(desk.wanted()).state is State.READY
    assert desk.versions() == {left + 1: "READY"}
    assert desk.tags(left + 1)["lakeward_digest"] != "sha256:old"
    assert desk.ana.find(f"{UC}/models/{desk.target}/versions/{left}") is None
