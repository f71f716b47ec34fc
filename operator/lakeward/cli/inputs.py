"""What every command over manifests is told by flags, and what it is handed for them: settings, manifests, Secrets.

Knows no kind and no output. What cannot be used ends the command with one sentence and 1, Ctrl-C with 130.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from lakeward.cli.secrets import SecretError, Secrets, given
from lakeward.settings import OPTIONS, Settings, SettingsError, load, scrub, variable

if TYPE_CHECKING:
    from lakeward.cli.directory import Manifests
    from lakeward.engine.outcome import Key

WRONG, INTERRUPTED = 1, 130
SHARED = ("cluster_name", "allowed_hosts", "allow_loopback_http", "calls_per_second", "drift_grace")


class Unusable(Exception):  # noqa: N818 - said of what the user gave
    """What keeps a command from beginning, as one sentence."""


@dataclass(frozen=True)
class Inputs:
    """All that a command over manifests works with."""

    settings: Settings
    manifests: "Manifests"
    secrets: Secrets


class Parser(argparse.ArgumentParser):
    """Wrong usage ends with 1, because 2 has a meaning of its own in these commands."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(WRONG, f"{self.prog}: {message}\n")


def parser(prog: str, details: str, examples: str) -> Parser:
    """A parser without any flag yet."""
    return Parser(
        prog=prog,
        description=details,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def ask(to: Parser, *, stdin: bool = True) -> None:
    """Add the flags for manifests, Secrets and the settings that previews share with the operator."""
    places = "folder, file, or - for standard input" if stdin else "folder or file"
    to.add_argument("-f", "--file", metavar="PATH", action="append", required=True, help=places)
    to.add_argument(
        "--secret",
        metavar="SECRET",
        action="append",
        default=[],
        help="[NAMESPACE/]NAME/KEY=@FILE or [NAMESPACE/]NAME/KEY=env:VARIABLE, a value of a Secret",
    )
    to.add_argument(
        "--namespace", metavar="NS", default="default", help="namespace of objects that name none (default)"
    )
    for option in (option for option in OPTIONS if option.field in SHARED):
        alone: dict[str, Any] = {"nargs": "?", "const": "true"} if option.shape == "BOOL" else {}
        text = f"{option.help}, or {option.variable}"
        to.add_argument(option.flag, dest=option.field, metavar=option.shape, help=text, **alone)


def ask_promotion(to: Parser) -> None:
    """Add the flag that `chosen` understands."""
    to.add_argument("--promotion", metavar="NAME", help="only this ModelPromotion: NAME or NAMESPACE/NAME")


def chosen(keys: "Sequence[Key]", promotion: str | None) -> "tuple[Key, ...]":
    """Those that `--promotion` means. Raises Unusable where it means none, or several."""
    if promotion is None:
        return tuple(keys)
    namespace, _, name = promotion.rpartition("/")
    found = tuple(key for key in keys if key.name == name and namespace in {"", key.namespace})
    if not found:
        raise Unusable(f"--promotion: no ModelPromotion {promotion} among the manifests")
    if len(found) > 1:
        several = ", ".join(f"{key.namespace}/{key.name}" for key in found)
        raise Unusable(f"--promotion: {promotion} is {several}: say which")
    return found


def read(arguments: argparse.Namespace, *, status: bool = True) -> Inputs:
    """Everything that the flags of `ask` name; `status` as in `directory.read`.

    Raises Unusable. Afterwards no SDK can log in on its own.
    """
    try:
        settings = load({name: getattr(arguments, name) for name in SHARED})
        values = given(arguments.secret, variable)
    except (SettingsError, SecretError) as error:
        raise Unusable(str(error)) from None
    from lakeward.cli import directory  # noqa: PLC0415 - a wrong flag does not wait for it

    manifests = directory.read(arguments.file, arguments.namespace, sys.stdin.read, status=status)
    if not (manifests.objects or manifests.faults):
        raise Unusable(f"no manifest of ours in {', '.join(arguments.file)}")
    # before the SDKs are imported, which look at the environment
    scrub()
    return Inputs(settings, manifests, Secrets(manifests.secrets, values))


def run(prog: str, work: Callable[[], int]) -> int:
    """The exit code of the work, or of what ended it."""
    try:
        return work()
    except Unusable as error:
        sys.stderr.write(f"{prog}: {error}\n")
        return WRONG
    except KeyboardInterrupt:
        # a normal exit would wait for calls that still run
        sys.stdout.flush()
        os._exit(INTERRUPTED)


def coloured() -> bool:
    """Whether standard output is a terminal whose user wants colours."""
    return sys.stdout.isatty() and not variable("NO_COLOR")
