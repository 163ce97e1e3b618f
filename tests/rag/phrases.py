"""What people call things and how they ask about them, in other words than the development set has.

Written after the parser.
"""

from __future__ import annotations

NAMES = {
    "BTC/USDT": ("BTC", "bitcoin", "$btc", "BTCUSDT", "btc/usdt"),
    "ETH/USDT": ("ETH", "ethereum", "$eth", "eth-usd", "ether", "ETH/USDT"),
    "BNB/USDT": ("BNB", "binance coin", "$bnb", "bnb"),
    "ADA/USDT": ("ADA", "cardano", "$ada", "ADAUSDT"),
    "SOL/USDT": ("SOL", "solana", "$sol", "sol/usdt"),
    "DOT/USDT": ("DOT", "polkadot", "$dot", "dot"),
    "MATIC/USDT": ("MATIC", "polygon", "$matic", "pol", "matic"),
    "AVAX/USDT": ("AVAX", "avalanche", "$avax", "avaxusdt"),
    "LINK/USDT": ("LINK", "chainlink", "$link", "link"),
    "ATOM/USDT": ("ATOM", "cosmos", "$atom", "atom"),
    "UNI/USDT": ("UNI", "uniswap", "$uni", "uni"),
}
TIMEFRAMES = {
    "15m": ("15m", "15 min", "15-minute", "15mins"),
    "1h": ("1h", "hourly", "1 hour", "1hr"),
    "4h": ("4h", "4 hour", "4hr", "four hour"),
    "1d": ("1d", "daily", "1 day", "daily"),
}
STRATEGIES = {
    "ENSEMBLE": ("ensemble", "the ensemble", "ensemble strat"),
    "SMA_ATR": ("sma atr", "SMA/ATR", "sma_atr", "the sma strategy"),
    "RSI_MR": ("rsi mean reversion", "mean-reversion", "RSI_MR", "rsi strat"),
    "MACD_MOM": ("macd", "macd momentum", "MACD_MOM", "momentum strategy"),
    "BB_BREAKOUT": ("bollinger breakout", "bb breakout", "BB_BREAKOUT", "bollinger band breakout"),
}
SETUPS = {
    "oversold_bounce": ("oversold bounce", "oversold"),
    "overbought_fade": ("overbought fade", "overbought"),
    "breakout": ("breakout", "upside breakout", "break-out"),
    "breakdown": ("breakdown", "downside breakdown"),
    "golden_cross": ("golden cross", "goldencross"),
    "death_cross": ("death cross", "deathcross"),
    "squeeze": ("squeeze", "volatility squeeze", "vol squeeze"),
    "range": ("range", "sideways", "range-bound"),
    "pullback": ("pullback", "pull back", "trend pullback"),
}
EXITS = {
    "stop_loss": ("got stopped out", "hit the stop", "hit my SL", "were stopped", "ended at the stop loss"),
    "take_profit": ("hit the target", "hit tp", "reached target", "took profit", "got to take profit"),
    "timeout": ("timed out", "ran out of time", "expired", "ended on a time-out"),
    "manual": ("i closed by hand", "were closed manually", "i closed myself", "were manual exits"),
}
THEMES = {
    ("Widened", "Shifted"): ("moved my stop", "widened the stop", "pushed my stop further away", "shifted the SL"),
    ("Closed early out of fear", "Got scared"): ("panicked", "got scared out", "bailed in fear", "paper handed"),
    ("Chased", "Entered on excitement"): ("chased the move", "fomo'd in", "bought on hype", "jumped in too late"),
    ("Position was too large", "Risked more"): ("went too big", "oversized", "risked too much", "was way too large"),
    ("Stopped around a headline", "Exchange news"): ("got hit by news", "was caught by a headline", "had a news spike"),
    ("Followed the plan", "Clean execution"): ("followed my plan", "stuck to the rules", "was disciplined"),
}
BUDGETS = ("2k", "$1,500", "500 bucks", "$750", "1000 usd", "$2.5k", "3 grand")
TEMPLATES = {
    "why": (
        "what was the reasoning for the {sym} {side} on {day}",
        "y did u {side} {sym} {day}",
        "can you explain why we {side} {sym} on {day}?",
        "talk me through the {sym} signal from {day} pls",
        "reason 4 the {sym} call on {day}??",
        "{sym} {day} - why {side}?",
        "what made you {side} {sym} on {day}",
    ),
    "last": (
        "wat happened w my last {sym} trades",
        "how r my latest {sym} trades doing",
        "my 3 most recent {sym} trades",
        "gimme my last few {sym} trades",
        "pull up the last {sym} positions i took",
        "recent {sym} trades of mine please",
    ),
    "exit": (
        "{sym} trades that {exit} {span}",
        "show me my {sym} positions which {exit} {span}",
        "which of my {sym} trades {exit} {span}?",
        "{span}: any {sym} trades that {exit}",
        "list {sym} trades {exit} {span} pls",
    ),
    "bt": (
        "how well did {strategy} backtest on {sym} {tf}",
        "{sym} {tf} {strategy} bt",
        "any backtests of {strategy} for {sym} on the {tf}?",
        "results of backtesting {strategy} on {tf} {sym}",
        "did {strategy} work on {sym} ({tf}) in the backtest",
    ),
    "latest": (
        "whats the {tf} signal on {sym} rn",
        "{sym} {tf} signal?",
        "newest {sym} sig {tf}",
        "what does the {tf} say for {sym}, latest signal",
        "most recent signal {sym} on the {tf} chart",
    ),
    "setup": (
        "were there any {setup} signals on {sym} {span}",
        "{sym} {setup} {span}?",
        "how about {setup}s on {sym} {span}",
        "when did {sym} show a {setup} {span}",
        "list the {setup} setups for {sym} {span}",
    ),
    "note": (
        "which {sym} trade was the one where i {theme}",
        "{sym} trades in which I {theme}",
        "that time i {theme} on {sym}",
        "my {sym} trade when i {theme}",
        "find the {sym} trade where i {theme}",
    ),
    "advice": (
        "is {sym} worth a buy w/ {budget}",
        "got {budget}, should i get into {sym}?",
        "thinking about buying {sym} with {budget}, good idea?",
        "should I put {budget} into {sym} now",
        "{sym} buy or wait? i have {budget}",
    ),
    "nosym": (
        "show trades where i {theme}",
        "all the times i {theme}",
        "how often have i {theme}",
        "trades in which i {theme}",
    ),
}
SIDES = {
    "BUY": ("buy", "go long", "long"),
    "SELL": ("sell", "short", "go short"),
    "HOLD": ("hold", "hold", "stay on hold"),
}
