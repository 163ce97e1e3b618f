"""What Discord's refusals mean, and how often a call is tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

log = logging.getLogger(__name__)
T = TypeVar("T")

WAITS_S = (0.5, 1.5, 4.0, 10.0, 15.0)
LONGEST_LIMIT_S = 60.0
UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
ALREADY_ACKNOWLEDGED, TOKEN_ENDED = 40060, 50027

TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)
"""Everything that a call to Discord may raise (time-outs are OSErrors)."""


async def persist(call: Callable[[], Awaitable[T]], *, sure: bool = True) -> T:
    """The call's result, tried for half a minute over what may pass: 5xx, a cut connection, a short rate limit.

    `sure` False: the call must not happen twice, so it is tried again only where it surely did not happen.
    Raises the last trouble; refusals (4xx) at once. Never cancels a call that runs: discord.py would keep its global
    rate limit closed for ever.
    """
    for wait_s in WAITS_S:
        try:
            return await call()
        except discord.RateLimited as e:
            if e.retry_after > LONGEST_LIMIT_S:
                raise
            await asyncio.sleep(e.retry_after)
        except discord.DiscordServerError as e:
            log.info("Discord answered %s; trying again in %.1f s", e.status, wait_s)
            await asyncio.sleep(wait_s)
        except (aiohttp.ClientError, OSError) as e:
            if not sure and not isinstance(e, aiohttp.ClientConnectorError):
                raise
            log.info("no answer from Discord (%s); trying again in %.1f s", type(e).__name__, wait_s)
            await asyncio.sleep(wait_s)
    return await call()


def is_gone(e: BaseException) -> bool:
    """The message or channel does not exist any more."""
    return isinstance(e, discord.NotFound) and e.code in (UNKNOWN_CHANNEL, UNKNOWN_MESSAGE)


def token_ended(e: BaseException) -> bool:
    """The 15 minutes in which an interaction can be answered through its token are over, or it was never accepted."""
    ended = (TOKEN_ENDED, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION)
    return isinstance(e, discord.HTTPException) and (e.code in ended or e.status == 401)


def in_words(e: BaseException) -> str:
    """One line for the log, without tokens: addresses of interactions carry theirs."""
    if isinstance(e, discord.HTTPException):
        return f"{type(e).__name__} {e.status} (code {e.code})"
    return type(e).__name__
