"""Which version is proposed for a marked promotion, or why none is. Reads only.

There is one candidate, the newest READY version above the pin that is as asked. What speaks against it ends the search:
an older version is never proposed in its place.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.modelpromotion import ModelPromotionSpec
from lakeward.api.objects import BadSpec, Object, parse
from lakeward.cli.checks import HELD, Check, Said, check, on_hold
from lakeward.cli.previews import Bench
from lakeward.cli.propose_history import NoHistory, stood
from lakeward.cli.propose_marks import Mark
from lakeward.cli.propose_policy import Policy
from lakeward.engine.errors import Problem, Unavailable
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.providers.databricks import registry
from lakeward.providers.databricks.client import Databricks

MOST_LOOKED_AT, MOST_TOLD = 200, 3
Promotion = Object[ModelPromotionSpec]
Body = Mapping[str, Any]
Past = Callable[[str], tuple[str, ...]]
"""The earlier texts of a file; may raise NoHistory."""


class Answer(StrEnum):
    """What came of one marker."""

    PROPOSED = "proposed"
    NOTHING = "nothing"
    REFUSED = "refused"
    ERROR = "error"


@dataclass(frozen=True)
class Proposal:
    """One marker and what came of it. `version` is the candidate, None where there is none; `why` is one sentence."""

    mark: Mark
    answer: Answer
    why: str
    model: str = ""
    version: int | None = None
    check: Check | None = None


def propose(bench: Bench, mark: Mark, body: Body, past: Past) -> Proposal:
    """The proposal for one marker; `body` is the promotion that it belongs to."""
    obj = parse(ModelPromotionSpec, body)
    if isinstance(obj, BadSpec):
        return Proposal(mark, Answer.ERROR, f"{obj.field} {obj.message}".strip())
    known = Proposal(mark, Answer.ERROR, "", obj.spec.source.model)
    try:
        texts = past(mark.file)
        return _objection(known, obj, body) or _found(known, bench, obj, body, texts)
    except NoHistory as error:
        return replace(known, why=f"{error}; --no-history goes without")
    except Problem as problem:
        return replace(known, why=problem.text)


def _objection(known: Proposal, obj: Promotion, body: Body) -> Proposal | None:
    """What speaks against any proposal for this object."""
    source, pin = obj.spec.source, known.mark.pin
    if source.version != pin:
        return replace(known, why=f"it was read with version {source.version}, but has {pin} now: try again")
    if source.digest is not None:
        text = "spec.source.digest pins the files of this version: pin those of the next one by hand"
        return replace(known, answer=Answer.REFUSED, why=text)
    if obj.status.get("phase") == HELD:
        return replace(known, answer=Answer.REFUSED, why="its status says Held: end that first")
    why = on_hold(body)
    return replace(known, answer=Answer.REFUSED, why=f"{why}; take the annotation off first") if why else None


def _found(known: Proposal, bench: Bench, obj: Promotion, body: Body, texts: Iterable[str]) -> Proposal:
    mark, model = known.mark, obj.spec.source.model
    version, why = _newest(_client(bench, obj), model, mark)
    if version is None:
        return replace(known, answer=Answer.NOTHING, why=why)
    known = replace(known, version=version, answer=Answer.REFUSED)
    if stood(texts, mark.key.name, mark.namespace, model, version):
        return replace(known, why=f"version {version} stood here before and was taken back: it is never proposed again")
    now = _checked(bench, mark, body)
    if now.phase == HELD:
        return replace(known, why=_notes(now))
    spec = body["spec"]
    wanted = {**body, "spec": {**spec, "source": {**spec["source"], "version": version}}}
    return _judged(known, _checked(bench, mark, wanted))


def _newest(client: Databricks, model: str, mark: Mark) -> tuple[int | None, str]:
    """The newest version above the pin that is READY and as asked, or why there is none."""
    above = [v.version for v in reversed(registry.every(client, model)) if v.version > mark.pin]
    if not above:
        return None, f"{model} has no version above {mark.pin}"
    passed: list[str] = []
    for number in above[:MOST_LOOKED_AT]:
        unmet = _unmet(client, model, number, mark.policy)
        if not unmet:
            return number, ""
        passed.append(f"{number}: {unmet}")
    rest = len(above) - MOST_TOLD
    told = [*passed[:MOST_TOLD], *([f"and {rest} more"] if rest > 0 else [])]
    return None, f"no version above {mark.pin} is as asked ({'; '.join(told)})"


def _unmet(client: Databricks, model: str, number: int, policy: Policy) -> str:
    # a listing has no tags and no metrics, and may lag behind
    found = registry.version(client, model, number)
    if found is None:
        return "it does not exist any more"
    if found.status != registry.READY:
        return f"it is {found.status or 'without a status'}, not READY"
    return policy.unmet(found)


def _judged(known: Proposal, said: Check) -> Proposal:
    """With what the gates say of the candidate."""
    known = replace(known, check=said)
    if said.trouble:
        return replace(known, answer=Answer.ERROR, why=_notes(said))
    newest = f"version {known.version} is the newest that is as asked"
    if said.phase == HELD:
        return replace(known, why=_notes(said))
    if said.said in {Said.FAILS, Said.ERRORS}:
        names = ", ".join(gate.name for gate in said.gates if gate.stops)
        against = f"gates say no: {names}" if names else f"it is refused: {_notes(said)}"
        return replace(known, why=f"{newest}, but {against}")
    return replace(known, answer=Answer.PROPOSED, why=f"{newest}: {known.mark.policy.text}")


def _checked(bench: Bench, mark: Mark, body: Body) -> Check:
    return check(bench.preview(mark.key, body), body, mark.file)


def _notes(said: Check) -> str:
    problem = [said.problem.text] if said.problem is not None else []
    return "; ".join([*problem, *said.notes])


def _client(bench: Bench, obj: Promotion) -> Databricks:
    """The registry's client, by the login of `spec.workspaceRef`."""
    name, field = obj.spec.workspace_ref.name, "spec.workspaceRef.name"
    body = bench.world.get("MLWorkspace", obj.namespace, name)
    if body is None:
        text = f"there is no MLWorkspace {name} in this namespace"
        raise Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND, field=field)
    workspace = parse(MLWorkspaceSpec, body)
    if isinstance(workspace, BadSpec):
        text = f"MLWorkspace {name} is invalid: {workspace.field} {workspace.message}"
        raise Unavailable(text, reason=Reason.REFERENCE_NOT_FOUND, field=field)
    # models are Databricks' matter: no login to Azure is needed
    spec = workspace.spec.model_copy(update={"azure": None})
    client = bench.world.clients(spec, Key(obj.kind, obj.namespace, obj.name))["databricks"]
    assert isinstance(client, Databricks)  # noqa: S101 - what the composition put there
    return client
