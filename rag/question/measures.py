"""What a counting question asks for: the figure, its grouping, the ranking, what is compared. No model, no guess."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from rag.question.dates import read_window
from rag.question.model import Figure, Intent, Measure, Parsed, Window

_MONEY = r"(?:p ?(?:&|and|n|/) ?l|pnl|pnls|(?<!took )(?<!take )(?<!taking )(?<!taken )profits?|money|gains?|returns?)"
_THINGS = {
    "symbol": r"(?:symbols?|coins?|assets?|pairs?|tickers?|cryptos?|tokens?|bags?|alts?)",
    "strategy": r"(?:strateg(?:y|ies)|voters?|systems?)",
    "timeframe": r"(?:time ?-?frames?|tfs?|charts?|intervals?)",
    "exit_reason": r"(?:exit(?: reason)?s?|reasons?|way out)",
    "setup": r"(?:setups?|patterns?)",
    "side": r"(?:sides?|directions?)",
    "action": r"(?:actions?)",
    "method": r"(?:methods?)",
    "day": r"(?:days?)",
    "week": r"(?:weeks?)",
    "month": r"(?:months?)",
}
_LEAD = (
    r"(?:which|what|per|by|each|every|best|worst|top|strongest|weakest|(?:most|least) \w+|favou?rite|profitable|losing"
    r"|winning|performing|traded|split by|broken down by|group(?:ed)? by)"
)
_BY = {
    by: re.compile(rf"\b{_LEAD} (?:\w+ )?{said}\b" if by not in ("day", "week", "month") else rf"\b{_LEAD} {said}\b")
    for by, said in _THINGS.items()
}
_SIDES_APART = re.compile(
    r"\b(?:longs?|buys?) (?:and|or|versus|against|than|compared to) (?:my )?(?:shorts?|sells?)\b"
    r"|\b(?:shorts?|sells?) (?:and|or|versus|against|than|compared to) (?:my )?(?:longs?|buys?)\b"
)
_TOP = re.compile(
    r"\b(?:top|best|worst|biggest|largest|highest|lowest) (?P<a>[0-9]{1,2}|two|three|four|five|ten)\b"
    r"|\b(?P<b>[0-9]{1,2}|two|three|four|five|ten) (?:best|worst|biggest|largest|most profitable|highest|lowest)\b"
)
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_LOSS = r"(?:loss(?:es)?|losers?|losing|l|ls|drawdown trade|hit|rekt|mistake|fail|lost)"
_WIN = r"(?:wins?|winners?|winning|gains?|profits?|w|ws|score|trades?|positions?)"
_BIG = r"(?:biggest|largest|greatest|highest|max(?:imum)?|most|huge|top|single biggest)"
_FIGURES: tuple[tuple[Figure, re.Pattern[str]], ...] = tuple(
    (figure, re.compile(pattern))
    for figure, pattern in (
        (Figure.STREAK, r"\bstreaks?\b|\bin a row\b|\bconsecutive\b|\bback to back\b|\bon a (?:heater|roll)\b"),
        (Figure.DRAWDOWN, r"\bdraw ?-?downs?\b|\bm?dd\b|\bpeak to trough\b"),
        (
            Figure.EXPOSURE,
            r"\bexpos(?:ure|ures|ed)\b|\bopen (?:[\w$/]+ ){0,4}(?:positions?|trades?|bags?|longs?|shorts?)\b"
            r"|\b(?:positions?|trades?|longs?|shorts?)\b.{0,20}\bopen\b(?! interest)"
            r"|\b(?:am|are) (?:i|we) (?:\w+ )?(?:holding|in right now|in now)\b|\bhow (?:long|short) am i\b",
        ),
        (Figure.FEES, r"\bfees?\b|\bcommissions?\b|\btrading costs?\b"),
        (
            Figure.HELD,
            r"\bhold(?:ing)? (?:times?|periods?|durations?)\b|\bhow long\b.{0,30}\b(?:hold|held|holding|keep|kept|last"
            r"|stay|open)\b|\bdurations?\b|\btime in (?:a |the )?(?:trades?|market|positions?)\b|\baverage hold\b",
        ),
        (
            Figure.EXPECTANCY,
            r"\bexpectanc(?:y|ies)\b|\b(?:average|mean) (?:r|are)\b|\br[ -]?multiples?\b|\bexpected (?:value|return)\b",
        ),
        (
            Figure.WIN_RATE,
            r"\b(?:win|hit|success|strike|winning|loss)[ -]?(?:rates?|ratios?|percentages?|percent|pct|%)|\bwr\b"
            r"|\bwinrates?\b|\bbatting average\b|\baccura(?:te|cy)\b"
            r"|\b(?:what|which) (?:percent(?:age)?|%|share|fraction|part|proportion)\b|\bhow often (?:do|did"
            r"|have) i win\b",
        ),
        (Figure.FOLLOWED, r"\b(?:follow(?:ed)?|took|taken|take|acted on|act on)\b(?=.*)"),
        (Figure.MEDIAN, r"\bmedian\b|\btypical\b"),
        (
            Figure.AVERAGE,
            r"\baverages?\b|\bon average\b|\bmean\b(?! rever)|\bper (?:trade|position)\b|\b(?:a"
            r"|each) trade on average\b",
        ),
        (
            Figure.COUNT,
            r"\bhow many\b|\bnumber of\b|\bcounts?\b|\bhow often\b|\btotal (?:number|trades?|signals?|backtests?)\b"
            r"|\b(?:most|least) (?:often |frequently )?traded\b|\btraded? (?:\w+ )?(?:the )?(?:most|least)\b"
            r"|\bhow much (?:have|did|do) i trade\b|\b# of\b",
        ),
        (Figure.WORST, rf"\b{_BIG} (?:\w+ )?{_LOSS}\b|\bworst\b|\blost the most\b|\bsmallest (?:win|gain|profit)\w*"),
        (Figure.BEST, rf"\b{_BIG} (?:\w+ )?{_WIN}\b|\bbest\b|\btop\b|\bmade the most\b|\b(?:biggest|largest)\b"),
        (
            Figure.TOTAL,
            rf"\b{_MONEY}\b|\btotals?\b|\bsum of\b|\bnet\b|\bhow much\b.{{0,30}}\b(?:made|make|lost|lose|earn(?:ed)?"
            r"|win|won|up|down|cost)\b|\bam i (?:\w+ )?(?:up|down|profitable|green|red|in the (?:green|red))\b"
            r"|\b(?:made|make|makes|making|cost|costing|lost|lose|losing|earned|earns) me\b|\bbreak ?-?even\b",
        ),
    )
)
_BEST = re.compile(
    r"\bbest\b|\bmost\b|\btop\b|\bhighest\b|\bstrongest\b|\bbiggest\b|\blargest\b|\bbetter\b|\bfavou?rite\b|\bpays?\b"
    r"|\bwinning\b|\bworks?\b|\bprofitable\b"
)
_WORST = re.compile(
    r"\bworst\b|\bleast\b|\blowest\b|\bweakest\b|\bfewest\b|\bworse\b|\b(?:lost|loses?|losing|cost|costs|costing"
    r"|bleed\w*"
    r"|hurt\w*)\b"
)
_MOST_LOST = re.compile(r"\b(?:lost|loses?|losing|cost|costs|costing|bleed\w*|hurt\w*|down)\b")
_COMPARED = re.compile(r"\b(?:compar\w+|versus|vs|against|better|worse|than|differ\w*|beat|outperform\w*|or)\b")
_YOURS = re.compile(
    r"\b(?:recommendations?|advices?|tips?|suggestions?|advised?|recommended?)\b.*\b(?:you|i|me|my)\b"
    r"|\b(?:you|your)\b.*\b(?:recommend(?:ed|ations?)?|advised?|advice|suggest(?:ed|ions?)?|tell|told|say|said)\b"
    r"|\b(?:recommendations?|advice)\b.*\b(?:follow\w*|took|taken|given)\b"
)
_SIGNAL_RATE = re.compile(
    r"\bhit[ -]?rate\b|\baccura(?:te|cy)\b|\b(?:reach(?:ed)?|hit) (?:the |their |its )?(?:first )?targets?\b"
    r"|\byour (?:track|win|calls?)\b"
)
_OF = (
    ("sharpe", r"\bsharpe\b"),
    ("max_drawdown_pct", r"\bdraw ?-?downs?\b|\bdd\b"),
    ("win_rate_pct", r"\b(?:win|hit)[ -]?rates?\b|\bwr\b"),
    ("profit_factor", r"\bprofit[ -]?factors?\b|\bpf\b"),
    ("sortino", r"\bsortino\b"),
    ("expectancy_r", r"\bexpectanc\w+\b"),
    ("trades", r"\b(?:most|fewest) trades\b"),
)
KINDS = ("trade", "signal", "backtest", "recommendation")
_ALL_RESULTS = (
    Figure.TOTAL,
    Figure.WIN_RATE,
    Figure.STREAK,
    Figure.EXPOSURE,
    Figure.DRAWDOWN,
    Figure.EXPECTANCY,
)
_PRIVATE = (Figure.FEES, Figure.STREAK, Figure.EXPOSURE, Figure.HELD)
_SAYS_SO = re.compile(
    r"\bwr\b|\bwin ?-?rates?\b|\bstreaks?\b|\b(?:in a row|consecutive)\b(?=.*\b(?:trades?|win|wins|won|loss\w*|lose"
    r"|lost|i|my)\b)"
    r"|\bhow (?:did|am|have|do|was|were|are) (?:i|we)(?: been)? (?:do|doing|done|perform\w*|go|going|trading)\b"
    r"|\bhow (?:is|was|are|were) my (?:\w+ )?(?:trading|performance|results?|record|stats)\b"
    r"|\b(?:biggest|largest|worst|fattest) (?:l|ls|w|ws|loss(?:es)?|losers?|wins?|winners?|trades?)\b"
    r"|\bhow much (?:\w+ )?(?:have|did|do|am) (?:i|we)\b.{0,20}\b(?:made|make|lost|lose|earn\w*|win|won|up|down|pay"
    r"|paid|profit)\b"
    r"|\bam i (?:\w+ )?(?:up|down|profitable|in profit|green|red|in the (?:green|red))\b(?! to\b)"
    rf"|\b(?:which|what) (?:\w+ )?{_THINGS['symbol']}\b.{{0,20}}\b(?:made|makes|lost|loses?|cost|costs|earned|paid"
    rf"|bleed\w*"
    r"|did (?:i|best|worst)|do i|have i|hurt\w*|performed|works?)\b"
    rf"|\b(?:best|worst|most profitable|least profitable|most traded|losing|winning) (?:{_THINGS['strategy']}"
    rf"|{_THINGS['symbol']}"
    rf"|{_THINGS['timeframe']}|{_THINGS['setup']}|day|week|month)\b(?! (?:to|now|right))"
    r"(?! for(?!.*\b(?:trades?|signals?|backtests?)\b))"
    rf"|\b(?:which|what) (?:\w+ )?{_THINGS['strategy']}\b.{{0,20}}\b(?:made|makes|lost|loses?|best|worst|works?"
    rf"|performs?|did|pays?|is (?:bleed|los|kill|cost|hurt|mak)ing me)\b"
    rf"|\b(?:pnl|p ?(?:&|and|n|/) ?l|{_MONEY}|wins?|loss(?:es)?|trades?|signals?|results?) (?:per|by|for each) \w+"
    r"|\b(?:exposure|expectancy)\b|\b(?:fees?|commissions?)\b(?=.*\b(?:i|my|month|week|year|today|paid|pay|total"
    r"|much)\b)"
    r"|\bholding (?:times?|periods?)\b|\bhow long (?:do|did|have) i (?:\w+ )?(?:hold|held|keep|stay)\b"
    r"|\bmy (?:stats|statistics|numbers|performance|drawdown|average|median|mean)\b|^\W*(?:stats|statistics)\b"
    r"|\b(?:average|median|mean) (?:wins?|winners?|loss(?:es)?|losers?|trades?|result|r)\b|\bhow often (?:do|did"
    r"|have) i win\b"
    r"|\b(?:what|which) (?:percent(?:age)?|%|share|fraction|part|proportion) of\b.*\b(?:trades?|win|wins|won"
    r"|signals?)\b"
    r"|^\W*(?:longs?|shorts?) (?:versus|vs|or) (?:longs?|shorts?)\W*$"
    r"|\btop (?:[0-9]{1,2}|two|three|four|five|ten) (?:[\w$/]+ ){0,6}(?:trades?|winners?|losers?|wins|losses)\b"
    r"|\bbest trades?\b(?=.*\b(?:my|i|ever|so far|this|last)\b)|\bmy best trades?\b"
    r"|\b(?:highest|lowest) (?:sharpe|sortino|return|profit factor|win rate|drawdown)\b"
    r"|\brecommendations? (?:by|per) \w+|\bhow accurate\b|\baccuracy of\b"
    r"|^\W*(?:performance|profits?|results|net)(?: (?:this|last|past|since|in|over|for|by|per)\b| \|)"
    r"|\b(?:what am i|am i) (?:holding|exposed)\b|\bopen positions?\b|^\W*(?:my "
    r"|list )?open (?:[\w$/]+ ){0,4}trades?\b|\bpositions? (?:are |do i have )?open\b"
)
_NOT_COUNTING = re.compile(
    r"\b(?:should|shall|worth|would you|recommend me|time to|to (?:buy|sell|trade|short|long|enter|get|ape))\b|\bwhy\b"
)
_COMPARE_RECORDS = re.compile(r"\b(?:compar\w+|versus|vs|better|worse|differ\w*|outperform\w*)\b")


def is_counting(words: str, parsed: Parsed) -> bool:
    """Whether plain `words` ask for a figure over records, in ways that name no intent otherwise ("wr last week?")."""
    if _NOT_COUNTING.search(words):
        return False
    if _SAYS_SO.search(words):
        return True
    records = set(parsed.types) & {"trade", "signal", "backtest", "outcome", "recommendation"}
    several = len(parsed.symbols) > 1 or len(parsed.timeframes) > 1 or _SIDES_APART.search(words) is not None
    looks_back = several or (parsed.mine and parsed.window is not None)
    return bool(_COMPARE_RECORDS.search(words) and (records or parsed.mine) and looks_back)


def read_measure(words: str, rest: str, parsed: Parsed, now: datetime) -> Measure:
    """What to compute. `words` are the plain words, `rest` what the first window left of them.

    Where no figure is named it is the summary of everything.
    """
    by = _by(words, parsed)
    figure = _figure(words, by)
    about = _about(words, parsed, figure, by)
    windows = _windows(rest, parsed, now) if _COMPARED.search(words) else ()
    top = _TOP.search(words)
    said = (top["a"] or top["b"]) if top else ""
    return Measure(
        figure=_fitting(figure, about),
        about=about,
        by=by if _has(about, by) else "",
        pick=_pick(words, figure) if by else "",
        top=(int(said) if said.isdigit() else _WORDS[said]) or None if top else None,
        windows=windows,
        of=next((column for column, pattern in _OF if re.search(pattern, words)), "return_pct")
        if about == "backtest"
        else "",
    )


def outcomes_for(measure: Measure, parsed: Parsed, words: str) -> tuple[str, ...]:
    """Which results of trades are meant: "average win" is about winners, while "am I profitable" leaves nothing out."""
    if measure.by or measure.about != "trade" or measure.figure in _ALL_RESULTS:
        return ()
    if parsed.outcomes or measure.figure not in (Figure.AVERAGE, Figure.MEDIAN, Figure.HELD):
        return parsed.outcomes
    words = re.sub(rf"\b{_MONEY}\b", " ", words)  # the l of "p&l" is no loss
    wins = re.search(r"\b(?:wins?|winners?|w)\b", words)
    losses = re.search(r"\b(?:loss(?:es)?|losers?|l|ls)\b", words)
    if wins and losses:
        return ()
    return ("win",) if wins else ("loss",) if losses else ()


def carried_measure(previous: Parsed, new: Parsed, intent: Intent, types: tuple[str, ...]) -> Measure | None:
    """What a follow-up computes: what it names itself, else what the former question computed, over `types`."""
    if intent is not Intent.AGGREGATE:
        return None
    named = new.measure if new.measure is not None and new.measure.figure is not Figure.SUMMARY else None
    measure = named or previous.measure or new.measure or Measure(Figure.COUNT, "trade")
    kinds = [one for one in types if one in KINDS]
    about = kinds[0] if kinds else measure.about
    by = measure.by or (previous.measure.by if previous.measure is not None and not new.symbols else "")
    return replace(measure, figure=_fitting(measure.figure, about), about=about, by=by if _has(about, by) else "")


def _by(words: str, parsed: Parsed) -> str:
    for by, pattern in _BY.items():
        if pattern.search(words):
            return by
    if _SIDES_APART.search(words):
        return "side"
    several = {"symbol": parsed.symbols, "timeframe": parsed.timeframes, "strategy": parsed.strategies}
    return next((by for by, values in several.items() if len(values) > 1), "")


def _figure(words: str, by: str) -> Figure:
    for figure, pattern in _FIGURES:
        if figure is Figure.FOLLOWED and not _YOURS.search(words):
            continue
        if not pattern.search(words):
            continue
        if figure in (Figure.BEST, Figure.WORST) and by:
            return Figure.TOTAL if by not in ("action", "method") else Figure.COUNT
        return figure
    return Figure.SUMMARY


def _about(words: str, parsed: Parsed, figure: Figure, by: str) -> str:
    types = parsed.types
    if "recommendation" in types or (_YOURS.search(words) and "trade" not in types and "signal" not in types):
        return "recommendation"
    if "backtest" in types:
        return "backtest"
    if "trade" in types or figure in _PRIVATE or parsed.mine:
        return "trade"
    if "signal" in types and not (by == "setup" and figure is Figure.TOTAL and not re.search(r"\bsignals?\b", words)):
        return "signal"
    money = by == "setup" and not re.search(rf"\b{_MONEY}\b", words)
    return "signal" if "outcome" in types or parsed.setups or money or _SIGNAL_RATE.search(words) else "trade"


def _fitting(figure: Figure, about: str) -> Figure:
    """The nearest figure that such records have."""
    known = {
        "signal": {Figure.COUNT, Figure.WIN_RATE, Figure.SUMMARY},
        "recommendation": {Figure.COUNT, Figure.FOLLOWED},
        "backtest": {Figure.COUNT, Figure.AVERAGE, Figure.BEST, Figure.WORST},
    }
    if about == "trade":
        return Figure.SUMMARY if figure is Figure.FOLLOWED else figure
    if figure in known[about]:
        return figure
    return {"signal": Figure.SUMMARY, "recommendation": Figure.COUNT, "backtest": Figure.SUMMARY}[about]


def _has(about: str, by: str) -> bool:
    known = {
        "signal": ("symbol", "timeframe", "action", "setup", "strategy", "side"),
        "recommendation": ("symbol", "action", "method"),
        "backtest": ("symbol", "timeframe", "strategy"),
        "trade": ("symbol", "strategy", "timeframe", "exit_reason", "setup", "side", "day", "week", "month"),
    }
    return by in known[about]


def _pick(words: str, figure: Figure) -> str:
    if figure in (Figure.FEES, Figure.COUNT):
        return "worst" if re.search(r"\b(?:least|fewest|lowest)\b", words) else "best" if _BEST.search(words) else ""
    if re.search(r"\b(?:most|biggest)\b", words) and _MOST_LOST.search(words):
        return "worst"
    return "worst" if _WORST.search(words) else "best" if _BEST.search(words) else ""


def _windows(rest: str, parsed: Parsed, now: datetime) -> tuple[Window, ...]:
    if parsed.window is None:
        return ()
    second, _ = read_window(rest, now)
    return () if second is None or second == parsed.window else (parsed.window, second)
