"""One pass of a promotion as it is told: what was found, what the gates said, what became of the steps. Pure."""

from dataclasses import dataclass

from lakeward.engine.results import Result, Results, State
from lakeward.judgement.gates import Decision, Verdict
from lakeward.kinds.modelpromotion.findings import Findings, Promotion
from lakeward.kinds.modelpromotion.standing import Standing, standing
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_version import ModelVersion


@dataclass(frozen=True)
class Pass:
    """What a pass found and did, and what the far side looks like after it."""

    obj: Promotion
    found: Findings
    verdicts: tuple[Verdict, ...]
    decision: Decision
    results: Results

    @property
    def where(self) -> Standing:
        return standing(self.obj, self.found)

    @property
    def judged(self) -> bool:
        """Whether the gates judged a move in this pass; what they said once is kept, else."""
        return self.where.moves

    def alias(self, name: str) -> int | None:
        """The version that an alias names now."""
        result = self.results.get(ModelAlias(model=self.obj.spec.target.model, alias=name).address)
        seen = result.seen.state if result and result.state is State.READY and result.seen else None
        if isinstance(seen, ModelAlias) and isinstance(seen.version, int):
            return seen.version
        return self.found.alias(name)

    @property
    def champion(self) -> int | None:
        return self.alias(self.obj.spec.switch.aliases.champion)

    @property
    def previous(self) -> int | None:
        return self.alias(self.obj.spec.switch.aliases.previous)

    @property
    def candidate(self) -> int | None:
        return self.found.copy.version if self.found.copy else None

    @property
    def copying(self) -> Result | None:
        copies = (r for r in self.results if isinstance(r.step.resource, ModelVersion))
        return next((r for r in copies if not r.step.removal), None)

    @property
    def promoted(self) -> bool:
        return self.candidate is not None and self.champion == self.candidate and self.results.settled
