"""The assets Deskmate knows: tickers, names, misspellings, old names, buckets, and default market rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from signals.model import MarketRules

QUOTE = "USDT"
MAJORS = ("BTC", "ETH", "BNB")
POL_RENAMED_AT = datetime(2024, 9, 10, tzinfo=UTC)  # the day Binance closed MATIC trading for the swap to POL


@dataclass(frozen=True, slots=True)
class Asset:
    """A coin: `nicknames` are lower-case words people type for it; `former` is its old ticker, if it had one."""

    ticker: str
    name: str
    nicknames: tuple[str, ...] = ()
    former: str | None = None
    renamed_at: datetime | None = None
    lot_step: str = "0.01"
    tick: str = "0.001"


ASSETS: tuple[Asset, ...] = (
    Asset("BTC", "Bitcoin", ("btc", "bitcoin", "xbt", "bitcoins"), lot_step="0.00001", tick="0.01"),
    Asset("ETH", "Ethereum", ("eth", "ethereum", "ether", "etherium"), lot_step="0.0001", tick="0.01"),
    Asset("BNB", "Binance Coin", ("bnb", "binance coin", "binancecoin"), lot_step="0.001", tick="0.1"),
    Asset("ADA", "Cardano", ("ada", "cardano"), lot_step="0.1", tick="0.0001"),
    Asset("SOL", "Solana", ("sol", "solana"), lot_step="0.01", tick="0.01"),
    Asset("DOT", "Polkadot", ("dot", "polkadot"), lot_step="0.01", tick="0.001"),
    Asset(
        "POL",
        "Polygon",
        ("pol", "polygon", "matic"),
        former="MATIC",
        renamed_at=POL_RENAMED_AT,
        lot_step="0.1",
        tick="0.0001",
    ),
    Asset("AVAX", "Avalanche", ("avax", "avalanche"), lot_step="0.01", tick="0.01"),
    Asset("LINK", "Chainlink", ("link", "chainlink"), lot_step="0.01", tick="0.001"),
    Asset("ATOM", "Cosmos", ("atom", "cosmos"), lot_step="0.01", tick="0.001"),
    Asset("UNI", "Uniswap", ("uni", "uniswap"), lot_step="0.01", tick="0.001"),
)
BY_TICKER = {asset.ticker: asset for asset in ASSETS} | {a.former: a for a in ASSETS if a.former}
DEFAULT_SYMBOLS = tuple(f"{asset.ticker}/{QUOTE}" for asset in ASSETS)


def base_of(symbol: str) -> str:
    """`ETH` of `ETH/USDT`."""
    return symbol.partition("/")[0]


def listed_symbol(symbol: str, at: datetime) -> str:
    """The name under which the pair traded at that moment: POL/USDT is MATIC/USDT before its renaming, and back.

    Price series of the two names are kept apart: this picks one, it never joins them.
    """
    base, _, quote = symbol.partition("/")
    asset = BY_TICKER.get(base)
    if asset is None or asset.former is None or asset.renamed_at is None:
        return symbol
    return f"{asset.former if at < asset.renamed_at else asset.ticker}/{quote}"


def names_of(symbol: str) -> tuple[str, ...]:
    """Every name the pair has had, today's first: stored records may carry any of them."""
    base, _, quote = symbol.partition("/")
    asset = BY_TICKER.get(base)
    if asset is None or asset.former is None:
        return (symbol,)
    return (f"{asset.ticker}/{quote}", f"{asset.former}/{quote}")


def spoken_name(symbol: str) -> str:
    """`Ethereum` of `ETH/USDT`; the ticker itself for an asset not in the list."""
    asset = BY_TICKER.get(base_of(symbol))
    return asset.name if asset else base_of(symbol)


def bucket_of(symbol: str) -> str:
    """`majors` (BTC, ETH, BNB) or `others`: positions are capped per bucket."""
    return "majors" if base_of(symbol) in MAJORS else "others"


def default_rules(symbol: str) -> MarketRules:
    """Binance's usual tick, lot and minimum for the pair, for sources that carry none (replay, simulation)."""
    asset = BY_TICKER.get(base_of(symbol))
    tick, lot = (asset.tick, asset.lot_step) if asset else ("0.00000001", "0.00000001")
    return MarketRules(Decimal(tick), Decimal(lot), Decimal(10))
