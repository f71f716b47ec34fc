"""The gate Interface: does the version say what it takes and gives, and can those who call the champion call it too?

They send what the champion takes and read what it gives. So a required input must be one that the champion requires
too, an input that both know must take what it took, and every output must still be there. Knows no client and no file.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lakeward.judgement.finding import Finding, together
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict, not_judged
from lakeward.judgement.signature import Column, Signature, accepts, parse

# who asks this gate hands in signatures, so it finds their types here
__all__ = ["Column", "Interface", "InterfaceGate", "Signature", "evaluate", "parse"]

TYPE = "Interface"


@dataclass(frozen=True, kw_only=True)
class InterfaceGate:
    """What the interface must be.

    name           name of the gate
    signature      the version must have a signature
    input_example  the version must have an example of an input
    backward       whoever can call the champion must be able to call the version
    mode           Enforce or Warn
    """

    name: str
    signature: bool
    input_example: bool
    backward: bool
    mode: Mode = Mode.ENFORCE


@dataclass(frozen=True)
class Interface:
    """What the files of a version say about its interface. A signature without any column is like none."""

    signature: Signature | None
    input_example: bool


def evaluate(
    gate: InterfaceGate, candidate: Interface | None, champion: Interface | None, *, late: bool = False
) -> Verdict:
    """The verdict on the interface of the candidate. Several faults are all told.

    candidate  None: its files were not read
    champion   None: there is none, so nobody calls it
    late       they were not read before the deadline; an Error like before it, for that is no fault of the version
    """
    if not (gate.signature or gate.input_example or gate.backward):
        text = "the gate asks for nothing; set interface.signature, inputExample or compatibleWithChampion"
        return not_judged(gate.name, TYPE, gate.mode, text, cause=Cause.INVALID_GATE)
    if candidate is None:
        text = "the file MLmodel was not read before the deadline" if late else "the file MLmodel was not read yet"
        text = f"{text}; the operator must be able to read the files of the version"
        return not_judged(gate.name, TYPE, gate.mode, text, cause=Cause.NOT_READ)
    finding = together(_findings(gate, candidate, champion))
    return Verdict(
        name=gate.name,
        type=TYPE,
        stage=Stage.PRE_COPY,
        mode=gate.mode,
        result=finding.result,
        observed=_observed(candidate),
        required=_required(gate, champion),
        evidence="file MLmodel of the version" + (" and of the champion" if gate.backward and champion else ""),
        message=finding.text,
        cause=finding.cause,
    )


def _findings(gate: InterfaceGate, candidate: Interface, champion: Interface | None) -> Iterator[Finding]:
    needed = gate.signature or (gate.backward and champion is not None)
    if needed and not candidate.signature:
        yield _fail(Cause.SIGNATURE_MISSING, "the version has no signature; log the model with one")
    elif gate.signature:
        yield Finding(Result.PASS, None, "it has a signature")
    if gate.input_example and not candidate.input_example:
        yield _fail(Cause.INPUT_EXAMPLE_MISSING, "the version has no input example; log the model with one")
    elif gate.input_example:
        yield Finding(Result.PASS, None, "it has an input example")
    if gate.backward and champion is None:
        yield Finding(Result.PASS, None, "there is no champion to be compatible with")
    elif gate.backward and champion is not None and candidate.signature:
        yield from _compared(candidate.signature, champion.signature)


def _compared(candidate: Signature, champion: Signature | None) -> Iterator[Finding]:
    if not champion:
        text = "the champion has no signature, so nobody knows what its callers send; leave compatibleWithChampion out"
        yield _fail(Cause.MISSING_ON_CHAMPION, text)
        return
    faults = [*_inputs(candidate, champion), *_outputs(candidate, champion)]
    if not faults:
        yield Finding(Result.PASS, None, "it is compatible with the champion")
    yield from (_fail(Cause.INCOMPATIBLE, fault) for fault in faults)


def _inputs(candidate: Signature, champion: Signature) -> Iterator[str]:
    known = {column.name: column for column in champion.inputs}
    for column in candidate.inputs:
        before = known.get(column.name)
        if before is None and column.required:
            yield f"input {column.name} is required, and callers of the champion do not send it"
        elif before is not None and column.required and not before.required:
            yield f"input {column.name} is required, and callers of the champion may leave it out"
        if before is not None and not accepts(column.type, before.type):
            yield f"input {column.name} is {column.type}, and callers of the champion send {before.type}"


def _outputs(candidate: Signature, champion: Signature) -> Iterator[str]:
    made = {column.name: column for column in candidate.outputs}
    for before in champion.outputs:
        column = made.get(before.name)
        if column is None:
            yield f"output {before.name} of the champion is missing"
            continue
        if before.required and not column.required:
            yield f"output {column.name} is optional, and callers of the champion rely on it"
        if not accepts(before.type, column.type):
            yield f"output {column.name} is {column.type}, and callers of the champion read {before.type}"


def _fail(cause: Cause, text: str) -> Finding:
    return Finding(Result.FAIL, cause, text)


def _observed(found: Interface) -> str:
    example = "an input example" if found.input_example else "no input example"
    if not found.signature:
        return f"no signature, {example}"
    return f"{len(found.signature.inputs)} inputs, {len(found.signature.outputs)} outputs, {example}"


def _required(gate: InterfaceGate, champion: Interface | None) -> str:
    waived = " (waived)" if champion is None else ""
    parts = (
        (gate.signature, "a signature"),
        (gate.input_example, "an input example"),
        (gate.backward, f"callers of the champion can call it{waived}"),
    )
    return ", ".join(text for asked, text in parts if asked)
