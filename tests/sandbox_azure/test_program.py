"""How the program tells of Azure: in its help and in `sandbox.json`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lakeward_sandbox.launch import Lakehouse
from lakeward_sandbox.sites import FOREIGN_SUBSCRIPTION, SUBSCRIPTION

PROGRAM = Path(sys.executable).with_name("lakeward-sandbox")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True, check=False, timeout=30)


def test_the_help_names_both_subscriptions_and_the_duration() -> None:
    told = run("up", "--help").stdout
    for wanted in (SUBSCRIPTION.id, FOREIGN_SUBSCRIPTION.id, "--azure-seconds S"):
        assert wanted in told


@pytest.mark.parametrize("seconds", ["-1", "soon", "nan", "1e9"])
def test_a_duration_that_is_none_is_wrong_usage(tmp_path: Path, seconds: str) -> None:
    done = run("up", "--state", str(tmp_path), f"--azure-seconds={seconds}")
    assert done.returncode == 2
    assert "is no duration" in done.stderr


def test_the_sheet_names_the_subscriptions(house: Lakehouse) -> None:
    azure = json.loads((house.state / "sandbox.json").read_text())["azureResourceManager"]
    assert (azure["url"], azure["subscriptionId"]) == (house.azure_url, house.subscription)
    assert (house.subscription, house.foreign_subscription) == (SUBSCRIPTION.id, FOREIGN_SUBSCRIPTION.id)
