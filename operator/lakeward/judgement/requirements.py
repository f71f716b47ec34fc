"""The gate Dependencies: does the version name every package that it needs, each in one version, and none denied?

Files are requirements.txt, conda.yaml and python_env.yaml, as the model brings them. The conda part of conda.yaml is
read as conda reads it. What sets up the rest needs no version: python and pip there, and pip, setuptools and wheel in
the build part of python_env.yaml. Knows no client and no file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lakeward.judgement.finding import Finding, together
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, not_judged
from lakeward.judgement.requirement_lines import Requirement, Unsafe, conda_lines, normal, pip_lines
from lakeward.judgement.versions import version

TYPE = "Dependencies"
CONDA = "conda.yaml"
REFUSED = " (refused)"
_TOOLS = {CONDA: {"python", "pip"}, "python_env.yaml (build)": {"pip", "setuptools", "wheel"}}
_DENIED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\s*==\s*(\S+))?", re.ASCII)
_MOST_TOLD = 50
_WORST_FIRST = (Cause.UNSAFE_REQUIREMENT, Cause.DENIED, Cause.UNPINNED)


@dataclass(frozen=True, kw_only=True)
class DependenciesGate:
    """What the requirements must be.

    name    name of the gate
    pinned  whether each must name one version, or the hashes of its files
    deny    packages that must not be there: a name for any version, or name==version
    mode    Enforce or Warn
    """

    name: str
    pinned: bool
    deny: tuple[str, ...]
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True)
class _Denied:
    name: str
    version: str | None


def evaluate(gate: DependenciesGate, files: Mapping[str, tuple[str, ...]] | None) -> Verdict:
    """The verdict on the requirements. All faults are told, the worst kind first.

    files  lines by the name of their file: requirements.txt, `conda.yaml (pip)` for the pip part of conda.yaml, and
           conda.yaml for the rest; python_env.yaml, and `python_env.yaml (build)`. Behind a name and ` (refused)`: why
           something in that file is not safe, as the end of a sentence that starts with its name. Empty where the
           version has none of them, None where they were not read
    """
    if files is None:
        text = "the requirements were not read; the operator must be able to read the files of the version"
        return not_judged(gate.name, TYPE, gate.mode, text, cause=Cause.NOT_READ)
    try:
        denied = [_denied(entry) for entry in gate.deny]
    except ValueError as error:
        return not_judged(gate.name, TYPE, gate.mode, str(error), cause=Cause.INVALID_GATE)
    read = sorted(name for name in files if not name.endswith(REFUSED))
    lines = [(name, entry) for name in read for entry in _entries(name, files[name])]
    found = (fault for name, entry in lines for fault in _faults(gate, denied, name, entry))
    faults = sorted([*_refused(files), *found], key=_rank)
    finding = together(faults[:_MOST_TOLD] or [_sound(gate, len(lines))]) if files else _absent()
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=finding.result,
        observed=f"{len(lines)} requirements, {len(faults)} faults" if files else "no file",
        required=_required(gate),
        evidence=f"files of the version: {', '.join(read) or 'none'}",
        message=finding.text,
        cause=finding.cause,
    )


def _denied(entry: str) -> _Denied:
    found = _DENIED.fullmatch(entry.strip())
    if found is None or (found[2] is not None and version(found[2]) is None):
        raise ValueError(f'dependencies.deny has "{entry[:100]}"; write a name, or a name, == and a version')
    return _Denied(normal(found[1]), found[2])


def _entries(name: str, lines: tuple[str, ...]) -> Iterator[Requirement | Unsafe]:
    return conda_lines(lines) if name == CONDA else pip_lines(lines)


def _refused(files: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    for name in sorted(files):
        for why in files[name] if name.endswith(REFUSED) else ():
            yield Finding(Result.FAIL, Cause.UNSAFE_REQUIREMENT, f"{name.removesuffix(REFUSED)} {why}")


def _faults(gate: DependenciesGate, denied: list[_Denied], name: str, entry: Requirement | Unsafe) -> Iterator[Finding]:
    where = f"{name} line {entry.line}"
    if isinstance(entry, Unsafe):
        yield Finding(Result.FAIL, Cause.UNSAFE_REQUIREMENT, f"{where}: {entry.why}")
        return
    for one in denied:
        told = _denies(one, entry)
        if told:
            yield Finding(Result.FAIL, Cause.DENIED, f"{where}: {told}")
    tool = entry.name in _TOOLS.get(name, ())
    if gate.pinned and not (entry.pins or entry.hashed or tool):
        yield Finding(Result.FAIL, Cause.UNPINNED, f"{where}: {entry.name} is not pinned; write {entry.name}==version")


def _denies(one: _Denied, entry: Requirement) -> str:
    """Why that entry of the gate stands against a requirement; empty where it does not."""
    if one.name != entry.name:
        return ""
    if one.version is None:
        return f"{entry.name} is denied"
    if not entry.pins:
        return f"{entry.name} can be {one.version}, which is denied; pin another version"
    return f"{entry.name} {one.version} is denied" if any(pin.allows(one.version) for pin in entry.pins) else ""


def _rank(fault: Finding) -> int:
    return _WORST_FIRST.index(fault.cause or Cause.UNPINNED)


def _sound(gate: DependenciesGate, total: int) -> Finding:
    pinned = "are pinned" if gate.pinned else "come by name"
    return Finding(Result.PASS, None, f"all {total} requirements {pinned}, and none is denied")


def _absent() -> Finding:
    text = "the version has neither requirements.txt nor conda.yaml; log the model with its requirements"
    return Finding(Result.FAIL, Cause.MISSING, text)


def _required(gate: DependenciesGate) -> str:
    pinned = "pinned with == or hashes" if gate.pinned else "by name"
    return f"{pinned}{', without ' if gate.deny else ''}{', '.join(gate.deny)}"
