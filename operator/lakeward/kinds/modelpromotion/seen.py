"""One pass of a promotion as it is told: what was found, what the gates said, what became of the steps. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lakeward.api.modelpromotion import Aliases
from lakeward.engine.conditions import find
from lakeward.engine.reasons import HELD
from lakeward.engine.results import Result, Results, State
from lakeward.judgement.gates import Decision, Mode, Verdict
from lakeward.judgement.given import Given
from lakeward.kinds.modelpromotion.attempt import goes_on, subject
from lakeward.kinds.modelpromotion.findings import Findings, JobSeen, Promotion
from lakeward.kinds.modelpromotion.jobs import to_run
from lakeward.kinds.modelpromotion.judge import bypasses, rolling_out
from lakeward.kinds.modelpromotion.standing import Standing, standing
from lakeward.kinds.modelpromotion.switch import PART
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_tags import ModelTags
from lakeward.providers.databricks.model_version import ModelVersion
from lakeward.providers.databricks.retired_version import RetiredVersion


@dataclass(frozen=True)
class Pass:
    """What a pass found and did, and what the far side looks like after it."""

    obj: Promotion
    found: Findings
    verdicts: tuple[Verdict, ...]
    decision: Decision
    results: Results

    @cached_property
    def where(self) -> Standing:
        return standing(self.obj, self.found)

    @cached_property
    def subject(self) -> str:
        """What the move is about, recomputed."""
        return subject(self.obj, self.found)

    @property
    def aliases(self) -> Aliases:
        return self.obj.spec.switch.aliases

    @property
    def judged(self) -> bool:
        """Whether the gates judged a move in this pass; what they said once is kept, else."""
        return self.where.moves

    @property
    def under_way(self) -> bool:
        """Whether there is a move to make, also where a person holds it."""
        return self.judged or self.where is Standing.ON_HOLD

    @property
    def same_attempt(self) -> bool:
        """Whether the status is about the attempt of this pass."""
        return goes_on(self.obj, self.found)

    @cached_property
    def untold(self) -> bool:
        """Whether we made the pinned version champion in a pass whose status was lost: no attempt tells of it.

        Then `previous` names what the status still takes for the champion. A person who moves the champion by hand
        leaves `previous` as it is.
        """
        known = (self.obj.status.get("promoted") or {}).get("version")
        if self.where is not Standing.CONVERGED or self.same_attempt or known in {None, self.candidate}:
            return False
        return bool(self.found.alias(self.aliases.previous) == known)

    @property
    def source_was_there(self) -> bool:
        """Whether the pinned version was seen once."""
        seen = self.obj.status.get("source") or {}
        pinned = (self.obj.spec.source.model, self.obj.spec.source.version)
        return (seen.get("model"), seen.get("version")) == pinned and bool(seen.get("createdBy"))

    def alias(self, name: str) -> int | None:
        """The version that an alias names now."""
        result = self.results.get(ModelAlias(model=self.obj.spec.target.model, alias=name).address)
        seen = result.seen.state if result and result.state is State.READY and result.seen else None
        if isinstance(seen, ModelAlias) and isinstance(seen.version, int):
            return seen.version
        return self.found.alias(name)

    @property
    def champion(self) -> int | None:
        return self.alias(self.aliases.champion)

    @property
    def previous(self) -> int | None:
        return self.alias(self.aliases.previous)

    @property
    def candidate(self) -> int | None:
        return self.found.copy.version if self.found.copy else None

    @property
    def rolling(self) -> bool:
        """Whether the move waits for a rollout."""
        if self.obj.spec.switch.after is None or self.where is not Standing.MOVING or self.candidate is None:
            return False
        return rolling_out(self.obj, self.found) or self.alias(self.aliases.challenger) == self.candidate

    @property
    def recorded(self) -> bool:
        """Whether this pass has written down that the pinned version was promoted."""
        return any(isinstance(r.step.resource, ModelTags) and r.step.resource.part == PART for r in self.results.wrote)

    @property
    def copying(self) -> Result | None:
        copies = (r for r in self.results if isinstance(r.step.resource, ModelVersion))
        return next((r for r in copies if not r.step.removal), None)

    @cached_property
    def starts(self) -> Mapping[str, Result]:
        """By name of the gate: what became of its job's run in this pass."""
        found = {gate.name: (gate, self.found.jobs.get(gate.name)) for gate in self.found.gates(self.obj)}
        seen = {name: (gate, job) for name, (gate, job) in found.items() if isinstance(job, JobSeen)}
        wanted = {name: to_run(self.obj, self.found, gate, job) for name, (gate, job) in seen.items()}
        results = {name: self.results.get(run.address) for name, run in wanted.items() if run is not None}
        return {name: result for name, result in results.items() if result is not None}

    @cached_property
    def matters(self) -> Results:
        """What became of all that the move needs: no run of a gate that only warns, and no version that retires."""
        warns = {v.name for v in self.verdicts if v.mode is Mode.WARN}
        apart = {result.address for name, result in self.starts.items() if name in warns}
        every = (r for r in self.results if not isinstance(r.step.resource, RetiredVersion))
        return Results(tuple(r for r in every if r.address not in apart))

    @property
    def kept_back(self) -> tuple[str, ...]:
        """Why versions that should retire could not."""
        retired = (r for r in self.results.problems if isinstance(r.step.resource, RetiredVersion))
        return tuple(f"{r.address}: {r.message}" for r in retired)

    @cached_property
    def passed_over(self) -> Mapping[str, Given]:
        """What break-glass passes over in this attempt, by name of the gate."""
        return bypasses(self.obj, self.found).by if self.judged else {}

    @cached_property
    def begun_again(self) -> Mapping[str, Any] | None:
        """What was said of a copy that failed and that this pass begins again: it is told until more is known."""
        if self.copying is None or not self.copying.wrote or self.obj.status.get("phase") != "Failed":
            return None
        ready, copied = find(self.obj.status, "Ready"), find(self.obj.status, "Copied")
        about_it = ready is not None and copied is not None and ready.get("reason") == copied.get("reason")
        return ready if about_it and self.same_attempt else None

    @property
    def promoted(self) -> bool:
        # what is held back while nothing may be written does not make the champion another one
        open_ends = (r for r in self.matters if not r.state.settled and r.reason not in HELD)
        return self.candidate is not None and self.champion == self.candidate and not any(open_ends)
