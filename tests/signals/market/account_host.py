"""A server that speaks Binance's public protocol for one account: lists markets, checks keys and signatures."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from signals.exchange_account import ExchangeKey
from signals.market.exchange import Embargo, client
from signals.market.exchange.account import AccountReader

KEY = ExchangeKey("the-key-that-may-only-read", "the-secret-nobody-may-see")
READS = {"/api/v3/exchangeInfo", "/api/v3/account", "/api/v3/myTrades"}
REFUSED = {-1021: 400, -1022: 400, -2014: 401, -2015: 401}


def a_trade(number: int, **changed: Any) -> dict[str, Any]:
    """A row of myTrades."""
    row = {"symbol": "ETHUSDT", "id": number, "orderId": 7, "price": "1561.20000001", "qty": "0.10000000"}
    row |= {"quoteQty": "156.12", "commission": "0.00010000", "commissionAsset": "BNB", "isMaker": False}
    return row | {"time": 1_667_900_000_000 + number, "isBuyer": number % 2 == 1, "isBestMatch": True} | changed


def _market(base: str) -> dict[str, Any]:
    one = {"symbol": f"{base}USDT", "status": "TRADING", "baseAsset": base, "quoteAsset": "USDT", "filters": []}
    precisions = {"baseAssetPrecision": 8, "quotePrecision": 8, "quoteAssetPrecision": 8}
    return one | precisions | {"isSpotTradingAllowed": True, "permissions": ["SPOT"], "orderTypes": ["MARKET"]}


class AccountHost:
    """`asked` holds (method, path) of every request; `fault` is a code of Binance's that private calls are met with."""

    def __init__(self) -> None:
        self.base = ""
        self.asked: list[tuple[str, str]] = []
        self.fault = 0
        self.redirect = ""
        self.held: dict[str, tuple[str, str]] = {"BTC": ("0.10000001", "0.00000002"), "USDT": ("100.5", "0")}
        self.trades: list[dict[str, Any]] = [a_trade(1), a_trade(2)]

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((request.method, request.path))
        if self.redirect:
            raise web.HTTPFound(self.redirect)
        if request.path == "/api/v3/exchangeInfo":
            return web.json_response({"symbols": [_market(base) for base in ("BTC", "ETH", "DOGE")]})
        code = self.fault or self._judged(request)
        if code:
            return web.json_response({"code": code, "msg": "no"}, status=REFUSED[code])
        if request.path == "/api/v3/account":
            balances = [{"asset": a, "free": free, "locked": locked} for a, (free, locked) in self.held.items()]
            return web.json_response({"accountType": "SPOT", "balances": balances})
        wanted, first = request.query["symbol"], int(request.query["fromId"])
        rows = [t for t in self.trades if t["symbol"] == wanted and t["id"] >= first]
        return web.json_response(rows[: int(request.query["limit"])])

    def _judged(self, request: web.Request) -> int:
        if request.headers.get("X-MBX-APIKEY") != KEY.key:
            return -2014
        query, _, signature = request.raw_path.partition("?")[2].rpartition("&signature=")
        right = hmac.new(KEY.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        return 0 if hmac.compare_digest(signature, right) and "timestamp" in request.query else -1022

    def connect(self, exchange_id: str, deadline_s: float) -> Any:
        """The real ccxt client, its addresses turned here."""
        opened = client.connect(exchange_id, deadline_s)
        opened.urls["api"] = {name: f"{self.base}/{name}" for name in opened.urls["api"]}
        opened.urls["api"] |= dict.fromkeys(("public", "private"), f"{self.base}/api/v3")
        opened.timeout_on_exit, opened.enableRateLimit = 0, False
        return opened

    def reader(self, key: ExchangeKey = KEY, embargo: Embargo | None = None) -> AccountReader:
        """A reader of this server."""
        return AccountReader("binance", key, connect=self.connect, embargo=embargo)


@asynccontextmanager
async def account_host() -> AsyncIterator[AccountHost]:
    """A running server."""
    host = AccountHost()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", host.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield host
    await runner.cleanup()
