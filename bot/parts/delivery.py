"""Delivery's parts: the platforms that send, who listens, and what is told of signals."""

from __future__ import annotations

from bot.access import Access, Owners
from bot.alerts.trade_news import TradeNews
from bot.commands.registry import Commands
from bot.delivery.audience import Audience
from bot.delivery.broadcasts import Broadcasts
from bot.delivery.notifier import Notifier
from bot.delivery.private import OutboxNotices
from bot.platforms import Platform
from bot.settings import Settings
from signals.clock import Clock, SystemClock
from storage.notices import Deliver
from storage.stores import Stores


def connections(settings: Settings, commands: Commands) -> tuple[tuple[Platform, ...], list[Notifier]]:
    """The platforms that have a token, and what sends on each."""
    found: list[Platform] = []
    notifiers: list[Notifier] = []
    if settings.discord.token is not None:
        from bot.discord_adapter.platform import DiscordPlatform

        guild = int(settings.discord.guild_id) if settings.discord.guild_id else None
        on_discord = DiscordPlatform(settings.discord.token, commands, settings.data_dir, guild)
        notifiers.append(on_discord.notifier)
        found.append(on_discord)
    if settings.telegram.token is not None:
        from bot.telegram_adapter.client import TelegramPlatform

        on_telegram = TelegramPlatform(settings.telegram.token, commands)
        notifiers.append(on_telegram.notifier)
        found.append(on_telegram)
    return tuple(found), notifiers


def owners_of(settings: Settings) -> Owners:
    """Who owns this installation, and what everybody else may."""
    return Owners(frozenset(settings.access.owners), settings.access.default_role)


def audience_of(settings: Settings, stores: Stores) -> Audience:
    """Who is told of signals."""
    return Audience(stores, Access(stores.people, owners_of(settings)).role)


def broadcasts_of(settings: Settings, stores: Stores) -> Broadcasts:
    """What listeners are told of signals, by the machine's clock."""
    return Broadcasts(stores.outbox, audience_of(settings, stores), SystemClock())


def private_word(stores: Stores, clock: Clock) -> Deliver:
    """What takes private notices; steps of trades are told through it from now on. `clock` is the market's."""
    deliver = OutboxNotices(SystemClock())
    stores.book.tell = TradeNews(deliver, clock)
    return deliver
