"""The chain of candle sources that the settings ask for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.embargoes import EmbargoFile
from bot.setting_groups import MarketSettings
from signals.clock import Clock, SystemClock
from signals.errors import UserError
from signals.market.source import CandleSource

if TYPE_CHECKING:
    from signals.market.exchange import Embargo


def names(market: MarketSettings) -> tuple[str, ...]:
    """Exchange names in order of preference, under which series are stored."""
    return market.exchanges if market.source == "exchange" else (market.source,)


def embargo_of(chain: Sequence[CandleSource], data_dir: Path, name: str) -> Embargo:
    """The embargo of an exchange: that of its candle source, so that both obey one pause; else one of its own."""
    from signals.market.exchange import Embargo, ExchangeSource

    for source in chain:
        if isinstance(source, ExchangeSource) and source.exchange == name:
            return source.embargo
    return Embargo(name, memory=EmbargoFile(data_dir, SystemClock()))


def build(market: MarketSettings, clock: Clock, data_dir: Path) -> tuple[CandleSource, ...]:
    """The sources, first choice first; UserError where a setting is missing. Pauses are kept in the data folder."""
    if market.source == "replay":
        from signals.market.replay import ReplaySource

        if market.replay_dir is None:
            raise UserError("MARKET_SOURCE=replay needs MARKET_REPLAY_DIR, the folder with the candle files")
        return (ReplaySource(market.replay_dir, clock),)
    if market.source == "simulated":
        from signals.market.simulated import SimulatedSource

        return (SimulatedSource(market.seed, clock),)
    from signals.market.exchange import Embargo, ExchangeSource

    wall = SystemClock()
    memory = EmbargoFile(data_dir, wall)
    embargoes = {name: Embargo(name, memory=memory) for name in market.exchanges}
    return tuple(ExchangeSource(name, clock=wall, embargo=embargo) for name, embargo in embargoes.items())
