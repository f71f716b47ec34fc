"""The digest of a version's files as they lie there now: read and hashed beside the passes, in constant memory.

The files of a finished version never change, so what was hashed once is kept, by whomever. Opens no model.
"""

import hashlib

from lakeward.engine.work import Failed, Running, Stopped, Tell
from lakeward.providers.databricks import artifacts
from lakeward.providers.databricks.client import Databricks
from lakeward.providers.databricks.registry import Version


def remember(client: Databricks, version: Version, digest: str, *, told: bool = False) -> None:
    """Keep what was hashed elsewhere: by us while it was copied, or as we were `told`, which proves nothing."""
    client.snapshots.put(_key(client, version, told=told), digest)


def remembered(client: Databricks, version: Version, *, told: bool = False) -> str | None:
    """The digest that this process has made, or only been `told`; None where there is none. It reads nothing."""
    known = client.snapshots.peek(_key(client, version, told=told))
    return str(known) if known is not None else None


def digest(client: Databricks, version: Version) -> str | Running:
    """The digest, or how far its reading has come. Raises the problem that the last try ended with."""
    known = remembered(client, version)
    if known is not None:
        return known
    name = " ".join(_key(client, version))
    match client.works.state(name):
        case Running() as state:
            return state
        case Failed(problem):
            raise problem

    def work(tell: Tell) -> None:
        remember(client, version, _read(client.fresh(), version.model, version.version, tell))

    client.works.start(name, work, client.wake)
    return Running("queued")


def _key(client: Databricks, version: Version, *, told: bool = False) -> tuple[str, str]:
    # a number is given again when a model is made anew under its name
    kind = "told digest" if told else "digest"
    return client.scope, f"{kind} {version.model}/{version.version} of {version.created_at}"


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
