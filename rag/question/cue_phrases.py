"""More word families of `rag.question.cues`: how people ask in passing, ask indirectly, or ask about the desk itself."""

from __future__ import annotations

from rag.question.cue_words import Needs
from rag.question.model import Intent

_ACT = (
    r"(?:hold(?:ing)?|sell(?:ing)?|buy(?:ing)?|close(?: it| out)?|exit|wait|keep(?: it| going| holding)?|add(?:ing)?|cut"
    r"(?: it| the loss| losses)?|bail(?: out)?|dump(?: it)?|fold|stay(?: put| in| out)?|sit tight|sit (?:it|this) out"
    r"|sit on (?:it|my hands)|let (?:it|them|him) (?:run|ride|go)|take (?:the )?(?:profits?|money|loss|trade)|leave it"
    r"|pass|skip(?: it)?|run|walk away|get (?:out|in)|go (?:in|long|short)|enter|trim|be patient|stick (?:with|to) it"
    r"|pull (?:the trigger|out)|jump(?: in| on it)?|hang on|hold on|hedge|flip|average down|double down|do nothing"
    r"|remove (?:my|the) money|cash out|buy more|long|short|risk it|avoid|stand aside|stay away|panic)"
)
_POLITE = r"(?:(?:please|pls|can you|could you|would you|just|kindly|so|i want to|i would like to|help me) )*"
_ORDER = (
    r"(?:trim|add(?: more)?|add to|cut|close(?: out)?|exit|dump|bail(?: on| out of)?|scale (?:in|into|out of)|take"
    r" profits?(?: on)?|tp|reduce|double down on|average (?:down|into|in)|dca(?: into)?|enter|flip|hedge|reenter"
    r"|load(?: up)?(?: on)?|fade|accumulate|stack|liquidate|unload|offload|ditch|swap|hold|keep|go (?:long|short)(?: on)?"
    r"|get (?:in|into|out of)|pile into|jump into|buy|sell|long|short)"
)
_DESK = r"(?:you|the (?:bot|system|desk|engine|machine|model|app|ai|assistant)|deskmate|it|this (?:bot|thing|app))"
_RECORD = (
    r"(?:signals?|trades?|notes?|setups?|backtests?|positions?|longs?|shorts?|calls?|entries|exits?|winners?|losers?"
    r"|recommendations?|buys?|sells?)"
)
_FEATURE = (
    r"(?:notifications?|messages?|pings?|alerts?|quiet hours|do not disturb|digests?|summar(?:y|ies) mail|e-?mails?"
    r"|time ?zones?|settings?|preferences?|watch ?list|language|account|accounts|profile|telegram|discord|subscriptions?"
    r"|broadcasts?|channels?|roles?|permissions?|my data|data|history|buttons?|commands?|server|group|reminders?|password"
    r"|balance|risk (?:setting|per trade|level|profile|appetite|tolerance)|default (?:risk|timeframe|size)|paper (?:trad"
    r"\w+|account|money)|threads?|updates?|threshold|minimum confidence|bot|exchange|api(?: keys?)?|wallet|coins?)"
)
_MANAGE = (
    r"(?:link|connect|pair|sync|turn(?:ing)? (?:on|off|down)|switch(?:ing)? (?:on|off|to|between)?|set(?:ting)?(?: up)?"
    r"|chang(?:e|ing)|enabl(?:e|ing)|disabl(?:e|ing)|mut(?:e|ing)|unmute|silenc(?:e|ing)|stop(?:ping)? (?:the|these|those"
    r"|getting|receiving|all|your|sending)|configur\w+|adjust\w*|export|delet\w+|reset|unlink|unsubscribe|subscribe|sign up"
    r"|register|cancel|edit|customi[sz]e|manage|add|remove|invite|log ?(?:in|out)|update|receive|get rid of|snooze|pause"
    r"|record|enter|open an?|join|upgrade|install|forget|erase|raise|lower|move)"
)
_TERM = (
    r"(?:conviction|confidence|r ?multiples?|expectancy|drawdown|sharpe|sortino|stop ?-?loss|take ?-?profit|atr|rsi|macd"
    r"|ema|sma|bollinger|slippage|leverage|calibrat\w+|brier|volatility|timeframe|squeeze|oversold|overbought|ensemble"
    r"|backtest|paper trad\w+|reward[ /-]?(?:to[ -])?risk|risk[ /-]?(?:to[ -])?reward|profit factor|win rate|exposure"
    r"|liquidity|spread|funding|invalidation|hold signal|stance|caution|veto|rules only|trailing stop|limit order"
    r"|market order|support|resistance|mean reversion|breakout|golden cross|death cross|stale|no ?data|track record)"
)
_EVENT = (
    r"(?:hack(?:ed|s|ers?)?|exploit(?:ed|s)?|outages?|lawsuits?|listings?|delist\w*|partnerships?|regulat\w+|sec|etfs?"
    r"|upgrades?|hard ?forks?|forks?|airdrops?|halvings?|migrations?|bankruptc\w+|rug ?pulls?|rugged|scandals?|rumou?rs?"
    r"|unlocks?|burns?|insolven\w+|investigat\w+|banned|bans?|fud|drama|breach\w*|approv\w+|crackdown|developments?)"
)

PHRASES: tuple[tuple[Intent, float, Needs, str], ...] = (
    # what to do
    (Intent.ADVICE, 4.0, Needs.AHEAD, rf"\b{_ACT},? or (?:(?:should i|do i|shall i|would you|is it|just|rather|better"
        rf"|simply|to|maybe|i should|i|not|do you) )*(?:\w+ )?{_ACT}\b(?!.*\b(?:signals|trades|notes|chart)\b)"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, rf"^\W*{_POLITE}{_ORDER} (?:(?:on|to|of|from|out|into|my|the|some|more|half|all|that"
        r"|this|in|with) )*\S+(?: (?:long|short|position|bag|bags|trade|here|now|today|coin|or not|or nah|yet|more|a bit"
        r"|again|already|or wait|maybe|4h|1h|1d|15m))*\W*$"),
    (Intent.ADVICE, 3.5, Needs.AHEAD, r"\b(?:your|ur|the desk's|ai|honest) (?:\w+ )?(?:view|take|read|opinion|feeling"
        r"|feel|verdict|stance|thought|thoughts|bias|lean|gut|recommendation|advice|suggestion|judg\w+) (?:on|about|for|of"
        r"|regarding|with)\b|\bhow (?:do|would) you (?:feel|rate|see|judge|play|trade|handle|approach|position)\b"
        r"|\bwhat (?:do|would|are|is) (?:you|your|u) (?:\w+ )?(?:think|thinking|reckon|make of|say|feel|do|gut)\b"
        r"(?!.*\b(?:signals|notes)\b)"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\b(?:enough|ready|ripe|primed|due|likely|set|safe|cheap|low|high|expensive) (?:\w+ )?"
        r"to (?:buy|sell|exit|enter|short|long|get (?:in|out)|bounce|dump|pump|go (?:up|down|long|short)|drop|rally|move"
        r"|break|fall|rise|add|close)\b|\b(?:bullish|bearish) or (?:bullish|bearish)\b|\b(?:bull|bear) case\b"
        r"|\bwould (?:you|u) (?:\w+ )?(?:take|touch|close|hold|sell|buy|consider|wait|stay|get|go|enter|chase|recommend"
        r"|advise|suggest|put|invest|bet|keep|dump|exit|risk|add|cut|short|long|jump)\b"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\b(?:worth (?:a|the|it|my)|a (?:good |bad |strong |decent |smart |great |nice |safe"
        r" )?(?:buy|sell|hold|short|long|entry|bet|punt|investment)|pull the trigger|talk me (?:into|out of)|convince me"
        r"|(?:yay|yea|yes|buy|sell) or (?:nay|no|nope|not|bye|avoid)|moon(?:ing)? or|dip or|is the (?:top|bottom) in"
        r"|go (?:for it|all in)|all in on|jump ship|cut my loss(?:es)?|let (?:it|them) go|off ?load|get rid of my"
        r"|time to|too (?:late|early|risky|soon)|still (?:time|ok|okay|safe|good|a buy|worth)|actually a trade"
        r"|smart or|dumb or|what (?:do|should|would|shall|can|must) i do|what now|my (?:best|next) move|any (?:reason|point)"
        r" (?:to|in) (?:buy\w*|sell\w*|hold\w*|stay\w*|wait\w*|keep\w*))\b(?!.*\b(?:signals|notes|backtests?)\b)"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\b(?:should|shall|ought|must|do|can|may|could|would) (?:i|we) (?:\w+ ){0,3}?(?:buy|sell"
        r"|hold|enter|exit|close|add|wait|short|long|dump|keep|take (?:profits?|the|it|this|my|some)|get (?:in|out|into|some"
        r"|rid)|be (?:buying|selling|worried|patient|long|short|in|out)|remove|pull|bail|cut|trim|chase|jump|move|swap|worry"
        r"|panic|stay|stick|avoid|go|cash|grab|invest|open|switch|rotate|ape|stop|let|join|accumulate)\b"
        r"(?!.*\b(?:how (?:much|many|big)|size|quantity)\b)"),
    # how much of something
    (Intent.SIZE, 4.5, Needs.PLAN, r"\b(?:max(?:imum)?|most|largest|biggest|highest|upper limit|limit)(?: \w+){0,2}?(?: that)?"
        r" (?:i|we) (?:can|could|may|should|am allowed|are allowed|might|ought)\b(?! (?:lose|have lost))"
        r"|\b(?:amount|quantity|units|coins|number) (?:i|we|to|that i) (?:can|could|should|may|buy|get|order|take|enter)\b"
        r"|\bhow (?:much|many|big|large|heavy|small)\b.{0,60}\b(?:with|at|for|if|given|on)\b.{0,30}\b(?:risk\w*|stop|sl)\b"
        r"(?!.*\b(?:did|was|were|have i|has)\b)"),
    (Intent.SIZE, 4.5, Needs.PLAN, r"\b(?:if|when|once|should|suppose|assuming)\b.{0,30}\b(?:stop|sl|stops|stopped)\b.*"
        r"\bhow (?:much|bad\w*|big|many)\b|\bhow (?:much|big|many)\b.{0,30}\b(?:out|lose|risk(?:ing)?|at risk|down|loss|cost)\b"
        r".{0,40}\bif\b.{0,40}\b(?:stop\w*|sl|hit|hits|goes|falls|drops)\b"),
    (Intent.SIZE, 4.0, Needs.PLAN, r"\bwhat (?:does|would|should|is|will|must) (?:my|the|a) (?:\w+ ){0,2}(?:order|position|lot"
        r"|size|quantity|stake|trade|buy) (?:\w+ )?(?:come|work|end|be|amount|look|size)\b|\b(?:percent|%) (?:risk|of (?:my |the"
        r" )?(?:account|balance|capital|equity|portfolio|bankroll|stack|funds))\b(?!.*\b(?:did|was|were|won|lost)\b)"
        r"|\b(?:risk|risking) (?:\w+ ){0,2}(?:[0-9.]+ ?(?:%|percent)|half a percent|one percent|two percent)"
        r"|\b(?:units|coins|tokens|contracts|lots) (?:is|are|would|should|does|do|can|could) (?:that|it|i|we)\b"
        r"|\b(?:not|don't|do not) (?:want to |wanna )?(?:lose|risk) more (?:than|then)\b"),
    # why
    (Intent.EXPLAIN, 4.5, Needs.RECORD, rf"\b{_DESK} (?:\w+ )?(?:halv\w+|cut|reduc\w+|lower\w*|chang\w+|doubl\w+|rais\w+"
        r"|pick\w*|chose|set|veto\w*|skip\w*|flip\w*|gave|put|made|said|call\w*|sold|bought|short\w*|went|turn\w*|issued"
        r"|exit\w*|clos\w+|wait\w*|told|want\w*|recommend\w*|rated|refus\w+|warn\w*|miss\w*|ignor\w*)\b.*\b(?:(?:walk|talk"
        r"|take|run) me|explain\w*|why|how come|the reason\w*|got there|how did|reasoning|logic|make sense|understand|what"
        r" (?:was|is) (?:the|that)|because)\b|\b(?:walk|talk|take|run|guide) me through (?:how|why|what|the (?:reason\w*"
        r"|logic|thinking|votes?|decision|case|evidence))\b"),
    (Intent.EXPLAIN, 4.0, Needs.RECORD, rf"\bwhy\b.{{0,40}}\b(?:{_DESK}|signal|call|hold|buy|sell|short|long|say\w*|confiden\w+"
        r"|stop|target|size|vote\w*|recommendation|plan)\b|\bhow come\b|\bwhat (?:changed|happened to make|is driving|drives"
        r"|is behind|makes? (?:it|you|this))\b(?!.*\b(?:should i|headline\w*|news)\b)"),
    # single records
    (Intent.FIND, 4.0, Needs.OWN, rf"\b(?:find|search|look up|dig (?:up|out)|locate|track down|hunt down|filter|pull up|fetch"
        rf"|bring up|retrieve|list|show)(?: me| for| us)?(?: \S+){{0,5}} {_RECORD}\b.*\b(?:where|that|in which|which|when|tagged"
        r"|marked|labell?ed|like|with|about|mention\w*)\b(?!.*\b(?:most|least|best|worst|average (?:win|loss|pnl|trade)|total"
        r"|how (?:many|much)|win rate|latest|newest|most recent)\b)"),
    (Intent.FIND, 4.0, Needs.MARKET, r"^\W*(?:find |show |show me |any |anything |something |setups? |signals? |cases? |times )*"
        r"(?:similar|comparable|alike|same(?: kind)?|like)(?: \w+){0,3} (?:to|as|like)?\b(?!.*\b(?:better|or)\b)"
        r"|\b(?:have|has) (?:we|you|it|there|this|that) (?:\w+ )?(?:seen|been|happened|had)\b.*\b(?:before|like this|similar"
        r"|in the past)\b|\b(?:past|previous|earlier|historical|old) (?:\w+ ){0,2}(?:setups?|cases?|situations?|times?"
        r"|occasions?|examples?)\b|\b(?:last|other|previous) times? (?:\S+ ){1,6}(?:looked|was|were|did|happened|had)\b"),
    # the newest record
    (Intent.LATEST, 4.0, Needs.OWN, r"^(?!.*\b(?:why|explain|how (?:many|much)|reason\w*|behind|should|average|win rate|total"
        r"|compare|versus|walk me|talk me)\b).*\b(?:what|which|when|send|give|show|tell|see|get|need|fetch|read)\b.{0,30}\b(?:the"
        r"|your|my|its|any) (?:very |single |one )?(?:last|latest|newest|most recent|freshest)(?: (?!(?:and|or)\b)[\w/$]+){0,3}?"
        r" (?:signal|call|backtest|note|trade|entry|recommendation)\b(?! (?:that (?:hit|lost|won|got)|where|when|before))"),
    # figures over records
    (Intent.AGGREGATE, 4.0, Needs.OWN, r"\bhow (?:exposed|invested|leveraged|heavy|heavily|deep) (?:am|are|were|was) (?:i|we)\b"
        r"|\bhow (?:am|are|have|did) (?:i|we) (?:\w+ )?(?:do|doing|done|far(?:e|ed|ing)|perform\w*|trading|getting on)\b"
        r"(?!.*\b(?:signals?)\b)|\b(?:am|are|was|were) (?:i|we) (?:\w+ ){0,2}(?:up|down|ahead|behind|winning|losing)\b.{0,30}"
        r"\b(?:overall|so far|this|last|since|total|year|month|week|all time)\b"),
    # headlines
    (Intent.NEWS, 4.0, Needs.NOTHING, r"\b(?:in|from|across|on) the (?:news|press|papers|media|headlines)\b|\b(?:reports?|word"
        r"|rumou?rs?|stories|gossip|talk|chatter|buzz|noise|whispers?) (?:of|that|about|on|around|regarding|going around)\b"
        r"(?!.*\b(?:my|trades?|signals?|backtests?)\b)|\b(?:good|bad|negative|positive) (?:press|news|stories|headlines"
        r"|publicity)\b|\b(?:read|hear|heard|saw|see|seeing|missed|caught)\b.{0,30}\b(?:news|headlines?|articles?|stories)\b"
        r"|\b(?:news|media|social|market|twitter) sentiment\b|\bwhat (?:is|are) (?:people|everyone|folks|the market|they|ct"
        r"|twitter) (?:saying|talking|writing)\b"),
    (Intent.NEWS, 2.5, Needs.NOTHING, rf"\b(?:any|did|has|have|was|were|is|are|there|what|about|heard|hear|the)\b.{{0,40}}\b"
        rf"{_EVENT}\b(?!.*\b(?:my|trades?|signals?|backtests?|notes?|should|buy|sell)\b)"),
    # pictures
    (Intent.CHART, 4.0, Needs.MARKET, r"\b(?:chart|candle\w*|graph|plot|pics?|picture|image|screenshots?|snapshot|drawing"
        r"|diagram|visual\w*|ohlc|heikin[ -]?ashi|line chart|price curve)\b(?!.*\b(?:should|signals?|trades?|backtests?|why"
        r"|buy|sell|notes?|worth|said|explain\w*|win|best|worst|which timeframe)\b)"),
    (Intent.CHART, 4.0, Needs.MARKET, r"\b(?:overlay\w*|zoom(?:ed)? (?:in|out)|eyeball|(?:with|plus|and|add|incl\w*) (?:the )?"
        r"(?:rsi|macd|bollinger|bands|volume|ema|sma|ichimoku|moving averages?|indicators?)(?: \w+){0,4}\W*$)\b"
        r"(?=.*\b(?:show|see|draw|give|pull|let me|look|display|put|price|4h|1h|1d|15m|daily|hourly|candles?)\b)"
        r"(?!.*\b(?:should|signals?|trades?|backtests?|buy|sell|strategy)\b)"
        r"|\b(?:show|see|look at|draw|display|view|watch)\b.{0,25}\bprice (?:action|history|movements?|moves?|chart|over|for"
        r"|since|this|last|development)\b"),
    # two of a kind beside each other
    (Intent.COMPARE, 4.5, Needs.PAIRED, r"\b(?:compar\w+|versus|vs|against|side by side|next to each other|beside|alongside"
        r"|stack\w* up|measure\w* up|hold\w* up|match\w* up|better|worse|stronger|weaker|superior|outperform\w*|differ\w*|beat"
        r"|beats|than|advantage|edge|contrast\w*|relative to|or)\b|\bthe (?:month|week|quarter|year) before\b"),
    (Intent.COMPARE, 4.5, Needs.MARKETS, r"\b(?:who|which|what) (?:one |of (?:them|these|the two|those) |coin |has |is |looks |got )*"
        r"(?:the )?(?:better|stronger|best|cheaper|safer|nicer|cleaner|more|less|riskier|weaker|worse|higher|lower)\b"
        r"|\b(?:gap|spread|ratio|correlat\w+|rotate|rotation|swap|switch) (?:\S+ )?(?:between|from|of|with|out|into|for)\b"
        r"|\b(?:both|the two|two of them)\b"),
    # what the desk can do, and what its words mean
    (Intent.HELP, 4.0, Needs.NOTHING, rf"\b(?:how (?:do|can|could|would|should|might|does|to)|where (?:do|can|is|are|would)|is"
        rf" there|can (?:i|you|we|u)|could (?:i|you)|am i able|is it possible|i (?:want|would like|need|wish|keep trying|cannot"
        rf"|can't)|what is the (?:way|command|trick))\b.{{0,25}}\b{_MANAGE}\b.{{0,40}}\b{_FEATURE}\b"
        r"(?!.*\b(?:signal say|hacked|position|bag|to my (?:eth|btc|sol))\b)"),
    (Intent.HELP, 4.0, Needs.NOTHING, r"\bquiet hours\b|\b(?:do not disturb|dnd)\b|\b(?:what|which) command\b|\bhow (?:do|does|to|can"
        r"|i|should|would)\b.{0,15}\b(?:use|work with|talk to|operate) (?:you|this (?:bot|thing|app)|deskmate|the bot|it)\b"
        r"|\bhow (?:does|do) (?:\S+ ){1,3}(?:alerts?|buttons?|commands?|broadcasts?|digest|paper trading|subscriptions?|roles?"
        r"|quiet hours|linking|confidence|conviction) (?:work|function)\b|\bwhat (?:does|do|happens)\b.{0,30}\b(?:button|command"
        r"|icon|emoji|label|badge|column)s?\b|\b(?:bot|app|deskmate) (?:settings|commands|manual|features)\b"),
    (Intent.HELP, 2.5, Needs.TALK, rf"\b(?:what (?:is|are|does|do)|difference between|mean(?:s|ing)?|define|definition|stand(?:s)?"
        rf" for|same (?:thing|as)|explain|understand|confus\w+|eli5|how (?:is|are|does|do)|tell me (?:what|about)|idea what)\b"
        rf".*\b{_TERM}\b|\b{_TERM}\b.*\b(?:what (?:is|are|does|do)|mean(?:s|ing)?|difference|stand for|definition|same thing"
        rf"|explain\w*|confus\w+)\b|\b(?:what|how) (?:\S+ ){{0,5}}(?:these|those|this|that|the) (?:two |\d )?(?:words?|terms?"
        r"|abbreviations?|jargon|acronyms?|numbers? on)\b"),
)  # fmt: skip
