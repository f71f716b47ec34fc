"""What each answer of Azure means to a person and to the next pass, over the real SDK; and where its token goes."""

import re

import pytest

from contract.azure_cases import LOCATION, SPACE, add_group, group_at, network_at, network_body, with_network
from contract.bench import Bench
from lakeward.engine.errors import Conflict, Denied, Invalid, Problem, Throttled, Unavailable
from lakeward.engine.reasons import Reason
from lakeward.providers.azure.api import Api
from lakeward.providers.azure.resource_group import GROUPS, ResourceGroup
from lakeward.providers.azure.subnet import Subnet
from lakeward.providers.azure.virtual_network import VirtualNetwork
from lakeward.providers.azure.wire import origin, pause, told
from lakeward.providers.limits import Bucket

NOWHERE = "00000000-0000-4000-8000-000000000000"


def api(place: Bench, *, subscription: str = "", token: str = "", host: str = "") -> Api:
    house = place.house
    return Api(host or house.azure_url, subscription or house.subscription, token or place.token, Bucket(1000.0))


def listed(asked: Api) -> Problem:
    """How listing the groups ends."""
    with pytest.raises(Problem) as caught:
        list(asked.entries(GROUPS))
    return caught.value


def test_a_subscription_that_does_not_exist_is_a_matter_of_the_spec(place: Bench) -> None:
    problem = listed(api(place, subscription=NOWHERE))
    assert repr(problem) == (
        "Invalid(ReferenceNotFound: spec.azure.subscriptionId: there is no such subscription, or the token is for "
        "another tenant)"
    )
    with pytest.raises(Invalid):
        api(place, subscription=NOWHERE).find("/resourceGroups/x")


def test_a_subscription_of_others_is_denied(place: Bench) -> None:
    problem = listed(api(place, subscription=place.house.foreign_subscription))
    host = place.house.azure_url
    where = f"in subscription {place.house.foreign_subscription} at {host}"
    text = f"spec.azure.subscriptionId: the principal lacks a right for GET /resourceGroups {where}"
    assert repr(problem) == f"Denied(PermissionDenied: {text})"


def test_a_token_that_is_not_accepted_is_a_failed_login_that_names_the_host(place: Bench) -> None:
    problem = listed(api(place, token="not-a-token"))
    assert repr(problem) == f"Denied(LoginFailed: {place.house.azure_url} does not accept the token)"


def test_a_token_that_no_header_can_carry_is_not_repeated(place: Bench) -> None:
    for token in ("two\nlines", "sneaky-\N{SNOWMAN}"):
        problem = listed(api(place, token=token))
        assert isinstance(problem, Unavailable)
        assert token not in f"{problem.text} {problem!r} {problem}"


def test_a_host_that_is_not_there_cannot_be_reached(place: Bench) -> None:
    problem = listed(api(place, host="http://127.0.0.1:9"))
    assert repr(problem) == "Unavailable(Unavailable: http://127.0.0.1:9 cannot be reached)"


def test_a_network_in_a_group_that_is_gone_waits_for_it(place: Bench) -> None:
    wanted = VirtualNetwork(group=place.name, name="net", location=LOCATION, address_space=(SPACE,))
    (result,) = place.run(wanted)
    assert isinstance(result.problem, Unavailable)
    assert result.reason is Reason.REFERENCE_NOT_FOUND


def test_ranges_that_cannot_be_are_refused_in_azures_words(place: Bench) -> None:
    with_network(place.hand, place.name)
    wanted = Subnet(group=place.name, network="net", name="far", address_prefix="192.168.0.0/24")
    texts = set()
    for _ in range(2):
        (result,) = place.run(wanted)
        assert isinstance(result.problem, Invalid)
        assert result.reason is Reason.REFUSED
        texts.add(result.message)
    (text,) = texts
    assert "(NetcfgSubnetRangeOutsideVnet)" in text
    assert "far" in text


def test_another_operation_is_a_conflict_without_the_address_of_its_monitor(place: Bench) -> None:
    with_network(place.hand, place.name)
    client = place.client(ResourceGroup(name=place.name))
    first = Subnet(group=place.name, network="net", name="one", address_prefix="10.1.1.0/24")
    second = Subnet(group=place.name, network="net", name="two", address_prefix="10.1.2.0/24")
    first.create(client)
    with pytest.raises(Conflict) as caught:
        second.create(client)
    assert caught.value.message.endswith("Azure is busy with another operation there (AnotherOperationInProgress)")
    assert caught.value.retry_after == 5
    place.rest(first)


def test_contention_that_comes_as_429_does_not_close_the_host(place: Bench) -> None:
    add_group(place.hand, place.name)
    place.house.fault(
        "status", principal="lakeward", status=429, error_code="RetryableErrorDueToAnotherOperation", retry_after=30
    )
    group = ResourceGroup(name=place.name)
    with pytest.raises(Conflict) as caught:
        group.observe(place.client(group))
    assert caught.value.retry_after == 30
    assert group.observe(place.client(group)) is not None


def test_a_wait_that_azure_asked_for_is_kept_by_all_of_that_host(place: Bench) -> None:
    bucket = Bucket(1000.0)
    one, other = (Api(place.house.azure_url, s, place.token, bucket) for s in (place.house.subscription, NOWHERE))
    place.house.fault("status", principal="lakeward", status=429, retry_after=40)
    assert isinstance(listed(one), Throttled)
    problem = listed(other)
    assert isinstance(problem, Throttled)
    assert 30 < (problem.retry_after or 0) <= 40
    assert len(place.house.requests(principal="lakeward")) == 1


def test_what_moved_in_between_is_a_conflict(place: Bench) -> None:
    with_network(place.hand, place.name)
    at = f"/{network_at(place.name)}"
    with pytest.raises(Conflict) as caught:
        place.arm.put(at, network_body(SPACE), {"If-Match": f'W/"{NOWHERE}"'})
    assert NOWHERE not in caught.value.text
    with pytest.raises(Conflict):
        place.arm.put(at, network_body(SPACE), {"If-None-Match": "*"})


def test_a_404_that_is_not_about_the_object_is_no_absence(place: Bench) -> None:
    place.house.fault("status", principal="lakeward", status=404, error_code="SomethingElse")
    with pytest.raises(Unavailable):
        place.arm.find(f"/{group_at(place.name)}")


def test_a_listing_is_followed_over_its_pages(place: Bench) -> None:
    names = {f"{place.name}-{n}" for n in range(51)}
    for name in names:
        place.arm.put(f"/{group_at(name)}", {"location": LOCATION}, {})
    assert names <= {g["name"] for g in place.arm.entries(GROUPS)}


def test_the_operator_names_itself_and_every_call_is_told(place: Bench) -> None:
    told_of: list[tuple[str, str, int]] = []
    asked = Api(
        place.house.azure_url,
        place.house.subscription,
        place.token,
        Bucket(1000.0),
        lambda host, method, code, _seconds: told_of.append((host, method, code)),
    )
    assert asked.find(f"/{group_at(place.name)}") is None
    place.house.fault("reset", principal="lakeward")
    with pytest.raises(Unavailable):
        asked.find(f"/{group_at(place.name)}")
    host = place.house.azure_url.removeprefix("http://")
    assert told_of == [(host, "GET", 404), (host, "GET", 0)]
    assert all(re.match(r"lakeward/\d", r.user_agent) for r in place.house.requests(principal="lakeward"))


def test_a_token_is_not_taken_to_another_host(place: Bench) -> None:
    elsewhere = place.house.workspace("dev").url
    assert place.arm.ended(f"{elsewhere}/operations/1?api-version=2026-03-01") is None
    assert place.house.requests(principal="lakeward") == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://management.azure.com/a", "https://management.azure.com:443", True),
        ("http://127.0.0.1:80/a", "http://127.0.0.1", True),
        ("https://management.azure.com.evil.example/a", "https://management.azure.com", False),
        ("http://management.azure.com/a", "https://management.azure.com", False),
        ("https://management.azure.com:444/a", "https://management.azure.com", False),
        ("https://management.azure.com@evil.example/a", "https://management.azure.com", False),
    ],
)
def test_hosts_are_the_same_by_scheme_name_and_port(one: str, other: str, *, same: bool) -> None:
    assert (origin(one) == origin(other)) is same


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"x-ms-retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "999999999"}, 3600.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({}, None),
    ],
)
def test_a_pause_is_whole_seconds_or_milliseconds_within_an_hour(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert pause(headers) == seconds


def test_texts_hold_nothing_that_changes_from_look_to_look() -> None:
    subscription = f"/subscriptions/{NOWHERE}/resourceGroups/rg"
    first = told(
        "C", ["a\nb", "a\nb", f"{subscription} op {NOWHERE} at 2026-05-04T10:11:12.5Z see https://x.example/1?y"]
    )
    assert first == f"a b {subscription} op ... at ... see ... (C)"
    assert told("", []) == "no reason given"


def test_denied_is_told_of_what_a_policy_forbids(place: Bench) -> None:
    add_group(place.hand, place.name)
    place.house.fault(
        "status", principal="lakeward", status=403, error_code="RequestDisallowedByPolicy", message="no networks here"
    )
    with pytest.raises(Denied) as caught:
        place.arm.put(f"/{network_at(place.name)}", network_body(SPACE), {})
    assert caught.value.reason is Reason.REFUSED
    assert "no networks here" in caught.value.text
