"""The log of requests: what it tells, what it never tells, and how it is searched."""

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import UC, Talk, talk


def test_a_request_is_told_with_its_sender_place_and_outcome(house: Lakehouse) -> None:
    prod = talk(house, workspace="prod")
    prod.ask("GET", f"{UC}/catalogs/a%2Fb", query={"x": "1"}, headers={"User-Agent": "probe/1"})
    [told] = house.requests()
    assert (told.method, told.path, told.query) == ("GET", f"{UC}/catalogs/a/b", "x=1")
    assert (told.principal, told.workspace, told.status) == ("lakeward", "prod", 404)
    assert (told.user_agent, told.fault, told.body_fields) == ("probe/1", None, ())


def test_only_the_names_of_a_bodys_fields_are_told(house: Lakehouse, dev: Talk) -> None:
    dev.ask("POST", f"{UC}/models", {"name": "sesame", "comment": "hidden", "catalog_name": "none"})
    [told] = house.requests()
    assert told.body_fields == ("catalog_name", "comment", "name")
    text = dev.ask("GET", "/_sandbox/requests").content.decode()
    assert "sesame" not in text
    assert house.token("lakeward") not in text


def test_the_log_is_filtered_and_goes_on_after_a_number(house: Lakehouse, dev: Talk) -> None:
    dev.ask("GET", f"{UC}/catalogs")
    talk(house, "ana@example.com", "test").ask("DELETE", f"{UC}/catalogs/none")
    talk(house, None).ask("GET", "/api/2.0/nowhere")
    first, second, third = house.requests()
    assert house.requests(principal="ana@example.com") == [second]
    assert house.requests(method="DELETE") == [second]
    assert house.requests(workspace="test") == [second]
    assert house.requests(path="nowhere") == [third]
    assert house.requests(after=first.sequence) == [second, third]
    assert third.principal is None
    house.clear()
    assert house.requests() == []


def test_the_houses_own_doors_are_not_in_the_log(house: Lakehouse) -> None:
    house.faults()
    assert house.requests() == []
