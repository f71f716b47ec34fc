"""What the files of a version require is what a server would install, and what it would take from elsewhere fails."""

import pytest

from lakeward.judgement.gates import Cause, Result
from lakeward.judgement.requirements import DependenciesGate, evaluate
from lakeward.providers.databricks.model_requirements import UV_SAYS, Contents, Unfit

GATE = DependenciesGate(name="supply", pinned=True, deny=("torch",))
AT = "flavors.python_function.env"


def required(**files: str) -> dict[str, tuple[str, ...]]:
    """`python_env` stands for python_env.yaml, and so on."""
    names = {"mlmodel": "MLmodel", "txt": "requirements.txt"}
    return dict(Contents({names.get(k, f"{k}.yaml"): text.encode() for k, text in files.items()}).requirements())


def served(env: str) -> str:
    return f"flavors: {{python_function: {{loader_module: x, env: {env}}}}}"


LOGGED = {
    "mlmodel": served("{conda: conda.yaml, virtualenv: python_env.yaml}"),
    "txt": "numpy==1.26.4",
    "conda": "{name: mlflow-env, channels: [conda-forge], dependencies: [python=3.11.4, {pip: [numpy==1.26.4]}]}",
    "python_env": "{python: 3.11.4, build_dependencies: [pip==24.0, setuptools, wheel==0.43],"
    " dependencies: [-r requirements.txt]}",
}


def test_what_mlflow_logs_passes() -> None:
    found = required(**LOGGED)
    assert found == {
        "requirements.txt": ("numpy==1.26.4",),
        "conda.yaml": ("python=3.11.4",),
        "conda.yaml (pip)": ("numpy==1.26.4",),
        "python_env.yaml": (),
        "python_env.yaml (build)": ("pip==24.0", "setuptools", "wheel==0.43"),
    }
    assert evaluate(GATE, found).result is Result.PASS


@pytest.mark.parametrize("env", ["conda.yaml", "{conda: conda.yaml}", "{virtualenv: python_env.yaml}", "{}", "null"])
def test_an_environment_at_the_root_is_taken(env: str) -> None:
    assert required(mlmodel=served(env)) == {}


ENTRY = "python_env.yaml has in the key {} an entry that ends with a backslash; write each requirement in one entry"
CODING = "line 1: a comment names another encoding than utf-8"
UNSAFE = [
    (
        {"python_env": "build_dependencies: ['evil @ https://evil.example/x.whl']"},
        "python_env.yaml (build) line 1: a URL",
    ),
    ({"python_env": "dependencies: [-r requirements.txt --pre]"}, "python_env.yaml line 1: -r takes"),
    ({"python_env": "dependencies: [-r other.txt]"}, "python_env.yaml line 1: -r takes"),
    ({"python_env": "{python: 3.11.4, variables: {}}"}, "python_env.yaml has the key variables, which is not accepted"),
    ({"python_env": "python: '3.11; id'"}, "python_env.yaml has in the key python what is no version"),
    ({"python_env": r"{dependencies: ['numpy==1 # \', -r requirements.txt, numpy==2]}"}, ENTRY.format("dependencies")),
    ({"python_env": r"{build_dependencies: ['numpy==1 \']}"}, ENTRY.format("build_dependencies")),
    (
        {"conda": r"{dependencies: [{pip: ['numpy==1 \', '--pre']}]}"},
        "conda.yaml has in the key pip an entry that ends",
    ),
    ({"conda": r'{dependencies: [{pip: ["numpy==1\n\nscipy==1"]}]}'}, "conda.yaml (pip) line 1: a character"),
    ({"conda": "{dependencies: [{pip: ['# coding: utf-7', '# +AAo-torch==2']}]}"}, f"conda.yaml (pip) {CODING}"),
    ({"python_env": "{dependencies: ['# coding: utf-7', '# +AAo-torch==2']}"}, f"python_env.yaml {CODING}"),
    ({"txt": "# coding: utf-7\nnumpy==1\n# +AAo-torch==2"}, f"requirements.txt {CODING}"),
    ({"txt": "# a\r# b\r# c\r# coding:\r utf-7==1\n# +AAo-torch==2"}, "requirements.txt line 1: a character"),
    ({"conda": "variables: {PIP_INDEX_URL: 'https://evil.example'}"}, "conda.yaml has the key variables, which is not"),
    ({"conda": "prefix: /opt"}, "conda.yaml has the key prefix, which is not accepted"),
    ({"conda": "'a secret': 1"}, "conda.yaml has a key of strange characters, which is not accepted"),
    ({"conda": "channels: ['https://evil.example/conda']"}, "conda.yaml has in the key channels what is no plain name"),
    ({"conda": "channels: [conda-forge, ./here]"}, "conda.yaml has in the key channels what is no plain name"),
    ({"conda": "channels: [conda-forge, [x]]"}, "conda.yaml has in the key channels what is no plain name"),
    ({"conda": "channels: {x: y}"}, "conda.yaml has in the key channels what is no plain name"),
    ({"mlmodel": served("other/conda.yaml")}, f"MLmodel names in the key {AT} another file than conda.yaml"),
    ({"mlmodel": served("./conda.yaml")}, f"MLmodel names in the key {AT} another file than conda.yaml"),
    ({"mlmodel": served("python_env.yaml")}, f"MLmodel names in the key {AT} another file than conda.yaml"),
    ({"mlmodel": served("{conda: x/conda.yaml}")}, f"MLmodel names in the key {AT} another file than conda.yaml"),
    ({"mlmodel": served("{virtualenv: x.yaml}")}, f"MLmodel names in the key {AT} another file than python_env.yaml"),
    ({"mlmodel": served("{uv: uv.lock}")}, f"MLmodel has in the key {AT} the key uv, which is not accepted"),
    ({"mlmodel": served("[conda.yaml]")}, f"MLmodel has in the key {AT} neither a name nor names of files"),
]


@pytest.mark.parametrize(("files", "told"), UNSAFE)
def test_what_is_taken_from_elsewhere_fails_by_file_and_key(files: dict[str, str], told: str) -> None:
    said = evaluate(GATE, required(**{**LOGGED, **files}))
    assert (said.result, said.cause) == (Result.FAIL, Cause.UNSAFE_REQUIREMENT)
    assert said.message.startswith(told)
    assert "secret" not in said.message


def test_lines_end_as_they_do_on_every_system() -> None:
    for text in ("numpy==1\n\nscipy==1", "numpy==1\r\n\r\nscipy==1\r\n"):
        assert required(txt=text)["requirements.txt"] == ("numpy==1", "", "scipy==1")
    assert required(txt="")["requirements.txt"] == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_text_with_the_mark_of_another_encoding_is_not_read(encoding: str) -> None:
    with pytest.raises(Unfit, match="is not text"):
        dict(Contents({"requirements.txt": "numpy==1".encode(encoding)}).requirements())


def test_a_package_that_only_python_env_names_is_judged() -> None:
    said = evaluate(GATE, required(txt="numpy==1.26.4", python_env="dependencies: [-r requirements.txt, torch==2.0]"))
    assert (said.cause, said.message) == (Cause.DENIED, "python_env.yaml line 1: torch is denied")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("dependencies: x", "has no list of dependencies"),
        ("build_dependencies: {a: b}", "has no list of build_dependencies"),
        ("dependencies: [{pip: [x]}]", "has an entry of dependencies that is no line"),
        ("[x]", "is no mapping of names"),
    ],
)
def test_a_python_env_that_is_none_is_not_read(text: str, why: str) -> None:
    with pytest.raises(Unfit) as caught:
        required(python_env=text)
    assert (caught.value.file, str(caught.value)) == ("python_env.yaml", why)


@pytest.mark.parametrize("name", ["uv.lock", "uv.toml", "pyproject.toml"])
def test_what_uv_would_obey_beside_the_requirements_is_refused(name: str) -> None:
    files = {"requirements.txt": b"numpy==1.26.4"}
    assert evaluate(GATE, dict(Contents(files, beside=(*files, f"data/{name}")).requirements())).result is Result.PASS
    said = evaluate(GATE, dict(Contents(files, beside=(*files, name)).requirements()))
    assert (said.result, said.message) == (Result.FAIL, f"{name} {UV_SAYS}")
