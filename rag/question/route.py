# ruff: noqa: SIM905 - a list of words is easier to read and to extend as text
"""Which way a question is answered, decided by what it says and which slots it filled."""

from __future__ import annotations

import re

from rag.glossary import meaning_of
from rag.question.asking import without_greeting
from rag.question.cues import FALLBACK, FIRM, FOUND, outweigh, weigh
from rag.question.measures import is_counting
from rag.question.model import Intent, Parsed
from rag.question.terms import content_terms

SHORT_QUESTION = 5
_HELP = re.compile(
    r"^\W*(?:help|hi|hello|hey|yo|gm|gn|good (?:morning|evening|afternoon|night)|thanks?(?: you)?(?! to (?:who"
    r"|which|what))|thx|cheers"
    r"|what can you do|who are you|are you (?:a |an )?(?:bot|human|real|ai|robot|there|alive)|bye|goodbye|nice one"
    r"|how (?:do|does) (?:this|you|it|the bot|deskmate) work|what (?:do|are) you|what is (?:this|deskmate)"
    r"|(?:what|which|the|list|show)(?: the| all)? commands|commands|start|how do i use(?= (?:this|these|you|it"
    r"|the|deskmate|that)\b|\W*$)|how does this (?:bot|thing"
    r"|work)|what can i ask|how are you|what is up)\b|\babout yourself\b|\bi am new (?:here|to this)\b"
    r"|\bwhat (?:sort|kind|type)s? of (?:questions?|things?)\b|\bwhat can i (?:ask|say|type|do)\b"
    r"|\bwhat commands?\b|\bhow does (?:this|the) bot work\b|\bwho made you\b"
)
_SIZE = re.compile(
    r"\bhow (?:much|many|big|large)\b.{0,40}\b(?:should|can|could|do|would|to) ?(?:i|we|you)?\b.{0,20}\b(?:buy"
    r"|put|invest|risk|trade|allocate|sell|short|go|enter|spend|purchase|get)\b"
    r"|\bhow (?:much|many|big|large)\b.{0,60}\b(?:can|could|should|may) (?:i|we) (?:take|buy|get|afford|hold|risk"
    r"|trade)\b"
    r"|\b(?:right|proper|correct|ideal|suitable|good|appropriate|max(?:imum)?|what|which) (?:lots?|quantity|amount"
    r"|position|size|stake)\b"
    r"|\b(?:lot|trade|order|stake|bet) siz(?:e|ing)\b|\b(?:calculate|compute|work out"
    r"|figure out) (?:\w+ ){0,3}(?:size|quantity|lots?|position|amount)\b"
    r"|\bposition siz(?:e|ing)\b|\bwhat size\b|\bsize (?:for|of|my|up|a|this|it|me|the)\b|^\W*size\b|\bhow big\b"
)
_AGGREGATE = re.compile(
    r"\bhow many\b|\bhow much (?:have|did|do|am|has|was|were|profit|money|fees?)\b|\btotals?\b|\baverage\b"
    r"|\bmedian\b|\bsum of\b"
    r"|\b(?:win|hit|success|strike)[ -]?(?:rate|ratio|percentage)\b|\bp ?(?:&|and|n) ?l\b|\bpnl\b|\bstreaks?\b"
    r"|\bfees\b|\bexposure\b"
    r"|\b(?:biggest|largest|smallest|worst)\b|\bbest(?! (?:time|entry|moment|way|place|price|point|day to))\b"
    r"|\bcounts?\b|\bnumber of\b"
    r"|\bhow (?:am|are|have) (?:i|we|my .{0,20})(?: been)? (?:doing|done|performing|performed)\b|\bdrawdown\b"
    r"|\bexpectancy\b|\btrack record\b|\bup or down\b|(?<!take )(?<!took )(?<!taking )\bprofits? (?:on|from|in|this"
    r"|last|so)\b|\bw ?/ ?l\b"
    r"|\bhow accurate\b"
    r"|\baccuracy\b|\bmy (?:portfolio|holdings|bags?)\b|\b(?:cost|costs|made|earned|lost) (?:me )?the (?:most"
    r"|least)\b|\bhow much (?:money )?(?:i|we)\b"
    r"|\b(?:made|make|making|lost|lose|losing) (?:any |some )?money\b|\bopen positions?\b"
    r"|\bwhat (?:am i|do i) (?:holding|hold|own)\b|\bam i (?:up|down|in profit|winning|losing|long|short|profitable)\b"
    r"|\b(?:total|net) (?:profit|loss|result)\b|\bhow often\b"
    r"|\b(?:overall|performance|stats|statistics)\b|\bmost (?:profitable|traded|often)\b|\bwhich (?:strategy"
    r"|symbol|coin|asset|setup)\b|\bper (?:symbol|strategy|coin)\b"
)
_TRADING = re.compile(
    r"\b(?:buy|sell|trad\w+|invest\w*|coins?|crypto\w*|markets?|portfolio|signals?|positions?|long|short|split"
    r"|rebalanc\w*"
    r"|allocat\w*|divers\w*|setups?|entr\w+|exits?|stops?|targets?|money|capital|balance|account|risk|hold|picks?"
    r"|plays?|tips?"
    r"|opportunit\w+|assets?|tokens?|price)\b"
)
MUCH_ELSE = 4  # words about something else, from which on a "long" or a "hold" makes no trading question
_EVERYDAY = re.compile(
    r"\b(?:long|short|hold|stops?|money|account|balance|risk|price|targets?|picks?|plays?|tips?|exits?|entr\w+|positions?|buy|sell"
    r"|market|split)\b"
)
_FILLER = frozenset(
    """
    advice recommend suggest advise thoughts opinion outlook think good best today tonight wise sure okay really
    same only those ones what else ok anything hot ideas idea move next help plan right better smart great maybe
    moment watch say
    """.split()
)
_THING = re.compile(
    r"\b(?:which|what) (?P<a>[a-z]+) (?:should|do|would|could|can|to) (?:i |we )?(?:buy|sell|get|order|purchase)\b"
    r"|\b(?:buy|sell|get|order|purchase)(?: me| myself)? (?:a|an|new)(?: new| used| good| second hand)?"
    r" (?P<b>[a-z]+)\b"
)
_FIGURE = re.compile(
    r"\b(?:win|hit)[ -]?rate\b|\bp ?(?:&|and|n) ?l\b|\bpnl\b|\b(?:win|winning"
    r"|losing) streaks?\b|\btrack record\b|\bdrawdown\b|\bfees\b"
)
_CHART = re.compile(
    r"\b(?:plot|draw|graph)\b|\b(?:show|see|give|send|get|pull up|display|view)\b.{0,30}\b(?:chart|candles"
    r"|candlesticks?)\b"
    r"|^\W*chart\b|\bcharts? (?:of|for|me|with|please)\b|\bchart\W*$"
)
_COMPARE = re.compile(
    r"\bcompar(?:e|ed|es|ing|ison)\b|\bside by side\b|\bdiffer(?:s|ent|ence|ences)?\b|\bhead to head\b|\bagainst\b"
    r"|\bversus\b|\bvs?\b|\bwhich (?:one |coin )?(?:is |looks? |do )?"
    r"(?:the )?(?:better|best|1|one|first|stronger|safer|should|would|you)\b|\b(?:better|stronger|weaker|safer"
    r"|riskier)\b.{0,40}\b(?:or"
    r"|than)\b|\bor\b"
)
_EXPLAIN = re.compile(
    r"\bwhy\b|\bexplain(?:ed|ing)?\b|\bexplanation\b|\b(?<!exit )reason(?:s|ing)?\b|\bhow come\b|\brationale\b"
    r"|\bwhat made (?:you|it)\b|\bjustif\w+|"
    r"\bwhat(?: is| was)? (?:behind|drove|triggered|caused)\b|\b(?:walk|talk|run) me through\b|\bwhat changed\b"
    r"|\bwhat were you thinking\b|\blogic\b|\bthesis\b|\bbasis\b"
    r"|\bgrounds\b|\bwhat for\b|\bhow so\b|\bwhat (?:was|is) the (?:idea|story|deal|thinking|motive|argument"
    r"|case)\b|\bmotive\b"
)
_ADVICE = re.compile(
    r"\b(?:should|shall|ought|must) (?:i|we)\b|\b(?:can|could|may) (?:i|we) (?:buy|sell|short|long|hold|afford"
    r"|get)\b|\bdo (?:i|we) (?:buy|sell|hold|short|long|go|get|exit"
    r"|close|take|enter|need)\b"
    r"|\b(?:good|right|bad|smart|great|decent|best|ok|okay|wise) (?:time|moment|idea|entry|price|point|day|place"
    r"|move|buy|sell|trade|investment)\b(?! (?:did|was|have))"
    r"|\bworth (?:buying|selling|shorting|a|it|holding|getting|entering|longing)\b|\btime to (?:buy|sell|short"
    r"|long|get|go|exit|enter|take)\b|\bbuy or\b|\bsell or\b|\bhold or\b|\blong or short\b"
    r"|\bwhat (?:should|would|do|shall|can) (?:i|we|you) (?:do|buy|sell|recommend|suggest|think|advise|say|trade"
    r"|make)\b"
    r"|\b(?:recommend|advise|suggest)\b|\badvice\b|\brecommendation (?:for|on)\b|\bthoughts on\b|\boutlook\b"
    r"|\bopinion\b|\bis (?:it|this|now|there)\b.{0,30}\b(?:buy|sell|long|short|entry)(?:ing)?\b"
    r"|\b(?:want|like|looking|going|plan(?:ning)?|tempted|ready|about|thinking|wanting|considering|keen|hoping"
    r"|trying)(?: to| of| on| about)?(?: maybe)?"
    r" (?:buy|sell|short|long|invest|get|enter|put|add|open|take|taking|go|purchase|exit|ape|bought|trade|spend)"
    r"(?:ing|ting)?\b"
    r"|\b(?:safe|okay|smart|wise|possible|sensible) to (?:take|open|add|invest|buy|sell|short|long|enter|hold"
    r"|get)\b|\bbuy (?:or|the dip|now"
    r"|some|more|today|here)\b|^\W*(?:buy|sell|short|long|bought)\b(?! (?:and sell )?(?:signals?|trades?|calls?"
    r"|positions?))"
    r"|\bwould you (?:buy|sell|short|long|hold|go|enter|take|bought)\b|\ba (?:good |strong |clear )?(?:buy|sell"
    r"|hold)(?: right)?(?: now| here| today)?\W*$"
    r"|\b(?:rebalanc|split|allocat|divers)\w*|\b(?:entry|stop|target)s? for\b|\bwhere (?:should|do|to|would)\b"
    r"|\bwhat about\b|\bwhat is (?:a|the) (?:good |best )?(?:entry|stop|plan)\b"
    r"|\bwhat to (?:buy|sell|trade|short|do)\b|\bgive me a (?:good )?(?:trade|setup|pick|tip|play)\b"
    r"|^\W*(?:are there )?(?:any|some|got a|got any) (?:good |decent |nice |hot |strong )*(?:setups?|trades?|ideas?"
    r"|plays?"
    r"|picks?|tips?|opportunit\w+|entries)(?: (?:now|today|for me|out there|on \S+|here))*\W*$"
    r"|\banything (?:good |worth |interesting )?(?:to |for )?(?:buy|sell|short|long|trade)(?:ing)?\b"
    r"|\bwhat (?:is|looks) (?:hot|good|interesting)\b|\b(?:trade|trading) ideas?\b"
    r"|\bbest (?:coin|trade|setup|play|pick|crypto|asset)s? (?:to|now|today|right now)\b"
    r"|^\W*(?:take profits?|tp|exit|close)(?: on| out)? (?:my |of )?(?:\w+ )?(?:now|here|today)?\W*$"
    r"|\bget (?:in|into|out)\b|\bgo (?:long|short)\b(?! on \w+ (?:on|in|yesterday))"
)
_AHEAD = re.compile(r"\b(?:should|shall|would|worth|time to|recommend|advice|now)\b")
_TERM = re.compile(
    r"^\W*(?:what (?:is|are|does)|define|meaning of) (?:an? )?(?!the |my |your |hot|good)[\w -]{2,30}\W*$"
)
_TODAY = re.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening|week))\b")
_PAST = re.compile(
    r"\b(?:did|was|were|have|had|has) (?:you|we|i|it|there|my|the|any|that|this|those)\b|\byou (?:bought|sold|shorted"
    r"|recommended|advised|said)\b"
)
_SAYS = re.compile(r"\b(?:say(?:s|ing|in)?|stand(?:s|ing)?|show(?:s|ing)|tell(?:s|ing)|read(?:s|ing)|status|view)\b")
_LOOSE_FIGURE = re.compile(r"\b(?:performance|stats|statistics|overall|numbers|drawdown)\b")
_STORED = re.compile(r"\b(?:last|latest|previous|past|earlier|old|recent|newest) (?:\S+ ){0,3}recommendations?\b")
_SHOWN = re.compile(
    r"\b(?:show|list|find|see|which|what|how|when|where|did|history|all|log|latest|last|recent|newest|those|ones)\b"
)
_LATEST = re.compile(
    r"\b(?:latest|newest|current(?:ly)?|recent(?:ly)?|most recent|last|right now|now|at the moment|today's"
    r"|freshest|just|present)\b"
    r"|\bhow (?:did|were|was|are|is|have).{0,30}\b(?:go|going|gone|do|doing|went|turn out|perform|been)\b"
    r"|\bwhat is (?:the )?signals?\b|\bany new\b|\b(?:what|anything) (?:is )?new\b|\bstatus\b|\bup ?dates?\b"
    r"|\bwhat is (?:the |a )?(?:\S+ ){0,3}signal\b|^\W*(?:\S+ ){1,3}signals?\W*$"
)


def route(words: str, parsed: Parsed, sides: tuple[str, ...]) -> Intent:
    """The intent of a question, from its plain words and the slots filled so far.

    What is not about trading is out of scope. `sides` are the directions the question mentions. The ordered rules
    answer first; word families may outweigh an answer that was reached for want of another.
    """
    if not (parsed.symbols or parsed.window or parsed.mine or parsed.budget) and meaning_of(words) is not None:
        return Intent.HELP
    words = without_greeting(words)
    standing = _by_rules(words, parsed, sides)
    return outweigh(standing, _strength(standing, words, parsed), words, parsed)


def _strength(standing: Intent, words: str, parsed: Parsed) -> float:
    if standing is Intent.OUT_OF_SCOPE:
        return FALLBACK
    if standing in (Intent.FIND, Intent.LATEST):
        return FOUND
    if standing is Intent.ADVICE and not (parsed.budget is not None or parsed.tighter_stop or _ADVICE.search(words)):
        return FALLBACK
    return FIRM


def is_guess(intent: Intent, words: str, parsed: Parsed) -> bool:
    """Whether an intent rests on a named market, a kind of record or nothing, and on no word of asking."""
    words = without_greeting(words)
    return _strength(intent, words, parsed) < FIRM and intent not in weigh(words, parsed)


def _by_rules(words: str, parsed: Parsed, sides: tuple[str, ...]) -> Intent:
    about = bool(parsed.types or parsed.symbols or parsed.unknown or _has_filters(parsed, sides))
    if _HELP.search(words) and not about:
        return Intent.HELP
    if _EXPLAIN.search(words) and (about or re.match(r"\W*why\b", words)):
        return Intent.EXPLAIN
    if parsed.types == ("news",):
        return Intent.NEWS
    own = about or parsed.budget is not None or parsed.mine or _is_trading(words, parsed, sides)
    if own and _SIZE.search(words) and not (_PAST.search(words) or is_counting(words, parsed)):
        return Intent.SIZE
    record = _recorded(words, parsed, sides)
    if record is not None:
        return record
    if _CHART.search(words) and (own or re.search(r"\b(?:it|that|them|charts?|candles\w*)\b", words)):
        return Intent.CHART
    if len(parsed.symbols) + len(parsed.unknown) > 1 and _COMPARE.search(words):
        return Intent.COMPARE
    return _rest(words, parsed, sides)


def _recorded(words: str, parsed: Parsed, sides: tuple[str, ...]) -> Intent | None:
    past = _PAST.search(words) is not None
    if "trade_note" in parsed.types:
        return Intent.FIND
    if is_counting(words, parsed):
        return Intent.AGGREGATE
    looks_back = parsed.window is not None and parsed.budget is None
    looks_back = looks_back and not _AHEAD.search(words) and not _TODAY.search(words)
    if _ADVICE.search(words) and not (past or looks_back or "backtest" in parsed.types):
        return None
    about = bool(parsed.types or parsed.symbols or parsed.mine or parsed.timeframes or _has_filters(parsed, sides))
    if _FIGURE.search(words) or (_AGGREGATE.search(_few(words, parsed)) and about):
        return Intent.AGGREGATE
    filters = _has_filters(parsed, sides)
    if parsed.types == ("recommendation",) and not (past or parsed.mine or filters or _STORED.search(words)):
        return None
    held = parsed.mine and (parsed.symbols or past) and parsed.budget is None
    if held and not (sides or parsed.types or filters or past or parsed.window or parsed.limit or _SHOWN.search(words)):
        return None  # "my ADA is down 12 percent" asks for no record
    if parsed.types or filters or held:
        latest = (parsed.limit or _LATEST.search(words)) and not filters
        return Intent.LATEST if latest else Intent.FIND
    return None


def _few(words: str, parsed: Parsed) -> str:
    # "the performance of my last trades", "backtest stats": the records themselves are asked for
    few = parsed.types == ("backtest",) or re.search(r"\b(?:last|latest|recent|newest)\b.* trades?\b", words)
    return _LOOSE_FIGURE.sub("", words) if few else words


def _has_filters(parsed: Parsed, sides: tuple[str, ...]) -> bool:
    kinds = parsed.exit_reasons or parsed.setups or parsed.outcomes or parsed.strategies
    return bool(kinds or (parsed.window and (parsed.types or sides)))


def _is_trading(words: str, parsed: Parsed, sides: tuple[str, ...]) -> bool:
    """Whether "should I", "recommend", "best" is about trading: a dentist is not, nor is buying a laptop."""
    if not (parsed.symbols or parsed.unknown or parsed.types or parsed.timeframes):
        things = [one["a"] or one["b"] for one in _THING.finditer(words)]
        if any(_foreign(thing) and not _TRADING.search(thing) for thing in things):
            return False
    if parsed.symbols or parsed.unknown or parsed.timeframes or parsed.types:
        return True
    strong = _TRADING.search(_EVERYDAY.sub(" ", words))
    if strong or ((sides or _TRADING.search(words)) and _foreign_terms(words) < MUCH_ELSE):
        return True
    return not _foreign(words)


def _foreign_terms(words: str) -> int:
    return sum(term not in _FILLER for term in content_terms(_EVERYDAY.sub(" ", words)))


def _foreign(words: str) -> bool:
    return any(term not in _FILLER for term in content_terms(words))


def _rest(words: str, parsed: Parsed, sides: tuple[str, ...]) -> Intent:
    if parsed.budget is not None or parsed.tighter_stop:
        return Intent.ADVICE
    if _TERM.search(words) and not (parsed.symbols or parsed.unknown or parsed.window or parsed.mine):
        return Intent.OUT_OF_SCOPE
    ahead = _AHEAD.search(words) or (_TODAY.search(words) and _ADVICE.search(words))
    if parsed.symbols and parsed.window and not ahead:
        return Intent.FIND
    if _ADVICE.search(words):
        return Intent.ADVICE if _is_trading(words, parsed, sides) else Intent.OUT_OF_SCOPE
    if parsed.symbols and parsed.timeframes and _SAYS.search(words):
        return Intent.LATEST
    if parsed.symbols and re.search(r"\bcharts?\b|\bcandles?\b", words):
        return Intent.CHART
    if parsed.symbols or parsed.unknown:
        return Intent.LATEST if "latest" in words else Intent.ADVICE
    said = sides or parsed.timeframes or parsed.window or parsed.holdings
    if said and len(words.split()) <= SHORT_QUESTION and not _foreign(words):
        return Intent.FIND
    return Intent.OUT_OF_SCOPE
