"""A git repository of a test, by the real git."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

WHO = ("-c", "user.name=ana", "-c", "user.email=ana@example.com", "-c", "commit.gpgsign=false")


@dataclass(frozen=True)
class Repository:
    """Its folder; files are written by their paths in it."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Repository":
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder)
        made.git("init", "--quiet", "--initial-branch=main")
        return made

    def git(self, *words: str) -> str:
        command = ["git", *WHO, "-C", str(self.folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    def commit(self, file: str = "", text: str = "") -> None:
        """Everything as it is, after writing one file."""
        if file:
            place = self.folder / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
