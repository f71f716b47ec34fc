"""The digest of a version's files as they lie there now: read and hashed beside the passes, in constant memory.

The files of a finished version never change, so what was hashed once is kept. Opens no model.
"""

import hashlib

from lakeward.engine.work import Failed, Running, Stopped, Tell
from lakeward.providers.databricks import artifacts
from lakeward.providers.databricks.client import Databricks


def digest(client: Databricks, model: str, version: int) -> str | Running:
    """The digest, or how far its reading has come. Raises the problem that the last try ended with."""
    key = (client.scope, f"digest {model}/{version}")
    known = client.snapshots.peek(key)
    if known is not None:
        return str(known)
    name = " ".join(key)
    match client.works.state(name):
        case Running() as state:
            return state
        case Failed(problem):
            raise problem

    def work(tell: Tell) -> None:
        client.snapshots.put(key, _read(client.fresh(), model, version, tell))

    client.works.start(name, work, client.wake)
    return Running("queued")


def _read(client: Databricks, model: str, version: int, tell: Tell) -> str:
    files = artifacts.listing(client, model, version)
    entries = []
    for n, file in enumerate(files, 1):
        tell(f"hashing file {n} of {len(files)}")
        made = hashlib.sha256()
        for piece in artifacts.pieces(client, model, version, file):
            if client.works.stopping(amid=True):
                raise Stopped
            made.update(piece)
        entries.append((file.path, file.size, made.hexdigest()))
    return artifacts.manifest(entries)
