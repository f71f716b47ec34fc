"""External calls until the sample environments are in place, beside the fewest that could do it.

The samples are three environments in Azure and Databricks: groups, networks, subnets, catalogs, schemas, experiments,
grants. The fewest calls are one write for each object, one listing for each collection, one read before each write of
Azure (its PUT overwrites a stranger's object) and before each update, and one poll for each long-running operation.
A collection is what one call can list: the groups and the networks of a subscription; the catalogs of a workspace, the
schemas of a catalog there, its experiments; the grants on one securable.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from uuid import uuid4

from benchmarks import calls, samples
from benchmarks.bench import Bench
from benchmarks.figure import Reading
from benchmarks.offline import Body, Offline

TARGET = 1.25
ARM = ("azure.resource_group", "azure.virtual_network", "azure.subnet")
LONG_RUNNING = ("azure.virtual_network", "azure.subnet")
COLLECTIONS_OF_SUBSCRIPTION = 2
COLLECTIONS_OF_WORKSPACE = 2


def measure(bench: Bench) -> Iterator[Reading]:
    """One convergence from nothing; a count, so one is enough."""
    house = bench.house
    before = calls.mark(house)
    bench.say("converging the sample environments")
    with Offline(house.token("lakeward")) as operator:
        own = f"c{uuid4().hex[:6]}"
        for name in samples.files():
            operator.put(samples.environment(name, house, own))
        operator.settle()
        made = calls.since(house, before)
        least = fewest(operator.bodies.values())
    writes = len(calls.writes(made))
    beside = f"{len(made)} calls, {writes} of them writes; the fewest are {sum(least.values())}: {_told(least)}"
    yield Reading("calls to converge the samples, to the fewest", len(made) / sum(least.values()), TARGET, "x", beside)


def fewest(environments: Iterable[Body]) -> Mapping[str, int]:
    """The fewest calls for these environments, all of one subscription and metastore and made from nothing."""
    bodies = list(environments)
    rows = [row["address"] for body in bodies for row in body["status"]["resources"]]
    kinds = Counter(address.partition("/")[0] for address in rows)
    listings = COLLECTIONS_OF_SUBSCRIPTION + kinds["databricks.grants"]
    for body in bodies:
        addresses = (row["address"] for row in body["status"]["resources"])
        schemas = (a.partition("/")[2] for a in addresses if a.startswith("databricks.schema/"))
        listings += COLLECTIONS_OF_WORKSPACE + len({name.partition(".")[0] for name in schemas})
    return {
        "writes": len(rows),
        "listings": listings,
        "reads before writes": sum(kinds[kind] for kind in ARM),
        "polls": sum(kinds[kind] for kind in LONG_RUNNING),
    }


def _told(least: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in least.items())
