"""How records are put into words: names, times, prices and signs, as a person would write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from signals.clock import iso
from signals.model import Action, Timeframe
from signals.setups import LABELS
from signals.universe import BY_TICKER, base_of, spoken_name

TIMEFRAME_WORDS = {
    Timeframe.M15: "15m 15-minute",
    Timeframe.H1: "1h hourly",
    Timeframe.H4: "4h four-hour",
    Timeframe.D1: "1d daily",
}
ACTION_WORDS = {
    Action.STRONG_BUY: "Strong BUY signal (buy, go long, bullish)",
    Action.BUY: "BUY signal (buy, go long, bullish)",
    Action.HOLD: "HOLD signal (hold, wait, neutral)",
    Action.SELL: "SELL signal (sell, go short, bearish)",
    Action.STRONG_SELL: "Strong SELL signal (sell, go short, bearish)",
    Action.NO_SIGNAL: "No signal",
    Action.NO_DATA: "No data",
    Action.STALE: "Stale data",
}
SIDE_WORDS = {"LONG": "LONG trade (bought, bullish)", "SHORT": "SHORT trade (sold short, bearish)"}
STRATEGY_WORDS = {
    "ENSEMBLE": "ensemble vote of all strategies",
    "SMA_ATR": "SMA ATR trend following",
    "RSI_MR": "RSI mean reversion",
    "MACD_MOM": "MACD momentum",
    "BB_BREAKOUT": "Bollinger breakout",
}
EXIT_WORDS = {
    "stop_loss": "it was stopped out (stop-loss hit)",
    "take_profit": "it hit its target (take-profit)",
    "timeout": "it timed out (time limit, expired)",
    "manual": "it was closed by hand (manual exit)",
    "signal": "it was closed by an opposite signal",
    "trailing_stop": "its trailing stop was hit",
}
TEMPLATE = "1"  # change it with any wording: every document is then rendered and embedded again
PARAMETER_WORDS = {
    "sl_atr": "stop ATR multiple",
    "tp_atr": "target ATR multiple",
    "sl_multiplier": "stop ATR multiple",
    "tp_multiplier": "target ATR multiple",
    "sma_period": "SMA period",
    "atr_period": "ATR period",
    "trend_sma": "trend SMA",
}
_SIDES = {Action.STRONG_BUY: "BUY", Action.STRONG_SELL: "SELL"}


def asset_words(symbol: str) -> str:
    """`Ethereum, ETH/USDT`; an asset that was renamed is said with both tickers: `Polygon, MATIC/USDT (POL, MATIC)`."""
    asset = BY_TICKER.get(base_of(symbol))
    if asset is None:
        return symbol
    both = f" ({asset.ticker}, {asset.former})" if asset.former else ""
    return f"{spoken_name(symbol)}, {symbol}{both}"


def chart_words(symbol: str, timeframe: str) -> str:
    """`Ethereum, ETH/USDT, on the 1h hourly chart`."""
    known = timeframe in tuple(Timeframe)
    return f"{asset_words(symbol)}, on the {TIMEFRAME_WORDS[Timeframe(timeframe)] if known else timeframe} chart"


def long_date(moment: datetime) -> str:
    """`Tuesday, 8 November 2022 (2022-11-08 11:00 UTC)`."""
    utc = moment.astimezone(UTC)
    return f"{utc:%A}, {utc.day} {utc:%B %Y} ({iso(utc)[:10]} {utc:%H:%M} UTC)"


def number(value: float | Decimal, digits: int = 8) -> str:
    """A plain number of up to `digits` significant digits, more only for the whole part and cents: `80094.78`."""
    exact = Decimal(str(value))
    places = digits - 1 - exact.adjusted() if exact else 0
    text = f"{exact:.{min(max(places, 2), 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def price(value: float | Decimal) -> str:
    """`$80094.78`: without thousands separators, so that a number stays one word for the full-text search."""
    return f"${number(value)}"


def signed(value: float | Decimal, unit: str = "", digits: int = 2) -> str:
    """`+12.5%`, `-0.4`, `0%`: the sign is always said unless the number is zero at `digits` decimals."""
    text = f"{value:+.{digits}f}".rstrip("0").rstrip(".")
    return f"{text.lstrip('+-') if not text.strip('+-0.') else text}{unit}"


def signed_money(value: float | Decimal) -> str:
    """`+$12.67` or `-$23.86`."""
    return f"{'-' if value < 0 else '+'}${abs(value):.2f}"


def strategy_code(strategy: str) -> str:
    """How a strategy is filtered by: its code in capitals (`ENSEMBLE`); an unknown name stays as it is."""
    return strategy.upper() if is_strategy(strategy) else strategy


def is_strategy(strategy: str) -> bool:
    """Whether that is one of the strategies that Deskmate knows by name."""
    return strategy.upper() in STRATEGY_WORDS


def strategy_words(strategy: str) -> str:
    """`MACD momentum (MACD_MOM)`; an unknown name is only freed of its underscores."""
    code = strategy_code(strategy)
    words = STRATEGY_WORDS.get(code)
    return f"{words} ({code})" if words else strategy.replace("_", " ")


def setup_words(setup: str) -> str:
    """`oversold bounce` of `oversold_bounce`."""
    return LABELS.get(setup, setup.replace("_", " "))


def parameter_words(parameters: tuple[tuple[str, float], ...]) -> str:
    """`stop ATR multiple 2, target ATR multiple 3`."""
    return ", ".join(f"{PARAMETER_WORDS.get(k, k.replace('_', ' '))} {number(v)}" for k, v in parameters)


def sentence(text: str) -> str:
    """The text on one line with a capital letter and a full stop; control characters become spaces."""
    plain = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    line = " ".join(plain.split())
    if not line:
        return ""
    return line[0].upper() + line[1:] + ("" if line[-1] in ".!?" else ".")


def side_of(action: Action) -> str:
    """BUY, SELL, HOLD or the statement's own name: the side by which a signal is filtered."""
    return _SIDES.get(action, action.value)


def outcome_of(gain: float | None) -> str | None:
    """`win` or `loss`; None when unknown or exactly nothing."""
    return None if not gain else "win" if gain > 0 else "loss"


def text_of(parts: list[str]) -> str:
    """The parts as sentences, empty ones left out."""
    return " ".join(sentence(part) for part in parts if part)
