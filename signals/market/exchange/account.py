"""A person's own account on an exchange, read and never written: two calls, each one a GET of a known address.

Whatever else ccxt can do with the key is refused before anything is sent, by its name and once more by its address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from signals.clock import from_ms
from signals.errors import TemporaryError, UserError
from signals.exchange_account import ExchangeFill, ExchangeKey
from signals.market.exchange import client as wire
from signals.market.exchange.embargo import Embargo

Answer = TypeVar("Answer")
READS: Mapping[str, frozenset[tuple[str, str]]] = {
    "binance": frozenset({("public", "exchangeInfo"), ("private", "account"), ("private", "myTrades")}),
}
PAGE = 1000
DEADLINE_S = 20.0


class NotReadingError(UserError):
    """Something other than a known read was asked for; nothing was sent."""


def read_only(client: Any) -> None:
    """Let the client send nothing but a GET of the exchange's addresses in `READS`; all else raises `NotReadingError`.

    Held at both ends: where a call gets its name and signature, and where a request leaves.
    """
    reads = READS[client.id]
    sign, send = client.sign, client.fetch
    addresses = {_address(f"{client.urls['api'][api]}/{path}") for api, path in reads}

    def signed(path: str, api: Any = "public", method: Any = "GET", *rest: Any, **named: Any) -> Any:
        name = api[0] if isinstance(api, list | tuple) else api
        if method != "GET" or (name, path) not in reads:
            raise NotReadingError(f"{client.id}: {method} {path} is not read-only; nothing was sent.")
        return sign(path, api, method, *rest, **named)

    async def fetch(url: str, method: Any = "GET", headers: Any = None, body: Any = None) -> Any:
        if method != "GET" or body or _address(url) not in addresses:
            raise NotReadingError(f"{client.id}: {method} {urlsplit(url).path} is not read-only; nothing was sent.")
        return await send(url, method, headers, body)

    client.sign, client.fetch = signed, fetch
    _stay_here(client)


def _stay_here(client: Any) -> None:
    """Follow no redirect: the key would go along."""
    import aiohttp

    async def refuse(*_: Any) -> None:
        raise TemporaryError(f"{client.id} sends the request elsewhere; it was not followed")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    trace.freeze()
    client.session.trace_configs.append(trace)


class AccountReader:
    """Reads balances and fills with one key. Knows nothing of storage; `close` it.

    `embargo` is the host's, shared with whoever else asks it; None: one of its own.
    """

    def __init__(
        self,
        exchange: str,
        key: ExchangeKey,
        *,
        connect: Callable[[str, float], Any] = wire.connect,
        embargo: Embargo | None = None,
    ) -> None:
        if exchange not in READS:
            raise UserError(f"EXCHANGE_SYNC_EXCHANGE={exchange}: only {', '.join(READS)} can be read.")
        self.exchange = exchange
        self.embargo = embargo or Embargo(exchange)
        self._key = key
        self._connect = connect
        self._client: Any = None
        self._session: Any = None

    async def balances(self) -> dict[str, Decimal]:
        """What is held of each asset, in orders or not; assets of which nothing is held are left out."""
        client = await self._open()
        answer = await self._call(client.fetch_balance)
        if not isinstance(answer.get("total"), dict):
            raise TemporaryError(f"{self.exchange} did not tell its balances")
        totals = {asset: self._decimal(total) for asset, total in answer["total"].items()}
        return {asset: total for asset, total in sorted(totals.items()) if total}

    async def fills(self, symbol: str, after: int | None) -> tuple[ExchangeFill, ...]:
        """At most `PAGE` fills of a market whose numbers come after `after`, oldest first; from the beginning at None.

        Empty where the exchange does not list the market.
        """
        client = await self._open()
        if symbol not in client.markets:
            return ()
        first = {"fromId": 0 if after is None else after + 1}
        found = await self._call(partial(client.fetch_my_trades, symbol, None, PAGE, first))
        return tuple(sorted((self._fill(symbol, one) for one in found), key=lambda fill: int(fill.fill_id)))

    async def close(self) -> None:
        """Close the connections; a later call opens them again."""
        client, session = self._client, self._session
        self._client = self._session = None
        if session is not None:
            await session.close()
        if client is not None:
            await client.close()

    async def _open(self) -> Any:
        if self._client is None:
            await wire.preload()
            client = self._connect(self.exchange, DEADLINE_S)
            client.apiKey, client.secret = self._key.key, self._key.secret
            client.number = str  # ccxt's floats would lose digits
            client.options |= {"fetchCurrencies": False, "fetchMargins": False}  # both would ask with the key
            wire.guard(client, self.embargo, DEADLINE_S)
            read_only(client)
            self._client, self._session = client, client.session
        if not self._client.markets:
            await self._call(partial(wire.load_markets, self._client))
        return self._client

    async def _call(self, request: Callable[[], Awaitable[Answer]]) -> Answer:
        """One answer; what the exchange says against the key is for the operator, who is told the setting's name."""
        import ccxt

        async def asked() -> Answer:
            try:
                return await request()
            except (ccxt.AuthenticationError, ccxt.PermissionDenied) as e:
                why = wire.short(e)
                raise UserError(
                    f"{self.exchange} refuses EXCHANGE_SYNC_KEY or EXCHANGE_SYNC_SECRET ({why}): "
                    "make a key there that may only read, and set both."
                ) from None
            except ccxt.InvalidNonce as e:
                raise TemporaryError(
                    f"{self.exchange} refuses this machine's clock ({wire.short(e)}): set it right, with NTP."
                ) from None

        self.embargo.check()
        try:
            answer = await wire.asked(self.exchange, self.embargo, asked)
        except TemporaryError as e:
            if e.retry_after_s is None:
                self.embargo.failed()
            raise
        self.embargo.succeeded()
        return answer

    def _fill(self, symbol: str, told: Any) -> ExchangeFill:
        try:
            fee = told.get("fee") or {}
            if told["side"] not in ("buy", "sell") or not str(told["id"]).isdigit():
                raise TemporaryError(f"{self.exchange} told a fill of {symbol} without its side or number")
            at = from_ms(int(told["timestamp"]))
            amounts = (
                self._decimal(told["amount"]),
                self._decimal(told["price"]),
                self._decimal(fee.get("cost") or "0"),
            )
            return ExchangeFill(symbol, str(told["id"]), told["side"], *amounts, str(fee.get("currency") or ""), at)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise TemporaryError(f"{self.exchange} told an unreadable fill of {symbol}") from e

    def _decimal(self, value: object) -> Decimal:
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise TemporaryError(f"{self.exchange} told an amount that is no number")
        return number


def _address(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc, parts.path
