"""Reads a form with files, `multipart/form-data`, as clients upload small files with. It keeps everything in memory."""

from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP

from lakeward_sandbox.errors import invalid


def fields(content_type: str, body: bytes) -> Mapping[str, bytes]:
    """The parts by their names; 400 if it is no such form."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    if message.get_content_type() != "multipart/form-data" or not message.is_multipart():
        raise invalid("The body is not a form.")
    found: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            found[name] = content
    return found
