"""States of series and rules of markets: only the newest is kept."""

from __future__ import annotations

from decimal import Decimal

from signals.model import MarketRules
from storage.stores import Stores
from tests.storage.builders import BTC, ETH, NOW, series_state


async def test_the_state_of_a_series_takes_the_place_of_the_former_one(stores: Stores) -> None:
    assert await stores.series.get(ETH) is None
    await stores.series.save(series_state())
    await stores.series.save(series_state(status="unavailable", note="delisted", newest_at=None))

    assert await stores.series.get(ETH) == series_state(status="unavailable", note="delisted", newest_at=None)
    assert await stores.series.get(BTC) is None
    assert len(await stores.series.all()) == 1


async def test_all_states_come_in_order(stores: Stores) -> None:
    from dataclasses import replace

    made = [replace(series_state(checked_at=NOW), symbol=symbol) for symbol in ("ETH/USDT", "BTC/USDT")]
    for state in made:
        await stores.series.save(state)

    assert await stores.series.all() == (made[1], made[0])


async def test_the_rules_of_a_market_are_exact_and_replaced(stores: Stores) -> None:
    old = MarketRules(Decimal("0.01"), Decimal("0.00001"), Decimal(10))
    new = MarketRules(Decimal("0.0100"), Decimal("0.00000001"), Decimal("5.5"))
    await stores.market_rules.save("binance", "ETH/USDT", old)
    await stores.market_rules.save("kraken", "ETH/USDT", old)
    await stores.market_rules.save("binance", "ETH/USDT", new)

    assert await stores.market_rules.get("binance", "ETH/USDT") == new
    assert await stores.market_rules.get("kraken", "ETH/USDT") == old
    assert await stores.market_rules.get("binance", "BTC/USDT") is None
