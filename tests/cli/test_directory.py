"""What is read from folders, files and standard input, in which order, and what is refused with a sentence."""

import json
import os
from pathlib import Path

import pytest

from lakeward.cli.directory import Fault, Manifests, read
from lakeward.engine.outcome import Key

API = "apiVersion: mlops.lakeward.dev/v1alpha1\nkind: MLWorkspace\n"


def workspace(name: str, namespace: str = "") -> str:
    place = f", namespace: {namespace}" if namespace else ""
    return f"{API}metadata: {{name: {name}{place}}}\nspec: {{}}\n"


def as_json(name: str) -> str:
    return json.dumps({"apiVersion": "mlops.lakeward.dev/v1alpha1", "kind": "MLWorkspace", "metadata": {"name": name}})


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return folder


def found(folder: Path, *places: str, namespace: str = "default") -> Manifests:
    return read([str(folder / place) for place in places or ("",)], namespace, lambda: "")


def names(manifests: Manifests) -> list[str]:
    return [f"{key.namespace}/{key.name}" for key in manifests.objects]


def faults(manifests: Manifests, folder: Path) -> list[str]:
    return [f"{fault.source}: {fault.message}".replace(f"{folder}/", "") for fault in manifests.faults]


def test_folders_are_read_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    files = {
        "b.yaml": f"{workspace('b1')}---\n{workspace('b2', 'own')}",
        "a/z.yml": workspace("z"),
        "a/c.json": as_json("c"),
        "a/readme.md": "not: read",
        ".git/x.yaml": workspace("hidden"),
        "empty.yaml": "---\n# nothing\n---\n",
    }
    manifests = found(put(tmp_path, files), namespace="team")
    assert names(manifests) == ["team/c", "team/z", "team/b1", "own/b2"]
    assert manifests.sources[Key("MLWorkspace", "team", "z")] == str(tmp_path / "a/z.yml")
    assert (manifests.ignored, manifests.faults) == (0, [])


def test_a_file_whose_name_begins_with_a_dot_is_read_as_kubectl_does(tmp_path: Path) -> None:
    files = {
        ".evil.yaml": workspace("a"),
        "a/.yml": workspace("b"),
        ".x.yaml.swp": "\0",
        ".hidden/x.yaml": workspace("hidden"),
        ".kustomization.yaml": "resources: []\n",
    }
    manifests = found(put(tmp_path, files))
    assert (names(manifests), manifests.faults) == (["default/a", "default/b"], [])


def test_other_kinds_are_counted_and_secrets_kept(tmp_path: Path) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: n}\nstringData: {k: v}\n"
    values = "replicas: 3\n"
    text = f"{secret}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\n---\n{values}"
    manifests = found(put(tmp_path, {"all.yaml": text}))
    assert (names(manifests), manifests.ignored) == ([], 2)
    assert manifests.secrets["n", "s"]["stringData"] == {"k": "v"}


def test_a_list_is_its_items(tmp_path: Path) -> None:
    items = "".join(f"- {as_json(name)}\n" for name in "xy")
    assert names(found(put(tmp_path, {"l.yaml": f"apiVersion: v1\nkind: List\nitems:\n{items}"}))) == [
        "default/x",
        "default/y",
    ]


def test_whatever_has_items_is_a_list_to_kubectl(tmp_path: Path) -> None:
    files = {
        "a.yaml": f"apiVersion: v1\nkind: ConfigMapList\nitems:\n- {as_json('x')}\n",
        "b.yaml": f"{workspace('y')}items:\n- {as_json('z')}\n",
    }
    manifests = found(put(tmp_path, files))
    assert (names(manifests), manifests.ignored) == (["default/x", "default/z", "default/y"], 1)


def test_what_the_cluster_alone_writes_is_believed_of_standard_input_only(tmp_path: Path) -> None:
    text = workspace("a").replace("{name: a}", "{name: a, deletionTimestamp: now}") + "status: {phase: Held}\n"
    folder = put(tmp_path, {"k/kustomization.yaml": "resources: ['standard input']\n", "k/standard input": text})
    for place, status, deleted, said in (
        (str(folder / "k"), True, False, True),
        (str(folder / "k"), False, False, False),
        ("-", False, True, True),
    ):
        (body,) = read([place], "default", lambda: text, status=status).objects.values()
        assert ("deletionTimestamp" in body["metadata"], "status" in body) == (deleted, said)
        assert (body["metadata"]["name"], body["spec"]) == ("a", {})


def test_what_looks_like_a_date_is_text(tmp_path: Path) -> None:
    text = f"{API}metadata: {{name: a}}\nspec: {{comment: 2026-01-01}}\n"
    (body,) = found(put(tmp_path, {"a.yaml": text})).objects.values()
    assert body["spec"] == {"comment": "2026-01-01"}


def test_a_kustomization_gives_its_resources_a_namespace(tmp_path: Path) -> None:
    files = {
        "over/kustomization.yaml": "namespace: outer\nresources: [../base, one.yaml]\n",
        "over/one.yaml": workspace("one", "own"),
        "over/unlisted.yaml": workspace("unlisted"),
        "base/kustomization.yaml": "namespace: inner\nresources:\n- two.yaml\n",
        "base/two.yaml": workspace("two"),
    }
    folder = put(tmp_path, files)
    assert names(found(folder, "over")) == ["outer/two", "outer/one"]
    assert names(found(folder, "base", "over")) == ["inner/two", "outer/two", "outer/one"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("namePrefix: x-\nresources: [a.yaml]\npatches: []\n", "namePrefix, patches"),
        ("resources: [https://example.com/x]\n", "remote resources"),
        ("resources: {a: b}\n", "remote resources"),
    ],
)
def test_more_of_kustomize_than_we_know_is_left_to_kubectl(tmp_path: Path, text: str, what: str) -> None:
    folder = put(tmp_path, {"k/kustomization.yaml": text, "k/a.yaml": workspace("a"), "b.yaml": workspace("b")})
    manifests = found(folder)
    assert names(manifests) == ["default/b"]
    hint = f"run kubectl kustomize {tmp_path}/k | lakeward plan -f -"
    says = f"{what}: only namespace and resources are understood here; {hint}"
    assert manifests.faults == [Fault(f"{tmp_path}/k/kustomization.yaml", says)]


def test_kustomizations_that_name_each_other_end(tmp_path: Path) -> None:
    files = {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a, x.yaml]\n"}
    assert names(found(put(tmp_path, {**files, "b/x.yaml": workspace("x")}), "a")) == ["default/x"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("x.yaml", "a: b: c\n", "x.yaml: line 1 is no YAML: mapping values are not allowed here"),
        ("x.yaml", "{{ if .Values.x }}\na: 1\n", "x.yaml: line 1 is no YAML: "),
        ("x.yaml", "a: \x07\n", "x.yaml: the text is no YAML: "),
        ("x.json", "{\n]", "x.json: line 2 is no JSON: "),
        ("x.yaml", "- a\n", "x.yaml: a document is no object with apiVersion, kind and metadata"),
        ("x.yaml", "&a {b: *a}\n", "x.yaml: a document is a part of itself"),
        ("x.yaml", "x: !!set {a}\n", "x.yaml: a document is not what JSON can say"),
        ("x.yaml", "x: 0x_\n", "x.yaml: line 1 is no YAML: a value is not the int"),
        ("x.json", f'{{"x": {"1" * 5000}}}', "x.json: a number or an escape in the text is too large"),
        ("x.json", '{"kind": "List", "items": [' * 500 + "]}" * 500, "x.json: "),
        ("x.yaml", "a: " + "[" * 5000, "x.yaml: "),
        ("x.yaml", f"{API}metadata: {{name: A B}}\n", "x.yaml: MLWorkspace A B: metadata.name must be lower-case"),
        ("x.yaml", f"{API}spec: {{}}\n", "x.yaml: MLWorkspace : metadata.name must be lower-case"),
        ("x.yaml", workspace("a", "N/S"), "x.yaml: MLWorkspace a: metadata.namespace must be lower-case"),
        (
            "x.yaml",
            workspace("a").replace("v1alpha1", "v2"),
            "x.yaml: MLWorkspace a: apiVersion must be mlops.lakeward",
        ),
        (
            "x.yaml",
            workspace("a").replace("MLWorkspace", "MLWorkSpace"),
            "x.yaml: MLWorkSpace a: this version knows no",
        ),
        (
            "x.yaml",
            f"{workspace('good')}---\n{workspace('good')}",
            "x.yaml: MLWorkspace default/good is declared a second",
        ),
        ("kustomization.yaml", "a: b: c\n", "kustomization.yaml: line 1 is no YAML"),
        ("kustomization.yaml", "namespace: {a: b}\n", "kustomization.yaml: namespace must be text"),
        ("kustomization.yaml", "resources: [{a: b}]\n", "kustomization.yaml: resources must be printable names"),
        ("kustomization.yaml", 'resources: ["x\\0y"]\n', "kustomization.yaml: resources must be printable names"),
        ("kustomization.yaml", 'resources: ["\\ud800"]\n', "kustomization.yaml: resources must be printable names"),
        ("kustomization.yaml", f"resources: [{'x' * 300}]\n", f"{'x' * 300}: cannot be read: File name too long"),
        (
            "kustomization.yaml",
            "resources: [missing.yaml]\n",
            "missing.yaml: cannot be read: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_hides_no_other_file(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    folder = put(tmp_path, {f"bad/{name}": text, "good.yaml": workspace("other")})
    manifests = found(folder)
    assert "default/other" in names(manifests)
    (fault,) = faults(manifests, folder / "bad")
    assert fault.startswith(says)
    assert "\n" not in fault


def test_a_place_that_is_not_there_or_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe")
    manifests = found(tmp_path, "nowhere", "x.yaml")
    assert faults(manifests, tmp_path) == [
        "nowhere: cannot be read: No such file or directory",
        "x.yaml: is not text in UTF-8",
    ]


def test_what_is_no_file_hides_no_other(tmp_path: Path) -> None:
    folder = put(tmp_path, {"good.yaml": workspace("good")})
    os.mkfifo(folder / "pipe.yaml")
    (folder / "self.yaml").symlink_to("self.yaml")
    (folder / "zero.yaml").symlink_to("/dev/zero")
    manifests = found(folder)
    assert names(manifests) == ["default/good"]
    assert faults(manifests, folder) == [
        "pipe.yaml: is no regular file: only such are read",
        "self.yaml: cannot be read: Too many levels of symbolic links",
        "zero.yaml: is no regular file: only such are read",
    ]


def test_kustomizations_in_each_other_without_end_are_told(tmp_path: Path) -> None:
    place = tmp_path
    for n in range(200):
        put(place, {"kustomization.yaml": f"resources: [d, n{n}.yaml]\n", f"n{n}.yaml": workspace(f"n{n}")})
        place = place / "d"
    manifests = found(tmp_path)
    assert names(manifests) == [f"default/n{n}" for n in reversed(range(63))]
    says = "is nested too deeply: in more than 64 folders or kustomizations"
    assert [fault.message for fault in manifests.faults] == [says, says]


def test_standard_input_that_is_no_text_is_told() -> None:
    manifests = read(["-"], "team", b"\xff".decode)
    assert manifests.faults == [Fault("standard input", "is not text in UTF-8")]


def test_standard_input_is_read_where_it_is_named() -> None:
    manifests = read(["-"], "team", lambda: workspace("a"))
    assert names(manifests) == ["team/a"]
    assert list(manifests.sources.values()) == ["standard input"]
