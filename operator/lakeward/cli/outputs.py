"""A report of previews as text, Markdown or JSON. Pure: knows no terminal and no file."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lakeward.cli.directory import Manifests
from lakeward.engine import render
from lakeward.engine.errors import Problem
from lakeward.engine.plan import Step
from lakeward.engine.render import Line, Sign
from lakeward.passes.reconcile import Preview

COLUMN = 58
LONGEST_NOTE = 1000
NO_REMOVALS = "not shown: removals, because without a cluster it is not known what earlier manifests made"
NO_OTHERS = "not known: how far the promotions of dependsOn are, so that gate waits here; the cluster knows"
COLOURS = {
    Sign.CREATE: "32",
    Sign.UPDATE: "33",
    Sign.DELETE: "31",
    Sign.BLOCKED: "1;31",
    Sign.WAIT: "36",
    Sign.KEPT: "2",
    Sign.SAME: "2",
}


@dataclass(frozen=True)
class Report:
    """All previews, and the manifests that they are of."""

    previews: tuple[Preview, ...]
    manifests: Manifests

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for preview in self.previews for step in preview.steps)

    @property
    def failed(self) -> int:
        """How many objects and files could not be planned, wholly or in part."""
        broken = [p for p in self.previews if p.problem or any(step.problem for step in p.steps)]
        return len(broken) + len(self.manifests.faults)

    @property
    def result(self) -> str:
        """`errors`, `changes` or `nothing`: the worst of all."""
        if self.failed:
            return "errors"
        return "changes" if render.differs(self.steps) else "nothing"

    @property
    def headline(self) -> str:
        steps = [step for preview in self.previews if not _problem(preview) for step in preview.steps]
        if not self.failed:
            return render.headline(steps)
        failed = f"{self.failed} could not be planned"
        return f"{render.headline(steps)}, {failed}" if steps else failed

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        unknown = [body for body in self.manifests.objects.values() if "status" not in body]
        if unknown:
            yield NO_REMOVALS
        if any(isinstance(body.get("spec"), Mapping) and body["spec"].get("dependsOn") for body in unknown):
            yield NO_OTHERS
        if self.manifests.ignored:
            n = self.manifests.ignored
            yield f"ignored: {n} document{'' if n == 1 else 's'} of other kinds"


def write(report: Report, output: str, *, verbose: bool = False, colour: bool = False) -> str:
    """The whole output, with a newline at its end."""
    if output == "json":
        # in ASCII: half of a pair of UTF-16, as in a name of a file, has no other form
        return json.dumps(_json(report, verbose=verbose), indent=2) + "\n"
    told = _markdown(report, verbose=verbose) if output == "markdown" else _text(report, verbose=verbose, colour=colour)
    return "\n".join(told) + "\n"


def _text(report: Report, *, verbose: bool, colour: bool) -> Iterator[str]:
    for preview in report.previews:
        yield f"{preview.key!s:<{COLUMN}}  {_headline(preview)}"
        yield from (_coloured(line) if colour else line.text for line in _lines(report, preview, verbose=verbose))
        yield ""
    for fault in report.manifests.faults:
        line = Line(Sign.BLOCKED, _clean(f"! {fault.source}: {fault.message}"))
        yield _coloured(line) if colour else line.text
    if report.manifests.faults:
        yield ""
    if len(report.previews) != 1 or report.manifests.faults:
        yield f"All: {report.headline}"
    yield from report.notes


def _markdown(report: Report, *, verbose: bool) -> Iterator[str]:
    yield f"### Lakeward plan: {report.headline}"
    for preview in report.previews:
        yield from ("", f"**`{preview.key}`** {_headline(preview)}")
        # without the indentation, so that a forge colours what is added, removed and blocked
        told = [line.text.removeprefix("  ") for line in _lines(report, preview, verbose=verbose)]
        yield from _fenced(told)
    yield from _fenced([_clean(f"! {fault.source}: {fault.message}") for fault in report.manifests.faults])
    for note in report.notes:
        yield from ("", f"_{note}_")


def _fenced(told: list[str]) -> Iterator[str]:
    """A block that nothing in it can end; too much for a comment is counted instead."""
    if not told:
        return
    fence = "```"
    while any(fence in line for line in told):
        fence += "`"
    yield from ("", f"{fence}diff", *render.bounded(told), fence)


def _json(report: Report, *, verbose: bool) -> dict[str, Any]:
    return {
        "result": report.result,
        "headline": report.headline,
        "objects": [_object(report, preview, verbose=verbose) for preview in report.previews],
        "errors": [asdict(fault) for fault in report.manifests.faults],
        "notes": list(report.notes),
    }


def _object(report: Report, preview: Preview, *, verbose: bool) -> dict[str, Any]:
    problem = _problem(preview)
    return {
        "kind": preview.key.kind,
        "namespace": preview.key.namespace,
        "name": preview.key.name,
        "source": report.manifests.sources[preview.key],
        "headline": _headline(preview),
        "steps": [
            {
                "action": str(entry.sign),
                "address": entry.address,
                "note": entry.note,
                "changes": [asdict(difference) for difference in entry.differences],
            }
            for entry in render.entries(() if problem else preview.steps, verbose=verbose)
        ],
        "notes": [_clean(note) for note in preview.notes],
        "problem": problem
        and {"reason": str(problem.reason), "field": problem.field, "message": _clean(problem.message)},
    }


def _problem(preview: Preview) -> Problem | None:
    """Why the object has no plan; a service that is down is said once, not once for each thing in it."""
    problems = [step.problem for step in preview.steps]
    known = [problem for problem in problems if problem is not None]
    if known and len(known) == len(problems) and len({problem.text for problem in known}) == 1:
        return known[0]
    return preview.problem


def _shared(preview: Preview) -> Counter[str]:
    """Problems that several steps have, such as one of two services that is down, and how many."""
    texts = Counter(step.problem.text for step in preview.steps if step.problem is not None)
    return Counter({text: n for text, n in texts.items() if n > 1})


def _headline(preview: Preview) -> str:
    return "could not be planned" if _problem(preview) else render.headline(preview.steps)


def _lines(report: Report, preview: Preview, *, verbose: bool) -> Iterator[Line]:
    problem = _problem(preview)
    if problem is not None:
        source = report.manifests.sources[preview.key]
        yield Line(Sign.BLOCKED, _clean(f"  ! {source}: {problem.text}"))
    else:
        said = Counter() if verbose else _shared(preview)
        yield from (Line(Sign.BLOCKED, _clean(f"  ! {n} of them: {text}")) for text, n in said.items())
        rest = (step for step in preview.steps if step.problem is None or step.problem.text not in said)
        yield from render.lines(rest, verbose=verbose)
    for note in preview.notes:
        yield Line(Sign.SAME, _clean(f"    {note}"))


def _clean(text: str) -> str:
    return render.clean(text, LONGEST_NOTE)


def _coloured(line: Line) -> str:
    return f"\x1b[{COLOURS[line.sign]}m{line.text}\x1b[0m"
