"""The only home of ccxt: how its client is opened, guarded and asked, and what its errors and numbers mean."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from signals.errors import DataError, TemporaryError, UnavailableError, UserError
from signals.market.checks import rows_of
from signals.market.exchange.bounded import bounded_session
from signals.market.exchange.embargo import DEFAULT_PAUSE_S, Embargo, retry_after_s
from signals.model import FloatArray, MarketRules, Timeframe
from signals.universe import default_rules

Answer = TypeVar("Answer")
GARBAGE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError)  # what ccxt stumbles over
TICK_SIZE, DECIMAL_PLACES = 4, 2  # ccxt's precisionMode
USUAL_PAGE = 300


@dataclass(frozen=True, slots=True)
class Page:
    """One request for bars: at most `limit` of them, opening at or after `since_ms`."""

    symbol: str
    timeframe: Timeframe
    since_ms: int
    limit: int


async def preload() -> None:
    """Import ccxt in a thread: it takes half a second, in which the loop must not stand still."""

    def read() -> None:
        import ccxt.async_support  # noqa: F401

    if "ccxt.async_support" not in sys.modules:
        await asyncio.to_thread(read)


def connect(exchange_id: str, deadline_s: float) -> Any:
    """A ccxt client for spot markets and public calls; UserError for an exchange that ccxt does not know.

    Needs a running loop. Its session is ours to close, after the client.
    """
    import ccxt.async_support as ccxt

    if exchange_id not in ccxt.exchanges:
        raise UserError(f"{exchange_id} is no exchange known to ccxt: set MARKET_EXCHANGES, such as binance,kraken.")
    limits = {"enableRateLimit": True, "timeout": int(deadline_s * 1000)}
    options = {"defaultType": "spot"}
    client = getattr(ccxt, exchange_id)({**limits, "session": bounded_session(), "options": options})
    if isinstance(client.options.get("fetchMarkets"), dict):
        client.options["fetchMarkets"]["types"] = ["spot"]  # Binance would ask three hosts
    return client


def guard(client: Any, embargo: Embargo, deadline_s: float) -> None:
    """Let every single request of the client obey embargo and deadline, and read every answer before ccxt does.

    ccxt takes an HTML page or half a JSON document with status 200 for an answer; here it is a `TemporaryError`.
    The wait in ccxt's own rate limiter does not count against the deadline.
    """
    send = client.fetch

    async def fetch(url: str, *rest: Any, **named: Any) -> Any:
        embargo.check()
        try:
            async with asyncio.timeout(deadline_s):
                answer = await send(url, *rest, **named)
        except TimeoutError as e:
            raise TemporaryError(f"{client.id} did not answer within {deadline_s:g} s") from e
        if isinstance(answer, str):  # what ccxt makes of JSON that was cut where a bracket closes
            raise TemporaryError(f"{client.id} answered with half a document: {answer[-60:]!r}")
        return answer

    def on_rest_response(*answer: Any) -> str:
        status, headers, text = answer[0], answer[4], str(answer[5]).strip()
        _heed(client.id, status, headers, embargo)
        if status == 200 and (text[:1], text[-1:]) not in (("{", "}"), ("[", "]")):
            raise TemporaryError(f"{client.id} answered with something that is not JSON: {text[:60]!r}")
        return text

    client.fetch, client.on_rest_response = fetch, on_rest_response


async def asked(exchange_id: str, embargo: Embargo, request: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer to one call; else UnavailableError, or TemporaryError for all that may pass."""
    import ccxt

    try:
        return await request()
    except (ccxt.BadSymbol, ccxt.NotSupported) as e:
        raise UnavailableError(f"{exchange_id}: {short(e)}") from e
    except (ccxt.AuthenticationError, ccxt.PermissionDenied) as e:
        embargo.refuse(f"refuses public calls ({short(e)})")
        raise UnavailableError(f"{exchange_id} refuses public calls: {short(e)}") from e
    except (ccxt.RateLimitExceeded, ccxt.DDoSProtection) as e:
        embargo.pause(DEFAULT_PAUSE_S, "asked for a pause")
        raise TemporaryError(f"{exchange_id}: {short(e)}", retry_after_s=DEFAULT_PAUSE_S) from e
    except ccxt.RequestTimeout as e:
        raise TemporaryError(f"{exchange_id} did not answer in time") from e
    except ccxt.BaseError as e:
        raise TemporaryError(f"{exchange_id} did not answer properly: {short(e)}") from e
    except GARBAGE as e:
        raise TemporaryError(f"{exchange_id} answered with something unreadable ({type(e).__name__})") from e


async def fetch_rows(client: Any, page: Page) -> FloatArray:
    """The page's bars as rows for `checks`; TemporaryError when the answer is not a table of bars."""
    answer = await client.fetch_ohlcv(page.symbol, page.timeframe.value, page.since_ms, page.limit)
    try:
        return rows_of(answer)
    except DataError as e:
        raise TemporaryError(f"{client.id}: {e}") from e


async def load_markets(client: Any) -> None:
    """Read the list of markets anew; TemporaryError when it is empty."""
    if not await client.load_markets(True):
        raise TemporaryError(f"{client.id} listed no markets")


async def fetch_time(client: Any) -> float | None:
    """The exchange's time in epoch milliseconds; None when it does not tell."""
    if not client.has.get("fetchTime"):
        return None
    told = await client.fetch_time()
    if not isinstance(told, int | float):
        raise TemporaryError(f"{client.id} did not tell its time")
    return told


def listed(client: Any, symbol: str) -> Mapping[str, Any]:
    """The exchange's entry for a spot market; UnavailableError when it has none or does not trade it."""
    found: Mapping[str, Any] | None = client.markets.get(symbol)
    if found is None or not found.get("spot", True):
        raise UnavailableError(f"{symbol} is not listed on {client.id}.")
    if found.get("active") is False:
        raise UnavailableError(f"{symbol} is not traded on {client.id} at present.")
    return found


def step_of(client: Any, timeframe: Timeframe) -> Timeframe:
    """The timeframe, or the longest shorter one on offer that it can be made of; UnavailableError without any."""
    fitting = [tf for tf in Timeframe if tf.value in client.timeframes and timeframe.ms % tf.ms == 0]
    if not fitting:
        raise UnavailableError(f"{client.id} has no {timeframe} bars.")
    return max(fitting, key=lambda tf: tf.ms)


def page_size(client: Any) -> int:
    """The most bars that one request brings."""
    spot = (client.features or {}).get("spot") or {}
    return int((spot.get("fetchOHLCV") or {}).get("limit") or USUAL_PAGE)


def rules_of(client: Any, symbol: str) -> MarketRules:
    """Tick, lot and minimum as listed; Binance's usual ones for whatever is missing. UnavailableError if not listed."""
    entry, usual = listed(client, symbol), default_rules(symbol)
    precision, limits = entry.get("precision") or {}, entry.get("limits") or {}
    return MarketRules(
        _step(precision.get("price"), client.precisionMode) or usual.tick,
        _step(precision.get("amount"), client.precisionMode) or usual.lot_step,
        _positive((limits.get("cost") or {}).get("min")) or usual.min_notional,
    )


def _heed(exchange_id: str, status: int, headers: Mapping[str, str], embargo: Embargo) -> None:
    if status in (418, 429):
        seconds = retry_after_s(headers)
        embargo.pause(seconds, f"asked for a pause (HTTP {status})")
        raise TemporaryError(f"{exchange_id} asked for a pause of {seconds:.0f} s", retry_after_s=seconds)
    if status in (403, 451):
        embargo.refuse(f"refuses this machine (HTTP {status})")
        raise UnavailableError(f"{exchange_id} refuses this machine (HTTP {status}).")
    if status >= 500:
        raise TemporaryError(f"{exchange_id} has trouble (HTTP {status})")


def short(error: Exception) -> str:
    """What ccxt says, in one line without addresses."""
    text = re.sub(r"(GET )?https?://\S+", "", str(error))
    return " ".join([type(error).__name__, *text.split()])[:160]


def _step(value: object, mode: int) -> Decimal | None:
    """Step of a price or quantity; ccxt tells it as it is, or as a number of decimals."""
    if mode == TICK_SIZE:
        return _positive(value)
    if mode == DECIMAL_PLACES and isinstance(value, int | float):
        return Decimal(1).scaleb(-int(value))
    return None


def _positive(value: object) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return Decimal(format(number.normalize(), "f")) if number.is_finite() and number > 0 else None
