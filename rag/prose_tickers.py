"""Assets named in prose, and whether the evidence names them too."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.foreign import FOREIGN
from signals.universe import ASSETS

_PLAIN_WORDS = frozenset({"sol", "dot", "link", "atom", "uni", "cosmos", "polygon", "avalanche", "ether", "pol", "ada"})
_SPOKEN = frozenset({"doge", "shib", "pepe", "aave", "xrp", "ltc", "xmr", "xlm", "trx", "floki", "bonk", "usdc"})
_JARGON = """
ADX AI AM AND ANY ALL API ATH ATL ATR AVOID BB BUT BUY CAUTION CCI CLOSE CONFIRM CPI DATA DCA DO EMA EST ETF EU EUR FED
FOMC FOMO FOR FUD GBP GDP GMT HIGH HMA HOLD IF II III IN IS IT IV JPY JSON LONG LOSS LOW MA MACD MAX MEDIUM MFI MIN MUST
NAV NEUTRAL NEVER NO NOT NOW OBV OF OK ON ONLY OPEN OR PER PLAN PM PNL RISK ROC ROI RR RSI SELL SHORT SIGNAL SL SMA
STALE STOP STRONG TA THAT THE THIS TIF TO TP TRADE US USA USD USDT UTC VETO VWAP WAIT WEAK WIN WITH WMA YES YTD
BAD BOTH CAN DOWN FULL GOOD KEY MAY NEW NOTE OLD ONE UP VERY WHY WILL
"""
_NOT_TICKERS = frozenset(_JARGON.split())
_PAIR = re.compile(r"\b([A-Za-z0-9]{2,10})[/-](?:USDT|USDC|USD|BTC|ETH|EUR)\b")
_CASHTAG = re.compile(r"\$([A-Za-z]{2,10})\b")
_UPPER = re.compile(r"(?<![A-Za-z0-9_$])[A-Z][A-Z0-9]{1,9}(?:USDT)?(?![A-Za-z0-9_])")


def _aliases() -> dict[str, str]:
    found = {ticker: ticker for ticker in FOREIGN} | {name.upper(): t for t, names in FOREIGN.items() for name in names}
    for asset in ASSETS:
        words = {asset.ticker, asset.name.upper(), *(word.upper() for word in asset.nicknames), asset.former or ""}
        found |= {word: asset.ticker for word in words if word}
    return found


_ALIASES = _aliases()
_NAMED = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _ALIASES), key=len, reverse=True))})\b", re.IGNORECASE)


def assets(text: str) -> frozenset[str]:
    """The tickers named in `text`, by ticker, name, pair or $tag; names and old tickers give today's ticker.

    Words that are also plain English or jargon (`link`, `dot`) count only with a capital first letter.
    """
    return frozenset(asset for asset, _ in _mentions(text))


def _mentions(text: str) -> list[tuple[str, str]]:
    found = [(m[1].upper(), m[0]) for pattern in (_PAIR, _CASHTAG) for m in pattern.finditer(text)]
    for match in _NAMED.finditer(text):
        word = match[0]
        named = word.isupper() or (len(word) > 3 and (word[0].isupper() or word not in _PLAIN_WORDS))
        if word.lower() in _SPOKEN or (named and (word.upper() not in FOREIGN or word.isupper())):
            found.append((word.upper(), word))
    for match in _UPPER.finditer(text):
        word = match[0].removesuffix("USDT") or match[0]
        if word not in _NOT_TICKERS and not any(c.isdigit() for c in word):
            found.append((word, match[0]))
    return [(_ALIASES.get(asset, asset), shown) for asset, shown in found]


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Everything in the evidence that an asset's name may be matched with: its assets, and its words in capitals."""
    texts = tuple(texts)
    words = frozenset(word for text in texts for word in re.findall(r"[A-Z0-9]+", text.upper()))
    return words | frozenset(asset for text in texts for asset in assets(text))


def unknown_assets(text: str, names: frozenset[str]) -> tuple[str, ...]:
    """What `text` names as an asset and `names` (of `names_in`) does not have, as it is written."""
    return tuple({shown: asset for asset, shown in _mentions(text) if asset not in names})
