"""Starts programs that cannot outlive this process, however it ends, and stops them one by one.
It knows nothing of Kubernetes.

    this process --(pipe)--> guard, a shell in a session of its own
                    ^          kills what is left when the pipe closes: on close(), and on kill -9 of this process
    programs -------+          each writes its own id into the pipe before it becomes the program, so that no moment
                               exists in which it runs unknown to the guard

Each program has a session of its own: a terminal's Ctrl-C reaches only this process, which then stops
them in order.
"""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from lakeward_sandbox.cluster.errors import ClusterError

REGISTER_AND_BECOME = 'echo "+ $$" >&0; exec "$@" </dev/null'

KILL_WHAT_IS_LEFT = """
trap '' INT TERM HUP
kept=' '
while read -r sign pid; do
  case $sign$kept in
    +*) kept="$kept$pid " ;;
    -*" $pid "*) kept="${kept%% $pid *} ${kept#* $pid }" ;;
  esac
done
for pid in $kept; do kill -s KILL -- "-$pid"; done
"""


class Guard:
    """Starts programs and sees to it that they die with this process."""

    def __init__(self) -> None:
        reading, self._pipe = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own script
                ["/bin/sh", "-c", KILL_WHAT_IS_LEFT],
                stdin=reading,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(reading)

    def launch(
        self, command: Sequence[str], log: Path, *, cwd: Path | None = None, environ: Mapping[str, str] | None = None
    ) -> "Program":
        """Starts a program whose output goes to a file. One that cannot run ends at once, the reason is in the log."""
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the command comes from this package, not from input
                ["/bin/sh", "-c", REGISTER_AND_BECOME, "sh", *command],
                stdin=self._pipe,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=environ,
                start_new_session=True,
            )
        return Program(Path(command[0]).name, process, log, self)

    def forget(self, pid: int) -> None:
        """A stopped program's id may soon be another's."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self._pipe, f"- {pid}\n".encode())

    def close(self) -> None:
        """Kills what still runs."""
        os.close(self._pipe)
        self._process.wait()


class Program:
    """One running program."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path, guard: Guard) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._guard = guard

    @property
    def pid(self) -> int:
        return self._process.pid

    def ended(self, within: float) -> bool:
        """Whether it ends within so many seconds; returns at once when it does."""
        try:
            self._process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        self._guard.forget(self._process.pid)
        return True

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def stop(self, patience: float) -> None:
        """SIGTERM, and SIGKILL to its whole group if it has not ended in so many seconds, or when interrupted."""
        try:
            if patience and self._process.poll() is None:
                self._process.terminate()
                self.ended(within=patience)
        finally:
            if self._process.poll() is None:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            self._guard.forget(self._process.pid)

    def end_of_log(self, lines: int = 8) -> str:
        """What it said last, indented to stand below a sentence."""
        said = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join(f"  {line}" for line in said)


def answer(
    command: Sequence[str], *, environ: Mapping[str, str] | None = None, cwd: Path | None = None, within: float = 30
) -> str:
    """The standard output of a short command; ClusterError says what it said when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the command comes from this package, not from input
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=within,
            env=environ,
            cwd=cwd,
        )
    except OSError as error:
        raise ClusterError(f"{command[0]} cannot be run: {error.strerror}.") from error
    except subprocess.TimeoutExpired as error:
        raise ClusterError(f"`{' '.join(command)}` did not answer in {within:.0f} seconds.") from error
    if done.returncode != 0:
        raise ClusterError(f"`{' '.join(command)}` failed:\n{done.stderr.rstrip()}")
    return done.stdout


def pause(seconds: float) -> None:
    """The one place that waits for nothing but time: between two looks at what cannot be waited for, such as a lock."""
    threading.Event().wait(seconds)
