"""The gate Dependencies: which requirements are pinned, denied or not safe, line by line."""

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgement.verdicts import STRANGE, assert_well_said
from lakeward.judgement.gates import Cause, Mode, Result, Stage, Verdict
from lakeward.judgement.requirements import DependenciesGate, evaluate

PINNED = DependenciesGate(name="supply-chain", pinned=True, deny=("torch==2.0.0", "evil-package"))
LOOSE = replace(PINNED, pinned=False)
SHA = "--hash=sha256:" + "0a" * 32
PIP, CONDA = "requirements.txt", "conda.yaml"
UNSAFE, DENIED, UNPINNED = Cause.UNSAFE_REQUIREMENT, Cause.DENIED, Cause.UNPINNED


def judged(*lines: str, file: str = PIP, gate: DependenciesGate = PINNED) -> Verdict:
    said = evaluate(gate, {file: lines})
    assert_well_said(said)
    assert (said.result is Result.PASS) == (said.cause is None)
    return said


SOUND = [
    "numpy==1.26.4",
    "numpy == 1.26.4",
    "numpy===1.26.4",
    "numpy (==1.26.4)",
    "numpy==1.26.4,!=1.26.3",
    "numpy[extra,other]==1.26.4",
    "numpy [extra] == 1.26.4",
    "numpy==1.26.4; python_version < '3.12' and platform_system == 'Linux'",
    "numpy==1.26.4 ; extra == 'a@b'",
    "numpy==1.26.4  # a comment; torch==2.0.0",
    "numpy==1.26.4+local.1",
    "numpy==1.26.4rc1",
    "zope.interface==6.0",
    "Foo_Bar==1",
    f"numpy==1.26.4 {SHA}",
    f"numpy==1.26.4 {SHA} {SHA}",
    f"numpy {SHA}",
    f"numpy>=1 {SHA.replace('=', ' ')}",
    "numpy==1.26.4\t" + SHA,
    "a" * 195 + "==1.0",
    "numpy==1.26.4" + f" {SHA}" * 100,
    "numpy==1.26.4  # " + "a" * 1000,
    "torch==2.0.1",
    "torch==2.0.0rc1",
    "torchvision==2.0.0",
    "--require-hashes",
    "# torch==2.0.0",
    "   # torch",
    "",
    "   ",
]


@pytest.mark.parametrize("line", SOUND)
def test_a_pinned_requirement_passes(line: str) -> None:
    assert judged(line).result is Result.PASS


NOT_PINNED = [
    "numpy",
    "numpy>=1.26.4",
    "numpy~=1.26",
    "numpy==1.*",
    "numpy==1.26.*",
    "numpy<2,>=1.26",
    "numpy!=1.0",
    "numpy[extra]",
    "numpy; python_version == '3.11'",
    "numpy  # ==1.0",
]


@pytest.mark.parametrize("line", NOT_PINNED)
def test_a_requirement_that_leaves_a_choice_fails(line: str) -> None:
    said = judged(line)
    assert said.cause is UNPINNED
    assert said.message == "requirements.txt line 1: numpy is not pinned; write numpy==version"
    assert judged(line, gate=LOOSE).result is Result.PASS


NOT_ALLOWED = [
    ("torch==2.0.0", "torch 2.0.0 is denied"),
    ("Torch == 2.0", "torch 2.0.0 is denied"),
    ("torch===2.0.0", "torch 2.0.0 is denied"),
    ("torch==v2.0.0", "torch 2.0.0 is denied"),
    ("torch==2.0.0+cu118", "torch 2.0.0 is denied"),
    ("torch[extra]==2.0.0; sys_platform == 'win32'", "torch 2.0.0 is denied"),
    (f"torch {SHA}", "torch can be 2.0.0, which is denied; pin another version"),
    ("evil-package==1.0", "evil-package is denied"),
    ("Evil.Package==1.0", "evil-package is denied"),
    ("evil__package==1.0", "evil-package is denied"),
    (f"EVIL-_-PACKAGE==9 {SHA}", "evil-package is denied"),
]


@pytest.mark.parametrize(("line", "told"), NOT_ALLOWED)
def test_a_denied_package_fails_however_it_is_written(line: str, told: str) -> None:
    for gate in (PINNED, LOOSE):
        said = judged(line, gate=gate)
        assert (said.cause, said.message) == (DENIED, f"requirements.txt line 1: {told}")


def test_a_range_of_a_denied_version_fails_even_where_ranges_are_allowed() -> None:
    assert judged("torch>=1.13", gate=LOOSE).cause is DENIED


INDEX = "https://user:secret@host/x"
NOT_SAFE = [
    ("-r other.txt", "-r takes requirements from elsewhere"),
    ("-rother.txt", "-r takes requirements from elsewhere"),
    ("--requirement=other.txt", "--requirement takes requirements from elsewhere"),
    ("-c constraints.txt", "-c takes"),
    ("-e .", "-e takes"),
    ("--editable=git+https://host/x", "--editable takes"),
    (f"-i {INDEX}", "-i takes"),
    (f"-i{INDEX}", "-i takes"),
    (f"--index-url {INDEX}", "--index-url takes"),
    (f"--index-url={INDEX}", "--index-url takes"),
    (f"--extra-index-url {INDEX}", "--extra-index-url takes"),
    (f"--find-links {INDEX}", "--find-links takes"),
    (f"-f {INDEX}", "-f takes"),
    ("--trusted-host secret.example", "--trusted-host takes"),
    ("--pre", "--pre takes"),
    ("--no-binary :all:", "--no-binary takes"),
    ("-", "an option takes"),
    (f"numpy==1.0 --index-url {INDEX}", "--index-url is not allowed behind a requirement"),
    ("numpy==1.0 --config-settings=secret", "--config-settings is not allowed behind"),
    (f"numpy==1.0 {SHA} -r secret.txt", "-r is not allowed behind"),
    ("numpy==1.0 --hash=md5:00", "--hash has no sha256"),
    ("numpy --hash=sha256:", "--hash has no sha256"),
    ("https://user:secret@host/numpy-1.0-py3-none-any.whl", "a URL or a path takes the place"),
    (f"https://user:secret@host/numpy-1.0.zip {SHA}", "a URL or a path"),
    ("numpy @ https://user:secret@host/numpy.whl", "a URL or a path"),
    ("numpy@file:secret", "a URL or a path"),
    ("numpy[a] @ file:secret ; python_version > '3'", "a URL or a path"),
    ("git+ssh://git@host/secret.git", "a URL or a path"),
    ("./secret", "a URL or a path"),
    ("../secret", "a URL or a path"),
    ("secret/numpy", "a URL or a path"),
    (".", "a URL or a path"),
    ("secret\\numpy", "a URL or a path"),
    ("secret-1.0-py3-none-any.whl", "a URL or a path"),
    (f"secret-1.0.TAR.GZ {SHA}", "a URL or a path"),
    ("numpy==${SECRET}", "a variable stands for what"),
    ("numpy===${SECRET}", "a variable stands for what"),
    ("${SECRET}", "a variable stands for what"),
    ("numpy==1.0; python_version > '${SECRET}'", "a variable stands for what"),
    ("numpy===x/secret-2.0.0-py3-none-any.whl", "a URL or a path"),
    ("numpy===https://user:secret@host/x", "a URL or a path"),
    ("numpy===secret\\x", "a URL or a path"),
    ("numpy===secret:x", "neither a name"),
    ("numpy===secret.zip", "a URL or a path"),
    ("numpy (===secret.zip)", "neither a name"),
    ("numpy==1.0+secret.zip", "a URL or a path"),
    ("numpy==1.0+secret.TAR.LZMA", "a URL or a path"),
    ("numpy>=1,==1.0+secret.tar.gz ; python_version > '3'", "neither a name"),
    ("secret.zip[extra]", "neither a name"),
    ("numpy===*", "neither a name"),
    ("numpy==secret", "neither a name"),
    ("numpy=1.0", "neither a name"),
    ("numpy==1.0,", "neither a name"),
    ("numpy==1.0 secret", "neither a name"),
    ("numpy 1.0", "neither a name"),
    ("n\u00fcmpy==1.0", "a character is not plain ASCII"),
    ("numpy==\u0661", "a character is not plain ASCII"),
    ("numpy==1.0#torch", "neither a name"),
    ("a" * 196 + "==1.0", "a requirement has more than 200 characters"),
    ("a" * 2000 + "==1.0", "a requirement has more than 200 characters"),
]


@pytest.mark.parametrize(("line", "told"), NOT_SAFE)
def test_whatever_takes_something_from_elsewhere_fails_and_is_not_repeated(line: str, told: str) -> None:
    for gate in (PINNED, LOOSE):
        said = judged(line, gate=gate)
        assert said.cause is UNSAFE
        assert said.message.startswith(f"requirements.txt line 1: {told}")
        assert "secret" not in said.message.lower()


def test_hashes_go_on_in_the_next_lines() -> None:
    assert judged("numpy==1.0 \\", f"    {SHA} \\", f"    {SHA}", "  # via x", "scipy==1.0").result is Result.PASS


CONDA_RULES = [
    ("numpy=1.26", None),
    ("numpy==1.26", None),
    ("numpy 1.26", None),
    ("numpy 1.26 py311_0", None),
    ("numpy=1.26=py311_0", None),
    ("numpy = 1.26", None),
    ("_libgcc_mutex=0.1", None),
    ("openssl=1.1.1k", None),
    ("python=3.11.7", None),
    ("python", None),
    ("pip", None),
    ("pip<=23.2.1", None),
    ("torch=2.0.1", None),
    ("torch==2.1", None),
    ("numpy", UNPINNED),
    ("numpy>=1.26", UNPINNED),
    ("numpy >=1.26,<2", UNPINNED),
    ("numpy=1.26.*", UNPINNED),
    ("numpy 1.26*", UNPINNED),
    ("numpy=1.26|1.27", UNPINNED),
    ("setuptools", UNPINNED),
    ("torch==2.0", DENIED),
    ("torch=2.0.0", DENIED),
    ("torch=2.0", DENIED),
    ("torch=2", DENIED),
    ("pytorch::torch=2.0.1", UNSAFE),
    ("https://host/channel::numpy=1.26", UNSAFE),
    ("https://host/numpy-1.26.tar.bz2", UNSAFE),
    ("./numpy-1.26.tar.bz2", UNSAFE),
    ("numpy-1.26.tar.bz2", UNSAFE),
    ("numpy-1.26.TAR.BZ2", UNSAFE),
    ("numpy=1.26=0.conda", UNSAFE),
    ("numpy=1.26\u2028", UNSAFE),
    ("numpy[version='1.26']", UNSAFE),
    ("-r requirements.txt", UNSAFE),
    ("# numpy", None),
    ("", None),
]


@pytest.mark.parametrize(("line", "cause"), CONDA_RULES)
def test_the_conda_part_is_read_as_conda_reads_it(line: str, cause: Cause | None) -> None:
    assert judged(line, file=CONDA).cause is cause


def test_conda_takes_a_single_sign_for_a_beginning() -> None:
    gate = replace(PINNED, deny=("torch==2.0.1",))
    for line, cause in (("torch=2.0", DENIED), ("torch==2.0", None), ("torch 2.0", None), ("torch=2.0.0", None)):
        assert judged(line, file=CONDA, gate=gate).cause is cause


def test_a_channel_is_told_as_one() -> None:
    assert "a channel of its own is named" in judged("pytorch::torch=2.0.1", file=CONDA).message


def test_the_pip_part_of_conda_is_read_as_pip_reads_it() -> None:
    assert judged("numpy=1.26", file="conda.yaml (pip)").cause is UNSAFE
    assert judged("pip", file="conda.yaml (pip)").cause is UNPINNED
    assert judged("numpy==1.26", file="conda.yaml (pip)").result is Result.PASS


def test_what_builds_the_environment_needs_no_version_but_may_be_denied() -> None:
    build, gate = "python_env.yaml (build)", replace(PINNED, deny=("wheel",))
    assert judged("pip==24.0", "setuptools", "wheel", file=build).result is Result.PASS
    assert judged("setuptools", file="python_env.yaml").cause is UNPINNED
    assert judged("numpy", file=build).cause is UNPINNED
    assert judged("wheel", file=build, gate=gate).cause is DENIED
    assert judged("wheel @ https://host/wheel.whl", file=build).cause is UNSAFE


def test_what_is_refused_of_a_file_is_not_safe_and_is_told_as_it_is() -> None:
    said = evaluate(PINNED, {PIP: ("numpy==1.0",), "conda.yaml (refused)": ("has the key x", "has the key y")})
    assert_well_said(said)
    assert (said.result, said.cause) == (Result.FAIL, UNSAFE)
    assert said.message == "conda.yaml has the key x; conda.yaml has the key y"
    assert (said.observed, said.evidence) == ("1 requirements, 2 faults", "files of the version: requirements.txt")
    alone = evaluate(PINNED, {"MLmodel (refused)": ("names another file",)})
    assert_well_said(alone)
    assert (alone.cause, alone.message) == (UNSAFE, "MLmodel names another file")


def test_all_faults_are_told_the_worst_kind_first_and_by_file_and_line() -> None:
    files = {
        PIP: ("scipy", "torch==2.0.0", "-r x", "pandas==2.2", *("a==1" for _ in range(6)), "numpy"),
        CONDA: ("python=3.11", "gcc", "evil-package=1"),
    }
    said = evaluate(PINNED, files)
    assert said.cause is UNSAFE
    assert said.message.split("; ")[0] == "requirements.txt line 3: -r takes requirements from elsewhere"
    places = ["txt line 3", "yaml line 3", "txt line 2", "yaml line 2", "txt line 1:", "txt line 11"]
    assert sorted(places, key=said.message.index) == places
    assert (said.observed, said.evidence) == (
        "14 requirements, 6 faults",
        "files of the version: conda.yaml, requirements.txt",
    )
    assert evaluate(PINNED, dict(reversed(files.items()))) == said


def test_the_verdict_says_what_was_looked_at() -> None:
    said = judged("numpy==1.26", gate=replace(PINNED, mode=Mode.WARN))
    assert (said.name, said.type, said.stage, said.mode) == ("supply-chain", "Dependencies", Stage.PRE_COPY, Mode.WARN)
    assert (said.observed, said.evidence) == ("1 requirements, 0 faults", "files of the version: requirements.txt")
    assert said.required == "pinned with == or hashes, without torch==2.0.0, evil-package"
    assert said.message == "all 1 requirements are pinned, and none is denied"
    assert judged("numpy", gate=replace(LOOSE, deny=())).required == "by name"


def test_files_that_were_not_read_are_an_error_and_no_file_fails() -> None:
    unread = evaluate(PINNED, None)
    assert (unread.result, unread.cause) == (Result.ERROR, Cause.NOT_READ)
    absent = evaluate(PINNED, {})
    assert (absent.result, absent.cause, absent.observed) == (Result.FAIL, Cause.MISSING, "no file")
    assert "neither requirements.txt nor conda.yaml" in absent.message
    assert_well_said(unread)
    assert_well_said(absent)


@pytest.mark.parametrize(
    "entry", ["", "torch>=2", "torch==", "torch==2.*", "torch==x", "a b", "https://x", "torch==2 x"]
)
def test_what_cannot_be_denied_is_an_error_of_the_gate(entry: str) -> None:
    said = evaluate(replace(PINNED, deny=("numpy", entry)), {PIP: ()})
    assert (said.result, said.cause) == (Result.ERROR, Cause.INVALID_GATE)
    assert "dependencies.deny has" in said.message
    assert_well_said(said)


@given(st.dictionaries(st.sampled_from([PIP, CONDA, "conda.yaml (pip)"]), st.lists(STRANGE, max_size=4).map(tuple)))
def test_whatever_the_files_hold_is_a_verdict(files: dict[str, tuple[str, ...]]) -> None:
    assert_well_said(evaluate(PINNED, files))


@given(st.text(alphabet="torch=2.0 \\#;[]@-\t\n\r\x0b", max_size=30))
def test_what_passes_names_no_denied_version(text: str) -> None:
    said = evaluate(LOOSE, {PIP: tuple(text.split("\n"))})
    if said.result is Result.PASS:
        asked = [line.split("#")[0].split(";")[0] for line in text.replace("\\\n", "").splitlines()]
        assert not [
            line for line in asked if "".join(line.split()).strip("\\") in ("torch", "torch==2.0", "torch==2.0.0")
        ]


SLOW = ["a" * 10**6 + "@", " " * 10**6 + "x", "a" + " " * 10**6 + "@", "a==" + "1." * 500_000, "a;" + " #" * 500_000]


@pytest.mark.parametrize("text", SLOW, ids=["name", "blanks", "gap", "version", "marker"])
@pytest.mark.parametrize("file", [PIP, CONDA])
def test_no_line_takes_long(text: str, file: str) -> None:
    start = process_time()
    judged(text, file=file)
    assert process_time() - start < 2, "a file of 1 MiB, the most that is read, in no time to speak of"


MIB = 2**20
MANY = [
    ("a" * 998 + "@", 999),
    ("a" * 197 + "@", 198),
    ("a." * 99 + "(", 199),
    ("a-" * 99 + "=", 199),
    ("#", 1),
    ("a", 1),
]


@pytest.mark.parametrize(("line", "size"), MANY, ids=["long", "name", "dots", "dashes", "comments", "short"])
@pytest.mark.parametrize("file", [PIP, CONDA])
def test_no_file_takes_long(line: str, size: int, file: str) -> None:
    start = process_time()
    judged(*(line for _ in range(MIB // (size + 1))), file=file)
    assert process_time() - start < 3, "a file of 1 MiB, the most that is read, in no time to speak of"


@pytest.mark.parametrize("file", [PIP, CONDA])
def test_a_file_may_ask_for_so_much_and_no_more(file: str) -> None:
    lines = ["# one", "", *("numpy==1.26.4" for _ in range(2000))]
    assert judged(*lines, file=file).result is Result.PASS
    said = judged(*lines, "", "scipy==1.0", file=file)
    assert (said.cause, said.message) == (UNSAFE, f"{file} line 2004: more than 2000 requirements stand in one file")
