"""Passes over a whole Azure network: what is ours is built a step at a time, what is not ours stays as it is."""

import time
from dataclasses import replace
from typing import Any

from contract.azure_cases import (
    DATABRICKS,
    LOCATION,
    OTHER_SPACE,
    SPACE,
    add_group,
    add_network,
    add_subnet,
    group_at,
    network_at,
    network_body,
    with_network,
)
from contract.bench import CONFIRMED, OWNER, Bench
from lakeward.engine import report
from lakeward.engine.inventory import Row
from lakeward.engine.plan import Action
from lakeward.engine.reasons import Reason
from lakeward.engine.resource import Phase, Resource
from lakeward.engine.results import Results, State
from lakeward.providers.azure.resource_group import ResourceGroup
from lakeward.providers.azure.subnet import Subnet
from lakeward.providers.azure.virtual_network import VirtualNetwork
from sandbox.waiting import wait_for


def group(name: str) -> ResourceGroup:
    return ResourceGroup(name=name, location=LOCATION, tags={"team": "ml"})


def network(name: str) -> VirtualNetwork:
    return VirtualNetwork(group=name, name="net", location=LOCATION, address_space=(SPACE,), tags={"team": "ml"})


def subnet(name: str, number: int, **fields: Any) -> Subnet:
    return Subnet(group=name, network="net", name=f"s{number}", address_prefix=f"10.1.{number}.0/24", **fields)


def everything(name: str) -> list[Resource[Any]]:
    return [group(name), network(name), *(subnet(name, n, delegation=DATABRICKS) for n in range(4))]


def run(place: Bench, desired: list[Resource[Any]]) -> Results:
    return place.apply(*place.planned_all(desired))


def build(place: Bench, desired: list[Resource[Any]], most: int = 12) -> list[Results]:
    """All passes until nothing is left to do."""
    passes: list[Results] = []
    for _ in range(most):
        passes.append(run(place, desired))
        if passes[-1].settled and not passes[-1].wrote:
            return passes
        place.wait_for_work(passes[-1])
    raise AssertionError([(r.address, r.state, r.message) for r in passes[-1]])


def test_subnets_of_one_network_are_written_one_after_another(place: Bench) -> None:
    passes = build(place, everything(place.name))
    assert all(not results.problems for results in passes)
    written = [[r.address.partition("/")[0] for r in results.wrote] for results in passes]
    assert written == [
        ["azure.resource_group", "azure.virtual_network"],
        *([["azure.subnet"]] * 4),
        [],
    ]
    assert {r.status for r in place.writes()} == {201}
    held = [r.message for results in passes[1:4] for r in results if r.state is State.WAITING]
    assert set(held) == {f"waits for another change of vnet/{place.name}/net"}


def test_a_pass_makes_a_bounded_number_of_calls_while_azure_works_and_waits_for_nothing(place: Bench) -> None:
    desired = everything(place.name)
    run(place, desired)
    place.house.clear()
    results = run(place, desired)
    told = [(r.method, r.path.rpartition("/")[2]) for r in place.house.requests(principal="lakeward")]
    assert len([t for t in told if t[0] == "GET"]) <= 4
    assert len(told) <= 5
    assert not results.settled
    place.rest(network(place.name))


def test_the_next_look_is_when_azure_says(place: Bench) -> None:
    add_group(place.hand, place.name)
    results = place.run(network(place.name))
    (result,) = results
    assert (result.state, result.message) == (State.PROGRESSING, "is Updating in Azure")
    after, backs_off = report.due(results)
    assert after is not None
    assert 0 < after < 1
    assert not backs_off
    place.rest(network(place.name))


def test_what_moves_is_looked_at_anew_by_each_pass_while_the_listing_is_still_good(place: Bench) -> None:
    desired = network(place.name)
    add_group(place.hand, place.name)
    place.run(desired)
    client = replace(place.client(desired), listed_since=0.0)
    first = desired.observe(client)
    assert first is not None
    assert first.phase is Phase.PROGRESSING
    place.hand.azure.rest(network_at(place.name))
    place.house.clear()
    later = replace(client, read_since=time.monotonic())
    for resource in (desired, subnet(place.name, 1)):
        seen = resource.observe(later)
        assert seen is None or seen.phase is Phase.READY
    assert [r.path.rpartition("/")[2] for r in place.house.requests(principal="lakeward")] == ["net"]


def test_networks_and_groups_of_somebody_else_are_not_changed_and_hold_up_what_is_in_them(place: Bench) -> None:
    add_group(place.hand, place.name)
    add_network(place.hand, place.name)
    before = [place.hand.azure.find(at(place.name)) for at in (group_at, network_at)]
    results = run(place, everything(place.name))
    assert [r.reason for r in results][:1] == [Reason.FOREIGN_OBJECT]
    assert all(r.reason in {Reason.FOREIGN_OBJECT, Reason.DEPENDENCY_BLOCKED} for r in results)
    assert place.writes() == []
    assert [place.hand.azure.find(at(place.name)) for at in (group_at, network_at)] == before


def test_a_network_with_subnets_of_somebody_else_is_not_deleted(place: Bench) -> None:
    build(place, [group(place.name), network(place.name)])
    add_subnet(place.hand, place.name, "theirs", "10.1.9.0/24")
    place.house.clear()
    (result,) = place.run(None, CONFIRMED, [Row(network(place.name).address, "Ready")])
    assert (result.state, result.reason) == (State.FAILED, Reason.FOREIGN_OBJECT)
    assert result.message == "it still holds subnets: theirs; delete them first, or keep the network"
    assert place.writes() == []


def test_names_and_regions_are_compared_as_azure_does(place: Bench) -> None:
    shown = place.name.upper()
    place.hand.azure.put(f"resourceGroups/{shown}", {"location": "East US 2", "tags": {"TEAM": "ml"}})
    seen = group(place.name).observe(place.client(group(place.name)))
    assert seen is not None
    assert seen.state == replace(group(place.name), owner="")
    assert group(shown).address == group(place.name).address


def test_a_tag_that_differs_in_case_is_changed_in_its_place(place: Bench) -> None:
    build(place, [group(place.name)])
    wanted = replace(group(place.name), tags={"Team": "ops"})
    place.settle(wanted)
    assert {k.lower(): v for k, v in place.hand.azure.find(group_at(place.name))["tags"].items()} == {
        "team": "ops",
        "lakeward_owner": OWNER,
    }


def test_a_failed_operation_is_told_with_its_reason_and_begun_again(place: Bench) -> None:
    add_group(place.hand, place.name)
    text = "Not enough room. Activity id 7e3c9a1c-0b1f-4b7e-8a53-9d2f3a4b5c6d, 2026-05-04T10:11:12Z."
    place.house.fault("fail", method="PUT", path="/net$", error_code="NetworkFull", message=text)
    desired = network(place.name)
    place.wait_for_work(place.run(desired))
    why = "Not enough room. Activity id ..., .... (NetworkFull)"
    for _ in range(2):
        made, clients = place.planned(desired)
        (step,) = made.steps
        assert (step.action, step.reason) == (Action.UPDATE, Reason.FAILED)
        assert step.message == f"failed before: {why}; it is written again"
    (result,) = place.apply(made, clients)
    assert result.problem is not None
    assert result.problem.message == step.message
    place.rest(desired)
    assert place.settle(desired).settled


def test_a_failure_is_told_even_when_nobody_remembers_its_reason(place: Bench) -> None:
    add_group(place.hand, place.name)
    place.house.fault("fail", method="PUT", path="/net$", error_code="NetworkFull", message="no room")
    place.hand.azure.put(network_at(place.name), network_body(SPACE))
    seen = network(place.name).observe(place.client(network(place.name)))
    assert seen is not None
    assert (seen.phase, seen.message) == (Phase.FAILED, "")


def test_a_subnet_is_deleted_over_several_passes(place: Bench) -> None:
    with_network(place.hand, place.name)
    desired = subnet(place.name, 1)
    place.settle(desired)
    row = Row(desired.address, "Ready")
    (first,) = place.run(None, CONFIRMED, [row])
    assert (first.state, first.reason, first.message) == (State.PROGRESSING, Reason.DELETING, "is being deleted")
    (second,) = place.run(None, CONFIRMED, [row])
    assert second.state in {State.WAITING, State.GONE}
    wait_for(lambda: place.run(None, CONFIRMED, [row]).items[0].state is State.GONE)
    assert len([r for r in place.writes() if r.method == "DELETE"]) == 1


def test_what_was_changed_after_it_was_read_is_not_overwritten(place: Bench) -> None:
    build(place, [group(place.name), network(place.name)])
    wanted = replace(network(place.name), address_space=(SPACE, OTHER_SPACE), owner=OWNER)
    client = place.client(wanted).fresh()
    seen = wanted.observe(client)
    assert seen is not None
    add_subnet(place.hand, place.name, "theirs", "10.1.9.0/24")
    before = place.hand.azure.find(network_at(place.name))
    place.house.clear()
    (result,) = _late(place, wanted, seen)
    assert (result.state, result.reason) == (State.WAITING, Reason.CONFLICT)
    assert [r.status for r in place.writes()] == [412]
    assert place.hand.azure.find(network_at(place.name)) == before


def _late(place: Bench, wanted: VirtualNetwork, seen: Any) -> Results:
    """The update as it would be sent by one who read just before somebody else wrote."""
    made, clients = place.planned(wanted)
    (step,) = made.steps

    class Late(VirtualNetwork):
        def observe(self, client: Any) -> Any:  # noqa: ARG002 - what it saw before is the point
            return seen

    late = Late(
        **{f: getattr(step.resource, f) for f in ("group", "name", "location", "address_space", "tags", "owner")}
    )
    steps = (replace(step, resource=late, seen=seen),)
    return place.apply(replace(made, steps=steps), clients)
