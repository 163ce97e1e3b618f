"""What people call figures, groupings and comparisons: patterns over plain words, used by `rag.question.measures`."""

from __future__ import annotations

import re

from rag.question.model import Figure

MONEY = r"(?:p ?(?:&|and|n|/) ?l|pnl|pnls|(?<!took )(?<!take )(?<!taking )(?<!taken )profits?|money|gains?|returns?)"
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
BY = {
    by: re.compile(rf"\b{_LEAD} (?:\w+ )?{said}\b" if by not in ("day", "week", "month") else rf"\b{_LEAD} {said}\b")
    for by, said in _THINGS.items()
}
SIDES_APART = re.compile(
    r"\b(?:longs?|buys?) (?:and|or|versus|against|than|compared to) (?:my )?(?:shorts?|sells?)\b"
    r"|\b(?:shorts?|sells?) (?:and|or|versus|against|than|compared to) (?:my )?(?:longs?|buys?)\b"
)
TOP = re.compile(
    r"\b(?:top|best|worst|biggest|largest|highest|lowest) (?P<a>[0-9]{1,2}|two|three|four|five|ten)\b"
    r"|\b(?P<b>[0-9]{1,2}|two|three|four|five|ten) (?:best|worst|biggest|largest|most profitable|highest|lowest)\b"
)
WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_LOSS = r"(?:loss(?:es)?|losers?|losing|l|ls|drawdown trade|hit|rekt|mistake|fail|lost)"
_WIN = r"(?:wins?|winners?|winning|gains?|profits?|w|ws|score|trades?|positions?)"
_BIG = r"(?:biggest|largest|greatest|highest|max(?:imum)?|most|huge|top|single biggest)"
FIGURES: tuple[tuple[Figure, re.Pattern[str]], ...] = tuple(
    (figure, re.compile(pattern))
    for figure, pattern in (
        (Figure.STREAK, r"\bstreaks?\b|\bin a row\b|\bconsecutive\b|\bback to back\b|\bon a (?:heater|roll)\b"),
        (Figure.DRAWDOWN, r"\bdraw ?-?downs?\b|\bm?dd\b|\bpeak to trough\b"),
        (
            Figure.EXPOSURE,
            r"\bexpos(?:ure|ures|ed)\b|\bopen (?:[\w$/]+ ){0,6}(?:positions?|trades?|bags?|longs?|shorts?)\b"
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
            rf"\b{MONEY}\b|\btotals?\b|\bsum of\b|\bnet\b|\bhow much\b.{{0,30}}\b(?:made|make|lost|lose|earn(?:ed)?"
            r"|win|won|up|down|cost)\b|\bam i (?:\w+ )?(?:up|down|profitable|green|red|in the (?:green|red))\b"
            r"|\b(?:made|make|makes|making|cost|costing|lost|lose|losing|earned|earns) me\b|\bbreak ?-?even\b",
        ),
    )
)
BEST = re.compile(
    r"\bbest\b|\bmost\b|\btop\b|\bhighest\b|\bstrongest\b|\bbiggest\b|\blargest\b|\bbetter\b|\bfavou?rite\b|\bpays?\b"
    r"|\bwinning\b|\bworks?\b|\bprofitable\b"
)
WORST = re.compile(
    r"\bworst\b|\bleast\b|\blowest\b|\bweakest\b|\bfewest\b|\bworse\b|\b(?:lost|loses?|losing|cost|costs|costing"
    r"|bleed\w*"
    r"|hurt\w*)\b"
)
MOST_LOST = re.compile(r"\b(?:lost|loses?|losing|cost|costs|costing|bleed\w*|hurt\w*|down)\b")
COMPARED = re.compile(r"\b(?:compar\w+|versus|vs|against|better|worse|than|differ\w*|beat|outperform\w*|or)\b")
YOURS = re.compile(
    r"\b(?:recommendations?|advices?|tips?|suggestions?|advised?|recommended?)\b.*\b(?:you|i|me|my)\b"
    r"|\b(?:you|your)\b.*\b(?:recommend(?:ed|ations?)?|advised?|advice|suggest(?:ed|ions?)?|tell|told|say|said)\b"
    r"|\b(?:recommendations?|advice)\b.*\b(?:follow\w*|took|taken|given)\b"
)
SIGNAL_RATE = re.compile(
    r"\bhit[ -]?rate\b|\baccura(?:te|cy)\b|\b(?:reach(?:ed)?|hit) (?:the |their |its )?(?:first )?targets?\b"
    r"|\byour (?:track|win|calls?)\b"
)
OF = (
    ("sharpe", r"\bsharpe\b"),
    ("max_drawdown_pct", r"\bdraw ?-?downs?\b|\bdd\b"),
    ("win_rate_pct", r"\b(?:win|hit)[ -]?rates?\b|\bwr\b"),
    ("profit_factor", r"\bprofit[ -]?factors?\b|\bpf\b"),
    ("sortino", r"\bsortino\b"),
    ("expectancy_r", r"\bexpectanc\w+\b"),
    ("trades", r"\b(?:most|fewest) trades\b"),
)
SAYS_SO = re.compile(
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
    rf"|\b(?:pnl|p ?(?:&|and|n|/) ?l|{MONEY}|wins?|loss(?:es)?|trades?|signals?|results?) (?:per|by|for each) \w+"
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
    r"|list )?open (?:[\w$/]+ ){0,6}trades?\b|\bpositions? (?:are |do i have )?open\b"
)
NOT_COUNTING = re.compile(
    r"\b(?:should|shall|worth|would you|recommend me|time to|to (?:buy|sell|trade|short|long|enter|get|ape))\b|\bwhy\b"
)
COMPARE_RECORDS = re.compile(r"\b(?:compar\w+|versus|vs|better|worse|differ\w*|outperform\w*)\b")
