"""What commands print: answers on standard output, progress and logs on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from bot.reply import Reply

Progress = Callable[[int, int, str], None]


def print_json(value: Any) -> None:
    """One JSON document on standard output; NaN and infinities are refused."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def console(*, stderr: bool = False) -> Console:
    """A console that adds no highlighting of its own and is at least 60 columns wide."""
    from rich.console import Console

    out = Console(stderr=stderr, highlight=False)
    out.width = max(out.width, 60)
    return out


def print_reply(reply: Reply, *, as_json: bool) -> None:
    """The reply for a person, or as JSON."""
    if as_json:
        from bot.reply_json import reply_json

        print_json(reply_json(reply))
        return
    from bot.terminal_adapter import show

    show(reply, console())


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on standard error; calls of the yielded function set how much is done, of how much, and of what."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[what]}"),
    )
    with Bar(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, what="")

        def update(done: int, total: int, what: str = "") -> None:
            bar.update(task, completed=done, total=total, what=what)

        yield update


@contextmanager
def thinking(text: str) -> Iterator[Callable[[Reply], None]]:
    """A sign of life on standard error while an answer is made, gone when it is there.

    The yielded function shows what a reply on its way says: the place in the queue, the checked sentences so far.
    Where standard error is no terminal nothing is shown.
    """
    from rich.text import Text

    from bot.wording import clean

    err = console(stderr=True)
    if not err.is_terminal:
        yield lambda _reply: None
        return
    with err.status(Text(text)) as status:

        def tell(reply: Reply) -> None:
            said = [part for part in (reply.text, *reply.notes) if part]
            if said:
                status.update(Text(clean(" ".join(said))))

        yield tell


def told(reply: Reply, *, as_json: bool) -> int:
    """Print a measurement's reply; the exit status, 1 when it fell short."""
    print_reply(reply, as_json=as_json)
    return 1 if reply.error else 0
