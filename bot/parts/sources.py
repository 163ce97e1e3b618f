"""The chain of candle sources that the settings ask for."""

from __future__ import annotations

from bot.setting_groups import MarketSettings
from signals.clock import Clock, SystemClock
from signals.errors import UserError
from signals.market.source import CandleSource


def names(market: MarketSettings) -> tuple[str, ...]:
    """Exchange names in order of preference, under which series are stored."""
    return market.exchanges if market.source == "exchange" else (market.source,)


def build(market: MarketSettings, clock: Clock) -> tuple[CandleSource, ...]:
    """The sources, first choice first; UserError where a setting is missing."""
    if market.source == "replay":
        from signals.market.replay import ReplaySource

        if market.replay_dir is None:
            raise UserError("MARKET_SOURCE=replay needs MARKET_REPLAY_DIR, the folder with the candle files")
        return (ReplaySource(market.replay_dir, clock),)
    if market.source == "simulated":
        from signals.market.simulated import SimulatedSource

        return (SimulatedSource(market.seed, clock),)
    from signals.market.exchange import ExchangeSource

    return tuple(ExchangeSource(name, clock=SystemClock()) for name in market.exchanges)
