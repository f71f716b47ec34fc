"""MLWorkspace: one environment as a graph of resources. Pure but for its clients; knows no vendor's wire."""

from collections.abc import Iterator
from typing import Any

from lakeward.api.common import format_duration
from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.objects import Object
from lakeward.engine.conditions import Condition
from lakeward.engine.errors import Invalid
from lakeward.engine.inventory import read
from lakeward.engine.outcome import Key
from lakeward.engine.reasons import Reason
from lakeward.engine.report import summarize
from lakeward.engine.resource import Resource
from lakeward.engine.results import Result, Results, State
from lakeward.kinds.kind import Account, Desired, Evidence, World
from lakeward.providers.databricks.catalog import Catalog
from lakeward.providers.databricks.schema import Schema
from lakeward.providers.mlflow.experiment import Experiment

RETENTION = "lakeward_retention"
CATALOG_TYPES = frozenset({Catalog.kind, Schema.kind})


class MLWorkspace:
    """The kind: catalogs and schemas, the model registry's schemas, and experiments of one workspace."""

    name = "MLWorkspace"
    spec = MLWorkspaceSpec
    leaves_marks = False

    def refs(self, obj: Object[MLWorkspaceSpec]) -> frozenset[Key]:  # noqa: ARG002 - depends on no other object
        return frozenset()

    def gather(self, obj: Object[MLWorkspaceSpec], world: World) -> Evidence:
        asker = Key(self.name, obj.namespace, obj.name)
        return Evidence(clients=world.clients(obj.spec, asker), now=world.now())

    def compile(self, obj: Object[MLWorkspaceSpec], evidence: Evidence) -> Desired:  # noqa: ARG002 - the spec says all
        found: dict[str, Resource[Any]] = {}
        for field, resource in _resources(obj.spec):
            if resource.address in found:
                raise Invalid(f"{resource.address} is declared twice", field=field)
            found[resource.address] = resource
        return Desired(tuple(found.values()))

    def report(self, obj: Object[MLWorkspaceSpec], evidence: Evidence, results: Results) -> Account:  # noqa: ARG002
        before = {row.address for row in read(obj.status)}
        unrepaired = [r for r in results if r.address in before and _differs(r) and not r.state.settled]
        wanted = [r for r in results if not r.step.removal and r.state not in {State.GONE, State.RETAINED}]
        ready = sum(r.state is State.READY for r in wanted)
        summary = {
            "environment": str(obj.spec.environment),
            "host": obj.spec.databricks.host.partition("://")[2],
            "resources": f"{ready}/{len(wanted)}",
            "drift": str(len(unrepaired)),
        }
        conditions = (_catalogs(results), _in_sync([r.address for r in unrepaired]))
        status = {"endpoints": {"databricks": obj.spec.databricks.host}}
        return Account(phase=_phase(obj, results), summary=summary, conditions=conditions, status=status)


def _resources(spec: MLWorkspaceSpec) -> Iterator[tuple[str, Resource[Any]]]:
    if spec.unity_catalog:
        for catalog in spec.unity_catalog.catalogs:
            field = f"spec.unityCatalog.catalogs[{catalog.name}]"
            yield field, Catalog(name=catalog.name, comment=catalog.comment)
            for schema in catalog.schemas:
                place = f"{field}.schemas[{schema.name}]"
                yield place, Schema(catalog=catalog.name, name=schema.name, comment=schema.comment)
    if spec.model_registry:
        registry = spec.model_registry
        if registry.create_catalog:
            yield "spec.modelRegistry.catalog", Catalog(name=registry.catalog)
        for entry in registry.schemas:
            kept = {RETENTION: format_duration(entry.retention)} if entry.retention else {}
            shelf = Schema(catalog=registry.catalog, name=entry.name, comment=entry.comment, properties=kept)
            yield f"spec.modelRegistry.schemas[{entry.name}]", shelf
    if spec.mlflow:
        for experiment in spec.mlflow.experiments:
            made = Experiment(path=experiment.path, artifact_location=experiment.artifact_location, active=True)
            yield f"spec.mlflow.experiments[{experiment.path}]", made


def _differs(result: Result) -> bool:
    """Whether what is there is not what should be, whatever is done about it."""
    step = result.step
    return not step.removal and (bool(step.changes) or (step.seen is None and step.problem is None))


def _phase(obj: Object[MLWorkspaceSpec], results: Results) -> str:
    if obj.spec.suspend:
        return "Suspended"
    summary = summarize(results)
    if any(r.reason is Reason.PLANNED for r in results):
        return "Planned"
    if summary.ready:
        return "Ready"
    return "Failed" if summary.stalled else "Provisioning"


def _catalogs(results: Results) -> Condition:
    mine = [r for r in results if r.step.resource.kind in CATALOG_TYPES]
    behind = [r.address for r in mine if not r.state.settled]
    if behind:
        return Condition("CatalogReady", "False", Reason.PROGRESSING, f"not in place: {_some(behind)}")
    return Condition("CatalogReady", "True", Reason.CONVERGED, f"{len(mine)} catalogs and schemas in place")


def _in_sync(drifted: list[str]) -> Condition:
    if drifted:
        return Condition("InSync", "False", Reason.DRIFTED, f"differ from the spec: {_some(drifted)}")
    return Condition("InSync", "True", Reason.CONVERGED, "nothing differs from the spec")


def _some(addresses: list[str]) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""  # noqa: PLR2004 - what fits a line
    return ", ".join(sorted(addresses)[:3]) + more
