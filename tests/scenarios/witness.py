"""Who looks at the aliases after every pass, and remembers what they named: the lakehouse keeps no history of them."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from invariants.world import Cluster
from lakeward.engine.outcome import Key, Outcome
from scenarios.registry import Registry


class Witness:
    """`champions` are the versions that were champion of a model, `cut` those that went while an alias named them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._named: dict[str, set[int]] = defaultdict(set)
        self._pointed: set[tuple[str, str, int]] = set()
        self.champions: dict[str, set[int]] = defaultdict(set)
        self.cut: dict[str, set[int]] = defaultdict(set)

    def look(self, spec: Mapping[str, Any]) -> None:
        """Look at a promotion's target: whatever happens, a champion is a version that is ready."""
        model = spec["target"]["model"]
        aliases = self._registry.aliases(model)
        left = self._before(model) - set(aliases.values())
        self.cut[model] |= {version for version in left if self._registry.version(model, version) is None}
        self._named[model] = set(aliases.values())
        champion = aliases.get(champion_of(spec))
        if champion is not None:
            self.champions[model].add(champion)
            assert self._registry.version(model, champion)["status"] == "READY"

    def was_champion(self, model: str, alias: str) -> set[int]:
        """The versions that were champion, by what was seen and by what people did."""
        return self.champions[model] | {v for m, a, v in self._registry.pointed if (m, a) == (model, alias)}

    def _before(self, model: str) -> set[int]:
        """The versions that aliases named at the last look, or that people pointed one at since."""
        lately = {move for move in self._registry.pointed - self._pointed if move[0] == model}
        self._pointed |= lately
        return self._named[model] | {version for _, _, version in lately}


class Witnessed(Cluster):
    """A cluster whose every pass the witness watches, whichever operator makes it."""

    def __init__(self, witness: Witness) -> None:
        super().__init__()
        self.witness = witness

    def apply(self, key: Key, outcome: Outcome) -> None:
        super().apply(key, outcome)
        for at, body in self.objects.items():
            if at.kind == "ModelPromotion":
                self.witness.look(body["spec"])


def champion_of(spec: Mapping[str, Any]) -> str:
    """The alias that the promotion moves."""
    return str(spec.get("switch", {}).get("aliases", {}).get("champion", "champion"))
