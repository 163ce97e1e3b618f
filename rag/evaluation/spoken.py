"""What people call coins, timeframes, sides, strategies, setups, endings and habits: slots of generated questions."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

COINS = {
    "BTC/USDT": ("BTC", "bitcoin", "$btc", "BTCUSDT"),
    "ETH/USDT": ("ETH", "ethereum", "ether", "ETH/USDT"),
    "BNB/USDT": ("BNB", "binance coin"),
    "ADA/USDT": ("ADA", "cardano", "$ada"),
    "SOL/USDT": ("SOL", "solana", "$sol"),
    "DOT/USDT": ("DOT", "polkadot"),
    "POL/USDT": ("POL", "polygon", "MATIC"),
    "AVAX/USDT": ("AVAX", "avalanche"),
    "LINK/USDT": ("LINK", "chainlink"),
    "ATOM/USDT": ("ATOM", "$atom"),
    "UNI/USDT": ("UNI", "uniswap"),
}
TIMEFRAMES = {
    "15m": ("15m", "15 minute", "15-min"),
    "1h": ("1h", "hourly", "1 hour"),
    "4h": ("4h", "4 hour", "four hour"),
    "1d": ("1d", "daily", "1 day"),
}
SIDES = {"BUY": ("buy", "go long on", "long"), "SELL": ("sell", "short", "go short on")}
STRATEGIES = {
    "MACD_MOM": ("macd momentum", "MACD"),
    "RSI_MR": ("rsi mean reversion", "RSI_MR"),
    "SMA_ATR": ("SMA ATR", "sma/atr"),
    "BB_BREAKOUT": ("bollinger breakout", "BB breakout"),
    "ENSEMBLE": ("ensemble",),
}
SETUPS = {
    "golden_cross": ("golden cross",),
    "death_cross": ("death cross",),
    "squeeze": ("squeeze", "volatility squeeze"),
    "oversold_bounce": ("oversold bounce",),
    "overbought_fade": ("overbought fade",),
    "pullback": ("pullback",),
    "breakdown": ("breakdown",),
}
EXITS = {
    "stop_loss": ("got stopped out", "hit the stop", "hit my SL"),
    "take_profit": ("hit the target", "took profit"),
    "timeout": ("timed out", "expired"),
    "manual": ("I closed by hand", "were closed manually"),
}
HABITS = ("panicked", "moved my stop", "chased", "fomo'd in", "went too big", "followed the plan")
TIMES = (
    "yesterday",
    "last week",
    "last month",
    "in May",
    "since April",
    "past 30d",
    "on 17 June",
    "on 17/6",
    "this month",
)
BUDGETS = {"$2k": "2000", "500 bucks": "500", "$1,500": "1500", "1k": "1000", "3000 usdt": "3000", "two grand": "2000"}
_SLOT = re.compile(r"{(\w+)}")
_TABLES: dict[str, Any] = {
    "tf": TIMEFRAMES,
    "strategy": STRATEGIES,
    "setup": SETUPS,
    "exit": EXITS,
    "side": SIDES,
    "budget": BUDGETS,
}


def filled(template: str, rng: random.Random) -> tuple[str, dict[str, str]]:
    """The template with words for its slots, and the stored values that the words stand for.

    Slots: `{coin}`, `{other}` (another), `{tf}`, `{side}`, `{strategy}`, `{setup}`, `{exit}`, `{budget}`, `{habit}`
    and `{time}`.
    """
    coin, other = rng.sample(sorted(COINS), 2)
    said: dict[str, str] = {}
    meant: dict[str, str] = {}
    for slot in dict.fromkeys(_SLOT.findall(template)):
        if slot in ("coin", "other"):
            meant[slot] = coin if slot == "coin" else other
            said[slot] = rng.choice(COINS[meant[slot]])
        elif slot in ("habit", "time"):
            said[slot] = meant[slot] = rng.choice(HABITS if slot == "habit" else TIMES)
        else:
            meant[slot] = rng.choice(sorted(_TABLES[slot]))
            said[slot] = meant[slot] if slot == "budget" else rng.choice(_TABLES[slot][meant[slot]])
            meant[slot] = BUDGETS.get(meant[slot], meant[slot])
    return put(template, said), meant


def put(template: str, values: Mapping[str, str]) -> str:
    """The template with its `{slots}` replaced; one that has no value stays as it is."""
    return _SLOT.sub(lambda m: values.get(m[1], m[0]), template)
