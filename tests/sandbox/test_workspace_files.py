"""Files and notebooks of a workspace: brought in by the SDK's upload and by JSON, looked at, taken out again."""

import base64

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, ResourceAlreadyExists
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, Language, ObjectType

from lakeward_sandbox.launch import Lakehouse
from sandbox.talk import Talk, talk

WORKSPACE = "/api/2.0/workspace"
INVALID = "400 INVALID_PARAMETER_VALUE"
TAKEN = "400 RESOURCE_ALREADY_EXISTS"
MISSING = "404 RESOURCE_DOES_NOT_EXIST"
NOTEBOOK = b"# Databricks notebook source\nprint(1)\n"


@pytest.fixture(scope="module")
def folder(sdk: WorkspaceClient) -> str:
    sdk.workspace.mkdirs("/Workspace/Shared/files/deep")
    return "/Workspace/Shared/files"


def test_an_upload_is_a_file_that_comes_back_as_it_was(sdk: WorkspaceClient, folder: str) -> None:
    content = bytes(range(256)) + b"\r\n\r\n--\r\n"
    sdk.workspace.upload(f"{folder}/deep/any.bin", content, format=ImportFormat.AUTO)
    found = sdk.workspace.get_status("/Shared/files/deep/any.bin")
    assert (found.object_type, found.path, found.size) == (ObjectType.FILE, "/Shared/files/deep/any.bin", len(content))
    assert sdk.workspace.download(f"{folder}/deep/any.bin").read() == content
    exported = sdk.workspace.export(f"{folder}/deep/any.bin", format=ExportFormat.AUTO)
    assert exported.file_type == "bin"
    assert base64.b64decode(exported.content or "") == content


def test_a_file_is_replaced_only_when_that_is_asked_for(sdk: WorkspaceClient, folder: str) -> None:
    path = f"{folder}/twice.py"
    sdk.workspace.upload(path, b"1", format=ImportFormat.AUTO)
    before = sdk.workspace.get_status(path)
    with pytest.raises(ResourceAlreadyExists):
        sdk.workspace.upload(path, b"2", format=ImportFormat.AUTO)
    sdk.workspace.upload(path, b"3", format=ImportFormat.AUTO, overwrite=True)
    assert sdk.workspace.download(path).read() == b"3"
    assert sdk.workspace.get_status(path).object_id == before.object_id


@pytest.mark.parametrize(
    ("name", "content", "form", "kept", "kind", "language"),
    [
        ("auto.py", NOTEBOOK, ImportFormat.AUTO, "auto", ObjectType.NOTEBOOK, Language.PYTHON),
        ("plain.py", b"print(1)", ImportFormat.AUTO, "plain.py", ObjectType.FILE, None),
        ("source.py", b"print(1)", None, "source.py", ObjectType.NOTEBOOK, Language.PYTHON),
        ("query.sql", b"select 1", ImportFormat.SOURCE, "query.sql", ObjectType.NOTEBOOK, Language.SQL),
    ],
)
def test_the_format_says_whether_it_is_a_notebook(
    sdk: WorkspaceClient,
    folder: str,
    *,
    name: str,
    content: bytes,
    form: ImportFormat | None,
    kept: str,
    kind: ObjectType,
    language: Language | None,
) -> None:
    sdk.workspace.upload(f"{folder}/{name}", content, format=form)
    found = sdk.workspace.get_status(f"{folder}/{kept}")
    assert (found.object_type, found.language) == (kind, language)
    assert sdk.workspace.download(f"{folder}/{kept}").read() == content


def test_an_import_in_json_has_its_content_in_base64(sdk: WorkspaceClient, dev: Talk, folder: str) -> None:
    content = base64.b64encode(b"x = 1").decode()
    sdk.workspace.import_(f"{folder}/json.py", content=content, format=ImportFormat.AUTO, overwrite=True)
    assert dev.good("GET", f"{WORKSPACE}/export", query={"path": f"{folder}/json.py"}) == {
        "content": content,
        "file_type": "py",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"path": "/Shared/files/a.py", "format": "AUTO", "content": "?"}, INVALID),
        ({"path": "/Shared/files/a.py", "content": ""}, INVALID),
        ({"path": "/Shared/files/a.dbc", "format": "DBC"}, INVALID),
        ({"path": "files/a.py", "format": "AUTO"}, INVALID),
        ({"path": "/Shared/../a.py", "format": "AUTO"}, INVALID),
        ({"path": "/Shared//a.py", "format": "AUTO"}, INVALID),
        ({"format": "AUTO"}, INVALID),
        ({"path": "/Shared/nowhere/a.py", "format": "AUTO"}, MISSING),
        ({"path": "/Shared/files/deep", "format": "AUTO", "overwrite": True}, TAKEN),
        ({"path": "/Users/nobody@example.com/a.py", "format": "AUTO"}, MISSING),
    ],
)
def test_an_import_that_cannot_be_is_refused(dev: Talk, folder: str, body: dict[str, object], code: str) -> None:
    assert folder == "/Workspace/Shared/files"
    assert dev.ask("POST", f"{WORKSPACE}/import", body).code == code


def test_ten_megabytes_are_the_most(sdk: WorkspaceClient, dev: Talk, folder: str) -> None:
    sdk.workspace.upload(f"{folder}/large", bytes(10 * 1024 * 1024), format=ImportFormat.AUTO)
    content = base64.b64encode(bytes(10 * 1024 * 1024 + 1)).decode()
    body = {"path": f"{folder}/larger", "format": "AUTO", "content": content}
    assert dev.ask("POST", f"{WORKSPACE}/import", body).code == "400 MAX_NOTEBOOK_SIZE_EXCEEDED"


def test_folders_are_made_with_those_above_them_but_never_below_a_file(sdk: WorkspaceClient, dev: Talk) -> None:
    sdk.workspace.mkdirs("/Users/lakeward/a/b")
    sdk.workspace.mkdirs("/Users/lakeward/a/b")
    assert sdk.workspace.get_status("/Users/lakeward/a").object_type == ObjectType.DIRECTORY
    sdk.workspace.upload("/Users/lakeward/a/file", b"", format=ImportFormat.AUTO)
    assert dev.ask("POST", f"{WORKSPACE}/mkdirs", {"path": "/Users/lakeward/a/file/c"}).code == TAKEN


def test_a_workspace_has_files_of_its_own(house: Lakehouse, sdk: WorkspaceClient, folder: str) -> None:
    sdk.workspace.upload(f"{folder}/own.py", b"", format=ImportFormat.AUTO)
    prod = talk(house, workspace="prod")
    assert prod.ask("GET", f"{WORKSPACE}/get-status", query={"path": f"{folder}/own.py"}).code == MISSING
    with pytest.raises(NotFound):
        sdk.workspace.get_status(f"{folder}/none.py")
