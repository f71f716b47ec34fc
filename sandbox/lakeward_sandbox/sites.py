"""The addresses of the lakehouse: which API answers on which port. It knows nothing of what they answer."""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from lakeward_sandbox.errors import StartError

HOST = "127.0.0.1"
ACCOUNT_ID = "6c1a3f0e-6f0b-4f5e-9c57-1a2b3c4d5e6f"
TENANT_ID = "2d6b8a4c-91f3-4e07-8a5d-b3c0e7f41d20"


@dataclass(frozen=True)
class Workspace:
    """A Databricks workspace; its id is what `X-Databricks-Org-Id` carries."""

    name: str
    id: int


@dataclass(frozen=True)
class Subscription:
    """An Azure subscription, by the name under which principals have rights in it."""

    name: str
    id: str


SUBSCRIPTION = Subscription("lakehouse", "8f4d2c6a-35b1-4d7e-9a60-5c1e7b3f9d01")
FOREIGN_SUBSCRIPTION = Subscription("foreign", "8f4d2c6a-35b1-4d7e-9a60-5c1e7b3f9d02")
SUBSCRIPTIONS = (SUBSCRIPTION, FOREIGN_SUBSCRIPTION)


@dataclass(frozen=True)
class Azure:
    """Azure Resource Manager, for all subscriptions."""


@dataclass(frozen=True)
class Account:
    """The Databricks account console's API."""

    id: str = ACCOUNT_ID


Place = Azure | Account | Workspace

PLACES: tuple[Place, ...] = (
    Azure(),
    Account(),
    Workspace("dev", 7405600000000001),
    Workspace("test", 7405600000000002),
    Workspace("prod", 7405600000000003),
)


def describe(place: Place) -> str:
    """What a person calls it."""
    match place:
        case Azure():
            return "Azure Resource Manager"
        case Account():
            return "Databricks account"
        case Workspace(name=name):
            return f"Databricks workspace {name}"


@dataclass(frozen=True)
class Site:
    """A place and the port on which it answers."""

    place: Place
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def bind(first_port: int) -> tuple[Sequence[socket.socket], Sequence[Site]]:
    """One bound, not yet listening socket for each place.

    Raises StartError when a port is used by another program.
    """
    sockets: list[socket.socket] = []
    for offset, place in enumerate(PLACES):
        port = first_port + offset if first_port else 0
        try:
            sockets.append(_bound(port))
        except OSError as problem:
            for opened in sockets:
                opened.close()
            why = "is already in use" if problem.errno == errno.EADDRINUSE else f"cannot be used ({problem.strerror})"
            raise StartError(
                f"port {port} for {describe(place)} {why}: end the other program, or choose other ports with --port"
            ) from problem
    return sockets, [Site(place, s.getsockname()[1]) for place, s in zip(PLACES, sockets, strict=True)]


def _bound(port: int) -> socket.socket:
    opened = socket.socket()
    try:
        # connections of the previous run linger in TIME_WAIT; a restart must not wait for them
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # inherited by each connection: an answer in two pieces must not wait for the client's delayed acknowledgement
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.bind((HOST, port))
    except OSError:
        opened.close()
        raise
    return opened
