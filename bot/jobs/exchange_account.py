"""Reads one person's own account on an exchange: balances and fills, by a key that may only read."""

from __future__ import annotations

from collections.abc import Callable

from bot.jobs.watch import Watch
from bot.settings import Settings
from signals.clock import Clock, SystemClock
from signals.errors import DeskmateError
from signals.exchange_account import ExchangeKey
from signals.market.exchange import Embargo
from signals.market.exchange.account import PAGE, AccountReader
from signals.universe import QUOTE, names_of
from storage.exchange_accounts import AccountKey
from storage.stores import Stores

MOST_PAGES = 10  # of one market's fills in one run; the next run goes on from there


class SyncExchangeAccount:
    """Balances are replaced, fills are added once. The paper ledger is not touched."""

    def __init__(self, stores: Stores, reader: AccountReader, owner: str, watch: Watch) -> None:
        self._store = stores.exchange_accounts
        self._reader = reader
        self._key = AccountKey(owner, reader.exchange)
        self._watch = watch
        self.clock: Clock = SystemClock()

    async def run(self) -> str:
        """One reading; a failure is noted for the owner and raised for the log of jobs."""
        try:
            totals = await self._reader.balances()
            await self._store.replace_balances(self._key, totals, self.clock.now())
            markets = (*self._watch.symbols, *(f"{asset}/{QUOTE}" for asset in totals))
            names = dict.fromkeys(name for market in markets for name in names_of(market))
            added = sum([await self._fills_of(symbol) for symbol in names])
        except DeskmateError as e:
            await self._store.note_fault(self._key, str(e), self.clock.now())
            raise
        finally:
            await self._reader.close()
        return f"{len(totals)} balances, {added} new fills on {self._key.exchange}"

    async def _fills_of(self, symbol: str) -> int:
        added = 0
        for _ in range(MOST_PAGES):
            after = await self._store.newest_id(self._key, symbol)
            fills = await self._reader.fills(symbol, after)
            added += await self._store.add_fills(self._key, fills)
            if len(fills) < PAGE:
                break
        return added


def account_sync(
    settings: Settings, stores: Stores, watch: Watch, embargo_of: Callable[[str], Embargo]
) -> SyncExchangeAccount | None:
    """The job by `EXCHANGE_SYNC_*`; None without a key. UserError for an exchange that cannot be read.

    A pause that the host asked for is the same for account and candles: `embargo_of` gives the one of its name.
    """
    given = settings.exchange
    if given.sync_key is None or given.sync_secret is None or given.sync_owner is None:
        return None
    key = ExchangeKey(given.sync_key.get_secret_value(), given.sync_secret.get_secret_value())
    name = given.sync_exchange or settings.market.exchanges[0]
    reader = AccountReader(name, key, embargo=embargo_of(name))
    return SyncExchangeAccount(stores, reader, given.sync_owner, watch)
