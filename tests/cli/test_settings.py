"""The settings: where they come from, what is refused, and that each refusal is one sentence that names its source."""

import pytest

from lakeward.settings import OPTIONS, Settings, SettingsError, load, scrub

NAMED = {"LAKEWARD_CLUSTER_NAME": "prod-eu"}


def test_only_the_name_of_the_cluster_is_required() -> None:
    assert load({}, NAMED) == Settings(cluster_name="prod-eu")


def test_a_flag_wins_over_a_variable() -> None:
    assert load({"cluster_name": "flag"}, NAMED).cluster_name == "flag"


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load({}, {**NAMED, "LAKEWARD_WORKERS": ""}).workers == 8


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("scan_interval", "90s", 90.0),
        ("scan_interval", "5m", 300.0),
        ("scan_interval", "2h", 7200.0),
        ("allowed_hosts", "*.azuredatabricks.net, A.example.com", ("*.azuredatabricks.net", "a.example.com")),
        ("allow_loopback_http", "true", True),
        ("calls_per_second", "0.5", 0.5),
        ("workers", "64", 64),
        ("long_workers", "1", 1),
        ("copy_bytes", "512MiB", 512 * 1024**2),
        ("copy_bytes", "1KiB", 1024),
        ("artifact_bytes", "1TiB", 1024**4),
        ("user_map", "*@acme.example=oidc:*@acme.example", (("*@acme.example", "oidc:*@acme.example"),)),
        ("user_map", "ana@acme.example=ana, *@acme.example=*", (("ana@acme.example", "ana"), ("*@acme.example", "*"))),
        ("user_map", "*=user#*", (("*", "user#*"),)),
        ("health_address", "127.0.0.1", "127.0.0.1"),
        ("health_port", "0", 0),
        ("log_format", "json", "json"),
        ("log_level", "debug", "debug"),
        ("kubeconfig", "/etc/kubeconfig", "/etc/kubeconfig"),
    ],
)
def test_a_value_is_read(field: str, text: str, value: object) -> None:
    assert getattr(load({field: text}, NAMED), field) == value
    assert getattr(load({}, {**NAMED, f"LAKEWARD_{field.upper()}": text}), field) == value


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("cluster_name", "Prod_EU", "must be lower-case letters, digits and -"),
        ("cluster_name", "a/b", "must be lower-case letters, digits and -"),
        ("cluster_name", "a" * 64, "at most 63"),
        ("scan_interval", "300", "must be a number and one of s, m, h"),
        ("scan_interval", "0s", "must be a number and one of s, m, h"),
        ("scan_interval", "1d", "must be a number and one of s, m, h"),
        ("allowed_hosts", "*", "must be host names"),
        ("allowed_hosts", "a.*.net", "must be host names"),
        ("allowed_hosts", "https://a.net", "must be host names"),
        ("allowed_hosts", ",", "must be host names"),
        ("allow_loopback_http", "yes", "must be true or false"),
        ("calls_per_second", "nan", "must be a number from 0.1 to 1000"),
        ("calls_per_second", "0", "must be a number from 0.1 to 1000"),
        ("calls_per_second", "fast", "must be a number from 0.1 to 1000"),
        ("workers", "0", "must be an integer from 1 to 64"),
        ("workers", "8.5", "must be an integer from 1 to 64"),
        ("long_workers", "65", "must be an integer from 1 to 64"),
        ("copy_bytes", "2GB", "must be a number and one of KiB, MiB, GiB, TiB"),
        ("copy_bytes", "0GiB", "must be a number and one of KiB, MiB, GiB, TiB"),
        ("artifact_bytes", "1.5GiB", "must be a number and one of KiB, MiB, GiB, TiB"),
        *(
            ("user_map", text, "must be PATTERN=NAME with commas between, each pattern once")
            for text in ("ana", "=ana", "ana=", "ana=*", "**@a=b", "*@a=*b*", "a=b=c", "a b=c", ",", "A@b=x,a@B=y")
        ),
        ("health_port", "65536", "must be an integer from 0 to 65535"),
        ("log_format", "xml", "must be one of text, json"),
        ("log_level", "loud", "must be one of debug, info, warning, error"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_source(field: str, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as by_flag:
        load({"cluster_name": "prod", field: text}, {})
    with pytest.raises(SettingsError) as by_variable:
        load({}, {**NAMED, f"LAKEWARD_{field.upper()}": text})
    assert str(by_flag.value).startswith(f'--{field.replace("_", "-")}: "{text}" ')
    assert str(by_variable.value).startswith(f'LAKEWARD_{field.upper()}: "{text}" ')
    assert says in str(by_flag.value)


def test_every_setting_has_an_option() -> None:
    assert {option.field for option in OPTIONS} == set(Settings.__dataclass_fields__)


def test_variables_of_cloud_sdks_are_removed_and_named() -> None:
    environ = {"DATABRICKS_TOKEN": "x", "ARM_CLIENT_ID": "y", "PATH": "/bin", "LAKEWARD_WORKERS": "3"}
    assert scrub(environ) == ("ARM_CLIENT_ID", "DATABRICKS_TOKEN")
    assert environ == {"PATH": "/bin", "LAKEWARD_WORKERS": "3"}
