"""What the words mean that Deskmate itself uses: a sentence or two each, written here, never a figure of a market."""

from __future__ import annotations

import re

TERMS: tuple[tuple[str, str, str], ...] = (
    ("RSI", r"rsi|relative strength index",
     "an oscillator of momentum: how much of the recent movement went up. Very low readings are called oversold, very"
     " high ones overbought."),
    ("MACD", r"macd|moving average convergence(?: divergence)?",
     "the distance between a fast and a slow moving average. It turns up when momentum grows and down when it fades."),
    ("ATR", r"atr|average true range",
     "how far a price usually travels within one bar (average true range). Deskmate sets stops by it, so a restless"
     " market gets a wider one."),
    ("Bollinger bands", r"bollinger(?: bands?)?|bb|b-?bands?",
     "a moving average with a band above and below it that widens with volatility. A close outside is unusual for that"
     " market."),
    ("SMA", r"sma|(?:simple )?moving averages?", "the plain average of the last closes, which shows the trend"
     " without the noise of single bars."),
    ("EMA", r"ema|exponential moving averages?", "a moving average that gives recent closes more weight than old"
     " ones."),
    ("R", r"(?:r|are)(?:[ -]?(?:multiples?|values?|units?))?|risk multiples?",
     "the distance from the entry to the stop, taken as the unit of risk. A trade that lost one R"
     " lost what was planned, whatever its size."),
    ("Stop", r"stops?(?:[ -]?loss(?:es)?)?|sl", "the price at which a trade is given up, decided before it is"
        " opened. It"
     " bounds the loss, though a gap or slippage can make it larger."),
    ("Trailing stop", r"trail(?:ing)?[ -]?stops?(?:[ -]?loss)?",
     "a stop that follows the price in the direction of the trade and never moves back."),
    ("Target", r"targets?|take[ -]?profits?|tp|profit targets?", "a price at which a trade takes its profit,"
        " all of it or"
     " a part."),
    ("Drawdown", r"(?:max(?:imum)? )?draw ?-?downs?|dd|mdd", "the fall of the equity from its highest point so far to"
     " the lowest one after it."),
    ("Sharpe ratio", r"sharpe(?: ratios?)?", "the average return divided by how much returns vary: what was earned for"
     " the ups and downs that were borne."),
    ("Sortino ratio", r"sortino(?: ratios?)?", "like the Sharpe ratio, but only falls count as risk."),
    ("Profit factor", r"profit[ -]?factors?|pf", "all that winning trades made divided by all that losing ones lost."),
    ("Expectancy", r"expectanc(?:y|ies)|expected values?", "what a trade brought on average, losses included, usually"
     " told in R."),
    ("Win rate", r"win(?:ning)?[ -]?rates?|hit[ -]?rates?|wr|success rates?", "the share of closed trades that made"
     " money. It says nothing about how much, so read it beside the expectancy."),
    ("Confidence", r"confidence(?: scores?| levels?)?", "how often signals like this one reached the first"
        " target before"
     " the stop. It is counted from resolved signals, never guessed."),
    ("Conviction", r"conviction(?: scores?| levels?)?", "how strongly the strategies agree on a direction at this"
     " moment. It measures agreement, not the chance of success."),
    ("Calibrated", r"calibrat(?:ed|ion|ed confidence)|(?:the )?calibrated probabilit(?:y|ies)",
     "a confidence is calibrated when enough earlier signals were resolved to read it as a frequency; before"
     " that it is"
     " only a first guide."),
    ("Value at risk (VaR)", r"var|value[ -]at[ -]risk", "the loss that a portfolio stays within on most days, as far"
     " as its past tells. The worst days are worse than that."),
    ("Slippage", r"slippage", "the difference between the price that was expected and the one that was paid. It"
        " grows in"
     " thin and fast markets."),
    ("Fees", r"fees?|commissions?|trading (?:fees?|costs?)", "what the exchange takes for each fill. They are"
        " paid on the"
     " way in and on the way out, by winners and losers alike."),
    ("Backtest", r"back[ -]?tests?|back[ -]?testing", "a strategy run over past prices as if it had traded"
        " then. A good"
     " past promises nothing."),
    ("Volatility", r"volatility|vol", "how widely a price moves. More of it means wider stops and smaller positions."),
    ("Squeeze", r"(?:volatility |bollinger )?squee?zes?", "a spell of unusually small moves, which often ends with a"
     " large one in either direction."),
    ("Golden cross", r"gold(?:en)? cross(?:es)?", "a fast moving average rising above a slow one: a sign of a"
        " trend that"
     " turns up."),
    ("Death cross", r"death cross(?:es)?", "a fast moving average falling below a slow one: a sign of a trend"
        " that turns"
     " down."),
    ("Oversold", r"over ?-?sold(?: bounces?)?", "fallen unusually far and fast, so that a bounce is more likely than"
     " usual. It can stay so for long."),
    ("Overbought", r"over ?-?bought(?: fades?)?", "risen unusually far and fast, so that a setback is more likely than"
     " usual. It can stay so for long."),
    ("Breakout", r"break ?-?outs?", "a price leaving the range or band that it was held in."),
    ("Mean reversion", r"mean[ -]?reversion", "trading on a price returning to its usual level after it strayed."),
    ("Momentum", r"momentum", "the tendency of a move to carry on for a while in its direction."),
    ("Ensemble", r"ensembles?", "Deskmate's strategies voting together, so that no single one decides alone."),
    ("Long", r"longs?|going long|long positions?", "a position that gains when the price rises."),
    ("Short", r"shorts?|going short|shorting|short positions?", "a position that gains when the price falls."
        " Its loss has"
     " no natural end, so it needs a stop."),
    ("Position size", r"position siz(?:e|ing)", "how much of an asset to trade, so that reaching the stop costs"
        " only the"
     " share of the account that was set as the risk."),
    ("Exposure", r"exposure", "the value of what is open at the moment, and so of what a move of the market touches."),
    ("Timeframe", r"time ?-?frames?", "how long one bar of a chart lasts. Signals of different timeframes can"
        " disagree."),
)  # fmt: skip
_MEASURED = frozenset(
    ("Drawdown", "Win rate", "Expectancy", "Exposure", "Fees", "Stop", "Target", "Long",
     "Short", "Trailing stop", "Breakout", "Squeeze", "Backtest", "Volatility", "Timeframe", "Position size",
     "Momentum", "Profit factor")
)  # fmt: skip  # "what is the drawdown?" asks for a figure, "what is drawdown?" for the word
_KNOWN = tuple((name, re.compile(rf"(?:{said})"), meaning) for name, said, meaning in TERMS)
_TERM = r"(?P<the>the |this )?(?:an? |term |word |phrase |concept (?:of )?)*[\"']?(?P<term>[a-z][a-z &-]{0,38}?)[\"']?"
_LEAD = r"(?:(?:hi|hello|hey|please|so|and|um|uh|ok|okay|sorry|but|can|could|would|you|me|i|am|new|kindly)[ ,]+)*"
_TAIL = (
    r"(?: (?:please|thanks|again|exactly|anyway|actually|to me|for me|in trading|here|in"
    r" short|briefly|mate|then))*"
)
_ASKED = tuple(
    re.compile(rf"\W*{_LEAD}{asked}{_TAIL}\W*")
    for asked in (
        rf"what (?:is|are|does|do)(?: you mean by| meant by)? {_TERM}(?: (?:mean|stand for|is|tell"
        rf" me|measure|do|say))?",
        rf"(?:define|explain|definition of|meaning of|what is the (?:meaning|definition) of) {_TERM}",
        rf"(?:tell me |explain |do not know |don't know |wonder |know |understand )?what {_TERM}"
        rf" (?:is|are|means?|stands"
        r" for)",
        rf"how (?:is|are|do|does) {_TERM} (?:work|calculated|computed|measured|defined|worked out)",
        rf"{_TERM} (?:meaning|definition|explained|means what|what is (?:that|it))",
    )
)


def meaning_of(words: str) -> str | None:
    """What the term means that plain `words` ask about; None where they ask about no term, or about a figure of it."""
    for pattern in _ASKED:
        match = pattern.fullmatch(words)
        if match is None:
            continue
        for name, said, meaning in _KNOWN:
            if said.fullmatch(match["term"].strip()) and not (match["the"] and name in _MEASURED):
                return f"{name}: {meaning}"
    return None
