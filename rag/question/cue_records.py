"""Word families of `rag.question.cues` for records, figures, headlines, pictures, comparisons and the desk itself."""

from __future__ import annotations

from rag.question.cue_words import Needs
from rag.question.model import Intent

_RECORD = (
    r"(?:signals?|trades?|notes?|setups?|backtests?|positions?|longs?|shorts?|calls?|entries|exits?|winners?|losers?"
    r"|recommendations?|buys?|sells?)"
)
_FEATURE = (
    r"(?:notifications?|messages?|pings?|alerts?|quiet hours|do not disturb|digests?|summar(?:y|ies) mail|e-?mails?"
    r"|time ?zones?|settings?|preferences?|watch ?list|language|account|accounts|profile|telegram|discord"
    r"|subscriptions?"
    r"|broadcasts?|channels?|roles?|permissions?|my data|data|history|buttons?|commands?|server|group|reminders?"
    r"|password"
    r"|balance|risk (?:setting|per trade|level|profile|appetite|tolerance)|default (?:risk|timeframe|size)|paper"
    r" (?:trad"
    r"\w+|account|money)|threads?|updates?|threshold|minimum confidence|bot|exchange|api(?: keys?)?|wallet|coins?)"
)
_MANAGE = (
    r"(?:link|connect|pair|sync|turn(?:ing)? (?:on|off|down)|switch(?:ing)? (?:on|off|to|between)?|set(?:ting)?(?:"
    r" up)?"
    r"|chang(?:e|ing)|enabl(?:e|ing)|disabl(?:e|ing)|mut(?:e|ing)|unmute|silenc(?:e|ing)|stop(?:ping)? (?:the"
    r"|these|those"
    r"|getting|receiving|all|your|sending)|configur\w+|adjust\w*|export|delet\w+|reset|unlink|unsubscribe"
    r"|subscribe|sign up"
    r"|register|cancel|edit|customi[sz]e|manage|add|remove|invite|log ?(?:in|out)|update|receive|get rid of|snooze"
    r"|pause"
    r"|record|enter|open an?|join|upgrade|install|forget|erase|raise|lower|move)"
)
_TERM = (
    r"(?:conviction|confidence|r ?multiples?|expectancy|drawdown|sharpe|sortino|stop ?-?loss|take ?-?profit|atr"
    r"|rsi|macd"
    r"|ema|sma|bollinger|slippage|leverage|calibrat\w+|brier|volatility|timeframe|squeeze|oversold|overbought"
    r"|ensemble"
    r"|backtest|paper trad\w+|reward[ /-]?(?:to[ -])?risk|risk[ /-]?(?:to[ -])?reward|profit factor|win rate|exposure"
    r"|liquidity|spread|funding|invalidation|hold signal|stance|caution|veto|rules only|trailing stop|limit order"
    r"|market order|candle(?:stick)?s?|wicks?|(?:bull|bear) market|pips?|hedg\w+|hodl|fomo|fud|dca|market cap"
    r"|order book|maker|taker"
    r"|rr|pnl|roi|ath|scalp\w*|swing trad\w+|margin|liquidat\w+|stable ?coins?|alt ?coins?|shorting|longing|paper"
    r" money|support|resistance|mean reversion|breakout|golden cross|death cross|stale|no ?data|track record)"
)
_EVENT = (
    r"(?:hack(?:ed|s|ers?)?|exploit(?:ed|s)?|outages?|lawsuits?|listings?|delist\w*|partnerships?|regulat\w+|sec"
    r"|etfs?"
    r"|upgrades?|hard ?forks?|forks?|airdrops?|halvings?|migrations?|bankruptc\w+|rug ?pulls?|rugged|scandals?"
    r"|rumou?rs?"
    r"|unlocks?|burns?|insolven\w+|investigat\w+|banned|bans?|fud|drama|breach\w*|approv\w+|crackdown|developments?)"
)


RECORDS: tuple[tuple[Intent, float, Needs, str], ...] = (
    # single records
    (Intent.FIND, 4.0, Needs.OWN, rf"\b(?:find|search|look up|dig (?:up|out)|locate|track down|hunt down|filter"
        rf"|pull up|fetch"
        rf"|bring up|retrieve|list|show)(?: me| for| us)?(?: \S+){{0,5}} {_RECORD}\b.*\b(?:where|that|in which"
        rf"|which|when|tagged"
        r"|marked|labell?ed|like|with|about|mention\w*)\b(?!.*\b(?:most|least|best|worst|average (?:win|loss|pnl"
        r"|trade)|total"
        r"|how (?:many|much)|win rate|latest|newest|most recent)\b)"),
    (Intent.FIND, 4.0, Needs.MARKET, r"^\W*(?:find |show |show me |any |anything |something |setups? |signals? "
        r"|cases? |times )*"
        r"(?:similar|comparable|alike|same(?: kind)?|like)(?: \w+){0,3} (?:to|as|like)?\b(?!.*\b(?:better|or)\b)"
        r"|\b(?:have|has) (?:we|you|it|there|this|that) (?:\w+ )?(?:seen|been|happened|had)\b.*\b(?:before|like"
        r" this|similar"
        r"|in the past)\b|\b(?:past|previous|earlier|historical|old) (?:\w+ ){0,2}(?:setups?|cases?|situations?"
        r"|times?"
        r"|occasions?|examples?)\b|\b(?:last|other|previous) times? (?:\S+ ){1,6}(?:looked|was|were|did|happened"
        r"|had)\b"),
    # the newest record
    (Intent.LATEST, 4.0, Needs.OWN, r"^(?!.*\b(?:why|explain|how (?:many|much)|reason\w*|behind|should|average|win"
        r" rate|total"
        r"|compare|versus|walk me|talk me)\b).*\b(?:what|which|when|send|give|show|tell|see|get|need|fetch"
        r"|read)\b.{0,30}\b(?:the"
        r"|your|my|its|any) (?:very |single |one )?(?:last|latest|newest|most recent|freshest)(?: (?!(?:and"
        r"|or)\b)[\w/$]+){0,3}?"
        r" (?:signal|call|backtest|note|trade|entry|recommendation)\b(?! (?:that (?:hit|lost|won|got)|where|when"
        r"|before))"),
    # figures over records
    (Intent.AGGREGATE, 4.0, Needs.OWN, r"\bhow (?:exposed|invested|leveraged|heavy|heavily|deep) (?:am|are|were"
        r"|was) (?:i|we)\b"
        r"|\bhow (?:am|are|have|did) (?:i|we) (?:\w+ )?(?:do|doing|done|far(?:e|ed|ing)|perform\w*|trading|getting"
        r" on)\b"
        r"(?!.*\b(?:signals?)\b)|\b(?:am|are|was|were) (?:i|we) (?:\w+ ){0,2}(?:up|down|ahead|behind|winning"
        r"|losing)\b.{0,30}"
        r"\b(?:overall|so far|this|last|since|total|year|month|week|all time)\b"),
    (Intent.LATEST, 4.0, Needs.OWN, r"\b(?:anything|something|what is|any|whats) new(?:er"
        r"|est)?\b(?=.*\b(?:signals?|calls?|setups?)\b)"
        r"|\b(?:signals?|calls?|backtests?|trades?|setups?|notes?)\b(?: \w+){0,4} (?:came|come|fired|issued|made"
        r"|ran|went|popped|was"
        r"|were|landed)(?: \w+){0,3} (?:last|most recently|just now|lately|latest)\b(?! (?:week|month|year|night"
        r"|summer|quarter|mon"
        r"|tue|wed|thu|fri|sat|sun))|\b(?:newest|latest|last|most recent) (?:thing|one)(?: that)? (?:you|the|i|on"
        r"|for)\b"),
    (Intent.AGGREGATE, 4.0, Needs.OWN, r"\b(?:percent(?:age)?|%|share|ratio) of (?:my )?(?:\S+ ){0,4}(?:winning"
        r"|losing|winners?|losers?"
        r"|wins|trades|signals)\b|\bwhat (?:did|have|do|had) (?:i|we) (?:\w+ )?(?:make|made|lose|lost|earn|earned"
        r"|net|bank|banked|pay"
        r"|paid|win|won|gain|gained)\b(?!.*\b(?:should|mistake)\b)|\bhow is my (?:\w+ )?(?:year|month|week|quarter"
        r"|trading|record"
        r"|account|performance)\b|\b(?:plus or minus|in the (?:plus|minus)|net (?:positive|negative)|green or red"
        r"|up or down"
        r"|profit or loss)\b(?=.*\b(?:i|my|me|since|this|last)\b)"),
    # headlines
    (Intent.NEWS, 4.0, Needs.NOTHING, r"\b(?:in|from|across|on) the (?:news|press|papers|media|headlines)\b"
        r"|\b(?:reports?|word"
        r"|rumou?rs?|stories|gossip|talk|chatter|buzz|noise|whispers?) (?:of|that|about|on|around|regarding|going"
        r" around)\b"
        r"(?!.*\b(?:my|trades?|signals?|backtests?)\b)|\b(?:good|bad|negative|positive) (?:press|news|stories"
        r"|headlines"
        r"|publicity)\b|\b(?:read|hear|heard|saw|see|seeing|missed|caught)\b.{0,30}\b(?:news|headlines?|articles?"
        r"|stories)\b"
        r"|\b(?:news|media|social|market|twitter) sentiment\b|\bwhat (?:is|are) (?:people|everyone|folks|the"
        r" market|they|ct"
        r"|twitter) (?:saying|talking|writing)\b"),
    (Intent.NEWS, 2.5, Needs.NOTHING, rf"\b(?:any|did|has|have|was|were|is|are|there|what|about|heard|hear"
        rf"|the)\b.{{0,40}}\b"
        rf"{_EVENT}\b(?!.*\b(?:my|trades?|signals?|backtests?|notes?|should|buy|sell)\b)"),
    (Intent.NEWS, 4.0, Needs.MARKET, r"\b(?:something|anything|what is) going on (?:with|at|around"
        r"|in)\b(?!.*\b(?:my|signals?|trades?)\b)"),
    # pictures
    (Intent.CHART, 4.0, Needs.MARKET, r"\b(?:chart|candle\w*|graph|plot|pics?|picture|image|screenshots?|snapshot"
        r"|drawing"
        r"|diagram|visual\w*|ohlc|heikin[ -]?ashi|line chart|price curve)\b(?!.*\b(?:should|signals?|trades?"
        r"|backtests?|why"
        r"|buy|sell|notes?|worth|said|explain\w*|win|best|worst|which timeframe)\b)"),
    (Intent.CHART, 4.0, Needs.MARKET, r"\b(?:overlay\w*|zoom(?:ed)? (?:in|out)|eyeball|(?:with|plus|and|add"
        r"|incl\w*) (?:the )?"
        r"(?:rsi|macd|bollinger|bands|volume|ema|sma|ichimoku|moving averages?|indicators?)(?: \w+){0,4}\W*$)\b"
        r"(?=.*\b(?:show|see|draw|give|pull|let me|look|display|put|price|4h|1h|1d|15m|daily|hourly|candles?)\b)"
        r"(?!.*\b(?:should|signals?|trades?|backtests?|buy|sell|strategy)\b)"
        r"|\b(?:show|see|look at|draw|display|view|watch)\b.{0,25}\bprice (?:action|history|movements?|moves?"
        r"|chart|over|for"
        r"|since|this|last|development)\b"),
    # two of a kind beside each other
    (Intent.COMPARE, 4.5, Needs.PAIRED, r"\b(?:compar\w+|versus|vs|against|side by side|next to each other|beside"
        r"|alongside"
        r"|stack\w* up|measure\w* up|hold\w* up|match\w* up|better|worse|stronger|weaker|superior|outperform\w*"
        r"|differ\w*|beat"
        r"|beats|than|advantage|edge|contrast\w*|relative to|or)\b|\bthe (?:month|week|quarter|year) before\b"),
    (Intent.CHART, 4.0, Needs.MARKET, r"\bzoom(?:ed)? (?:in|out)\b|\bwhat (?:does|did) (?:\S+ ){1,2}look like\b"
        r"|\b(?:show|see|let me)"
        r"\b.{0,12}\b(?:how|what) (?:\S+ ){1,3}(?:moved|moving|been doing|did|trades?|traded|has"
        r" been)\b(?!.*\bmy\b)|\b(?:look|looks|looking|looked) (?:like )?on (?:the|a) (?:\S+ )?"
        r"(?:chart|daily|hourly|weekly|4h|1h|15m|1d)\b|^\W*(?:please |pls |can you |could you )*(?:show|display"
        r"|draw)(?: me)?"
        r" (?:\S+ ){1,4}(?:with|plus|and) (?:the |a )?(?:rsi|macd|bollinger|bands|volume|ema|sma|ichimoku|moving"
        r" averages?)\b"
        r"(?!.*\b(?:signals?|trades?|backtests?|strategy)\b)"),
    (Intent.COMPARE, 4.5, Needs.MARKETS, r"\b(?:who|which|what) (?:one |of (?:them|these|the two|those) |coin |has"
        r" |is |looks |got )*"
        r"(?:the )?(?:better|stronger|best|cheaper|safer|nicer|cleaner|more|less|riskier|weaker|worse|higher|lower)\b"
        r"|\b(?:gap|spread|ratio|correlat\w+|rotate|rotation|swap|switch) (?:\S+ )?(?:between|from|of|with|out"
        r"|into|for)\b"
        r"|\b(?:both|the two|two of them)\b"),
    # what the desk can do, and what its words mean
    (Intent.HELP, 4.0, Needs.NOTHING, rf"\b(?:how (?:do|can|could|would|should|might|does|to)|where (?:do|can|is"
        rf"|are|would)|is"
        rf" there|can (?:i|you|we|u)|could (?:i|you)|am i able|is it possible|i (?:want|would like|need|wish|keep"
        rf" trying|cannot"
        rf"|can't)|what is the (?:way|command|trick))\b.{{0,25}}\b{_MANAGE}\b.{{0,40}}\b{_FEATURE}\b"
        r"(?!.*\b(?:signal say|hacked|position|bag|to my (?:eth|btc|sol))\b)"),
    (Intent.HELP, 4.0, Needs.NOTHING, r"\bquiet hours\b|\b(?:do not disturb|dnd)\b|\b(?:what|which) command\b"
        r"|\bhow (?:do|does|to|can"
        r"|i|should|would)\b.{0,15}\b(?:use|work with|talk to|operate) (?:you|this (?:bot|thing|app)|deskmate|the"
        r" bot|it)\b"
        r"|\bhow (?:does|do) (?:\S+ ){1,3}(?:alerts?|buttons?|commands?|broadcasts?|digest|paper trading"
        r"|subscriptions?|roles?"
        r"|quiet hours|linking|confidence|conviction) (?:work|function)\b|\bwhat (?:does|do"
        r"|happens)\b.{0,30}\b(?:button|command"
        r"|icon|emoji|label|badge|column)s?\b|\b(?:bot|app|deskmate) (?:settings|commands|manual|features)\b"),
    (Intent.HELP, 2.5, Needs.TALK, rf"\b(?:what (?:is|are|does|do)(?! the (?:link|relation|connection"
        rf"|correlation))|difference between|mean(?:s|ing)?(?! rev)|define|definition|stand(?:s)?"
        rf" for|same (?:thing|as)|explain|understand|confus\w+|eli5|how (?:is|are|does|do)|tell me (?:what|about)"
        rf"|idea what)\b"
        rf".*\b{_TERM}\b|\b{_TERM}\b.*\b(?:what (?:is|are|does|do)|mean(?:s|ing)?(?! rev)|difference|stand for"
        rf"|definition|same thing"
        rf"|explain\w*|confus\w+)\b|\b(?:what|how) (?:\S+ ){{0,5}}(?:these|those|this|that|the) (?:two |\d"
        rf" )?(?:words?|terms?"
        r"|abbreviations?|jargon|acronyms?|numbers? on)\b"),
    (Intent.HELP, 2.5, Needs.TALK, r"\b(?:what|wat) (?:does|do|is|are) (?!life)(?:\S+ ){1,6}(?:mean|stand for"
        r"|supposed to mean|good"
        r" for)\b|\b(?:can|do) you (?:speak|understand|talk|read) (?!my)\w+\b|\b(?:is|are) (?:this|that|it|you"
        r"|your \w+)"
        r" (?:financial advice|free|safe|legit|real money|regulated|a scam|open source|reliable|private|secure)\b"
        r"|\b(?:do|can|will|how do) you (?:\w+ )?(?:keep|store|share|sell|save|log|see|protect|use) (?:my|our"
        r"|user) (?:\w+ )?"
        r"(?:data|messages|trades|information|account|questions)\b|\bhow often do you (?:send|post|update|check"
        r"|scan|trade)\b"
        r"|\b(?:which|what|how many) (?:coins?|markets?|symbols?|pairs?|exchanges?|timeframes?|languages?"
        r"|indicators?|strategies)"
        r" (?:do|can|are|does) (?:you|there|the bot|deskmate|it)\b(?! (?:like|recommend|think|suggest|prefer|say))"
        r"|\bwhat(?: is| are) the (?:deal with|point of|purpose of) (?:the |your )?(?:votes?|card|cards|buttons?"
        r"|bot|sources?)\b"
        r"|\bwhere (?:do|can) i (?:see|find|change|set|check) (?:my |the )?(?:alerts?|settings?|preferences?"
        r"|commands?|limits?)\b"
        r"|\bhow (?:do|can|does) (?:i|one|we|it) (?:\w+ )?paper trad\w+"),
    (Intent.HELP, 4.0, Needs.NOTHING, r"\bhow (?:do|can|would|should|to|does) (?:i|we|one|you|someone)? ?(?:get"
        r"|see|make|ask|request|open"
        r"|close|log|record|enter|find|read|use|run|place|check|start|create|save|write|take|know|view|look up)"
        r" (?:(?:a|an|the|my|your"
        r"|for|to|new|these|old|own|paper|of|at|about|list) )*(?:chart|charts|signals?|backtests?|trades?|notes?"
        r"|portfolio|cards?"
        r"|recommendations?|votes?|alerts?|watch ?list|timeframes?|sources?|reports?|track record|statistics"
        r"|commands?)\b"
        r"(?!.*\b(?:did|was|were|do on|perform\w*)\b)"),
)  # fmt: skip
