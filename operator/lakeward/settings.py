"""The settings of the operator, parsed once into a frozen value: the one place that reads the environment.

Every setting is a variable `LAKEWARD_<NAME>` and a flag `--<name>` of `lakeward run`; the flag wins. A bad value stops
the start with one sentence that names the variable or the flag. Knows no Kubernetes and no provider.
"""

import os
import re
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

PREFIX = "LAKEWARD_"
ALLOWED_HOSTS = ("*.azuredatabricks.net", "accounts.azuredatabricks.net", "management.azure.com")
# the SDKs would log in by these on their own, past the credentials that an object names
FOREIGN = ("DATABRICKS_", "ARM_", "MLFLOW_", "AZURE_")

_UNITS = {"s": 1, "m": 60, "h": 3600}
_SIZES = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4}
SLOWEST, FASTEST = 0.1, 1000.0
_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_SIDE = r"(?=[^=])[^\s*=]*\*?[^\s*=]*"
_HOST = re.compile(rf"(\*\.{_LABEL}\.)?{_LABEL}(\.{_LABEL})*")


class SettingsError(ValueError):
    """A value that cannot be used. The message is one sentence and starts with the variable or the flag."""


@dataclass(frozen=True)
class Settings:
    """What an administrator decides about one operator; the meaning of each is in `OPTIONS`."""

    cluster_name: str
    scan_interval: float = 300.0
    drift_grace: float = 60.0
    allowed_hosts: tuple[str, ...] = ALLOWED_HOSTS
    allow_loopback_http: bool = False
    calls_per_second: float = 10.0
    workers: int = 8
    long_workers: int = 16
    user_map: tuple[tuple[str, str], ...] = ()
    copy_bytes: int = 2 * 1024**3
    artifact_bytes: int = 100 * 1024**3
    health_address: str = "0.0.0.0"
    health_port: int = 8080
    log_format: str = "text"
    log_level: str = "info"
    kubeconfig: str = ""


@dataclass(frozen=True)
class Option:
    """One setting: its field in Settings, how its text is read (ValueError says what it must be), and its help."""

    field: str
    shape: str
    read: Callable[[str], Any]
    help: str

    @property
    def variable(self) -> str:
        return PREFIX + self.field.upper()

    @property
    def flag(self) -> str:
        return "--" + self.field.replace("_", "-")


def load(flags: Mapping[str, str | None], environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this start. `flags` is by field; an empty variable counts as not set.

    Raises SettingsError for the first bad value.
    """
    environ = os.environ if environ is None else environ  # noqa: TID251 - this is the one place
    values: dict[str, Any] = {}
    for option in OPTIONS:
        flag = flags.get(option.field)
        source, text = (option.variable, environ.get(option.variable, "")) if flag is None else (option.flag, flag)
        if not text:
            continue
        try:
            values[option.field] = option.read(text.strip())
        except ValueError as error:
            raise SettingsError(f'{source}: "{text}" {error}') from None
    if "cluster_name" not in values:
        raise SettingsError(
            "LAKEWARD_CLUSTER_NAME (or --cluster-name) is required: "
            "it is part of the mark on everything that the operator makes"
        )
    return Settings(**values)


def scrub(environ: MutableMapping[str, str] | None = None) -> tuple[str, ...]:
    """Remove the variables by which cloud SDKs would log in on their own, and return their names."""
    environ = os.environ if environ is None else environ  # noqa: TID251 - this is the one place
    names = tuple(sorted(name for name in environ if name.startswith(FOREIGN)))
    for name in names:
        del environ[name]
    return names


def variable(name: str) -> str:
    """A variable that is no setting: one that a person named, or a convention of terminals. Empty when not set."""
    return os.environ.get(name, "")  # noqa: TID251 - this is the one place


def _name(text: str) -> str:
    if not re.fullmatch(_LABEL, text):
        raise ValueError("must be lower-case letters, digits and -, at most 63, for example prod-eu")
    return text


def _duration(text: str) -> float:
    if not re.fullmatch("[1-9][0-9]{0,4}[smh]", text):
        raise ValueError("must be a number and one of s, m, h, for example 5m")
    return float(int(text[:-1]) * _UNITS[text[-1]])


def _size(text: str) -> int:
    found = re.fullmatch("([1-9][0-9]{0,4})([KMGT]iB)", text)
    if found is None:
        raise ValueError("must be a number and one of KiB, MiB, GiB, TiB, for example 2GiB")
    return int(found[1]) * _SIZES[found[2]]


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    bad = [host for host in hosts if not _HOST.fullmatch(host)]
    if bad or not hosts:
        raise ValueError("must be host names with commas between, each exact or like *.azuredatabricks.net")
    return hosts


def _user_map(text: str) -> tuple[tuple[str, str], ...]:
    rules = [_rule(part.strip()) for part in text.split(",") if part.strip()]
    known = {rule[0].casefold() for rule in rules if rule}
    if not rules or len(known) < len(rules):
        raise ValueError(
            "must be PATTERN=NAME with commas between, each pattern once and each side with at most one *, for example"
            " *@acme.example=oidc:*@acme.example"
        )
    return tuple(rule for rule in rules if rule)


def _rule(text: str) -> tuple[str, str] | None:
    """A pattern and a name; a name can only repeat what its pattern leaves open."""
    found = re.fullmatch(f"({_SIDE})=({_SIDE})", text)
    return (found[1], found[2]) if found and ("*" in found[1] or "*" not in found[2]) else None


def _switch(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text == "true"


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not SLOWEST <= rate <= FASTEST:
        raise ValueError(f"must be a number from {SLOWEST:g} to {FASTEST:g}")
    return rate


def _integer(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,5}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be an integer from {low} to {high}")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"must be one of {', '.join(words)}")
        return text

    return read


OPTIONS: tuple[Option, ...] = (
    Option("cluster_name", "NAME", _name, "name of this cluster, part of every owner mark (required)"),
    Option("scan_interval", "DURATION", _duration, "how often an object at rest is compared with the world (5m)"),
    Option("drift_grace", "DURATION", _duration, "no verdict of drift so soon after our own switch of an alias (60s)"),
    Option("allowed_hosts", "HOSTS", _hosts, "hosts that credentials may go to, with commas; * leads a domain"),
    Option("allow_loopback_http", "BOOL", _switch, "allow plain HTTP to this machine, for the sandbox (false)"),
    Option("calls_per_second", "RATE", _rate, "calls per second to each API (10)"),
    Option("workers", "N", _integer(1, 64), "passes at the same time (8)"),
    Option("long_workers", "N", _integer(1, 64), "long works, like model copies, at the same time (16)"),
    Option("copy_bytes", "SIZE", _size, "the largest model that the operator copies itself; a job copies more (2GiB)"),
    Option("artifact_bytes", "SIZE", _size, "the largest model that is copied at all (100GiB)"),
    Option(
        "user_map", "RULES", _user_map, "Kubernetes names of Databricks users: PATTERN=NAME, with commas; * is a part"
    ),
    Option("health_address", "ADDRESS", str, "address of /livez, /readyz and /metrics (0.0.0.0)"),
    Option(
        "health_port", "PORT", _integer(0, 65535), "port of /livez, /readyz and /metrics; 0 takes a free one (8080)"
    ),
    Option("log_format", "FORMAT", _one_of("text", "json"), "text or json (text)"),
    Option("log_level", "LEVEL", _one_of("debug", "info", "warning", "error"), "debug, info, warning or error (info)"),
    Option("kubeconfig", "FILE", str, "kubeconfig file; else the pod's ServiceAccount, else $KUBECONFIG"),
)
