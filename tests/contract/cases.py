"""One small case of each resource type: all that the conformance suite needs to know about it. A new type adds one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from contract.bench import SOMEBODY
from contract.hand import Hand
from lakeward.engine.plan import Action
from lakeward.engine.resource import Resource
from lakeward.providers.databricks.catalog import Catalog
from lakeward.providers.databricks.grants import GRANTED, Grants
from lakeward.providers.databricks.model_alias import ModelAlias
from lakeward.providers.databricks.model_claim import ModelClaim
from lakeward.providers.databricks.model_tags import ModelTags
from lakeward.providers.databricks.model_version import ModelVersion
from lakeward.providers.databricks.registered_model import RegisteredModel
from lakeward.providers.databricks.schema import Schema
from lakeward.providers.databricks.version_tags import VersionTags
from lakeward.providers.mlflow.experiment import Experiment
from scenarios.registry import MLFLOW, MLMODEL, UC, Registry

MARK = "lakeward_owner"
Facts = Mapping[str, object]
ByHand = Callable[[Hand, str], object]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What a person did to it, what the plan is to say, which members the repair sends, and what it leaves alone."""

    by_hand: ByHand
    action: Action
    changed: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    foreign: Mapping[str, object] | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything is named after one free name, which is also that of its catalog.

    prepare   by hand: what must be there before
    known     the desired one with what can be known of it only then
    facts     what a person sees of it; empty when it is not there
    theirs    by hand: somebody makes the same, in the moment after we looked
    drifts    none for a type of which nothing that it manages can change
    create    method and path of the call that makes it
    afresh    its create, when its answer was lost, is sent again: what was begun is thrown away, or told again
    stays     deleting our part leaves it
    markable  somebody else's can be there without a mark
    ambient   it is there as soon as its parent is, so that there may be nothing in it
    latent    there is nothing to make: where it is not there, all is as desired, and `create` is its first change
    """

    type: type[Resource[Any]]
    desired: Callable[[str], Resource[Any]]
    prepare: ByHand = lambda _hand, _name: None
    known: Callable[[Hand, str, Any], Resource[Any]] = lambda _hand, _name, desired: desired
    facts: Callable[[Hand, str], Facts]
    theirs: ByHand
    drifts: tuple[Drift, ...] = ()
    create: tuple[str, str]
    afresh: bool = False
    stays: bool = False
    markable: bool = False
    ambient: bool = False
    latent: bool = False


def securable_facts(at: str) -> Callable[[Registry, str], Facts]:
    def facts(hand: Registry, name: str) -> Facts:
        found = hand.find(at.format(name)) or {}
        told = {k: v for k, v in found.get("properties", {}).items() if not k.startswith("unity.catalog")}
        return {k: found[k] for k in ("comment", "created_by") if k in found} | told

    return facts


def spoilt(at: str) -> tuple[Drift, ...]:
    """A comment changed beside something of their own, and a property of ours changed."""

    def change(hand: Registry, name: str, properties: Mapping[str, str], **body: object) -> None:
        found = hand.find(at.format(name))["properties"]
        own = {k: v for k, v in found.items() if not k.startswith("unity.catalog")}
        hand.call("PATCH", at.format(name), {"properties": {**own, **properties}, **body})

    return (
        Drift(
            by_hand=lambda hand, name: change(hand, name, {"foreign": "1"}, comment="by hand"),
            action=Action.UPDATE,
            changed=("comment",),
            sent=("comment",),
            foreign={"foreign": "1"},
        ),
        Drift(
            by_hand=lambda hand, name: change(hand, name, {"foreign": "1", "team": "theirs"}),
            action=Action.UPDATE,
            changed=("properties.team",),
            sent=("properties",),
            foreign={"foreign": "1"},
        ),
    )


CATALOG = Case(
    type=Catalog,
    desired=lambda name: Catalog(name=name, comment="ours", properties={"team": "ml"}),
    facts=securable_facts(f"{UC}/catalogs/{{0}}"),
    theirs=lambda hand, name: hand.call("POST", f"{UC}/catalogs", {"name": name, "comment": "theirs"}),
    drifts=spoilt(f"{UC}/catalogs/{{0}}"),
    create=("POST", "/catalogs$"),
    markable=True,
)

SCHEMA = Case(
    type=Schema,
    desired=lambda name: Schema(catalog=name, name="raw", comment="ours", properties={"team": "ml"}),
    prepare=lambda hand, name: hand.schema(name),
    facts=securable_facts(f"{UC}/schemas/{{0}}.raw"),
    theirs=lambda hand, name: hand.call(
        "POST", f"{UC}/schemas", {"catalog_name": name, "name": "raw", "comment": "theirs"}
    ),
    drifts=spoilt(f"{UC}/schemas/{{0}}.raw"),
    create=("POST", "/schemas$"),
    markable=True,
)


def model(name: str) -> str:
    return f"{name}.models.tumor"


def add_model(hand: Registry, name: str, schema: str = "models") -> None:
    body = {"catalog_name": name, "schema_name": schema, "name": "tumor"}
    hand.call("POST", f"{UC}/models", body)


def add_version(hand: Registry, full_name: str) -> None:
    """A finished version of two files, without a run."""
    number = hand.begin(full_name, source="dbfs:/somewhere")
    hand.put(full_name, number, "MLmodel", MLMODEL.encode())
    hand.put(full_name, number, "data/weights.bin", bytes(1000))
    body = {"full_name": full_name, "version": number}
    hand.call("PATCH", f"{UC}/models/{full_name}/versions/{number}/finalize", body)


def with_schema(hand: Registry, name: str) -> None:
    hand.schema(name, "models", "dev")


def with_model(hand: Registry, name: str) -> None:
    with_schema(hand, name)
    add_model(hand, name)


def with_versions(hand: Registry, name: str) -> None:
    with_model(hand, name)
    for _ in range(2):
        add_version(hand, model(name))


def model_facts(hand: Registry, name: str) -> Facts:
    found = hand.find(f"{UC}/models/{model(name)}") or {}
    return {k: found[k] for k in ("full_name", "created_by") if k in found}


REGISTERED_MODEL = Case(
    type=RegisteredModel,
    desired=lambda name: RegisteredModel(name=model(name)),
    prepare=with_schema,
    facts=model_facts,
    theirs=add_model,
    drifts=(
        Drift(
            by_hand=lambda hand, name: hand.call("DELETE", f"{UC}/models/{model(name)}"),
            action=Action.CREATE,
            sent=("catalog_name", "name", "schema_name", "tags"),
        ),
    ),
    create=("POST", "/models$"),
)


def with_source(hand: Registry, name: str) -> None:
    with_model(hand, name)
    add_model(hand, name, "dev")
    add_version(hand, f"{name}.dev.tumor")


def version_facts(hand: Registry, name: str) -> Facts:
    found = hand.versions(model(name)) if hand.find(f"{UC}/models/{model(name)}") else {}
    made = sorted(found.items())
    numbered = {n: sum(v["created_by"] == w["created_by"] for m, w in made if m < n) for n, v in made}
    return {f"{v['created_by']} #{numbered[n]}": (v["status"], v["source"]) for n, v in made}


def drop_versions(hand: Registry, name: str) -> None:
    for number in hand.versions(model(name)):
        hand.call("DELETE", f"{UC}/models/{model(name)}/versions/{number}")


MODEL_VERSION = Case(
    type=ModelVersion,
    desired=lambda name: ModelVersion(model=model(name), source=f"{name}.dev.tumor", version=1),
    prepare=with_source,
    facts=version_facts,
    theirs=lambda hand, name: hand.begin(model(name), source=f"models:/{name}.dev.tumor/1"),
    drifts=(Drift(by_hand=drop_versions, action=Action.CREATE),),
    create=("POST", "/models/versions$"),
    afresh=True,
    stays=True,
)


def move_aliases(hand: Registry, name: str) -> None:
    for alias in ("champion", "foreign"):
        hand.point(model(name), alias, 2)


MODEL_ALIAS = Case(
    type=ModelAlias,
    desired=lambda name: ModelAlias(model=model(name), alias="champion", version=1),
    prepare=with_versions,
    facts=lambda hand, name: {k: v for k, v in hand.aliases(model(name)).items() if k in {"champion", "foreign"}},
    theirs=lambda hand, name: hand.point(model(name), "champion", 2),
    drifts=(
        Drift(
            by_hand=move_aliases,
            action=Action.UPDATE,
            changed=("version",),
            sent=("version_num",),
            foreign={"foreign": 2},
        ),
    ),
    create=("PUT", "/aliases/champion$"),
)


def tag(hand: Registry, name: str, add: Mapping[str, str], remove: tuple[str, ...] = ()) -> None:
    changes = {"add_tags": [{"key": k, "value": v} for k, v in add.items()], "remove": list(remove)}
    hand.call("PATCH", f"{UC}/securable-tags/FUNCTION/{model(name)}", {"changes": changes})


MODEL_CLAIM = Case(
    type=ModelClaim,
    desired=lambda name: ModelClaim(model=model(name)),
    prepare=with_model,
    facts=lambda hand, name: hand.tags(model(name)),
    theirs=lambda hand, name: tag(hand, name, {MARK: SOMEBODY}),
    drifts=(Drift(by_hand=lambda hand, name: tag(hand, name, {}, (MARK,)), action=Action.CREATE, sent=("changes",)),),
    create=("PATCH", "/securable-tags/"),
)

MODEL_TAGS = Case(
    type=ModelTags,
    desired=lambda name: ModelTags(model=model(name), tags={"ours": "1"}),
    prepare=with_model,
    facts=lambda hand, name: hand.tags(model(name)),
    theirs=lambda hand, name: tag(hand, name, {"ours": "theirs"}),
    drifts=(
        Drift(
            by_hand=lambda hand, name: tag(hand, name, {"ours": "by hand", "foreign": "1"}),
            action=Action.UPDATE,
            changed=("tags.ours",),
            sent=("changes",),
            foreign={"foreign": "1"},
        ),
    ),
    create=("PATCH", "/securable-tags/"),
    ambient=True,
)


VERSION_TAGS = Case(
    type=VersionTags,
    desired=lambda name: VersionTags(model=model(name), version=1, tags={"ours": "1"}),
    prepare=with_versions,
    facts=lambda hand, name: hand.tags(model(name), 1),
    theirs=lambda hand, name: hand.tag(model(name), 1, ours="theirs"),
    drifts=(
        Drift(
            by_hand=lambda hand, name: hand.tag(model(name), 1, ours="by hand", foreign="1"),
            action=Action.UPDATE,
            changed=("tags.ours",),
            sent=("changes",),
            foreign={"foreign": "1"},
        ),
    ),
    create=("PATCH", "/subentity-tags/"),
    ambient=True,
)


def grant(hand: Registry, at: str, principal: str, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
    change = {"principal": principal, "add": list(add), "remove": list(remove)}
    hand.call("PATCH", f"{UC}/permissions/{at}", {"changes": [change]})


def grant_facts(at: str) -> Callable[[Registry, str], Facts]:
    def facts(hand: Registry, name: str) -> Facts:
        found = hand.find(f"{UC}/permissions/{at.format(name)}?max_results=0") or {}
        return {a["principal"]: sorted(a["privileges"]) for a in found.get("privilege_assignments") or ()}

    return facts


def spoil_grants(hand: Registry, name: str) -> None:
    grant(hand, f"schema/{name}.raw", "ML-Engineers", remove=("SELECT",))
    grant(hand, f"schema/{name}.raw", "devops", add=("BROWSE_NEXT",))


GRANTS = Case(
    type=Grants,
    desired=lambda name: Grants(
        securable="schema",
        name=f"{name}.raw",
        grants={"ml-engineers USE_SCHEMA": GRANTED, "ml-engineers SELECT": GRANTED},
        spelled={"ml-engineers": "ML-Engineers"},
    ),
    prepare=lambda hand, name: hand.schema(name, "raw"),
    facts=grant_facts("schema/{0}.raw"),
    theirs=lambda hand, name: grant(hand, f"schema/{name}.raw", "data-scientists", add=("SELECT",)),
    drifts=(
        Drift(
            by_hand=spoil_grants,
            action=Action.UPDATE,
            changed=("grants.ml-engineers SELECT",),
            sent=("changes",),
            foreign={"devops": ["BROWSE_NEXT"]},
        ),
    ),
    create=("PATCH", "/permissions/"),
    ambient=True,
)


def experiment_facts(hand: Registry, name: str) -> Facts:
    found = (hand.find(f"{MLFLOW}/experiments/get-by-name?experiment_name={quote(folder(name))}") or {}).get(
        "experiment"
    )
    if not found or found["lifecycle_stage"] == "deleted":
        return {}
    marks = {t["key"]: t["value"] for t in found.get("tags", ()) if t["key"] == MARK}
    return {"location": found["artifact_location"], **marks}


def folder(name: str) -> str:
    return f"/Shared/{name}/tumor v2"


EXPERIMENT = Case(
    type=Experiment,
    desired=lambda name: Experiment(path=folder(name)),
    facts=experiment_facts,
    theirs=lambda hand, name: hand.call("POST", f"{MLFLOW}/experiments/create", {"name": folder(name)}),
    create=("POST", "/experiments/create$"),
    markable=True,
)

CASES: tuple[Case, ...] = (
    CATALOG,
    SCHEMA,
    GRANTS,
    REGISTERED_MODEL,
    MODEL_VERSION,
    MODEL_ALIAS,
    MODEL_CLAIM,
    MODEL_TAGS,
    VERSION_TAGS,
    EXPERIMENT,
)
