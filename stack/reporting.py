"""How a long start tells the person in front of it where it is.

The supervisor speaks to a Reporter; on a terminal it draws, into a file it writes plain lines, and a
detached supervisor sends the same events through a pipe to the command that waits for it.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from herne_stack.errors import StackError
    from rich.progress import Progress, TaskID


class Reporter:
    """Says nothing. The base of the others, and what tests and libraries use."""

    def say(self, text: str) -> None:
        """A finished fact."""

    def begin(self, text: str) -> None:
        """A step begins that may take a while."""

    def done(self, text: str, seconds: float) -> None:
        """The step is over."""

    def progress(self, text: str, current: int, total: int) -> None:
        """How far a countable step is."""

    def fail(self, error: StackError) -> None:
        """The start has failed."""

    def ready(self) -> None:
        """The start has succeeded."""

    def close(self) -> None:
        """Nothing more will be shown."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """A step with its duration."""
        start = time.monotonic()
        self.begin(text)
        yield
        self.done(text, time.monotonic() - start)


class Lines(Reporter):
    """Plain lines, for logs and pipes."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self._stream = stream or sys.stdout
        self._shown = 0

    def say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def begin(self, text: str) -> None:
        self._shown = 0

    def done(self, text: str, seconds: float) -> None:
        self.say(f"{text}: done in {seconds:.1f} s")

    def progress(self, text: str, current: int, total: int) -> None:
        tenth = 10 * current // max(total, 1)
        if tenth and tenth != self._shown:
            self._shown = tenth
            self.say(f"{text}: {10 * tenth} %")


class Terminal(Reporter):
    """A live line for the step under way, finished steps above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = Console(highlight=False)
        self._live: Progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._live.start()

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)

    def begin(self, text: str) -> None:
        self._clear()
        self._task = self._live.add_task(text, total=None)

    def done(self, text: str, seconds: float) -> None:
        self._clear()
        self._console.print(f"[green]✓[/green] {text} [dim]{seconds:.1f} s[/dim]")

    def progress(self, text: str, current: int, total: int) -> None:
        if self._task is None:
            self.begin(text)
        if self._task is not None:
            self._live.update(self._task, completed=current, total=total)

    def ready(self) -> None:
        self.close()

    def close(self) -> None:
        self._clear()
        self._live.stop()

    def _clear(self) -> None:
        if self._task is not None:
            self._live.remove_task(self._task)
            self._task = None


class Pipe(Reporter):
    """Events as JSON lines for `replay`. If nobody reads any more the stack goes on without a word."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream: IO[str] | None = stream

    def _send(self, *event: object) -> None:
        if self._stream is not None:
            try:
                print(json.dumps(event), file=self._stream, flush=True)
            except BrokenPipeError:
                self._stream = None

    def say(self, text: str) -> None:
        self._send("say", text)

    def begin(self, text: str) -> None:
        self._send("begin", text)

    def done(self, text: str, seconds: float) -> None:
        self._send("done", text, seconds)

    def progress(self, text: str, current: int, total: int) -> None:
        self._send("progress", text, current, total)

    def fail(self, error: StackError) -> None:
        self._send("failed", error.what, error.where, error.remedy)
        self.close()

    def ready(self) -> None:
        self._send("ready")
        self.close()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


class Both(Reporter):
    """Two reporters as one: the log of a detached supervisor and the waiting command."""

    def __init__(self, first: Reporter, second: Reporter) -> None:
        self._all = (first, second)

    def say(self, text: str) -> None:
        for one in self._all:
            one.say(text)

    def begin(self, text: str) -> None:
        for one in self._all:
            one.begin(text)

    def done(self, text: str, seconds: float) -> None:
        for one in self._all:
            one.done(text, seconds)

    def progress(self, text: str, current: int, total: int) -> None:
        for one in self._all:
            one.progress(text, current, total)

    def fail(self, error: StackError) -> None:
        for one in self._all:
            one.fail(error)

    def ready(self) -> None:
        for one in self._all:
            one.ready()

    def close(self) -> None:
        for one in self._all:
            one.close()


def replay(line: str, reporter: Reporter) -> None:
    """Give one line of a Pipe to another reporter."""
    kind, *values = json.loads(line)
    getattr(reporter, kind)(*values)


def for_this_output() -> Reporter:
    """A live display on a terminal, plain lines elsewhere."""
    return Terminal() if sys.stdout.isatty() else Lines()
