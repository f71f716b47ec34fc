"""What is read of the files of a version, what is refused, and what reading it again costs."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from contract.bench import Bench
from contract.cases import model, with_model
from lakeward.engine.errors import Invalid, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.model_files import DAY, ModelFiles, read
from scenarios.registry import MLMODEL

FLAVOURS: dict[str, Any] = json.loads(MLMODEL)
CONDA = """
name: env
channels: [conda-forge]
dependencies:
- python=3.11.4
- pip<=24
- pip:
  - mlflow==3.17.2
  - scikit-learn==1.9.0
"""


def client(place: Bench) -> Databricks:
    found: Databricks = place.clients()["databricks"]  # type: ignore[assignment]  # this provider's
    return found


def registered(place: Bench, files: Mapping[str, bytes | str], *, ready: bool = False) -> int:
    """A version of these files."""
    if place.hand.find(f"/api/2.1/unity-catalog/models/{model(place.name)}") is None:
        with_model(place.hand, place.name)
    number = place.hand.begin(model(place.name), source="dbfs:/somewhere")
    for name, content in files.items():
        place.hand.put(model(place.name), number, name, content if isinstance(content, bytes) else content.encode())
    if ready:
        place.hand.finalize(model(place.name), number)
    return number


def example(at: object) -> str:
    return json.dumps({**FLAVOURS, "saved_input_example_info": {"artifact_path": at, "type": "dataframe"}})


def test_everything_that_a_version_says_of_itself_is_read(place: Bench) -> None:
    mlmodel = example("input_example.json")
    files: dict[str, bytes | str] = {
        "MLmodel": mlmodel,
        "requirements.txt": "# ours\nmlflow==3.17.2\n\nscikit-learn==1.9.0 \\\n  --hash=sha256:00\n",
        "conda.yaml": CONDA,
        "input_example.json": "{}",
        "data/model.pkl": b"\x80\x04never opened",
    }
    found = read(client(place), model(place.name), registered(place, files, ready=True))
    assert found == ModelFiles(
        mlmodel=json.loads(mlmodel),
        requirements={
            "requirements.txt": ("# ours", "mlflow==3.17.2", "", "scikit-learn==1.9.0 \\", "  --hash=sha256:00"),
            "conda.yaml": ("python=3.11.4", "pip<=24"),
            "conda.yaml (pip)": ("mlflow==3.17.2", "scikit-learn==1.9.0"),
        },
        has_example=True,
    )


@pytest.mark.parametrize(
    ("files", "requirements"),
    [
        ({}, {}),
        ({"requirements.txt": ""}, {"requirements.txt": ()}),
        ({"conda.yaml": ""}, {"conda.yaml": ()}),
        ({"conda.yaml": "name: env"}, {"conda.yaml": ()}),
        ({"conda.yaml": "dependencies: [a=1]"}, {"conda.yaml": ("a=1",)}),
        ({"conda.yaml": "dependencies: [{pip: []}]"}, {"conda.yaml": (), "conda.yaml (pip)": ()}),
        (
            {"conda.yaml": "dependencies: [{pip: [a]}, b, {pip: [c]}]"},
            {"conda.yaml": ("b",), "conda.yaml (pip)": ("a", "c")},
        ),
        ({"data/requirements.txt": "a"}, {}),
    ],
)
def test_only_files_that_are_there_require_something(
    files: dict[str, str], requirements: dict[str, tuple[str, ...]], place: Bench
) -> None:
    assert read(client(place), model(place.name), registered(place, files)).requirements == requirements


@pytest.mark.parametrize(
    ("mlmodel", "there"),
    [
        (MLMODEL, False),
        (example("input_example.json"), True),
        (example("data/example.json"), True),
        (example("other.json"), False),
        (example("data"), False),
        (example("../1/input_example.json"), False),
        (example(""), False),
        (example(None), False),
        (example(["input_example.json"]), False),
        ("saved_input_example_info: input_example.json", False),
        ("", False),
    ],
)
def test_an_example_is_there_when_the_file_is_that_the_model_names(mlmodel: str, there: bool, place: Bench) -> None:
    files = {"MLmodel": mlmodel, "input_example.json": "{}", "data/example.json": "{}"}
    assert read(client(place), model(place.name), registered(place, files)).has_example is there


def test_a_version_without_a_model_file_says_nothing(place: Bench) -> None:
    assert read(client(place), model(place.name), registered(place, {})) == ModelFiles({}, {}, has_example=False)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("MLmodel", "a: &x 1\nb: *x", "MLmodel of version 1 of {model} has anchors or aliases"),
        ("MLmodel", "!!python/object/apply:os.system [ls]", "MLmodel of version 1 of {model} has tags"),
        ("MLmodel", "a: [", "MLmodel of version 1 of {model} is not YAML, see line 1"),
        ("MLmodel", "[a]", "MLmodel of version 1 of {model} is no mapping of names"),
        ("MLmodel", "1: a", "MLmodel of version 1 of {model} is no mapping of names"),
        ("MLmodel", b"\xff", "MLmodel of version 1 of {model} is not YAML"),
        ("requirements.txt", b"\xff", "requirements.txt of version 1 of {model} is not text"),
        ("conda.yaml", "dependencies: &a [x]", "conda.yaml of version 1 of {model} has anchors or aliases"),
        ("conda.yaml", "dependencies: x", "conda.yaml of version 1 of {model} has no list of dependencies"),
        ("conda.yaml", "dependencies: [{npm: [x]}]", "has a dependency that is neither"),
        ("conda.yaml", "dependencies: [{pip: [x], npm: [y]}]", "has a dependency that is neither"),
        ("conda.yaml", "dependencies: [{pip: [[x]]}]", "has a dependency that is neither"),
        ("conda.yaml", "dependencies: [{pip: x}]", "has a dependency that is neither"),
        ("conda.yaml", "dependencies: [1]", "has a dependency that is neither"),
        ("MLmodel", b"#" * (1024**2 + 1), "MLmodel is larger than 1 MiB"),
        ("requirements.txt", b"#" * (1024**2 + 1), "requirements.txt is larger than 1 MiB"),
        ("conda.yaml", b"#" * (1024**2 + 1), "conda.yaml is larger than 1 MiB"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_unsafe(
    name: str, content: bytes | str, why: str, place: Bench
) -> None:
    number = registered(place, {"MLmodel": MLMODEL, name: content})
    with pytest.raises(Invalid) as caught:
        read(client(place), model(place.name), number)
    assert caught.value.reason is Reason.UNSAFE_ARTIFACT
    assert why.format(model=model(place.name)) in caught.value.text


def test_a_file_of_just_the_allowed_size_is_read(place: Bench) -> None:
    number = registered(place, {"requirements.txt": b"#" * 1024**2})
    assert read(client(place), model(place.name), number).requirements == {"requirements.txt": ("#" * 1024**2,)}


def test_a_version_that_is_missing_is_said_so(place: Bench) -> None:
    with pytest.raises(Unavailable) as caught:
        read(client(place), model(place.name), 7)
    assert caught.value.reason is Reason.SOURCE_NOT_FOUND


def reads(place: Bench) -> list[str]:
    """Calls since the last look at the log that are about files."""
    found = [r.path for r in place.house.requests(principal="lakeward") if "/fs/" in r.path]
    place.house.clear()
    return found


def test_a_ready_version_is_read_once_however_often_and_freshly_it_is_asked_for(place: Bench) -> None:
    number = registered(place, {"MLmodel": MLMODEL, "requirements.txt": "a"}, ready=True)
    first = read(client(place), model(place.name), number)
    assert len(reads(place)) == 3
    assert read(client(place), model(place.name), number) == read(client(place).fresh(), model(place.name), number)
    place.snapshots.sweep(client(place).read_since + DAY - 60)
    assert read(client(place), model(place.name), number) is first
    assert reads(place) == []
    place.snapshots.sweep(client(place).read_since + DAY + 60)
    read(client(place), model(place.name), number)
    assert len(reads(place)) == 3


def test_what_is_refused_of_a_ready_version_is_not_read_again(place: Bench) -> None:
    number = registered(place, {"MLmodel": MLMODEL, "conda.yaml": "a: &x 1"}, ready=True)
    told = []
    for _ in range(3):
        with pytest.raises(Invalid) as caught:
            read(client(place), model(place.name), number)
        told.append((caught.value.reason, caught.value.text))
    assert len(set(told)) == 1
    assert len(reads(place)) == 3


def test_a_file_that_breaks_off_while_it_is_read_is_read_again(place: Bench) -> None:
    number = registered(place, {"MLmodel": MLMODEL}, ready=True)
    place.house.fault("status", status=503, path="/MLmodel$", principal="lakeward")
    with pytest.raises(Unavailable):
        read(client(place), model(place.name), number)
    assert read(client(place), model(place.name), number).mlmodel == FLAVOURS


def test_a_version_that_still_gets_its_files_is_read_by_each_pass(place: Bench) -> None:
    number = registered(place, {"requirements.txt": "a"})
    seen = client(place)
    assert read(seen, model(place.name), number) is read(seen, model(place.name), number)
    assert len(reads(place)) == 2
    place.hand.put(model(place.name), number, "requirements.txt", b"b")
    assert read(client(place), model(place.name), number).requirements == {"requirements.txt": ("b",)}


def test_a_number_that_was_given_again_is_another_version(place: Bench) -> None:
    number = registered(place, {"MLmodel": MLMODEL, "requirements.txt": "a"}, ready=True)
    read(client(place), model(place.name), number)
    place.hand.call("DELETE", f"/api/2.1/unity-catalog/models/{model(place.name)}")
    body = {"catalog_name": place.name, "schema_name": "models", "name": "tumor"}
    place.hand.call("POST", "/api/2.1/unity-catalog/models", body)
    assert registered(place, {"MLmodel": MLMODEL, "requirements.txt": "b"}, ready=True) == number
    assert read(client(place), model(place.name), number).requirements == {"requirements.txt": ("b",)}


def test_two_identities_share_no_reading(place: Bench) -> None:
    number = registered(place, {"MLmodel": MLMODEL}, ready=True)
    read(client(place), model(place.name), number)
    reads(place)
    read(replace(client(place), scope="another"), model(place.name), number)
    assert len(reads(place)) == 2
