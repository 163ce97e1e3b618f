"""The bot on Discord: what people type, ask and press becomes one call of the command layer and one answer."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.commands.caller import Caller
from bot.commands.registry import Commands, Offer
from bot.commands.spec import Command, Invocation
from bot.discord_adapter.answer import Answer
from bot.discord_adapter.faults import ALREADY_ACKNOWLEDGED, TROUBLE, in_words
from bot.discord_adapter.places import ChannelPlace, ResponsePlace
from bot.discord_adapter.slash import DIRECT, SERVER_AND_DIRECT, Files, Interaction, Tree, make_command, sync
from bot.reply import Reply

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 30.0
TYPING_S = 8.0
FINISH_S, SAY_SO_S = 2.5, 1.5
LONGEST_LOST_S, LOOK_S = 180.0, 10.0
FREE_LOGINS, LOGIN_WINDOW_S, LOGIN_PAUSE_S = 10, 900.0, 90.0
IN_PLACE = ("refresh", "yes", "no")
UNREADABLE = Reply(text="I can read no text in that message: mention me, write to me directly, or use /ask.")
BROKEN = Reply(text="The answer could not be shown; it is in the log.", error=True)
_ASKED = (discord.MessageType.default, discord.MessageType.reply)


@dataclass(frozen=True, slots=True)
class Home:
    """Where commands are synced to (one server at once, or everywhere), and the file that remembers what was synced."""

    guild_id: int | None
    memory: Path


class Client(discord.Client):
    """Parses events, calls `Commands`, shows the reply. Holds no state that a restart could lose.

    `when_ready` is called after each log-in, when what this bot belongs to is known.
    """

    def __init__(self, commands: Commands, home: Home, *, read_everything: bool) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=read_everything)
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_SLEEP_S,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self._commands = commands
        self._home = home
        self._tree = Tree(self)
        self._answering: dict[asyncio.Task[object], Answer] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._logins: deque[float] = deque(maxlen=FREE_LOGINS)
        self._lost_at: float | None = None
        self.when_ready: Callable[[], None] | None = None

    async def setup_hook(self) -> None:
        """Build the commands and tell Discord, beside the log-in."""
        guild = discord.Object(self._home.guild_id) if self._home.guild_id else None
        suggest = self._commands.autocomplete
        for command in self._commands.all:
            everywhere = DIRECT if guild else SERVER_AND_DIRECT
            self._tree.add_command(make_command(command, self._run, suggest, everywhere, self._own_offers))
            if guild:
                here = make_command(command, self._run, suggest, SERVER_AND_DIRECT, self._own_offers)
                self._tree.add_command(here, guild=guild)
        scopes = (guild, None) if guild else (None,)
        self._beside(sync(self._tree, scopes, self._home.memory))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Space log-ins: ten in a quarter of an hour are free; after 1,000 a day Discord resets the token."""
        now = asyncio.get_running_loop().time()
        often = len(self._logins) == FREE_LOGINS and now - self._logins[0] < LOGIN_WINDOW_S
        self._logins.append(now)
        if often:
            log.warning("many log-ins in a short time: waiting %.0f s", LOGIN_PAUSE_S)
            await asyncio.sleep(LOGIN_PAUSE_S)
        await super().before_identify_hook(shard_id, initial=initial)

    async def on_ready(self) -> None:
        """Say once per log-in who we are."""
        log.info("Discord: logged in as %s, in %d server(s)", self.user, len(self.guilds))
        if self.when_ready is not None:
            self.when_ready()

    async def on_connect(self) -> None:
        """The connection stands."""
        self._lost_at = None

    on_resumed = on_connect

    async def on_disconnect(self) -> None:
        """The connection is lost; the library tries again, in the end only every quarter of an hour."""
        self._lost_at = self._lost_at or asyncio.get_running_loop().time()

    async def lost_for_long(self) -> None:
        """Returns when there was no connection for three minutes: better begin anew than wait for the next try."""
        while True:
            lost_at = self._lost_at
            if lost_at is not None and asyncio.get_running_loop().time() - lost_at >= LONGEST_LOST_S:
                return
            await asyncio.sleep(LOOK_S)

    async def leave(self) -> None:
        """Finish what is answered within seconds, tell the rest that the program ends, and log out."""
        if self._answering:
            await asyncio.wait(tuple(self._answering), timeout=FINISH_S)
        late = dict(self._answering)
        for task in late:
            task.cancel()
        told = [asyncio.create_task(answer.give_up()) for answer in late.values()]
        if told:
            await asyncio.wait(told, timeout=SAY_SO_S)
        for task in (*self._background, *told):
            task.cancel()
        await self.close()

    async def on_interaction(self, interaction: Interaction) -> None:
        """A pressed button: its id says what to do. Slash commands come through the tree."""
        if interaction.type is not discord.InteractionType.component:
            return
        action = interaction.custom_id or ""
        name = action.partition(":")[0]
        server = interaction.guild_id is not None
        on_message = name in IN_PLACE or name == "stop"
        ephemeral = bool(interaction.message and interaction.message.flags.ephemeral)
        hidden = ephemeral or not server if on_message else True
        place = ResponsePlace(interaction, hidden=hidden, in_place=on_message)
        answer = Answer(place, "always" if name == "stop" else "errors" if on_message else "never")
        with self._answering_now(answer):
            if await _acknowledged(interaction, place, hidden=server, thinking=not on_message):
                caller = _caller(interaction.user, interaction.channel_id, private=hidden)
                invocation = Invocation(caller, {}, str(interaction.id), answer.say)
                await _answer(self._commands.press(action, invocation), answer)

    async def on_message(self, message: discord.Message) -> None:
        """Free text to us: in a direct message, a mention, a reply to us, or a thread of ours."""
        text = self._said_to_us(message)
        if text is None:
            return
        place = ChannelPlace(message.channel, message.author, str(message.id), message)
        answer = Answer(place)
        caller = _caller(message.author, message.channel.id, private=message.guild is None)
        invocation = Invocation(caller, {}, str(message.id), answer.say)
        done = asyncio.Event()
        self._beside(_type(message.channel, done))
        with self._answering_now(answer):
            try:
                if text:
                    await _answer(self._commands.ask(text, invocation), answer)
                elif self.user in message.mentions:
                    await _answer(self._commands.run("help", invocation), answer)
                else:
                    await answer.finish(UNREADABLE)
            finally:
                done.set()

    async def _run(self, interaction: Interaction, command: Command, values: Mapping[str, str], files: Files) -> None:
        server = interaction.guild_id is not None
        place = ResponsePlace(interaction, hidden=command.private or not server)
        answer = Answer(place)
        with self._answering_now(answer):
            if await _acknowledged(interaction, place, hidden=command.private and server):
                caller = _caller(interaction.user, interaction.channel_id, private=place.hidden)
                invocation = Invocation(caller, values, str(interaction.id), answer.say, files)
                await _answer(self._commands.run(command.name, invocation), answer)

    async def _own_offers(self, interaction: Interaction, command: str, param: str, typed: str) -> tuple[Offer, ...]:
        """What only the asker sees while they type."""
        given = {name: value for name, value in interaction.namespace if isinstance(value, str)}
        caller = _caller(interaction.user, interaction.channel_id, private=True)
        return await self._commands.own_offers(command, param, caller, given, typed)

    @contextmanager
    def _answering_now(self, answer: Answer) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        self._answering[task] = answer
        try:
            yield
        finally:
            self._answering.pop(task, None)

    def _said_to_us(self, message: discord.Message) -> str | None:
        if message.author.bot or message.webhook_id or message.type not in _ASKED or self.user is None:
            return None
        said = re.sub(rf"<@!?{self.user.id}>", " ", message.content).strip()
        if message.guild is None or self.user in message.mentions:
            return said
        former = message.reference.resolved if message.reference else None
        if isinstance(former, discord.Message) and former.author == self.user:
            return said
        ours = isinstance(message.channel, discord.Thread) and message.channel.owner_id == self.user.id
        return said or None if ours else None

    def _beside(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _caller(user: discord.User | discord.Member, channel_id: int | None, *, private: bool) -> Caller:
    return Caller("discord", str(user.id), private=private, channel=str(channel_id or ""))


async def _type(channel: discord.abc.Messageable, done: asyncio.Event) -> None:
    while not done.is_set():
        try:
            await channel.typing()
        except TROUBLE as e:
            log.debug("cannot show typing: %s", in_words(e))
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), TYPING_S)


async def _acknowledged(interaction: Interaction, place: ResponsePlace, *, hidden: bool, thinking: bool = True) -> bool:
    try:
        await interaction.response.defer(thinking=thinking, ephemeral=hidden)
    except TROUBLE as e:
        if isinstance(e, discord.HTTPException) and e.code == ALREADY_ACKNOWLEDGED:
            log.info("an interaction was answered before")
            return False
        log.warning("an interaction could not be acknowledged in time: %s", in_words(e))
        place.close()
    return True


async def _answer(asked: Awaitable[Reply], answer: Answer) -> None:
    try:
        await answer.finish(await asked)
    except Exception:
        await answer.finish(BROKEN)
        raise
