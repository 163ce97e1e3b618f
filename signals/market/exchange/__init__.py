"""Candles of a real exchange over ccxt, whose only home this package is."""

from signals.market.exchange.embargo import Embargo, EmbargoMemory
from signals.market.exchange.source import DEFAULT_POLICY, ExchangePolicy, ExchangeSource

__all__ = ["DEFAULT_POLICY", "Embargo", "EmbargoMemory", "ExchangePolicy", "ExchangeSource"]
