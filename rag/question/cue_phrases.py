"""Word families of `rag.question.cues` for what to do, how much and why: asked in passing or by a detour."""

from __future__ import annotations

from rag.question.cue_words import Needs
from rag.question.model import Intent

_ACT = (
    r"(?:hold(?:ing)?|sell(?:ing)?|buy(?:ing)?|close(?: it| out)?|exit|wait|keep(?: it| going| holding)?"
    r"|add(?:ing)?|cut"
    r"(?: it| the loss| losses)?|bail(?: out)?|dump(?: it)?|fold|stay(?: put| in| out)?|sit tight|sit (?:it|this) out"
    r"|sit on (?:it|my hands)|let (?:it|them|him) (?:run|ride|go)|take (?:the )?(?:profits?|money|loss|trade)"
    r"|leave it"
    r"|pass|skip(?: it)?|run|walk away|get (?:out|in)|go (?:in|long|short)|enter|trim|be patient|stick (?:with|to) it"
    r"|pull (?:the trigger|out)|jump(?: in| on it)?|hang on|hold on|hedge|flip|average down|double down|do nothing"
    r"|remove (?:my|the) money|cash out|buy more|long|short|risk it|avoid|stand aside|stay away|panic)"
)
_PLAIN = (  # nothing of records, reasons, sizes or pictures
    r"^(?!.*\b(?:signals|trades|notes?|backtests?|why|reasons?(?! (?:not )?(?:to|in)\b)|explain\w*|have (?:bought"
    r"|sold)|how (?:much|many|big|large|heavy|long|often|deep|far|small)|average"
    r"|size|show|chart|when i)\b).*"
)
_POLITE = r"(?:(?:please|pls|can you|could you|would you|just|kindly|so|i want to|i would like to|help me) )*"
_ORDER = (
    r"(?:trim|add(?: more)?|add to|cut|close(?: out)?|exit|dump|bail(?: on| out of)?|scale (?:in|into|out of)|take"
    r" profits?(?: on)?|tp|reduce|double down on|average (?:down|into|in)|dca(?: into)?|enter|flip|hedge|reenter"
    r"|load(?: up)?(?: on)?|fade|accumulate|stack|liquidate|unload|offload|ditch|swap|hold|keep|go (?:long"
    r"|short)(?: on)?"
    r"|get (?:in|into|out of)|pile into|jump into|buy|sell|long|short)"
)
_DESK = r"(?:you|the (?:bot|system|desk|engine|machine|model|app|ai|assistant)|deskmate|it|this (?:bot|thing|app))"

PHRASES: tuple[tuple[Intent, float, Needs, str], ...] = (
    # what to do
    (Intent.ADVICE, 4.0, Needs.MARKET, rf"{_PLAIN}\b{_ACT},? or (?:(?:should i|do i|shall i|would you|is it|just"
        rf"|rather|better"
        rf"|simply|to|maybe|i should|i|not|do you) )*(?:\w+ )?{_ACT}\b(?!.*\b(?:signals|trades|notes|chart)\b)"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, rf"^\W*{_POLITE}{_ORDER} (?:(?:on|to|of|from|out|into|my|the|some|more|half"
        rf"|all|that"
        r"|this|in|with) )*\S+(?: (?:long|short|position|bag|bags|trade|here|now|today|coin|or not|or nah|yet|more"
        r"|a bit"
        r"|again|already|or wait|maybe|4h|1h|1d|15m))*\W*$"),
    (Intent.ADVICE, 3.5, Needs.AHEAD, r"\b(?:your|ur|the desk's|ai|honest) (?:\w+ )?(?:view|take|read|opinion|feeling"
        r"|feel|verdict|stance|thought|thoughts|bias|lean|gut|recommendation|advice|suggestion|judg\w+) (?:on"
        r"|about|for|of"
        r"|regarding|with)\b|\bhow (?:do|would) you (?:feel|rate|see|judge|play|trade|handle|approach|position)\b"
        r"|\bwhat (?:do|would|are|is) (?:you|your|u) (?:\w+ )?(?:think|thinking|reckon|make of|say|feel|do|gut)\b"
        r"(?!.*\b(?:signals|notes)\b)"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\b(?:enough|ready|ripe|primed|due|likely|set|safe|cheap|low|high"
        r"|expensive) (?:\w+ )?"
        r"to (?:buy|sell|exit|enter|short|long|get (?:in|out)|bounce|dump|pump|go (?:up|down|long|short)|drop"
        r"|rally|move"
        r"|break|fall|rise|add|close)\b|\b(?:bullish|bearish) or (?:bullish|bearish)\b|\b(?:bull|bear) case\b"
        r"|\bwould (?:you|u) (?:\w+ )?(?:take|touch|close|hold|sell|buy|consider|wait|stay|get|go|enter|chase"
        r"|recommend"
        r"|advise|suggest|put|invest|bet|keep|dump|exit|risk|add|cut|short|long|jump)\b"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\b(?:worth (?:a|the|it|my)|a (?:good |bad |strong |decent |smart |great "
        r"|nice |safe"
        r" )?(?:buy|sell|hold|short|long|entry|bet|punt|investment)|pull the trigger|talk me (?:into|out of)"
        r"|convince me"
        r"|(?:yay|yea|yes|buy|sell) or (?:nay|no|nope|not|bye|avoid)|moon(?:ing)? or|dip or|is the (?:top|bottom) in"
        r"|go (?:for it|all in)|all in on|jump ship|cut my loss(?:es)?|let (?:it|them) go|off ?load|get rid of my"
        r"|time to|too (?:late|early|risky|soon)|still (?:time|ok|okay|safe|good|a buy|worth)|actually a trade"
        r"|smart or|dumb or|what (?:do|should|would|shall|can|must) i do|what now|my (?:best|next) move|any"
        r" (?:reason|point)"
        r" (?:to|in) (?:buy\w*|sell\w*|hold\w*|stay\w*|wait\w*|keep\w*))\b(?!.*\b(?:signals|notes|backtests?)\b)"),
    (Intent.ADVICE, 4.0, Needs.MARKET, rf"{_PLAIN}\b(?:should|shall|ought|must|do|can|may|could|would) (?:i|we)"
        rf" (?:\w+ ){{0,3}}?(?:buy|sell"
        r"|hold|enter|exit|close|add|wait|short|long|dump|keep|take (?:profits?|the|it|this|my|some)|get (?:in|out"
        r"|into|some"
        r"|rid)|be (?:buying|selling|worried|patient|long|short|in|out)|remove|pull|bail|cut|trim|chase|jump|move"
        r"|swap|worry"
        r"|panic|stay|stick|avoid|go|cash|grab|invest|open|switch|rotate|ape|stop|let|join|accumulate)\b"
        r"(?!.*\b(?:how (?:much|many|big)|size|quantity)\b)"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\b(?:re-?enter|enter|buy|sell|hold|exit|wait|add|short|long|close|dump|agree"
        r"|thoughts|opinions?|advice|ideas?|suggestions?|worth it|good idea|bad idea|smart|dumb|risky|safe|smart"
        r" move|stay|nah|nope|right|wrong|crazy|mistake|move) ?\?+\W*$(?<!chart \?)|\b(?:is|are|am|was) (?:he|she"
        r"|they|i|my \w+"
        r"|everyone|we) (?:right|wrong|correct|crazy|mad|nuts|on to something|onto something|being (?:\w+))\b"
        r"|\b(?:agree|disagree)"
        r" with\b|\bbelieve (?:him|her|them|it|the hype)\b|\bin or out\b|\bpanic (?:sell|buy)\w*|\bwhat (?:are|is)"
        r" my options\b"
        r"|\b(?<!make it )(?:make|makes|making) (?:any )?sense\b(?! of)|\bhelp me decide\b|\bneed (?:advice|to"
        r" decide|your advice|an opinion)\b"
        r"|\b(?:torn|undecided|unsure|hesitating|tempted|itching)\b|\bmy (?:next )?(?:plan|move) be\b"),
    # how much of something
    (Intent.SIZE, 4.5, Needs.PLAN, r"\b(?:max(?:imum)?|most|largest|biggest|highest|upper limit|limit)(?:"
        r" \w+){0,2}?(?: that)?"
        r" (?:i|we) (?:can|could|may|should|am allowed|are allowed|might|ought)\b(?! (?:lose|have lost))"
        r"|\b(?:amount|quantity|units|coins|number) (?:i|we|to|that i) (?:can|could|should|may|buy|get|order|take"
        r"|enter)\b"
        r"|\bhow (?:much|many|big|large|heavy|small)\b.{0,60}\b(?:with|at|for|if|given|on)\b.{0,30}\b(?:risk\w*"
        r"|stop|sl)\b"
        r"(?!.*\b(?:did|was|were|have i|has)\b)"),
    (Intent.SIZE, 4.5, Needs.MARKET, r"\b(?:if|once|should|suppose|assuming)\b.{0,30}\b(?:stop|sl|stops|stopped)\b.*"
        r"\bhow (?:much|bad\w*|big|many)\b|\bhow (?:much|big|many)\b.{0,30}\b(?:out|lose|risk(?:ing)?|at risk|down"
        r"|loss|cost)\b"
        r".{0,40}\bif\b.{0,40}\b(?:stop\w*|sl|hit|hits|goes|falls|drops)\b"),
    (Intent.SIZE, 4.0, Needs.PLAN, r"\bwhat (?:does|would|should|is|will|must) (?:my|the|a) (?:\w+ ){0,2}(?:order"
        r"|position|lot"
        r"|size|quantity|stake|trade|buy) (?:\w+ )?(?:come|work|end|be|amount|look|size)\b|\b(?:percent|%) (?:risk"
        r"|of (?:my |the"
        r" )?(?:account|balance|capital|equity|portfolio|bankroll|stack|funds))\b(?!.*\b(?:did|was|were|won|lost)\b)"
        r"|\b(?:risk|risking) (?:\w+ ){0,2}(?:[0-9.]+ ?(?:%|percent)|half a percent|one percent|two percent)"
        r"|\b(?:units|coins|tokens|contracts|lots) (?:is|are|would|should|does|do|can|could) (?:that|it|i|we)\b"
        r"|\b(?:not|don't|do not) (?:want to |wanna )?(?:lose|risk) more (?:than|then)\b"),
    (Intent.SIZE, 4.5, Needs.PLAN, r"\b(?:max(?:imum)?|biggest|largest|ideal|right|safe|allowed|proper|suggested"
        r"|recommended) (?:\S+ )?"
        r"(?:position|size|stake|lot|bet|amount|order|quantity|allocation)\b(?=.*(?:[0-9]|\b(?:for me|allowed|risk"
        r"|account|balance|can i"
        r"|should|may i)\b))(?!.*\b(?:was|did|ever|so far|last|week|month|year|history|closed|won|lost)\b)"),
    (Intent.SIZE, 4.0, Needs.PLAN, r"^\W*(?:quantity|size|lots?|units?|position|amount"
        r"|stake)\b(?=.*[0-9])(?!.*\b(?:did|was"
        r"|history|open|closed|opened)\b)|\b(?:too|so) (?:big|large|much|heavy|small)\b.{0,25}\b(?:account|balance"
        r"|capital"
        r"|portfolio|equity|me|wallet|stack|bankroll)\b|\bhow (?:much|many|big|large|far) (?:\S+ ){0,8}(?:safely"
        r"|put|afford"
        r"|commit|deploy|stake|allocate|go in|throw|wager|buy for|get for|go for)\b(?!.*\b(?:did|have i|were)\b)"),
    # why
    (Intent.EXPLAIN, 4.5, Needs.RECORD, rf"\b{_DESK} (?:\w+ )?(?:halv\w+|cut|reduc\w+|lower\w*|chang\w+|doubl\w+"
        rf"|rais\w+"
        r"|pick\w*|chose|set|veto\w*|skip\w*|flip\w*|gave|put|made|said|call\w*|sold|bought|short\w*|went|turn\w*"
        r"|issued"
        r"|exit\w*|clos\w+|wait\w*|told|want\w*|recommend\w*|rated|refus\w+|warn\w*|miss\w*"
        r"|ignor\w*)\b.*\b(?:(?:walk|talk"
        r"|take|run) me|explain\w*|why|how come|the reason\w*|got there|how did|reasoning|logic|make sense"
        r"|understand|what"
        r" (?:was|is) (?:the|that)|because)\b|\b(?:walk|talk|take|run|guide) me through (?:how|why|what|the"
        r" (?:reason\w*"
        r"|logic|thinking|votes?|decision|case|evidence))\b"),
    (Intent.EXPLAIN, 4.0, Needs.RECORD, rf"\bwhy\b.{{0,40}}\b(?:{_DESK}|signal|call|hold|buy|sell|short|long"
        rf"|say\w*|confiden\w+"
        r"|stop|target|size|vote\w*|recommendation|plan)\b|\bhow come\b|\bwhat (?:changed|happened to make|is"
        r" driving|drives"
        r"|is behind|makes? (?:it|you|this))\b(?!.*\b(?:should i|headline\w*|news)\b)"),
    (Intent.EXPLAIN, 4.0, Needs.RECORD, r"\bwhat (?:was|were|did|is) (?:it|the bot|you|they|the desk|the signal)"
        r" (?:\w+ )?(?:see"
        r"|seeing|looking at|based on|thinking|going by|reading)\b|\bwhat (?:am|are) (?:i|we) (?:missing|not"
        r" seeing)\b"
        r"|\bwhat (?:flipped|turned|pushed|moved|swung|made|changed)\b(?!.*\b(?:news|headlines?|me the)\b)|\bmake"
        r" it make sense"
        r"\b|\b(?:say|says|saying|said|shows?|tells?) (?:\w+ )?(?:hold|buy|sell|short|long)\b.{0,10}\b(?:but|while"
        r"|when|though"
        r"|although|even)\b.*\b(?:why|what|how|understand|missing|sense)\b|\b(?:don't|do not|cannot|can't|not)"
        r" (?:\w+ )?(?:get"
        r"|understand|see|follow)\b.{0,15}\b(?:why|how|what|the reason\w*|the logic|signal|call)\b"
        r"|\bcontradict\w*|\bhow (?:is|can|could|was) (?:\S+ ){1,3}(?:be )?an? (?:strong )?(?:buy|sell|hold|short"
        r"|long)\b"
        r"|\b(?:what is up|whats up|what is the deal|the deal) with (?:the|that|this|your) (?:\S+ ){0,3}(?:signal"
        r"|call|hold|sell|buy"
        r"|short|long|rating)\b|\b(?:you|it|bot) (?:told|said|say|says|tell|called?)\b.*\b(?:but|and (?:now|then)"
        r"|yet|minutes later"
        r"|hours? later)\b.*\b(?:sense|why|what|how|explain|happened|sudden\w*)\b|\bcare to explain\b|\bhow does"
        r" that (?:make sense|work|add up|fit)\b"),
)  # fmt: skip
