"""Unpickling a model is running its author's code: the operator cannot do it, nor can the copy job, nor does either."""

import ast
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lakeward
from copying.copyjob import PROGRAM, install, results
from copying.desk import Desk
from lakeward.engine.results import State
from lakeward.providers.databricks.executor import Executor
from sandbox.waiting import wait_for

ROOT = Path(lakeward.__file__).parent
OPENING = frozenset(
    {"pickle", "_pickle", "cPickle", "shelve", "marshal", "cloudpickle", "dill", "joblib", "mlflow", "torch", "sklearn"}
    | {"numpy", "pandas", "tensorflow", "keras", "onnx", "xgboost", "lightgbm", "transformers"}
)
BUILTIN = frozenset({"eval", "exec", "compile", "__import__"})
RUNNING = frozenset({"import_module", "run_path", "run_module", "exec_module"})
MAKING_OBJECTS = frozenset({"Loader", "CLoader", "FullLoader", "UnsafeLoader", "unsafe_load", "full_load"})
BY_NAME = frozenset({ROOT / "app.py"})
"""The one module that imports by name: the table of commands."""


def module_file(name: str) -> Path | None:
    """The file of one of our own modules."""
    at = ROOT.parent.joinpath(*name.split("."))
    found = [path for path in (at.with_suffix(".py"), at / "__init__.py") if path.is_file()]
    return found[0] if found else None


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached(*start: Path) -> dict[Path, set[str]]:
    """What each file imports, for these files and all of ours that they come to import."""
    found: dict[Path, set[str]] = {}
    waiting = list(start)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = set(imported(path))
            waiting += [file for name in found[path] if (file := module_file(name)) is not None]
    return found


def test_nothing_that_copies_can_import_what_opens_models() -> None:
    graph = reached(ROOT / "providers" / "databricks" / "model_version.py", *ROOT.rglob("*.py"), PROGRAM)
    assert len(graph) > 100
    assert {ROOT / "providers" / "databricks" / name for name in ("copying.py", "copy_job.py", "api.py")} <= set(graph)
    opening = {f"{path}: {name}" for path, names in graph.items() for name in names if name.split(".")[0] in OPENING}
    assert opening == set()


def suspicious(node: ast.AST) -> bool:
    """Whether it runs text, imports by name, or reads YAML with a loader that makes objects of any kind."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name in RUNNING or (isinstance(node.func, ast.Name) and name in BUILTIN)
    return isinstance(node, ast.Attribute) and node.attr in MAKING_OBJECTS


def test_nothing_that_copies_runs_text_or_reads_yaml_that_makes_objects() -> None:
    found = {
        f"{path}:{getattr(node, 'lineno', 0)}"
        for path in reached(*ROOT.rglob("*.py"), PROGRAM).keys() - BY_NAME
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if suspicious(node)
    }
    assert found == set()


@pytest.mark.parametrize(
    "text", ["eval(x)", "yaml.load(x, yaml.Loader)", "importlib.import_module(x)", "yaml.unsafe_load(x)"]
)
def test_what_is_suspicious_is_found(text: str) -> None:
    assert any(map(suspicious, ast.walk(ast.parse(text))))


def test_a_fresh_interpreter_with_all_of_the_operator_has_loaded_nothing_that_opens_models() -> None:
    names = sorted(
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in ROOT.rglob("*.py")
        if path.name != "__main__.py"
    )
    script = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    # the standard library itself has pickle and marshal loaded; nothing of ours calls them, see above
    assert loaded & (OPENING - {"pickle", "_pickle", "marshal"}) == set()
    assert loaded >= {"lakeward", "databricks", "kopf"}


class Trap:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._trace,)


@pytest.mark.parametrize("executor", [Executor.IN_PROCESS, Executor.DATABRICKS_JOB])
def test_a_model_that_runs_code_when_it_is_opened_is_copied_and_runs_none(
    desk: Desk, tmp_path: Path, executor: Executor
) -> None:
    trace = tmp_path / "trace"
    content = pickle.dumps(Trap(trace))
    pickle.loads(content)  # noqa: S301 - our own trap: it must work
    assert trace.exists()
    trace.unlink()
    desk.register(finalize=False)
    desk.put("model.pkl", content)
    desk.put("code/sitecustomize.py", f"open({str(trace)!r}, 'w')".encode())
    desk.ana.finalize(desk.source, 1)
    job = install(desk) if executor is Executor.DATABRICKS_JOB else None
    wanted = desk.wanted(executor=executor, job=job)

    def copied() -> bool:
        desk.wait_end()
        return desk.run(wanted).state is State.READY

    wait_for(copied, 60.0)
    assert desk.ana.file(desk.target, 1, "model.pkl") == content
    assert job is None or results(desk) == ["SUCCESS"]
    assert not trace.exists()
