"""URLs that carry their own permission, as cloud storage has them: one method on one file for an hour, without a token.
They are signed with the secret of the state folder, so they hold over a restart.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from lakeward_sandbox.calls import Call
from lakeward_sandbox.errors import denied
from lakeward_sandbox.principals import ALL, Principal
from lakeward_sandbox.sites import Workspace
from lakeward_sandbox.state import State

PREFIX = "/_presigned"
_SECONDS = 3600


def url(call: Call, method: str, path: str) -> str:
    """On the host by which the client reached us."""
    grant = {"for": call.principal.name, "expires": str(int(time.time()) + _SECONDS)}
    signed = {**grant, "signature": _signature(call.state, call.workspace, method, path, grant)}
    return f"{call.base_url}{PREFIX}{quote(path)}?{urlencode(signed)}"


def holder(state: State, workspace: Workspace, method: str, path: str, query: Mapping[str, str]) -> Principal:
    """Who may do this by the URL's own permission, or 403."""
    grant = {name: query.get(name, "") for name in ("for", "expires")}
    signature = _signature(state, workspace, "GET" if method == "HEAD" else method, path, grant)
    if not hmac.compare_digest(signature.encode(), query.get("signature", "").encode()):
        raise denied("The signature of this URL does not match.")
    if int(grant["expires"]) < time.time():
        raise denied("This URL has expired.")
    return next(principal for principal in ALL if principal.name == grant["for"])


def _signature(state: State, workspace: Workspace, method: str, path: str, grant: Mapping[str, str]) -> str:
    text = "\n".join(["presigned", workspace.name, method, path, grant["for"], grant["expires"]])
    return hmac.new(state.folder.secret(), text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
