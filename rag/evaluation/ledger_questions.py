# ruff: noqa: S311 - a reproducible test set, not a secret
"""Seeded counting questions in many phrasings, each with what it asks for in plain terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

_SAID_SYMBOLS = {
    ("BTC/USDT",): ("BTC", "bitcoin", "$btc", "btc/usdt"),
    ("ETH/USDT",): ("ETH", "ethereum", "$ETH", "etherum"),
    ("SOL/USDT",): ("SOL", "solana", "$sol", "sol"),
    ("AVAX/USDT",): ("AVAX", "avalanche"),
    ("POL/USDT", "MATIC/USDT"): ("MATIC", "polygon", "POL", "$matic"),
}
_SAID_FRAMES = {"1h": ("1h", "hourly"), "4h": ("4h", "4 hour"), "15m": ("15m", "15 min")}
_SAID_STRATEGIES = {
    "RSI_MR": ("mean reversion", "RSI MR"),
    "MACD_MOM": ("macd momentum", "MACD_MOM"),
    "SMA_ATR": ("SMA ATR",),
    "BB_BREAKOUT": ("bollinger breakout",),
    "ensemble": ("ensemble",),
}
_SAID_EXITS = {
    "stop_loss": ("that got stopped out", "that hit the stop"),
    "take_profit": ("that hit target", "that took profit"),
    "timeout": ("that timed out",),
    "manual": ("closed manually",),
}
_WHOLE = {
    "summary": (
        "my stats for {t} {w}",
        "how did i do on {t} {w}",
        "performance of my {t} {w}",
        "howd i do with {t} {w}",
    ),
    "count": ("how many {t} {w}", "number of {t} {w}", "how many {t} did i win {w}", "count my {t} {w}"),
    "win rate": ("win rate of my {t} {w}", "wr on {t} {w}", "whats my win rate for {t} {w}", "win-rate {t} {w}?"),
    "total": ("pnl of my {t} {w}", "total p&l on {t} {w}", "how much did i make on {t} {w}", "profit on {t} {w}"),
    "average": ("average pnl of my {t} {w}", "avg p/l per trade for {t} {w}", "avg pnl {t} {w}"),
    "median": ("median pnl of {t} {w}", "whats the median p&l of my {t} {w}"),
    "fees": ("fees on {t} {w}", "how much did i pay in fees for {t} {w}", "total fees {t} {w}"),
    "streak": ("my streak on {t} {w}", "longest losing streak on {t} {w}", "win streak {t} {w}?"),
    "drawdown": ("max drawdown of my {t} {w}", "drawdown on {t} {w}"),
    "holding time": ("average holding time of {t} {w}", "how long do i hold {t} {w}"),
    "best": ("my best 3 {t} {w}", "top 3 {t} {w}"),
    "worst": ("my 3 worst {t} {w}", "worst 3 {t} {w}"),
    "expectancy": ("expectancy of my {t} {w}", "whats the expectancy on {t} {w}"),
    "exposure": ("my exposure in {t}", "open {t}?", "how many {t} do i have open"),
}
_SPLIT = {
    "strategy": ("worst strategy for {t} {w}", "{t} pnl by strategy {w}", "which strategy made me the most on {t} {w}"),
    "symbol": ("which coin made me the most {w}", "pnl per coin {w}", "which coin lost me the most {w}"),
    "timeframe": ("pnl by timeframe for {t} {w}", "best timeframe for {t} {w}"),
    "exit_reason": ("pnl by exit reason for {t} {w}",),
    "side": ("my longs vs my shorts {w}", "pnl by side for {t} {w}"),
    "day": ("worst day for {t} {w}", "my pnl per day on {t} {w}"),
    "week": ("my pnl per week on {t} {w}",),
    "month": ("best month for {t} {w}", "my pnl by month on {t} {w}"),
    "setup": ("my pnl per setup on {t} {w}",),
}
_SHARED = {
    "signal": ("how many {s} signals {w}", "hit rate of {s} signals {w}", "{s} signals: how many hit target {w}?"),
    "signals by symbol": ("compare BTC and ETH signals {w}", "btc vs eth signals {w}"),
    "signals by setup": ("signals per setup {w}",),
    "backtest": ("best {s} backtest {w}", "average return of the {s} backtests {w}"),
    "backtest sharpe": ("average sharpe of the {s} backtests {w}", "best {s} backtest by sharpe {w}"),
    "recommendation": (
        "how many recommendations did you give me {w}",
        "how many of your recommendations did i follow {w}",
    ),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question and its meaning. `symbols` are stored names; times are aware UTC, `until` exclusive.

    `newest` keeps so many trades closed last, `top` asks for so many single trades. Empty means any.
    """

    text: str
    about: str
    figure: str
    symbols: tuple[str, ...] = ()
    timeframe: str = ""
    side: str = ""
    strategy: str = ""
    exit_reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""
    newest: int | None = None
    top: int | None = None


def questions(seed: int, number: int, now: datetime, count: int) -> tuple[Wanted, ...]:
    """`count` questions to the ledger of this number, asked at `now`; always the same for the same seed."""
    random = Random(f"questions {seed} {number}")
    return tuple(_question(random, now) for _ in range(count))


def _question(random: Random, now: datetime) -> Wanted:
    kind = random.random()
    if kind < 0.6:
        figure = random.choice(tuple(_WHOLE))
        return _own(random, now, random.choice(_WHOLE[figure]), figure)
    if kind < 0.85:
        by = random.choice(tuple(_SPLIT))
        return _own(random, now, random.choice(_SPLIT[by]), "total", by)
    return _shared(random, now)


def _own(random: Random, now: datetime, form: str, figure: str, by: str = "") -> Wanted:
    wanted = Wanted("", "trade", figure, by=by, top=3 if figure in ("best", "worst") else None)
    words: list[str] = []
    if "{t}" in form and by != "symbol" and random.random() < 0.6:
        symbols = random.choice(tuple(_SAID_SYMBOLS))
        wanted, words = replace(wanted, symbols=symbols), [random.choice(_SAID_SYMBOLS[symbols])]
    if "{t}" in form and by != "timeframe" and random.random() < 0.25:
        frame = random.choice(tuple(_SAID_FRAMES))
        wanted, words = replace(wanted, timeframe=frame), [*words, random.choice(_SAID_FRAMES[frame])]
    if "{t}" in form and by != "side" and figure != "holding time" and random.random() < 0.25:
        side = random.choice(("LONG", "SHORT"))
        wanted, words = replace(wanted, side=side), [*words, side.lower()]
    if "{t}" in form and by != "strategy" and random.random() < 0.15:
        strategy = random.choice(tuple(_SAID_STRATEGIES))
        wanted, words = replace(wanted, strategy=strategy), [*words, random.choice(_SAID_STRATEGIES[strategy])]
    words.append("trades")
    if "{t}" in form and by != "exit_reason" and figure not in ("exposure", "best", "worst") and random.random() < 0.15:
        way = random.choice(tuple(_SAID_EXITS))
        wanted, words = replace(wanted, exit_reason=way), [*words, random.choice(_SAID_EXITS[way])]
    if (
        figure in ("win rate", "average", "total")
        and not (by or wanted.exit_reason or wanted.timeframe)
        and random.random() < 0.12
    ):
        wanted, words = replace(wanted, newest=5), ["last 5", *words]
    since, until, said = _window(random, now) if "{w}" in form and wanted.newest is None else (None, None, "")
    text = " ".join(form.replace("{t}", " ".join(words)).replace("{w}", said).split())
    return replace(wanted, text=text, since=since, until=until)


def _shared(random: Random, now: datetime) -> Wanted:
    kind = random.choice(tuple(_SHARED))
    form = random.choice(_SHARED[kind])
    symbols, said = random.choice([((), ""), *((s, words[0]) for s, words in _SAID_SYMBOLS.items())])
    if "{s}" not in form:
        symbols = ("BTC/USDT", "ETH/USDT") if kind == "signals by symbol" else ()
    since, until, when = _window(random, now)
    about, _, rest = kind.partition(" ")
    by = rest.removeprefix("by ") if about == "signals" else "sharpe" if rest else ""
    text = " ".join(form.replace("{s}", said).replace("{w}", when).split())
    figure = "followed" if "follow" in form else ""
    return Wanted(text, about.removesuffix("s"), figure, symbols=symbols, since=since, until=until, by=by)


def _window(random: Random, now: datetime) -> tuple[datetime | None, datetime | None, str]:
    today = datetime(now.year, now.month, now.day, tzinfo=UTC)
    day, week = timedelta(days=1), timedelta(days=7)
    monday = today - today.weekday() * day
    first = today.replace(day=1)
    before = (first - day).replace(day=1)
    after = (first + 32 * day).replace(day=1)
    year = first.replace(month=1)
    leap = datetime(2024, 2, 29, tzinfo=UTC)
    choices = (
        (None, None, ""),
        (None, None, ""),
        (today, today + day, "today"),
        (today - day, today, random.choice(("yesterday", "yday"))),
        (monday, monday + week, "this week"),
        (monday - week, monday, random.choice(("last week", "lst week", "previous week"))),
        (first, after, "this month"),
        (before, first, random.choice(("last month", "prev month"))),
        (year, None, "ytd"),
        (year.replace(year=year.year - 1), year, "last year"),
        (now - 30 * day, None, random.choice(("last 30 days", "past 30d"))),
        (before, first, f"in {before:%B} {before.year}"),
        (leap, leap + day, "on 29 Feb 2024"),
        (first, None, f"since {first:%Y-%m-%d}"),
        (None, first, f"before {first:%Y-%m-%d}"),
        (today - 3 * day, today - 2 * day, f"on {(today - 3 * day).day} {today - 3 * day:%B %Y}"),
    )
    return random.choice(choices)
