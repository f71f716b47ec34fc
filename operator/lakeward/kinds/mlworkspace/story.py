"""Tells a pass over an environment in its own words: phase, columns, and which part of it is in place. Pure."""

from collections.abc import Iterable, Iterator

from lakeward.api.mlworkspace import MLWorkspaceSpec
from lakeward.api.objects import Object
from lakeward.engine.conditions import Condition
from lakeward.engine.inventory import read
from lakeward.engine.reasons import Reason
from lakeward.engine.report import summarize
from lakeward.engine.results import Result, Results, State
from lakeward.kinds.kind import Account
from lakeward.providers.azure.resource_group import ResourceGroup
from lakeward.providers.azure.subnet import Subnet
from lakeward.providers.azure.virtual_network import VirtualNetwork
from lakeward.providers.databricks.catalog import Catalog
from lakeward.providers.databricks.grants import Grants
from lakeward.providers.databricks.schema import Schema

NETWORK = frozenset({ResourceGroup.kind, VirtualNetwork.kind, Subnet.kind})
CATALOGS = frozenset({Catalog.kind, Schema.kind, Grants.kind})
SHOWN = 3


def tell(obj: Object[MLWorkspaceSpec], results: Results) -> Account:
    """The account of a pass."""
    before = {row.address for row in read(obj.status)}
    drifted = [r.address for r in results if r.address in before and _differs(r) and not r.state.settled]
    wanted = [r for r in results if not r.step.removal and r.state not in {State.GONE, State.RETAINED}]
    ready = sum(r.state is State.READY for r in wanted)
    summary = {
        "environment": str(obj.spec.environment),
        "host": obj.spec.databricks.host.partition("://")[2],
        "resources": f"{ready}/{len(wanted)}",
        "drift": str(len(drifted)),
    }
    return Account(
        phase=_phase(obj, results),
        summary=summary,
        conditions=(*_parts(obj, results), _in_sync(drifted, wanted)),
        status={"endpoints": {"databricks": obj.spec.databricks.host}},
    )


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


def _parts(obj: Object[MLWorkspaceSpec], results: Results) -> Iterator[Condition]:
    if obj.spec.azure:
        yield _part("NetworkReady", results, NETWORK, "resource group, network and subnets")
    if any(r.step.resource.kind in CATALOGS for r in results):
        yield _part("CatalogReady", results, CATALOGS, "catalogs, schemas and grants")


def _part(name: str, results: Results, kinds: frozenset[str], what: str) -> Condition:
    mine = [r for r in results if r.step.resource.kind in kinds]
    behind = [r for r in mine if not r.state.settled]
    if behind:
        reason = next((r.reason for r in behind if r.problem is not None and r.reason), Reason.PROGRESSING)
        return Condition(name, "False", reason, f"not in place: {_some(r.address for r in behind)}")
    return Condition(name, "True", Reason.CONVERGED, f"{len(mine)} in place: {what}")


def _in_sync(drifted: list[str], wanted: list[Result]) -> Condition:
    unread = [r.address for r in wanted if r.step.seen is None and r.problem is not None]
    absent = [r.address for r in wanted if r.state is not State.READY]
    if drifted:
        return Condition("InSync", "False", Reason.DRIFTED, f"differ from the spec: {_some(drifted)}")
    if unread:
        return Condition("InSync", "Unknown", Reason.UNAVAILABLE, f"could not be read: {_some(unread)}")
    if absent:
        return Condition("InSync", "False", Reason.PROGRESSING, f"not in place: {_some(absent)}")
    return Condition("InSync", "True", Reason.CONVERGED, "nothing differs from the spec")


def _some(addresses: Iterable[str]) -> str:
    names = sorted(addresses)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
