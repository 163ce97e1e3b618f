"""The word families of `rag.question.cues`: patterns over plain words, what each weighs and what it needs."""

from __future__ import annotations

from enum import StrEnum

from rag.question.model import Intent


class Needs(StrEnum):
    """What a question must name for a family to count."""

    NOTHING = "nothing"
    NO_RECORD = "neither a market nor a record"
    RECORD = "a market or a record"
    OWN = "a market, a record or something of one's own"
    MARKET = "a market"
    MARKETS = "two markets"
    AHEAD = "a market, and nothing that was"
    PLAN = "a market or money, and no record"
    PAIRED = "two times, strategies or timeframes, and no figure"
    TALK = "neither a market, money, a time nor anything of one's own"


_DESK = r"(?:you|the (?:bot|system|desk|engine|machine|model|app|ai|program|algo|assistant)|deskmate|it|we|they|this)"
_I = r"(?:i|we|one|someone|somebody|a (?:new )?(?:user|person|beginner))"
_CALL = (
    r"(?:signal|call|buy|sell|hold|short|long|decision|verdict|recommendation|rating|setup|trade|flip|reversal|alert"
    r"|advice|choice|move|pick|stance|position)s?"
)
_CAUSED = (
    r"(?:prompt\w*|led|leads?|convinc\w+|motivat\w+|drove|driv\w+|persuad\w+|push\w+|spark\w*|inspir\w+|influenc\w+"
    r"|tipp?\w*|spurr?\w*|support\w*|underpin\w*|under(?:lay|lies|lying)|justif\w+|gave rise|possess\w+|caus\w+"
    r"|trigger\w*|swa(?:y|yed)|turn(?:ed)? (?:you|the|it)|argu\w+|spoke|point(?:s|ed)|contribut\w+|bring|brought"
    r"|account\w*|determin\w+|made (?!money|me|the most|a |any |most|more))"
)
_FACTORS = (
    r"(?:factors?|evidence|indicators?|arguments?|considerations?|criteria|conditions?|facts?|data|inputs?|grounds"
    r"|drivers?|catalysts?|causes?|proof|motives?|motivations?|votes?|things?|indications?)"
)
_LOST = (
    r"(?:made|make|making|lost|lose|losing|earn\w*|won|win|blow|blown|blew|burn\w*|bleed|bled|gain(?:ed)?|net(?:ted)?"
    r"|paid|pay|cost|bag(?:ged)?|pocket(?:ed)?|clear(?:ed)?|drop(?:ped)?|bank(?:ed)?|forfeit\w*|rake\w*|give back"
    r"|given back|spent on fees|down|up)"
)
_SANE = (
    r"(?:sane|sensible|reasonable|prudent|fitting|suitable|safe|right|correct|proper|ideal|appropriate|optimal"
    r"|recommended|max(?:imum)?|adequate|decent|good|best|advisable|responsible)"
)
_UNITS = (
    r"(?:units?|coins?|tokens?|lots?|contracts?|pieces?|shares?|stake|size|amount|quantity|positions?|exposure|bag)"
)
_SHOW = (
    r"(?:show|see|display|view|draw|plot|render|visuali[sz]e|sketch|pull up|throw up|bring up|put up|open up|open|send"
    r"|give|get|need|want|load|fetch|post|have a look at|look at|share|generate|make|like|drop|produce|print|let)"
)
_GRAPH = (
    r"(?:charts?|candles?|candlesticks?|graphs?|plots?|ohlc\w*|price (?:action|curve|history|line)"
    r"|diagrams?|pictures?|images?|screenshots?|visuals?)"
)
_DO = r"(?:do|help|offer|answer|handle|support|provide|cover|understand|know|assist|serve|capable|able|good at|for)"
_ABOUT_SELF = (
    r"(?:abilit(?:y|ies)|capabilit(?:y|ies)|features?|functions?|functionality|commands?|instructions?|manual|guide"
    r"|tutorial|options|menu|possibilit(?:y|ies)|skills|documentation|purpose|help page|user guide|walkthrough"
    r"|introduction|intro|docs|usage|faq)"
)
_SAY = r"(?:type|write|say|ask|tell you|start|begin|do (?:first|here|now)|enter|use|put in)"

FAMILIES: tuple[tuple[Intent, float, Needs, str], ...] = (
    # what lay behind a signal
    (Intent.EXPLAIN, 3.5, Needs.RECORD, rf"\b(?:what|which|who)(?: \S+){{0,3}} {_CAUSED}\b(?!.*\bshould\b)"),
    (Intent.EXPLAIN, 3.5, Needs.RECORD, rf"\b(?:what|which|the|any|list|your)(?: \w+)? {_FACTORS} (?:\S+ ){{0,4}}"
        rf"(?:{_CAUSED}|behind|for|of|used|considered|did|was|were|is|had|have)\b"),
    (Intent.EXPLAIN, 3.5, Needs.RECORD, rf"\bhow (?:did|do|had|have|could|can|was|were|is|would) (?:{_DESK}|the)\b"
        r".{0,30}\b(?:arriv\w+|come to|came to|come up|end(?:ed)? up|reach\w*|conclu\w+|decid\w+|justif\w+|deriv\w+"
        r"|figur\w+|determin\w+|get to|settle\w*|rationali\w+|reason(?:ed)?|defend\w*)\b(?! (?:target|tp|stop))"),
    (Intent.EXPLAIN, 3.5, Needs.RECORD, r"\b(?:thinking|thoughts?|thought process|idea|story|backstory|background"
        rf"|case|analysis|motivations?|intention|motive|rationale|reasoning|justification) (?:\S+ )?(?:behind"
        rf"|for|of|to"
        rf"|on) (?:\S+ ){{1,6}}{_CALL}\b"),
    (Intent.EXPLAIN, 3.5, Needs.RECORD, r"\b(?:elaborat\w+|clarif\w+|clear up|make sense of|light on|spell out|unpack"
        r"|enlighten|decipher|go into|fill me in|make me understand|help me (?:understand|see|follow)|understand"
        r"|get my head around|dissect|interpret|go over|go through|take me through|lead me through|guide me through"
        r"|explanation|defend|back up|substantiate|break (?:down|it down)(?= (?:the|that|this|your|why|my))"
        rf"|where did (?:\S+ ){{1,4}}come from)\b(?=.*\b{_CALL}\b)"),
    (Intent.EXPLAIN, 3.5, Needs.RECORD, r"\b(?:by|with|on|under|for) (?:what|which) (?:\w+ )?(?:logic|basis|grounds?"
        r"|reasons?|reasoning|argument|theory|evidence|criteria|rationale|cause|purpose)\b|\bwhat gives\b"
        r"|\b(?:what|which) (?:\S+ ){1,4}(?:based|founded|resting|grounded) (?:on|upon)\b|\bwhat for\b"),
    (Intent.EXPLAIN, 3.5, Needs.RECORD, r"\bwhence\b|\bbased on what\b|\bwhere (?:did|does) .{1,40} come from\b"
        r"|\bwhat (?:was|were) (?:going on|happening|the situation|it|you (?:looking at|thinking|seeing))\b.*"
        rf"\b(?:{_CALL}|bought|sold|shorted)\b|\bwhat (?:did|do|had|have) {_DESK} (?:see|saw|seen|notice|spot"
        rf"|like|find"
        r"|know|have against|think when)\b|\b(?:what|which) made (?!me|money|us|the most)"),
    # figures over records
    (Intent.AGGREGATE, 3.5, Needs.OWN, r"\bhow profitable (?:\S+ )?(?:have|has|had|is|are|was|were|am)\b"
        r"|\bmy (?:net|gross|overall|running|total)(?! (?:stop|position|size))\b"),
    (Intent.AGGREGATE, 3.5, Needs.NOTHING, r"\bwhat (?:did|do|does|have|has)\b.{0,40}\bcost(?:ed)? (?:me|us)\b"
        r"|\b(?:commissions?|fees?)\b(?=.*\b(?:i|me|my|we)\b)(?!.*\b(?:should|would)\b)"
        r"|\b(?:longest|best|worst|biggest|current) (?:run|series|string|sequence|spell|stretch) of (?:wins?"
        r"|loss(?:es)?"
        r"|winners|losers|winning|losing|profits|green|red)\b|\b(?:sum|add|total|count|tot) up (?:all )?my\b"
        r"|\b(?:which|what) (?:timeframes?|coins?|strateg(?:y|ies)|setups?|markets?|symbols?|pairs?|sides?"
        r"|days?|months?"
        r"|weeks?|hours?|assets?|tokens?)\b.{0,30}\b(?:me|i|my)\b.{0,20}\b(?:best|worst|most|least)\b"),
    (Intent.AGGREGATE, 3.5, Needs.OWN, r"\b(?:tally|tallies|sum up|add up|all told|altogether|alltogether|all together"
        r"|in total|cumulative\w*|in all|all in all|aggregate|count up|total up|grand total|on balance"
        r"|on the whole|in aggregate|summari[sz]e my|crunch|tot up)\b(?!.*\b(?:should|worth)\b)"),
    (Intent.AGGREGATE, 3.5, Needs.OWN, r"\b(?:(?:what|which|my|the|give me(?: the)?) (?:percent(?:age)?|%|share"
        r"|fraction"
        r"|proportion|portion|ratio)|how (?:frequently|regularly|many times)|ratio of)\b(?!.*\b(?:should|risk)\b)"),
    (Intent.AGGREGATE, 3.5, Needs.OWN, r"\b(?:what|which|in which|in what|on which) (?:\w+ )?(?:months?|weeks?|days?"
        rf"|weekdays?|quarters?|hours?)\b.{{0,25}}\b(?:i|my|we)\b.{{0,25}}\b(?:{_LOST}|most|least|best|worst)\b"),
    (Intent.AGGREGATE, 3.5, Needs.OWN, rf"\bhow (?:much|deep|big|large|high|low|bad\w*|well|far)\b(?: \S+){{0,4}}? "
        rf"(?:did|have|has|do|am|are|were|was|had)(?: \S+){{0,3}}? {_LOST}\b(?!.*\b(?:should|would|could)\b)"),
    (Intent.AGGREGATE, 3.5, Needs.OWN, r"\b(?:am|are|was|were|have) (?:i|we) (?:\w+ ){0,3}(?:positive|negative|ahead"
        r"|behind|profitable|in the (?:black|red|green|money)|even|making|losing|winning|made|lost|up|down)\b(?! to)"
        r"(?!.*\b(?:should|would|right to|wise)\b)"),
    (Intent.AGGREGATE, 3.5, Needs.OWN, r"\b(?:mean|average|median|typical|usual|standard) (?:\w+ ){0,2}(?:returns?"
        r"|results?|gains?|loss(?:es)?|outcomes?|profits?|r|duration|size of my|trade|win|winner|loser|payoff|pnl)\b"),
    (
        Intent.AGGREGATE,
        4.0,
        Needs.NOTHING,
        r"\bhow (?:successful|reliable|good|bad|consistent)(?:ly)? (?:were|was|have|has|had|are|is) (?:your"
        r"|my|the|our)"
        r" (?:\S+ ){0,4}(?:signals?|calls?|trades?|trading|record|longs?|shorts?|buys?|sells?)\b"
        r"|\bhow much of (?:my|the) (?:\w+ )?(?:profits?|loss(?:es)?|gains?|earnings?|winnings|fees|pnl|drawdown)\b"
        r"|\b(?:the|a) (?:sum|total) of (?:all )?(?:my|our|the)\b|\bwhich of my\b.*\b(?:most|least|best|worst"
        r"|more|less)\b"
        r"|\bi (?:\w+ )?(?:earn|make|win|lose|do)\b.{0,30}\b(?:longs?|shorts?|buys?|sells?)\b.{0,12}\b(?:than"
        r"|or|versus)\b"
        r".{0,12}\b(?:longs?|shorts?|buys?|sells?)\b",
    ),
    # how much of something
    (Intent.SIZE, 3.5, Needs.PLAN, rf"\bhow (?:large|big|heav\w+|much|many|small|sizeable)\b.{{0,50}}\b(?:{_UNITS}"
        r"|should|can|could|may|of my|go(?:es)?|prudent|advisable|sensible|correspond\w*|allowed|permit\w*|fit\w*"
        r"|afford|risk\w*)\b"),
    (Intent.SIZE, 4.0, Needs.PLAN, r"\b(?:\w+[ -])?siz(?:e|es|ed|ing)\b(?! (?:did|was|were|have)\b)"),
    (Intent.SIZE, 4.0, Needs.PLAN, r"\b(?:how (?:much|many|big|large)|quantity|amount|number of|units?|coins is|lots?"
        r"|stake|what (?:is|does) that)\b(?=.*\b(?:risk\w*|loss|lose)\b.{0,20}[0-9])"
        r"|\b(?:risk\w*|max(?:imum)? loss|lose)\b.{0,25}[0-9].*\b(?:how (?:much|many|big|large)|quantity|amount"
        r"|units?|number of|lots?)\b"),
    (Intent.SIZE, 3.5, Needs.PLAN, rf"\b(?:{_SANE}|what|which) {_UNITS}\b|\b(?:number|amount|quantity|units?) of \S+ "
        rf"(?:{_I} |to )(?:may|can|should|could|buy|sell|get|take|purchase|hold|trade)\b"
        rf"|\b(?:calculate|compute|work out|figure out|determine|tell me) (?:\S+ ){{0,4}}{_UNITS}\b"),
    (Intent.SIZE, 3.5, Needs.PLAN, r"\b(?:stake|lots?|units?|quantity|amount)\b(?=.*\b(?:risk\w*|account"
        r"|balance|capital"
        r"|equity|stop|budget|with [$0-9])\b)|\b(?:position|lot|risk|trade) calculat\w+"
        r"|\bhow (?:much|many|big) (?:\S+ ){1,3}(?:is|are|would be) (?:too (?:much|many|big)|enough|ok|okay"
        r"|safe|right|fine"
        r"|reasonable|allowed|in order)\b|\bwhat should (?:my|the|a) (?:\S+ ){1,3}(?:lot|size|stake|quantity"
        r"|amount|position"
        r") be\b"),
    # pictures
    (Intent.CHART, 3.5, Needs.MARKET, rf"\b{_SHOW}\b(?: \S+){{0,8}} {_GRAPH}\b"),
    (Intent.CHART, 3.5, Needs.MARKET, r"\b(?:visuali[sz]\w*|candlesticks?|graphically|graphical (?:view|form"
        r"|representation|display)|render|illustrat\w+|sketch|draw|plot|graph)\b"
        r"|\bhow (?:does|do|did|has) \S+ look(?:ed)? on (?:the|a) (?:\S+ ){0,2}chart\b"),
    (Intent.CHART, 3.5, Needs.MARKET, rf"^\W*(?:\S+ ){{1,4}}{_GRAPH}(?: (?:\S+ ){{0,2}}\S+)?\W*$"),
    (Intent.CHART, 3.5, Needs.MARKET, r"^\W*(?:pull|throw|bring|put) up (?:the |a )?(?:\S+ ?){1,3}\W*$"),
    # two markets beside each other
    (Intent.COMPARE, 4.0, Needs.MARKETS, r"\b(?:prefer\w*|rather|contrast\w*|rank\w*|who wins|which wins|winner"
        r"|measures?"
        r" up|stacks? up|outperform\w*|beats?|weigh|stronger|weaker|better|best|preferable|relative|differen\w*"
        r"|choose|choosing|choice|pick (?:one|between)|pick|favou?r\w*|instead of|ahead of|comparison|compar\w+|versus"
        r"|side by side|superior|match up|matchup|faceoff|face off|head to head|fares?|similar\w*|alike|match"
        r"|toss up|stand next to|next to|beside|alongside|opposed to|distinguish\w*|tell apart|juxtapos\w+)\b"),
    (Intent.COMPARE, 3.5, Needs.MARKETS, r"\b(?:between|which|whichever|either|or|than|over)\b"),
    # what the desk can do
    (Intent.HELP, 2.0, Needs.NO_RECORD, r"(?<!print )(?<!reveal )(?<!ignore )(?<!forget )(?<!repeat )"
        rf"\b(?:your|these|available|bot|deskmate|all|list of|show(?: me)?(?:"
        rf" the| your)?"
        rf"|which|what) (?:\w+ )?{_ABOUT_SELF}(?=\W*$| (?:are|do|can|have|is|does)(?: there| you| i| available|"
        rf" this| the"
        rf" bot| deskmate)| you| please)|\b(?:the|an?|any|see|need|want|of) {_ABOUT_SELF}(?: please| here| for"
        rf" this)*\W*$"
        rf"|^\W*{_ABOUT_SELF}(?: please| list)*\W*$"),
    (Intent.HELP, 4.0, Needs.NOTHING, r"^\W*(?:is there|do you have|where is|where are|have you got|send me"
        r"|show me|got)"
        r" (?:an?|any|the|your) (?:\w+ )?(?:manual|handbook|tutorial|instructions|documentation|guide)\W*$"),
    (Intent.HELP, 2.0, Needs.NO_RECORD, r"\bhow (?:i|one|we|to)(?: should| can| could| ought to| am to| may|"
        r" might| best)*"
        r" (?:use|operate|talk to|work with|ask|interact with|get the most (?:out )?of|handle|address|query|speak to)"
        r" (?:you|this|it|the bot|deskmate|the assistant)\b"
        r"|\b(?:what|which)\b.{0,25}\b(?:throw at|put to|bother|ask) you\b"),
    (Intent.HELP, 2.0, Needs.NO_RECORD, rf"\b(?:what|which|everything|anything|things?|stuff|ways?|list"
        rf"|how)\b.{{0,30}}"
        rf"\b(?:you|the bot|deskmate|this (?:bot|thing|app|assistant|service|channel)|this)\b"
        rf"(?: (?:are|can|could|is|able|to|do|does|will|would|actually|even|me|here|be|used|really|thing))* {_DO}\b"),
    (Intent.HELP, 2.0, Needs.NO_RECORD, rf"\b(?:how|where|what) (?:do|can|should|could|would|must|may|am|is|to|does)"
        rf"(?: {_I})?(?: (?:best|even|supposed to|meant to|get to|actually))?"
        r" (?:talk|speak|chat|use|using|interact|ask|get started|work with|operate|begin|communicate|make use"
        r"|start|type"
        r"|write|say|proceed)(?: (?:with|to|of|using|questions?|here|this|you|it|the|bot|deskmate|thing|app|first"
        r"|assistant|a|service|something|things|now|please|properly|in|on))*\W*$"),
    (Intent.HELP, 2.0, Needs.NO_RECORD, r"\b(?:first time|new|newbie|beginner|just joined|noob|just arrived|a"
        r" newcomer)"
        rf" (?:here|to this|user|around|at this|in here|to deskmate)\b|\b(?:where|how|what) (?:do|should|can) i"
        rf" {_SAY}\b"
        r"(?: (?:first|here|now|please))*\W*$|\bgett?(?:ing)? started\b|\bshow me (?:around|the ropes|how this"
        r" works)\b"),
    (Intent.HELP, 2.0, Needs.NO_RECORD, r"^\W*(?:good (?:day|morning|evening|afternoon|night)|greetings"
        r"|salutations|hey|hi"
        r"|hello|howdy|ta|thank(?:s|you)?\b(?! to (?:who|which|what))"
        r"|cheers|bye|goodbye|farewell|see you|ciao|later|welcome|morning|evening"
        r"|much obliged|nice to meet you|pleased to meet you|g'day|ahoy|hola|ok thanks|okay thanks|cool thanks"
        r"|great thanks|perfect thanks|awesome|nice work|well done|good job|good bot|no worries)\b"
        r"|\b(?:much appreciated|appreciate (?:it|that|your help|you)|grateful|many thanks|you are (?:great|the best"
        r"|awesome)|you rock|thank you|thanks(?! to (?:who|which|what)))\b"),
    (Intent.HELP, 2.0, Needs.NO_RECORD, r"\bwho (?:built|made|created|wrote|programmed|developed|runs?|designed|are)"
        r" (?:you|this|deskmate|the bot)\b|\b(?:what|who) (?:exactly )?(?:are|is) (?:you|deskmate|this (?:bot|thing"
        r"|channel|app|service|assistant))\b|\b(?:introduce|describe|explain|present) (?:yourself|this bot|deskmate)\b"
        r"|\bare you (?:real|human|alive|there|awake|online|an? (?:bot|person|human|machine))\b"
        r"|\b(?:need|want|give me|some|any)(?: a bit of| some| a little)? (?:help|assistance|hand|guidance)\W*$"
        r"|\b(?:lost|confused|stuck|overwhelmed) here\b|\bhow (?:does|do) (?:you|this|it|the bot|deskmate|the whole"
        r" thing)(?: \w+){0,2} (?:work|function|operate)\b"),
    (
        Intent.HELP,
        2.0,
        Needs.NO_RECORD,
        r"\b(?:show|give|see|some|any|few|have|need|want|with)\b.{0,15}\b(?:examples?|samples?)"
        r"(?: (?:of )?(?:\w+ )?(?:questions?|queries|prompts?|things|commands?|usage)(?: .{0,25})?)?\W*$"
        r"|\b(?:anything|something|things|what|stuff)(?: that)? you (?:cannot|can not|can't|do not|don't|won't|are not"
        r"|will not)\b|\bdo you (?:speak|understand|talk) \w+\W*$",
    ),
    # the newest record
    (Intent.LATEST, 2.5, Needs.RECORD, r"\b(?:up[ -]to[ -]date|most current|freshest|fresh(?:ly)?|as of now|at present"
        r"|at this (?:moment|point|time)|latest|newest|most recent|live)\b(?=.*\b(?:signals?|calls?)\b)"
        r"|\b(?:signals?|calls?)\b(?=.*\b(?:as of now|at present|right now|at the moment|currently)\b)"),
    (Intent.LATEST, 2.5, Needs.RECORD, r"\b(?:is|are) there (?:an?|any) (?:new|fresh|recent|current|live)"
        r" (?:\S+ ){0,3}"
        r"(?:signals?|calls?|setups?)\b"),
    # what to do
    (
        Intent.ADVICE,
        4.0,
        Needs.MARKET,
        r"\b(?:is|would|might|could|may) (?:it|that|this)(?: be)? (?:\w+ )?(?:prudent|wise|advisable|sensible"
        r"|sound|smart"
        r"|clever|better|best|reasonable|good|right|safe|foolish|premature|opportune) (?:\w+ )?(?:to|if)\b"
        r"|\b(?:might|may|could|would|should|had) i (?:be |do )?better(?: off)?\b"
        r"|\b(?:sensible|wise|smart|clever|prudent|sane) or (?:panic|not|foolish|stupid|dumb|mad|reckless|bad)\b",
    ),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\b(?:am i|would i be|is it|it is|are we|would it be) (?:\w+ )?(?:mad"
        r"|crazy|nuts"
        r"|stupid|dumb|foolish|insane|wrong|right|wise|smart|too (?:late|early|risky)|reckless|silly|safe|sensible)"
        r" (?:to|if|for|in|not)\b|\b(?:chase|chasing|leave it|stay out|stay away|stay clear|steer clear|jump in"
        r"|jump on"
        r"|pile in|bail out|average down|averaging down|double down|doubling down|top up|cut and run|wait it out)\b"
        r"(?!.*\b(?:trades? (?:where|in which|that)|when i|notes?)\b)"),
    (Intent.ADVICE, 2.5, Needs.NOTHING, r"\b(?:best|top|strongest|finest|hottest|favou?rite) (?:\w+ )?(?:ideas?"
        r"|opportunit(?:y|ies)|picks?|plays?|suggestions?)\b(?=.*\b(?:now|today|tonight|this (?:morning|afternoon"
        r"|evening|week)|moment|trade|market|me|your)\b)"),
    (Intent.ADVICE, 4.0, Needs.AHEAD, r"\breasons? (?:not )?to (?!prefer|favou?r|choose|pick)(?:\w+)\b"
        r"|\b(?:make|makes|making) sense to\b|\btoo late to\b|\b(?:sensible|wise|smart|clever|prudent|sane|good|crazy"
        r"|dumb|stupid|yay|yea|bad) or (?:panic|not|foolish|stupid|dumb|nay|no|mad|reckless|bad|smart)\b"
        r"|\b(?:load up on|loading up on|punt on|fancy a)\b"),
)  # fmt: skip
