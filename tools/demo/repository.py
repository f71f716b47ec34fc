"""A git repository of the demo's own, whatever the user's git is set to. It knows git, not what is kept in it."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from demo.errors import DemoError

SECONDS = 30
SETTINGS = {
    "user.name": "The platform team",
    "user.email": "platform@example.com",
    "init.defaultBranch": "main",
    "core.hooksPath": "/dev/null",
    "core.autocrlf": "false",
    "commit.gpgSign": "false",
    "gc.auto": "0",  # would go on in the background
    "maintenance.auto": "false",
}


def needed(environ: Mapping[str, str]) -> str:
    """The program git. DemoError when there is none."""
    found = shutil.which("git", path=environ.get("PATH"))
    if found is None:
        raise DemoError("git is not on the PATH: install it, because the story is told in commits and reverts.")
    return found


class Repository:
    """A folder that becomes a repository: all that is in it is the first commit."""

    def __init__(self, folder: Path, environ: Mapping[str, str], first: str) -> None:
        self._folder = folder
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self._command = [needed(environ), *settings]
        # a home without settings: options of the command line do not undo all that a user can set
        home = {"HOME": str(folder.parent), "XDG_CONFIG_HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1"}
        self._environ = {n: v for n, v in environ.items() if not n.startswith("GIT_")} | home | {"LC_ALL": "C"}
        self._run("init", "--quiet", "--template=")
        self._run("add", "--all")
        self._run("commit", "--quiet", "--message", first)

    def commit(self, message: str) -> str:
        """Commits every change, and answers as git does, in one line."""
        return self._run("commit", "--all", "--message", message).partition("\n")[0]

    def revert(self, which: str) -> str:
        """Undoes a commit by a new one, and answers as git does, in one line."""
        return self._run("revert", "--no-edit", which).partition("\n")[0]

    def log(self) -> list[str]:
        """A line for each commit, the newest first."""
        return self._run("log", "--oneline", "--no-decorate").splitlines()

    def head(self) -> str:
        """The newest commit, by its short name."""
        return self._run("rev-parse", "--short", "HEAD").strip()

    def edited(self) -> list[str]:
        """What differs from the last commit: names of files, lines led by - and +."""
        return _changed(self._run("diff", "--unified=0").splitlines())

    def committed(self) -> list[str]:
        """What the last commit changed, in the same form."""
        return _changed(self._run("show", "--format=", "--unified=0").splitlines())

    def _run(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - the demo's own words
            [*self._command, *words],
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode != 0:
            said = " ".join((done.stderr or done.stdout).split()) or f"exit code {done.returncode}"
            raise DemoError(f"`git {' '.join(words)}` was refused: {said}")
        return done.stdout


def _changed(lines: Sequence[str]) -> list[str]:
    named = (re.sub(r"^\+\+\+ b/", "  ", line) for line in lines)
    return [line for line in named if re.match(r"  \S|[-+] ", line)]
