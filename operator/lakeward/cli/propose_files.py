"""From the files of a checkout to proposals, and back: markers are read, and what is proposed is edited in place."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from lakeward.cli import edits
from lakeward.cli.directory import Fault, Manifests
from lakeward.cli.inputs import Inputs, Unusable, chosen
from lakeward.cli.previews import bench
from lakeward.cli.propose_choice import Answer, Past, Proposal, propose
from lakeward.cli.propose_history import earlier
from lakeward.cli.propose_marks import Mark, marks
from lakeward.cli.targets import promotions
from lakeward.engine.outcome import Key
from lakeward.engine.render import clean

LONGEST_NAME = 4096


def marked(manifests: Manifests, promotion: str | None) -> tuple[list[Mark], list[Fault]]:
    """The markers of all files, or that of one promotion, and what is wrong with others. Raises Unusable."""
    keys = promotions(manifests.objects)
    found: list[Mark] = []
    faults: list[Fault] = []
    for file in dict.fromkeys(manifests.sources.values()):
        more, wrong = _marks(file, [key for key in keys if manifests.sources[key] == file])
        found += more
        faults += wrong
    if promotion is None:
        return found, faults
    (key,) = chosen(keys, promotion)
    found = [mark for mark in found if mark.key == key]
    faults = [fault for fault in faults if fault.source == manifests.sources[key]]
    if not (found or faults):
        raise Unusable(f"--promotion: {promotion} has no marker in {manifests.sources[key]}")
    return found, faults


def proposals(inputs: Inputs, found: Sequence[Mark], *, history: bool) -> tuple[Proposal, ...]:
    """What comes of each marker; `history` asks git what stood there before."""
    past: Past = cache(lambda file: earlier(Path(file))) if history else lambda _: ()
    objects = inputs.manifests.objects
    with bench(inputs) as made:
        return made.each(lambda mark: propose(made, mark, objects[mark.key], past), found)


def carried_out(made: Sequence[Proposal], *, dry: bool) -> tuple[tuple[Proposal, ...], tuple[str, ...]]:
    """The proposals after the edit, or (`dry`) the changes as text instead of it. What cannot be edited is an error."""
    wanted: dict[str, list[Proposal]] = defaultdict(list)
    for proposal in made:
        if proposal.answer is Answer.PROPOSED:
            wanted[proposal.mark.file].append(proposal)
    diffs: list[str] = []
    failed: dict[str, str] = {}
    for file, those in wanted.items():
        try:
            change = _edit(Path(file), those, dry=dry)
        except OSError as error:
            failed[file] = f"cannot be written: {error.strerror}"
        except ValueError:
            failed[file] = "changed meanwhile: try again"
        else:
            diffs += [change] if dry else []
    return tuple(_after(proposal, failed) for proposal in made), tuple(diffs)


def _edit(place: Path, those: Sequence[Proposal], *, dry: bool) -> str:
    """The change, made unless `dry`. Raises OSError, and ValueError for a text that is not what was read."""
    before = edits.text_of(place)
    marks = [(proposal.mark, proposal.version) for proposal in those]
    after = edits.edited(before, [edits.Edit(m.start, m.end, str(m.pin), str(version)) for m, version in marks])
    if not dry:
        edits.write(place, after)
    return edits.diff(clean(str(place), LONGEST_NAME), before, after)


def _after(proposal: Proposal, failed: Mapping[str, str]) -> Proposal:
    why = failed.get(proposal.mark.file)
    hit = why is not None and proposal.answer is Answer.PROPOSED
    return replace(proposal, answer=Answer.ERROR, why=str(why)) if hit else proposal


def _marks(file: str, keys: Sequence[Key]) -> tuple[list[Mark], list[Fault]]:
    if file.endswith(".json"):
        # there are no comments
        return [], []
    try:
        return marks(file, edits.text_of(Path(file)), keys)
    except (OSError, UnicodeDecodeError):
        return [], [Fault(file, "cannot be read any more")]
