"""Log lines: which object they are about, and that nothing in them can be used to log in."""

import io
import json
import logging

import pytest

from lakeward.cluster.logs import JsonLines, TextLines, about, redacted


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Authorization: Bearer abcdefgh12345678", "Authorization: [redacted]"),
        ("basic dXNlcjpwYXNzd29yZA==", "[redacted]"),
        ("token dapi0123456789abcdef0123-2 refused", "token [redacted] refused"),
        ("got eyJhbGciOiJS.eyJzdWIiOiIx.c2lnbmF0dXJl here", "got [redacted] here"),
        ("client_secret=verysecret&x=1", "[redacted]&x=1"),
        ('{"access_token": "abcdefgh"}', '{"[redacted]"}'),
        ("catalog ml_prod is in place", "catalog ml_prod is in place"),
        ("bearer of news", "bearer of news"),
    ],
)
def test_credentials_are_cut_out(text: str, cut: str) -> None:
    assert redacted(text) == cut


def line(formatter: logging.Formatter, *, failed: bool = False) -> str:
    stream = io.StringIO()
    logger = logging.Logger("room")  # noqa: LOG001 - one that no other test sees
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger.addHandler(handler)
    with about("MLWorkspace team/dev"):
        if failed:
            try:
                int("password=abcdefgh")
            except ValueError:
                logger.exception("it failed")
        else:
            logger.warning("said %s", "Bearer abcdefgh12345678")
    return stream.getvalue()


def test_a_text_line_names_its_object_and_hides_credentials() -> None:
    text = line(TextLines())
    assert text.endswith("Z WARNING MLWorkspace team/dev: said [redacted]\n")


def test_a_json_line_is_one_object() -> None:
    found = json.loads(line(JsonLines()))
    del found["time"]
    assert found == {
        "level": "warning",
        "object": "MLWorkspace team/dev",
        "logger": "room",
        "message": "said [redacted]",
    }


@pytest.mark.parametrize("formatter", [TextLines(), JsonLines()], ids=["text", "json"])
def test_a_traceback_hides_credentials_too(formatter: logging.Formatter) -> None:
    text = line(formatter, failed=True)
    assert "Traceback" in text
    assert "ValueError: invalid literal" in text
    assert "[redacted]" in text
    assert "abcdefgh" not in text.replace('int("password=abcdefgh")', "")
