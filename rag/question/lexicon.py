"""Word lists: what may be mended to, what must never be mended, slang, and coins that are not watched."""

# ruff: noqa: SIM905 - a list of words is easier to read and to extend as text
from __future__ import annotations

from rag.foreign import spoken

KNOWN_WORDS = frozenset(
    """
    signal signals trade trades traded trading position positions backtest backtests backtested backtesting note
    notes journal news headline headlines recommendation recommend setup setups result results strategy strategies
    parameters bought buying selling short shorted shorting shorts bullish bearish holding yesterday today monday
    tuesday wednesday thursday friday saturday sunday weekend week weeks month months quarter year years days
    january february april june july august september october november december hourly daily minute minutes hours
    latest newest recent recently current currently previous explain explanation reason compare versus should
    stopped stoploss target targets profit profits timed timeout expired manual manually trailing closed myself
    winning winners losing losers profitable performance performed average total biggest largest exposure streak
    portfolio ensemble momentum bollinger reversion moving breakout breakouts breakdown breakdowns golden death
    cross crosses crossover squeeze squeezes oversold overbought pullback pullbacks bounce bounces ranging sideways
    continuation consolidation volatility panicked panicking scared chased chasing widened shifted moved oversized
    followed discipline disciplined revenge impulse justify reasoning rationale chickened shaken dragged considering
    deathcross goldencross binance caught risked jumped bailed handed entered exited excitement execution further
    nervous triggered reached following rules loosened announcement breakeven spike spiked balance budget invest
    tighter chart charts price prices reason reasons which where would could think opinion worth money rebalance
    allocate trend bands entry entries thousand hundred morning tonight winner winners loser losers timeframe ended
    through difference differences commands command thanks grounds weather whether versus stronger weaker recommended
    closing touched wrote written stops sells manual panic chase fortnight discretionary oversize leverage
    """.split()
)
ORDINARY_WORDS = frozenset(
    """
    stream streams sorted trace traces failed revenue revenues finance nodes shared handled compares tether tracing
    resent edited seeks reaches invests sorting deadline deadlines spelling invert inverse existed aimed kappa tied
    telling shorten ingest bitmain sought scaled scaling ruler ranking overage ours ought hanging centered yearn
    traced spite soared sifted pumped precious ounce lighter invent injection gross folding dumped bumped decent
    cloned bailey molding header headers starting setting settings classes positional raising raised mining miners
    movers solaris metrics mimics correct correctly streaks weekends mondays loser winnings explains recommends
    crossed bounced continuations executions averages trading's handing landed banded branded gander rating rated
    rates moon mood good noon sane sand santa salon saloon bane bone none lone zone tone gone donor honor minor
    polka dotted dotting linked linkage unit units unity union uniform adam adams soil sole solve solved solving
    bitter coined avail available avalon cosmopolitan carbon cardio cardiac able about above account across actual
    actually added after again against ahead alert alerts allow almost alone along already also although always
    among amount another answer anyone anything around arrived asked asking away back backs based beat became
    because become been before began begin behind being below best better between both bottom bound break breaks
    bring broke broken brought build built called calls came candle candles capital card care case cash cause caused
    chance change changed chart charts check choice choose chose chosen clear click clock close closer coin coins
    cold come comes common could count counts couple course cover create cross crosses crowd crypto cryptos currency
    date dates deal death decide decided decision detail details did didn't different doing dollar dollars done
    don't door down draw drawn drop dropped during each earlier early earn earned easy either else email emails
    ending enough enter entry even event ever every exact exactly example exchange exit expect expected extra face
    fact fair fall fallen false fast father fear feed feel fees fell fight figure fill final find fine finish first
    five fixed flat float floor follow force form found four free friend friends from front full fund funds future
    gain gains game gave general gets getting give given gives giving goes going grand great green group grow guess
    guide habit half hand handle happen happened hard have having head hear heard heavy help here high higher
    history hits holder holders hope hour house however huge human idea important improve increase index info inside
    instead interest into issue item items itself join just keep kept kind knew know known large later laugh lead
    learn learned least leave left less letter level levels life light like likely limit line list listen little
    live local long longer look looked looking lose loss losses lost lots love lower luck made magic main major make
    makes making many margin mark market markets matter maybe mean means meant meet member might mind mine minus
    model moment money more morning most mother move moves much must myself name near nearly need needs never next
    nice night normal north nothing notice number numbers offer often once only open opened opinion option order
    orders other others over overall own page paid paper part party passed past path people percent perhaps period
    person pick piece place plan plans play plus point points pool poor possible post power press pretty price
    prices print prior private probably problem program public pull pulls push pushed question questions quick
    quickly quiet quite raise ranch range ranges rate rather reach read ready real really reasons receive record red
    remain remember report rest right rise risen rising risk risks risky role room rough round rule running said
    sale sales same save says scale score seat second seconds section seem seems seen self sell sells send sense
    sent serious serve set seven several shape share shares sheet shift shirt shore shoot shop shot shots shout show
    showed shown shows side sign silver similar simple simply since single sister site size sized sizes skip slight
    slow slower small smaller smart social solar sold solid some someone something sometimes soon sorry sort sound
    source south space speak spare special spent split spoke sport sports spot spread stable staff stake staked
    stand start started state statement status stay step stick still stock stocks stood stop stops store story
    straight strange street strong stronger student study stuff style such suggest summer super support sure surge
    switch system table take taken takes taking talk taste taught team tell term test tested tests than thank thanks
    that their them then there these they thing things think third this those though thought thousand three threw
    through throw thus tight tighten till time times tired together told tomorrow took topic totally touch toward
    tower track travel trend trends tried trigger true trust truth turn turned type types under until updated upon
    used user using usual usually value very view voice volume vote voted wait waited walk want wanted warm warn
    watch water ways weak weather weekly welcome well went were west what when where whether which while white whole
    whose wide wider will wind winner wins wish with within without wonder word words work worked working world
    worry worse worst worth would wouldn't write writes writing written wrong wrote yeah yesterdays young your yours
    cosmic cosmetic cardinal polygonal chain chained links linking dots atoms bitten button ether salary salad solo
    soles solace weight wheat weeks trader traders trial tread tirade trail shorter shortly signed signage noted
    noticed results resulted month mouth monthly moth march marsh marks mayor juice tune dune jungle auguste ranked
    ranging ranger rangers changing chances bounded bouncy bunch squeeze squeaky breakfast breaking brother golden
    goldens deaths health depth crosswise stepped topped shopped strapped strategic stopper stoppage profile profits
    prophet marginal mutual annual menu manually today todays target forget tariff budget budgets gadget winning
    wining lining losing closing choosing timer timed tamed spiked spikes balance balances valance reasonable season
    seasons treason poison prison compare compete company should shoulder ladder latest latex nearest lowest lasted
    hasn't haven't isn't aren't wasn't doesn't can't won't shouldn't couldn't loads roads trades tracks grade grades
    traded graded shaded scored scarred scare chased chaste phased closed clothes explore explode expire expired
    exposed expose express expert export poster posters position posting positive followers follower moving loving
    minute minutes daily dairy hourly yearly barely rarely clearly previously litecoin litecoins dogecoin dogecoins
    ripple monero stellar arbitrum optimism pepecoin shiba filecoin algorand tezos aave fantom telegram discord
    kraken coinbase ollama rsi indicator indicators ichimoku supertrend stochastic joke jokes poem recipe cook movie
    music song songs hello ground grounds tanks stranger weaver weaken commando commandos thorough trough france
    paris football president
    augusta augusto band banda banging bangs banks bears bells bends beverage binds boiled bonds brands breached
    britten budge burying cared cart carts cease ceased celeste celestial cells chant chants char charm charms chat
    closet compared crops crows daisy dinner dinners drugged ears esther ethel excited exiled farther fighter folds
    forth fought fullback gears gentry grading hailed handel hanged hart heath hold holden holds holes honey
    inactive incentive inner inning jailed jules jumper lands laser lasers loved lover lovers mainz manuel meath
    moaning monkey mont monte mourning nailed nationale noses olds phase pike pinning posing preached priced prick
    pride prime prince princes prize prizes quartet ragged raging railing rational reacher reacted regent rice
    ringing ross ruled runes sacred sailed sealing seals sears shake shakes shells shifter shooting shouted shouting
    smelling smells snort snorted spared spells spice spine spire sporting stared steak stella stomped swelling
    tailed tears tend tended thick thin thinks tiled tops tours training trent verses wears weeds whore wiener
    winding winger winter winters worthy wound yelling yells
    """.split()
)
SLANG = {
    "hw": "how", "explane": "explain", "splain": "explain", "cmp": "compare", "compair": "compare", "cmpr": "compare",
    "graf": "graph", "grph": "graph", "cmd": "command", "cmds": "commands", "qty": "quantity", "mkt": "market",
    "wher": "where", "bcoz": "because", "coz": "because", "becuz": "because", "nite": "night", "rite": "right",
    "y": "why", "u": "you", "r": "are", "ur": "your", "yr": "year", "n": "and", "b4": "before", "bc": "because",
    "cuz": "because", "yday": "yesterday", "yest": "yesterday", "ystd": "yesterday", "ystrday": "yesterday",
    "yester": "yesterday", "ytd'y": "yesterday", "tday": "today", "tdy": "today", "wk": "week", "wks": "weeks",
    "wek": "week", "mth": "month", "mths": "months", "mnth": "month", "mo": "month", "qtr": "quarter", "yrs": "years",
    "lst": "last", "lats": "last", "prev": "previous", "curr": "current", "rn": "now", "sig": "signal",
    "sigs": "signals", "sgnl": "signal", "sgnls": "signals", "trd": "trade", "trds": "trades", "tarde": "trade",
    "tardes": "trades", "bt": "backtest", "bts": "backtests", "btest": "backtest", "btests": "backtests",
    "pos": "position", "rec": "recommendation", "recs": "recommendations", "reco": "recommendation",
    "strat": "strategy", "strats": "strategies", "shud": "should", "shld": "should", "shoud": "should",
    "shuld": "should", "sould": "should", "shold": "should", "shoul": "should", "sholud": "should", "shuold": "should",
    "shouold": "should", "sud": "should", "shoudl": "should", "coud": "could", "woud": "would", "wuld": "would",
    "cud": "could", "wud": "would", "wat": "what", "wut": "what", "wht": "what",
    "whats": "what is", "what's": "what is", "hows": "how is", "how's": "how is", "howd": "how did",
    "how'd": "how did", "whyd": "why did", "why'd": "why did", "whens": "when is", "im": "i am", "i'm": "i am",
    "ive": "i have", "i've": "i have", "id": "i would", "i'd": "i would", "gimme": "give me", "lemme": "let me",
    "wanna": "want to", "gonna": "going to", "gotta": "have to", "pls": "please", "plz": "please", "thx": "thanks",
    "ty": "thanks", "abt": "about", "bout": "about", "byu": "buy", "bui": "buy", "buyin": "buying", "slel": "sell",
    "sel": "sell", "selll": "sell", "hodl": "hold", "hld": "hold", "aped": "bought", "ape": "buy", "aping": "buying",
    "scoop": "buy", "grab": "buy", "longd": "long", "shortd": "short", "shrt": "short", "lng": "long", "whn": "when",
    "wen": "when", "hrs": "hours", "hr": "hour", "mins": "minutes", "min": "minute", "jan": "january",
    "feb": "february", "apr": "april", "jun": "june", "jul": "july", "aug": "august", "sep": "september",
    "sept": "september", "oct": "october", "nov": "november", "dec": "december", "tue": "tuesday", "tues": "tuesday",
    "thu": "thursday", "thur": "thursday", "thurs": "thursday", "weds": "wednesday", "expl": "explain",
    "xplain": "explain", "boll": "bollinger", "bolli": "bollinger", "vs": "versus", "avg": "average",
    "perf": "performance", "acct": "account", "dont": "don't", "stoped": "stopped", "stopt": "stopped", "stp": "stop",
    "tgt": "target", "tgts": "targets", "fomoed": "fomo", "fomo'd": "fomo", "tht": "that", "teh": "the", "hte": "the",
    "da": "the", "dat": "that", "wich": "which", "whch": "which", "nxt": "next", "lastest": "latest",
    "newst": "newest", "mos": "months", "bux": "bucks", "sum": "some", "wknd": "weekend", "wkend": "weekend",
    "yday's": "yesterday", "yestd": "yesterday", "ydy": "yesterday", "yda": "yesterday", "yesterdays": "yesterday",
    "todays": "today", "hrly": "hourly", "dly": "daily", "tmrw": "tomorrow", "juni": "june", "juli": "july",
    "mai": "may", "gestern": "yesterday", "heute": "today", "ayer": "yesterday", "hoy": "today", "hier": "yesterday",
    "compro": "buy", "comprar": "buy", "kaufen": "buy", "vender": "sell", "verkaufen": "sell", "lngs": "longs",
    "shrts": "shorts", "shorties": "shorts", "opn": "open", "cls": "close", "clsd": "closed", "stpd": "stopped",
    "stopd": "stopped", "bk": "back", "bktest": "backtest", "bktst": "backtest", "bcktst": "backtest",
    "backtst": "backtest", "btst": "backtest", "bktests": "backtests", "wdyt": "what do you think",
    "thots": "thoughts", "thot": "thought", "lookin": "looking", "goin": "going", "doin": "doing",
    "sellin": "selling", "shortin": "shorting", "longin": "longing", "holdin": "holding", "whered": "where did",
    "whatd": "what did", "wyd": "what do you do", "didnt": "didn't", "doesnt": "doesn't", "isnt": "isn't",
    "wasnt": "wasn't", "shouldve": "should have", "wouldnt": "wouldn't", "couldnt": "couldn't", "havent": "haven't",
    "hasnt": "hasn't", "thats": "that is", "theres": "there is", "wheres": "where is", "whos": "who is",
    "youre": "you are", "theyre": "they are", "lets": "let us", "shoulda": "should have", "cmon": "come on",
    "outta": "out of", "kinda": "kind of", "tryna": "trying to", "finna": "going to", "imma": "i am going to",
    "boutta": "about to", "diff": "difference", "rsn": "reason", "rsns": "reasons", "pnls": "pnl",
    "indic": "indicator", "tfs": "timeframes", "port": "portfolio", "folio": "portfolio", "rebal": "rebalance",
    "alloc": "allocate", "liq": "liquidated", "wr": "win rate", "winrate": "win rate", "vol": "volatility",
    "bb's": "bb", "momo": "momentum", "mr": "reversion", "rlly": "really", "prolly": "probably", "ppl": "people",
    "msg": "message", "info": "information", "mon": "monday", "wed": "wednesday", "fri": "friday", "gud": "good",
    "gd": "good", "worthit": "worth it", "gon": "going", "loosers": "losers", "looser": "loser", "loosing": "losing",
    "loose": "lose", "lossing": "losing", "wining": "winning", "profitible": "profitable", "helo": "hello",
    "hullo": "hello", "wassup": "hello", "sup": "hello", "hiya": "hello", "howdy": "hello", "kthx": "thanks",
    "wats": "what is", "wuts": "what is", "dis": "this", "qs": "questions", "candels": "candles", "candel": "candle",
    "tysm": "thanks", "tnx": "thanks", "thanx": "thanks", "thankyou": "thanks",
}  # fmt: skip
FOREIGN_NAMES = spoken() | dict.fromkeys(("etc", "usdc", "usdt", "gold"), "")  # "": no coin to be asked about
NOT_TICKERS = frozenset(
    """
    RSI MACD SMA EMA ATR BB ADX MR MOM OBV VWAP VWMA CCI MFI DMI KDJ STOCH TA FA BUY SELL HOLD LONG SHORT STRONG TP
    SL TP1 TP2 RR PNL PL ROI ATH ATL DCA FOMO FUD HODL YOLO OTC API RAG LLM AI CPU GPU USD USDT USDC BUSD EUR GBP
    JPY DAI TUSD UTC GMT EST CET PST AM PM I A OK OKAY NO YES NOT NOW WHY HOW WHAT WHEN WHO WHERE WHICH THE AND OR
    FOR WITH MY ME IT IS IN ON AT TO OF DO DID GO GET BE BY IF SO AN AS UP DOWN US WE ALL ANY CAN WAS HAS HAVE HAD
    ARE SHOULD WILL PLEASE PLS LOL WTF OMG IMO IMHO TBH IDK FYI BTW ASAP AKA EG IE ETC FAQ CSV JSON PDF URL HTTP
    HTTPS CEO SEC ETF FED CPI GDP IRS UK EU BT WR DD MDD CAGR VAR TF HTF LTF H1 H4 M15 D1 Q1 Q2 Q3 Q4 YTD MTD QTD
    JAN FEB MAR APR MAY JUN JUL AUG SEP SEPT OCT NOV DEC MON TUE WED THU FRI SAT SUN NEWS LAST NEXT WEEK MONTH YEAR
    TODAY SHOW HELP LIST TRADE TRADES SIGNAL RANGE STOP TARGET LOSS PROFIT WIN LOSE BEST WORST MORE LESS OPEN CLOSE
    HIGH LOW PRICE CHART SIZE RISK CASH SAVE NOTE NOTES ENTRY EXIT DAILY HOUR BULL BEAR CROSS GOLDEN DEATH STALE
    DATA ALERT THIS THAT THEN THAN FROM INTO BACK
    """.split()
)
