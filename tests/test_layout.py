"""The shape of the repository: sizes, names, who may import what at all, and nothing of anybody's own machine."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from lakeward.app import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
OPERATOR = ROOT / "operator" / "lakeward"
PRODUCT = ("operator/", "sandbox/", "tools/", "benchmarks/")
PURE = ("engine", "judgement")
COMMANDS_AT = "operator/lakeward/app.py"  # the one place that imports by name: its table is followed instead
UNPICKLING = frozenset(
    {"pickle", "_pickle", "cPickle", "shelve", "marshal", "cloudpickle", "joblib", "dill", "torch", "mlflow", "sklearn"}
)
NAMELESS = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "base", "stuff"})
MACHINE = re.compile(r"(?<![\w.$}])/(?:work|root|mnt|private/var|home/(?!ana\b)\w+)/[\w.]")
INDEX = re.compile(r"index-url[ =]+\S*//|https?://\S+/simple\b|artifactory|pythonhosted", re.IGNORECASE)
LONGEST_FILE, LONGEST_FUNCTION = 400, 50
LONGEST_DOCSTRING = {"operator/": 8, "": 15}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> tuple[str, ...]:
    """Every file that git has or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(sorted(name for name in listed if (ROOT / name).is_file()))


@cache
def parsed(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def modules(*prefixes: str) -> list[str]:
    return [name for name in tracked() if name.endswith(".py") and name.startswith(prefixes or "")]


def functions(name: str) -> Iterator[Function]:
    return (node for node in ast.walk(parsed(name)) if isinstance(node, Function))


def imports(name: str) -> set[str]:
    """The full names of all modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative imports hide the room"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
        elif isinstance(node, ast.Call) and _dynamic(node) and name != COMMANDS_AT:
            raise AssertionError(f"{name}:{node.lineno}: an import that nobody can follow")
    return found


def _dynamic(call: ast.Call) -> bool:
    called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return called in {"__import__", "import_module"}


def test_there_is_something_to_look_at() -> None:
    assert "operator/lakeward/engine/plan.py" in tracked()
    assert len(modules("operator/")) > 50
    assert not [name for name in tracked() if "__pycache__" in name]


def test_no_file_is_too_long() -> None:
    long = {n: lines for n in modules() if (lines := len((ROOT / n).read_text().splitlines())) > LONGEST_FILE}
    assert long == {}


def test_no_function_is_too_long() -> None:
    long = [
        f"{name}:{f.lineno} {f.name}"
        for name in modules()
        for f in functions(name)
        if f.end_lineno is not None and f.end_lineno - f.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_in_a_few_lines_what_it_is() -> None:
    wrong: dict[str, int] = {}
    for name in modules(*PRODUCT):
        lines = len((ast.get_docstring(parsed(name)) or "").splitlines())
        most = next(most for prefix, most in LONGEST_DOCSTRING.items() if name.startswith(prefix))
        marker = name.endswith("__init__.py") and len(parsed(name).body) <= 1
        if not (marker or 1 <= lines <= most):
            wrong[name] = lines
    assert wrong == {}


def test_public_functions_of_the_pure_rooms_say_what_they_answer() -> None:
    silent = [
        f"{name}:{node.lineno} {node.name}"
        for name in modules(*(f"operator/lakeward/{room}/" for room in (*PURE, "kinds", "providers")))
        for node in parsed(name).body
        if isinstance(node, Function) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_names_say_what_is_in_a_file() -> None:
    nameless = {name for name in modules() if set(Path(name).with_suffix("").parts) & NAMELESS}
    assert nameless <= {"operator/lakeward/api/common.py"}
    vague = [n for n in modules(*PRODUCT) for f in functions(n) if f.name.lstrip("_").startswith("handle_")]
    assert vague == []


def test_the_folder_operator_does_not_shadow_the_standard_library() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()
    assert not (ROOT / "operator" / "operator.py").exists()
    spec = find_spec("operator")
    assert spec is not None
    assert spec.origin is not None
    assert not Path(spec.origin).is_relative_to(ROOT / "operator")
    assert "itemgetter" in dir(sys.modules["operator"])


def test_decisions_need_the_standard_library_only() -> None:
    allowed = sys.stdlib_module_names | {"lakeward"}
    foreign = {
        f"{name}: {module}"
        for room in PURE
        for name in modules(f"operator/lakeward/{room}/")
        for module in imports(name)
        if module.partition(".")[0] not in allowed
    }
    assert foreign == set()


def test_decisions_do_no_input_and_output() -> None:
    doors = {"os", "io", "socket", "subprocess", "urllib", "http", "pathlib", "shutil", "tempfile", "asyncio", "random"}
    rim = {
        f"{name}: {module}"
        for room in PURE
        for name in modules(f"operator/lakeward/{room}/")
        for module in imports(name)
        if module.partition(".")[0] in doors
    }
    assert rim == set()


def reachable() -> set[str]:
    """Every file of the operator that its entry point and its commands can come to import."""
    everything = {_module(name): name for name in modules("operator/lakeward/")}
    seen: set[str] = set()
    waiting = ["lakeward.__main__", *(command.module for command in COMMANDS.values())]
    while waiting:
        module = waiting.pop()
        if module in seen or module not in everything:
            continue
        seen.add(module)
        waiting += [module.rpartition(".")[0], *imports(everything[module])]
    return {everything[module] for module in seen}


def _module(name: str) -> str:
    parts = Path(name).with_suffix("").parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_nothing_that_the_operator_imports_can_unpickle() -> None:
    found = {
        f"{name}: {module}"
        for name in modules("operator/lakeward/")
        for module in imports(name)
        if set(module.split(".")[:1]) & UNPICKLING
    }
    assert found == set()
    assert {"operator/lakeward/engine/apply.py", "operator/lakeward/providers/databricks/api.py"} <= reachable()


def test_every_module_of_the_operator_is_reached_from_its_commands() -> None:
    assert set(modules("operator/lakeward/")) - reachable() == set()


def test_no_library_that_opens_models_is_loaded_by_the_running_operator() -> None:
    names = sorted(_module(name) for name in reachable() if not name.endswith("__main__.py"))
    script = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = {module.partition(".")[0] for module in done.stdout.split()}
    # pickle itself is loaded by the standard library; none of ours calls it, see above
    assert loaded & (UNPICKLING - {"pickle", "_pickle", "marshal"}) == set()
    assert loaded >= {"kopf", "databricks", "lakeward"}


def test_the_operators_lock_has_no_library_that_opens_models() -> None:
    lock = ROOT / "requirements" / "operator.txt"
    locked = {line.partition("==")[0].lower() for line in lock.read_text().splitlines() if "==" in line}
    assert "databricks-sdk" in locked
    assert locked & {"mlflow", "mlflow-skinny", "scikit-learn", "joblib", "cloudpickle", "dill", "torch"} == set()


@pytest.mark.parametrize("pattern", [MACHINE, INDEX], ids=["paths of a machine", "addresses of a package index"])
def test_no_file_knows_the_machine_that_it_was_written_on(pattern: re.Pattern[str]) -> None:
    found = []
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" in content or name == "tests/test_layout.py":
            continue
        lines = content.decode("utf-8").splitlines()
        found += [f"{name}:{n}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("cd /" + "work/main", MACHINE),
        ("/" + "root/.cache/x", MACHINE),
        ('"/home/' + 'somebody/x"', MACHINE),
        ("--index-url https://" + "packages.example/x", INDEX),
        ("https://packages.example/" + "simple", INDEX),
    ],
)
def test_the_patterns_find_what_they_are_for(text: str, pattern: re.Pattern[str]) -> None:
    assert pattern.search(text)
