"""Databricks users by their Kubernetes names."""

import pytest

from lakeward.cluster.people import person

RULES = (
    ("root@acme.example", "admin"),
    ("*@acme.example", "oidc:*@acme.example"),
    ("ext-*@partner.example", "partner-*"),
    ("*@acme.example", "never"),
)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("ana@acme.example", "oidc:ana@acme.example"),
        ("Ana@ACME.example", "oidc:Ana@acme.example"),
        ("root@acme.example", "admin"),
        ("Root@Acme.Example", "admin"),
        ("ext-bob@partner.example", "partner-bob"),
        ("bob@partner.example", None),
        ("ext-@partner.example", None),
        ("@acme.example", None),
        ("ana@acme.example.evil.example", None),
        ("6a1f0c52-7d34-4c1e-9a60-5b2e7c0d4f11", None),
        ("", None),
    ],
)
def test_the_first_rule_that_fits_names_a_person(user: str, name: str | None) -> None:
    assert person(RULES, user) == name


@pytest.mark.parametrize("user", ["6a1f0c52-7d34-4c1e-9a60-5b2e7c0d4f11", "System-User"])
def test_a_service_principal_is_no_person_whatever_the_rules_say(user: str) -> None:
    assert person((("*", "*"),), user) is None


def test_without_rules_nobody_is_known() -> None:
    assert person((), "ana@acme.example") is None
