"""What people call things: one table per slot, stored value -> how it is said (patterns over plain words)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

Table = Mapping[str, tuple[str, ...]]

TIMEFRAMES: Table = {
    "15m": (
        r"15 ?-?m(?:in(?:ute)?s?)?",
        r"m15",
        r"(?:fifteen|quarter)[ -](?:min(?:ute)?s?|hour(?:ly)?)",
        r"15[ -]?minutely",
    ),
    "4h": (r"4 ?-?h(?:(?:ou)?rs?(?:ly)?)?", r"h4", r"four[ -]?h(?:ou)?r(?:s|ly)?", r"240 ?m(?:in(?:ute)?s?)?"),
    "1h": (
        r"1 ?-?h(?:(?:ou)?rs?(?:ly)?)?",
        r"h1",
        r"one[ -]?hour(?:ly)?",
        r"60 ?m(?:in(?:ute)?s?)?",
        r"hourl(?:y|ies)",
        r"(?<=the )hour(?= chart)",
    ),
    "1d": (
        r"1 ?-?d(?:ays?)?",
        r"d1",
        r"one[ -]day",
        r"daily",
        r"dailies",
        r"24 ?h(?:(?:ou)?rs?)?",
        r"day(?= chart| candle| timeframe| tf)",
    ),
}
SETUPS: Table = {
    "oversold_bounce": (r"over ?-?sold(?: bounces?)?", r"bounc(?:es?|ed|ing)"),
    "overbought_fade": (r"over ?-?bought(?: fades?)?", r"fad(?:es?|ed|ing)", r"over ?-?extended"),
    "breakdown": (
        r"(?:downside )?break-?downs?(?! of| by| per)",
        r"(?:a|any|the) break downs?(?! of| by)",
        r"break downs?(?= (?:\w+ )?(?:signals?|setups?|calls?|trades?)\b)",
        r"br(?:oke|eaking|eaks) down",
        r"lost support",
    ),
    "breakout": (r"(?:upside )?break ?-?outs?", r"br(?:oke|eaking|eaks) ?-?out"),
    "golden_cross": (r"gold(?:en)?[ -]?(?:cross(?:es|ed|over)?|x)", r"bull(?:ish)? cross(?:es|over)?"),
    "death_cross": (r"de(?:ath|ad)(?: ?ly)?[ -]?(?:cross(?:es|ed|over)?|x)", r"bear(?:ish)? cross(?:es|over)?"),
    "pullback": (
        r"(?:trend )?pull(?:ed|ing|s)? ?-?backs?",
        r"retrac(?:e|es|ed|ements?)",
        r"dip in (?:an? |the )?up ?trend",
    ),
    "trend": (r"(?:trend )?continuations?",),
    "squeeze": (r"(?:volatility |vol |bb |bollinger )?squee?z(?:es?|ed|ing)", r"vol(?:atility)? contractions?"),
    "range": (
        r"rang(?:e|ing)[ -]?bound",
        r"ranging",
        r"(?<!price )ranges?(?! of)",
        r"side ?-?ways",
        r"chop(?:py)?",
        r"consolidat(?:ion|ions|ing|ed)",
    ),
}
STRATEGIES: Table = {
    "BB_BREAKOUT": (r"(?:bb|b-?bands?|bollinger)(?: bands?)?[ _-]?break ?-?outs?", r"bands? break ?-?outs?"),
    "MACD_MOM": (r"macd[ _/+-]?(?:mom(?:entum|o)?)", r"momentum strat(?:egy)?", r"macd strat(?:egy)?"),
    "RSI_MR": (
        r"rsi[ _/+-]?(?:mr|mean[ -]?rever(?:sion|ting|t))",
        r"(?:rsi )?mean[ -]?rever(?:sion|ting|t)(?: strat(?:egy)?)?",
        r"rsi strat(?:egy)?",
        r"reversion",
    ),
    "SMA_ATR": (
        r"sma ?(?:[_/+&-]|and)? ?atr",
        r"(?:sma|moving average) strat(?:egy)?",
        r"trend[ -]?follow(?:ing|er)?",
        r"moving average (?:and )?atr",
        r"trend strat(?:egy)?",
    ),
    "ENSEMBLE": (
        r"ensembles?",
        r"combined strat(?:egy)?",
        r"all (?:the )?(?:strategies|voters) (?:combined"
        r"|together)",
    ),
}
WEAK_STRATEGIES: Table = {
    "BB_BREAKOUT": (r"bollinger(?: bands?)?", r"b-?bands?", r"bb"),
    "MACD_MOM": (r"macd", r"momentum"),
    "RSI_MR": (r"rsi",),
    "SMA_ATR": (r"sma", r"moving averages?"),
}
_MY = r"(?:my |the |its |their |a )?"
EXITS: Table = {
    "trailing_stop": (r"trail(?:ing|ed|er)?(?:[ -]?stop(?:ped|s)?)?(?:[ -]?(?:loss|out))?",),
    "stop_loss": (
        r"stop(?:ped|ping|s)?[ -]?(?:me |it |them )?outs?",
        r"stop[ -]?loss(?:es|ed)?",
        rf"(?:hit|hits|hitting|tagged|touched|ran|reached) {_MY}(?:sl|stops?)",
        r"(?:stop|sl)s? (?:was |were |got |that |being |is )?(?:hit|triggered|tagged|taken)",
        r"(?:got|get|were|was|been|getting) stopped",
        r"stopped",
        r"sl(?:'?d)?",
        r"(?:ran|run|bumped|crashed|fell|went) (?:in)?to (?:the |my |its |a )?(?:sl|stops?)",
        r"(?:knocked|kicked|taken|thrown|shaken|tossed) out (?:by|at|on|of it by) (?:the |my |its |a )?(?:sl|stops?)",
        r"(?:by|at|via) (?:the |my |its |their |a )?(?:sl|stops?)",
    ),
    "take_profit": (
        rf"(?:hit|hits|hitting|reached|made|tagged|touched|got to|made it to) {_MY}(?:final |profit )?(?:tps?"
        rf"|targets?)",
        r"(?:tp|target)s? (?:was |were |got |that |being |is )?(?:hit|reached|tagged)",
        r"t(?:ake|ook|aken|aking)[ -]?(?:the |my |some )?profits?",
        r"profit targets?",
        r"tp(?:'?d|s|ed)?",
        r"(?:ran|run|went|made it|got) (?:all the way )?(?:in)?to (?:the |my |its |a )?(?:tp|targets?)",
        r"(?:by|at|via) (?:the |my |its |their |a )?(?:tp|(?:profit )?targets?)",
    ),
    "timeout": (
        r"tim(?:ed|e|ing)[ -]?outs?",
        r"time(?:d)? (?:stop|limit|exit)(?:s|ped)?",
        r"r(?:an|un|unning) out of time",
        r"expir(?:ed|es?|y|ing)",
    ),
    "manual": (
        r"(?:clos(?:ed|e|ing)|exit(?:ed)?|sold|ended|got out|cut) (?:it |them "
        r"|out )?(?:early )?(?:by (?:my own )?hand|by myself|myself|manually)",
        r"(?:by|hand)[ -](?:hand|closed)",
        r"manual(?:ly)?(?: (?:clos(?:ed|e|es|ing)|exit(?:s|ed)?))?",
        r"(?:that |which )?i (?:had )?closed(?: (?:out )?myself)?",
        r"discretionary",
        r"(?:clos(?:ed|e|ing)|exited|ended|sold|cut) (?:\w+ )?by me",
    ),
    "signal": (
        r"(?:opposite|reverse|contrary) signals?",
        r"(?:closed|exited) (?:by|on) (?:an? |the )?(?:opposite |reverse )?signals?",
        r"signal (?:flip(?:ped|s)?|exits?)",
    ),
}
OUTCOMES: Table = {
    "win": (
        r"winning",
        r"winners?",
        r"won",
        r"wins",
        r"profitable",
        r"in profit",
        r"made money",
        r"in the green",
        r"green",
    ),
    "loss": (r"losing", r"losers?", r"lost", r"loss(?:es)?", r"lose", r"in the red", r"red", r"rekt", r"underwater"),
}
SIDES: Table = {
    "BUY": (
        r"buy(?:s|ing)?",
        r"bought",
        r"(?<!how )(?<!as )(?<!so )long(?:s|ed|ing)?(?! term|[ -]term| time| run| ago| story)",
        r"bull(?:ish)?",
    ),
    "SELL": (
        r"sell(?:s|ing)?",
        r"sold",
        r"(?<!in )short(?:s|ed|ing)?(?![ -]term| answer| time| run)",
        r"(?<=in )shorts?(?=\s+(?:trades?|positions?|\|))",
        r"bear(?:ish)?",
        r"dump(?:ed|ing)?",
    ),
    "HOLD": (r"holds?", r"holding", r"hodl(?:ing)?", r"neutral"),
}
TYPES: Table = {
    "backtest": (
        r"b+ac?k+[ -]?t(?:e?st|set)(?:s|ed|ing|er)?(?: (?:results?|runs?))?",
        r"historical(?:ly)? (?:tests?|tested|simulations?|results?|performance|runs?|returns?)",
        r"simulat(?:ions?|ed)(?: (?:results?|runs?|trades?))?",
        r"(?:tests?|tested|runs?|ran) (?:on|over|against) (?:past|historical|old|history)(?: data)?",
    ),
    "trade_note": (r"(?:trade |trading )?notes?", r"journal(?:ed|led)?", r"wrote(?: down)?"),
    "trade": (r"trades?", r"traded", r"positions?", r"fills?"),
    "signal": (r"signals?", r"signall?ed", r"setups?", r"calls?"),
    "news": (
        r"news(?:feeds?|wires?|letters?|flashe?s?|worthy|papers?| feeds?| flow| wires?| items?| reports?)?",
        r"headlines?",
        r"articles?",
        r"(?:the )?(?:press|media|papers)",
        r"announcements?",
        r"stories",
        r"journalists?",
        r"reporters?",
        r"coverage",
        r"(?<!you )(?<!i )(?<!we )(?:reported|reporting|written|writing|published|publishing|saying) (?:about|on)",
        r"bulletins?",
    ),
    "recommendation": (
        r"recommendations?",
        r"did you (?:recommend|advise|suggest)",
        r"you (?:recommended|advised|suggested)",
    ),
    "outcome": (r"outcomes?",),
    "tuning": (r"tunings?", r"tuning (?:results?|runs?)"),
    "strategy_params": (r"param(?:eter)?s?", r"(?:strategy )?settings"),
    "model_card": (r"model[ -]?cards?", r"(?:the )?(?:learned|trained) models?"),
    "market_summary": (
        r"(?:market|daily|day) (?:summar(?:y|ies)|recaps?|wraps?|overviews?)",
        r"how (?:was|were|is|did|has|went) the (?:whole |overall )?markets?(?: (?:do|go|been|doing|behave|move"
        r"|close))?",
        r"what (?:did|has) the markets? (?:do|done)",
        r"(?:the )?markets? (?:on the day|that day)",
    ),
}


@cache
def _compiled(name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    table: Table = globals()[name]
    return tuple((value, re.compile(rf"(?<![\w'$.])(?:{'|'.join(said)})(?![\w'])")) for value, said in table.items())


def take(name: str, words: str) -> tuple[tuple[str, ...], str]:
    """The values of the table `name` (e.g. `SETUPS`) that `words` mention, in its order, and the words left over.

    What was understood is replaced by ` | `, so that it is not read a second time and phrases do not join across it.
    """
    found = []
    for value, pattern in _compiled(name):
        words, hits = pattern.subn(" | ", words)
        if hits:
            found.append(value)
    return tuple(found), words


def mentions(name: str, words: str) -> tuple[str, ...]:
    """The values of the table `name` that `words` mention; nothing is taken away."""
    return take(name, words)[0]
