"""`chat`: questions line by line, typed or piped."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from decimal import Decimal

from bot.app import open_app
from bot.cli.output import console, thinking
from bot.commands.ask import LONGEST, Defaults
from bot.reply import Reply
from bot.service import schedule_of
from bot.settings import Settings
from bot.terminal_adapter import show
from bot.terminal_commands import TypedCommands, hint
from bot.wording import clean

PROMPT = "you> "
HELP = """\
Ask in plain words:
  should I buy ETH with $2k?       a recommendation: size, stop, targets
  and with $5k?  and SOL?  why?    follow-ups, for 30 minutes
  why did you go short on LINK?    an issued signal, with its evidence
  how did my last SOL trades go?   your own records
/help lists the commands, such as /signal eth 4h; /quit (or Ctrl-D) ends."""


class Talk:
    """One conversation in the terminal."""

    def __init__(self, settings: Settings, balance: Decimal | None, *, use_model: bool) -> None:
        self._settings = settings
        self._balance = balance
        self._use_model = use_model
        self._typed = sys.stdin.isatty()
        self._out = console()
        self._tell: Callable[[Reply], None] = _untold

    async def run(self) -> int:
        """Answer until /quit or the end of the input; gives back the exit status."""
        async with open_app(self._settings) as parts:
            defaults = Defaults(self._balance, self._use_model)
            typed = TypedCommands(await parts.commands(await schedule_of(parts), defaults), self._progress)
            self._out.print("Ask about a market, or /help. Not financial advice.", style="dim", markup=False)
            watching = asyncio.create_task((await parts.ingest()).keep_whole())
            try:
                await self._converse(typed)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
        return 0

    async def _converse(self, typed: TypedCommands) -> None:
        while (line := await self._line()) is not None:
            if line.strip() in ("/quit", "/exit"):
                break
            if line.strip():
                await self._answer(typed, line)

    async def _answer(self, typed: TypedCommands, line: str) -> None:
        if not self._typed:
            self._out.print(f"{PROMPT}{clean(line.strip())[:70]}", markup=False)
        if line.strip().lower() in ("/help", "help"):
            self._out.print(HELP, markup=False)
            line = "/help"
        with thinking("looking ...") as tell:
            self._tell = tell
            reply = await typed.answer(line)
            self._tell = _untold
        show(reply, self._out)
        for picture in reply.pictures:
            kept = await asyncio.to_thread(self._kept, "pictures", picture.name, picture.png)
            self._out.print(f"picture: {kept}", style="dim", markup=False)
        for file in reply.files:
            kept = await asyncio.to_thread(self._kept, "files", file.name, file.content)
            self._out.print(f"file: {kept}", style="dim", markup=False)
        buttons = reply.confirm.buttons if reply.confirm else reply.buttons
        if buttons:
            self._out.print(f"press: {hint(buttons)}", style="dim", markup=False)

    def _kept(self, place: str, name: str, content: bytes) -> str:
        folder = self._settings.data_dir / place
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        return str(path)

    def _progress(self, reply: Reply) -> None:
        self._tell(reply)
        if reply.text:
            self._out.print(clean(reply.text), style="dim", markup=False)

    async def _line(self) -> str | None:
        """The next line, None at the end; read in a daemon thread, which Ctrl-C need not wait for."""
        loop = asyncio.get_running_loop()
        got: asyncio.Future[str | None] = loop.create_future()

        def deliver(value: str | None) -> None:
            if not got.done():
                got.set_result(value)

        def read() -> None:
            line = self._typed_line() if self._typed else _piped_line()
            if not loop.is_closed():
                loop.call_soon_threadsafe(deliver, line)

        threading.Thread(target=read, name="chat-input", daemon=True).start()
        return await got

    def _typed_line(self) -> str | None:
        try:
            return input(PROMPT)
        except (EOFError, ValueError):
            return None


def _untold(_reply: Reply) -> None:
    """Nothing is being answered, so nothing is shown."""


def _piped_line() -> str | None:
    """At most one character more than a question may have, so that a long line is refused without being held."""
    line = sys.stdin.readline(LONGEST + 2)
    if not line:
        return None
    rest = line
    while rest and not rest.endswith("\n"):
        rest = sys.stdin.readline(65_536)
    return line.rstrip("\n")
