"""Assets that Deskmate does not know how to trade, so that a person or a model who names one is understood, not obeyed.

One table for questions (`rag.question.symbols`) and for prose (`rag.prose_tickers`).
"""

from __future__ import annotations

FOREIGN: dict[str, tuple[str, ...]] = {
    "XRP": ("ripple",), "DOGE": ("dogecoin", "doge coin", "dodge coin", "dodgecoin"),
    "SHIB": ("shiba inu", "shiba", "shib coin"), "PEPE": ("pepe", "pepecoin", "pepe coin"),
    "LTC": ("litecoin", "lite coin"), "BCH": ("bitcoin cash",), "TRX": ("tron",), "XLM": ("stellar",),
    "XMR": ("monero",), "ETC": ("ethereum classic",), "FIL": ("filecoin",), "APT": ("aptos",), "ARB": ("arbitrum",),
    "OP": (), "NEAR": (), "ICP": (), "AAVE": ("aave",), "MKR": (), "SUI": (), "TON": ("toncoin",),
    "INJ": ("injective",), "SEI": (), "TIA": ("celestia",), "ALGO": ("algorand",), "VET": ("vechain",),
    "HBAR": ("hedera",), "EOS": (), "XTZ": ("tezos",), "SAND": (), "MANA": ("decentraland",), "AXS": (), "GRT": (),
    "FTM": ("fantom",), "RUNE": ("thorchain",), "LUNA": (), "LUNC": (), "UST": (), "FTT": (), "CRO": (),
    "KAS": ("kaspa",), "WIF": ("dogwifhat",), "BONK": ("bonk",), "FLOKI": ("floki",), "LDO": (), "THETA": (),
    "GALA": (), "ONDO": (), "TSLA": ("tesla",), "AAPL": (), "NVDA": ("nvidia",), "GOOG": (), "GME": ("gamestop",),
    "SPX": (), "SPY": (), "QQQ": (), "EURUSD": (), "XAU": (), "DASH": (), "ZEC": ("zcash",), "NEO": (), "COMP": (),
    "SNX": (), "CRV": (), "YFI": (), "SUSHI": ("sushiswap",), "CAKE": ("pancakeswap",), "STX": (), "DAI": (),
    "USDC": (), "BUSD": (),
}  # fmt: skip
STABLE = frozenset({"DAI", "USDC", "BUSD"})
PLAIN_WORDS = frozenset("ETC OP NEAR APT TON SAND MANA COMP SUSHI CAKE VET NEO UST CRO FIL".split())  # noqa: SIM905


def spoken() -> dict[str, str]:
    """Lower-case word or phrase -> ticker, as a question may have it: a ticker that is an English word is not one."""
    tickers = {t.lower(): t for t in FOREIGN if t not in PLAIN_WORDS | STABLE}
    return tickers | {name: ticker for ticker, names in FOREIGN.items() for name in names}
