"""Telegram beside everything else in one loop: log in, offer the menu, poll, answer, leave."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from pydantic import SecretStr
from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, ContextTypes, ExtBot, TypeHandler
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from bot.commands.registry import Commands
from bot.telegram_adapter.answering import Answering, menu
from bot.telegram_adapter.courier import Courier
from bot.telegram_adapter.inbound import Me, migration, read
from bot.telegram_adapter.notifier import TelegramNotifier
from bot.telegram_adapter.pace import Pace
from signals.clock import monotonic_s
from signals.errors import TemporaryError, UserError

log = logging.getLogger(__name__)
App = Application[Any, Any, Any, Any, Any, Any]
UPDATES = ("message", "callback_query")  # not edited_message: an edited question is not answered twice
POLL_S = 20
TELL_EVERY_S = 60.0
LEAVE_S = 3.0
REFUSED = "Telegram refuses TELEGRAM_TOKEN: get a valid one from @BotFather and set it"
CONFLICT = (
    "telegram: another program polls with the same TELEGRAM_TOKEN (409); stop the other one. Trying again with back-off"
)


class PollRequest(HTTPXRequest):
    """The request that polls; tells every status it hears, for the library keeps some to itself."""

    def __init__(self, heard: Callable[[int], None]) -> None:
        super().__init__(connection_pool_size=1, read_timeout=10.0, connect_timeout=10.0, pool_timeout=5.0)
        self._heard = heard

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """The request itself; see the library."""
        code, payload = await super().do_request(*args, **kwargs)
        self._heard(code)
        return code, payload


class PollWatch:
    """Whether polling works: says once when it stops working and once when it works again."""

    def __init__(self) -> None:
        self.refused = asyncio.Event()
        self._told_at: float | None = None
        self._is_down = False

    def heard(self, code: int) -> None:
        """A status of a poll; 401 and 404 mean that the token is refused."""
        if code in (401, 404):
            self.refused.set()
        elif code < 300 and self._is_down:
            self._is_down, self._told_at = False, None
            log.info("telegram: polling works again")

    def failed(self, error: TelegramError) -> None:
        """A poll that failed; the library tries again by itself, after 1 s and then ever later, at most 30 s."""
        self._is_down = True
        now = monotonic_s()
        if self._told_at is not None and now - self._told_at < TELL_EVERY_S:
            return
        self._told_at = now
        if isinstance(error, Conflict):
            log.error(CONFLICT)
        else:
            log.warning("telegram: polling fails (%s: %s); trying again", type(error).__name__, error.message)


class TelegramPlatform:
    """Telegram as one of the platforms; answers at most what the commands answer.

    `api` is the address of a Bot API server of one's own; Telegram's when empty.
    """

    name = "telegram"

    def __init__(self, token: SecretStr, commands: Commands, api: str = "") -> None:
        self._token = token
        self._commands = commands
        self._api = api
        self._answers: set[asyncio.Task[None]] = set()
        self.notifier = TelegramNotifier()

    def __repr__(self) -> str:
        return "TelegramPlatform()"

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then leave within 5 s. UserError for a refused token, TemporaryError for the network."""
        warnings.filterwarnings("ignore", message=".*attribute `retry_after`", category=PTBDeprecationWarning)
        watch, pace = PollWatch(), Pace()
        try:
            application = self._application(watch, pace)
            try:
                async with application:
                    try:
                        await self._serve(application, watch, pace, stop)
                    finally:
                        await self._leave(application)
            finally:
                await application.bot.shutdown()  # the library leaves connections open when logging in fails
        except InvalidToken:
            raise UserError(REFUSED) from None  # the library's own message holds the token
        except TelegramError as e:
            raise TemporaryError(f"Telegram does not answer: {type(e).__name__}") from e
        if watch.refused.is_set():
            raise UserError(REFUSED)

    async def _serve(self, application: App, watch: PollWatch, pace: Pace, stop: asyncio.Event) -> None:
        account = application.bot
        me = Me(account.id, account.username)
        courier = Courier(account, pace)
        answering = Answering(self._commands, courier, me)

        async def on_update(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
            if moved := migration(update):
                courier.moved(*moved)
            elif incoming := read(update, me):
                self._keep(answering.answer(incoming))

        application.add_handler(TypeHandler(Update, on_update))
        await _unless(stop, self._offer_menu(account))
        await application.start()
        self.notifier.attach(account)
        polling = application.updater
        if polling is None or stop.is_set():
            return
        await _unless(
            stop,
            polling.start_polling(
                timeout=POLL_S, bootstrap_retries=-1, allowed_updates=UPDATES, error_callback=watch.failed
            ),
        )
        log.info("telegram: @%s answers", me.username)
        await _first(stop.wait(), watch.refused.wait())

    async def _offer_menu(self, account: ExtBot[Any]) -> None:
        wanted = menu(self._commands.all)
        try:
            offered = tuple((c.command, c.description) for c in await account.get_my_commands())
            if offered != wanted:
                await account.set_my_commands(wanted)
        except InvalidToken:
            raise
        except TelegramError as e:
            log.warning("telegram: the command menu could not be set: %s", e.message)

    def _application(self, watch: PollWatch, pace: Pace) -> App:
        builder = ApplicationBuilder().token(self._token.get_secret_value()).job_queue(None)
        if self._api:
            builder = builder.base_url(f"{self._api}/bot").base_file_url(f"{self._api}/file/bot")
        builder = builder.concurrent_updates(True).rate_limiter(pace)
        builder = builder.connection_pool_size(64).pool_timeout(10.0).connect_timeout(10.0)
        builder = builder.read_timeout(20.0).write_timeout(20.0).media_write_timeout(40.0)
        return builder.get_updates_request(PollRequest(watch.heard)).build()

    def _keep(self, answer: Awaitable[None]) -> None:
        task = asyncio.ensure_future(answer)
        self._answers.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answers.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("telegram: an answer failed", exc_info=error)

    async def _leave(self, application: App) -> None:
        self.notifier.detach()
        polling = application.updater
        if polling is not None and polling.running:
            with suppress(TimeoutError, TelegramError):
                async with asyncio.timeout(1.5):
                    await polling.stop()
        running = list(self._answers)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=LEAVE_S)
        if application.running:
            await application.stop()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, object]) -> None:
    task = asyncio.create_task(work)
    try:
        await _first(asyncio.shield(task), stop.wait())
        if task.done():
            task.result()
    finally:
        task.cancel()


async def _first(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
