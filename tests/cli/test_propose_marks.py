"""Where markers are found in the text of a file, and what of it is edited."""

import pytest

from lakeward.cli.edits import Edit, edited
from lakeward.cli.propose_marks import marks
from lakeward.engine.outcome import Key

MARK = '# {"$lakeward-propose": "latest"}'
TEXT = f"""\
apiVersion: mlops.lakeward.dev/v1alpha1
kind: ModelPromotion # {{"not": "ours"}}
metadata: {{name: tumor, namespace: ml}}
spec:
  source:
    model: a.b.c
    version: 17   {MARK}
  target: {{model: a.b.d}}
"""


def key(name: str = "tumor", namespace: str = "ml") -> Key:
    return Key("ModelPromotion", namespace, name)


def found(text: str, *keys: Key) -> list[tuple[str, int, int]]:
    """Key, line and pin of each marker of a text without faults."""
    marked, faults = marks("x.yaml", text, keys or (key(),))
    assert faults == []
    return [(f"{mark.key.namespace}/{mark.key.name}", mark.line, mark.pin) for mark in marked]


def wrong(text: str, *keys: Key) -> list[str]:
    marked, faults = marks("x.yaml", text, keys or (key(),))
    assert marked == []
    assert {fault.source for fault in faults} <= {"x.yaml"}
    return [fault.message for fault in faults]


def bumped(text: str, *keys: Key) -> str:
    """The text with every marked version one higher."""
    marked, faults = marks("x.yaml", text, keys or (key(),))
    assert faults == []
    return edited(text, [Edit(m.start, m.end, str(m.pin), str(m.pin + 1)) for m in marked])


def test_the_integer_in_front_of_the_marker_is_found() -> None:
    assert found(TEXT) == [("ml/tumor", 7, 17)]
    assert bumped(TEXT) == TEXT.replace("17", "18")


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("\n", "\r\n"),
        "\ufeff" + TEXT,
        TEXT.removesuffix("\n"),
        TEXT.replace("a.b.c", '"a.b.c" # é \U0001d54f "$lakeward" 17'),
        TEXT.replace(f"17   {MARK}", f"17 {MARK} \t"),
        TEXT.replace(MARK, '#{ "$lakeward-propose" :"latest" }'),
        f"---\n{TEXT}---\n{{}}\n...\n# the end\n",
        TEXT.replace("    version", "    # version: 17\n    version"),
        TEXT.replace("  source:\n    model: a.b.c\n    version:", "  source: {model: a.b.c,\n    version:").replace(
            MARK, f"{MARK}\n    }}"
        ),
    ],
    ids=["crlf", "bom", "no newline", "other characters", "tabs", "tight", "documents", "comment", "flow"],
)
def test_nothing_but_the_integer_changes(text: str) -> None:
    changed = bumped(text)
    assert changed != text
    at = text.rindex("17", 0, text.index("$lakeward-propose"))
    assert changed == f"{text[:at]}18{text[at + 2 :]}"


def test_more_digits_push_the_rest_of_the_line() -> None:
    assert f"version: 100   {MARK}\n" in bumped(TEXT.replace("17", "99"))


def test_several_promotions_of_a_file_are_told_apart() -> None:
    other = TEXT.replace("tumor", "heart").replace("17", "3").replace(MARK, "")
    third = TEXT.replace("tumor", "lung").replace("17", "5")
    text = f"{TEXT}---\n{other}---\n{third}"
    keys = (key(), key("heart"), key("lung"))
    assert found(text, *keys) == [("ml/tumor", 7, 17), ("ml/lung", 25, 5)]
    assert bumped(text, *keys) == text.replace("17", "18").replace("version: 5 ", "version: 6 ")


def test_the_items_of_a_list_are_promotions() -> None:
    indented = "".join(f"  {line}\n" for line in TEXT.splitlines())
    text = f"apiVersion: v1\nkind: List\nitems:\n- {indented[2:]}"
    assert found(text) == [("ml/tumor", 10, 17)]


def test_the_namespace_may_come_from_elsewhere() -> None:
    assert found(TEXT.replace(", namespace: ml", ""), key(namespace="forced")) == [("forced/tumor", 7, 17)]
    assert found(TEXT, key(namespace="forced")) == [("forced/tumor", 7, 17)]


def test_namesakes_of_two_namespaces_are_told_apart() -> None:
    other = TEXT.replace("namespace: ml", "namespace: b").replace("17", "3")
    text = f"{TEXT}---\n{other}"
    assert found(text, key(), key(namespace="b")) == [("ml/tumor", 7, 17), ("b/tumor", 16, 3)]


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace(MARK, ""),
        TEXT.replace(MARK, "# $other"),
        TEXT.replace(f"17   {MARK}", "17").replace("a.b.d", f"'a.b.d {MARK}'"),
        TEXT.replace(MARK, "") + f"notes: |\n  version: 17 {MARK}\n",
        "a: [",
        "",
    ],
    ids=["none", "another's", "in a value", "in a block", "no YAML", "empty"],
)
def test_there_is_no_marker(text: str) -> None:
    assert found(text) == []


STRAY = "the marker must stand behind the integer of spec.source.version of a ModelPromotion"
SHAPE = 'the marker must be {"$lakeward-propose": "latest where ..."}, without a backslash'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEXT.replace(MARK, "").replace("a.b.c", f"a.b.c {MARK}"), f"line 6, column 22: {STRAY}"),
        (TEXT.replace(f"17   {MARK}", f"17\n    {MARK}"), f"line 8, column 9: {STRAY}"),
        (TEXT.replace("ModelPromotion", "MLWorkspace"), f"line 7, column 23: {STRAY}"),
        (TEXT.replace(f"version: 17   {MARK}", f"version: &v 17\n    other: *v {MARK}"), f"line 8, column 19: {STRAY}"),
        (TEXT.replace('"latest"', "latest"), f"line 7, column 19: {SHAPE}"),
        (TEXT.replace('"latest"', '"latest", "more": 1'), f"line 7, column 19: {SHAPE}"),
        (TEXT.replace('"latest"}', '"latest"} please'), f"line 7, column 19: {SHAPE}"),
        (TEXT.replace('"latest"', '"latest where a=\\"b\\""'), f"line 7, column 19: {SHAPE}"),
        (
            TEXT.replace('"latest"', '"latest where a"'),
            "line 7, column 58: expected in or one of >= > <= < =, found the end",
        ),
        (
            TEXT.replace("17", '"17"'),
            "line 7, column 14: spec.source.version must be a plain integer to be proposed for",
        ),
        (
            TEXT.replace("17", "0x11"),
            "line 7, column 14: spec.source.version must be a plain integer to be proposed for",
        ),
        (
            TEXT.replace("17", "&v 17"),
            "line 7, column 14: spec.source.version must be a plain integer to be proposed for",
        ),
    ],
)
def test_a_marker_that_cannot_be_followed_is_told_with_its_place(text: str, says: str) -> None:
    assert wrong(text) == [says]


def test_one_integer_for_two_promotions_is_refused() -> None:
    text = "line 7, column 14: one integer is the version of several promotions: give each its own"
    assert wrong(TEXT.replace(", namespace: ml", ""), key(namespace="a"), key(namespace="b")) == [text]


def test_an_alias_does_not_make_one_integer_two() -> None:
    spec = f"spec: &s\n    source:\n      version: 17 {MARK}\n"
    item = f"- kind: ModelPromotion\n  metadata: {{name: tumor, namespace: ml}}\n  {spec}"
    others = "".join(
        f"- {{kind: ModelPromotion, metadata: {{name: {name}}}, spec: *s}}\n" for name in ("heart", "lung")
    )
    text = "line 7, column 16: one integer is the version of several promotions: give each its own"
    assert wrong(f"kind: List\nitems:\n{item}{others}", key(), key("heart"), key("lung")) == [text]


def test_a_marker_of_a_promotion_that_was_not_read_is_told() -> None:
    (said,) = wrong(TEXT, key("other"))
    assert said == "line 7, column 14: ModelPromotion tumor was not read from here: see what else is wrong with it"


@pytest.mark.parametrize(
    "more",
    [
        "&a {kind: List, items: [*a]}\n",
        "".join(
            f"a{n}: &a{n} {{kind: List, items: [{', '.join([f'*a{n - 1}' if n else 'x'] * 10)}]}}\n" for n in range(9)
        ),
        'x: "\\UFFFFFFFF"\n',
    ],
    ids=["in itself", "without end", "an escape"],
)
def test_a_file_with_a_document_that_no_parser_reads_has_none(more: str) -> None:
    assert found(f"{TEXT}---\n{more}") == []
