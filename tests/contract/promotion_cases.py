"""The same for what promotions need beside models: versions on their way out, grants that only grow, runs of jobs."""

from collections.abc import Mapping

from contract.cases import Case, Drift, grant, grant_facts, model, with_model, with_versions
from lakeward.engine.plan import Action
from lakeward.providers.databricks.added_grants import AddedGrants
from lakeward.providers.databricks.grants import GRANTED
from lakeward.providers.databricks.retired_version import RETIRE_AFTER, RetiredVersion
from scenarios.registry import UC, Registry


def tag_version(hand: Registry, name: str, add: Mapping[str, str], remove: tuple[str, ...] = ()) -> None:
    changes = {"add_tags": [{"key": k, "value": v} for k, v in add.items()], "remove": list(remove)}
    hand.call("PATCH", f"{UC}/subentity-tags/FUNCTION/{model(name)}/1", {"changes": changes})


def spoil_mark(hand: Registry, name: str) -> None:
    tag_version(hand, name, {"foreign": "1"}, (RETIRE_AFTER,))


RETIRED_VERSION = Case(
    type=RetiredVersion,
    desired=lambda name: RetiredVersion(model=model(name), version=1, marked=True, retire_after="2026-03-02T10:11:12Z"),
    prepare=with_versions,
    facts=lambda hand, name: hand.tags(model(name), 1),
    theirs=lambda hand, name: tag_version(hand, name, {RETIRE_AFTER: "2026-03-01T00:00:00Z"}),
    drifts=(
        Drift(
            by_hand=spoil_mark,
            action=Action.UPDATE,
            changed=("marked",),
            sent=("changes",),
            foreign={"foreign": "1"},
        ),
    ),
    create=("PATCH", "/subentity-tags/"),
    stays=True,
    latent=True,
)


def spoil_added_grants(hand: Registry, name: str) -> None:
    grant(hand, f"function/{model(name)}", "Model-Consumers", remove=("EXECUTE",))
    grant(hand, f"function/{model(name)}", "devops", add=("EXECUTE",))


ADDED_GRANTS = Case(
    type=AddedGrants,
    desired=lambda name: AddedGrants(
        securable="function",
        name=model(name),
        grants={"model-consumers EXECUTE": GRANTED},
        spelled={"model-consumers": "Model-Consumers"},
    ),
    prepare=with_model,
    facts=grant_facts("function/{0}.models.tumor"),
    theirs=lambda hand, name: grant(hand, f"function/{model(name)}", "data-scientists", add=("EXECUTE",)),
    drifts=(
        Drift(
            by_hand=spoil_added_grants,
            action=Action.UPDATE,
            changed=("grants.model-consumers EXECUTE",),
            sent=("changes",),
            foreign={"devops": ["EXECUTE"]},
        ),
    ),
    create=("PATCH", "/permissions/"),
    stays=True,
    ambient=True,
)


PROMOTION_CASES = (RETIRED_VERSION, ADDED_GRANTS)
