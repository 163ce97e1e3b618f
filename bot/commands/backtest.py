"""A backtest on request."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from bot.jobs.backtests import BacktestMarkets
from bot.reply import Reply, Table
from bot.wording import when
from rag.recommendation import to_json
from signals.clock import Clock
from signals.model import Backtest, Market, Timeframe


@dataclass(frozen=True, slots=True)
class RunBacktest:
    """The market and how many of its newest bars."""

    symbol: str
    timeframe: Timeframe
    bars: int


class BacktestOnRequest:
    """Runs the daily job's test for one market and shows it."""

    def __init__(self, job: BacktestMarkets, clock: Clock) -> None:
        self._job = job
        self._clock = clock

    async def __call__(self, request: RunBacktest) -> Reply:
        """The figures, losses said as losses; DataError when there are too few bars."""
        return (await self.tested(request))[0]

    async def tested(self, request: RunBacktest) -> tuple[Reply, Backtest]:
        """The reply, and the result it shows."""
        result = await self._job.one(Market(request.symbol, request.timeframe), self._clock, request.bars)
        reply = Reply(text=_verdict(result), tables=(_figures(result),), data=to_json(asdict(result)))
        return reply, result


def _verdict(b: Backtest) -> str:
    if not b.trades:
        return f"The rules made no trade on {b.symbol} {b.timeframe} in that time."
    word = "won" if b.return_pct > 0 else "lost"
    held = "" if b.buy_hold_pct is None else f"; buying and holding made {b.buy_hold_pct:+.1f} %"
    return f"The rules {word}: {b.return_pct:+.1f} % over {b.trades} trades, costs included{held}."


def _figures(b: Backtest) -> Table:
    rows = (
        ("from", when(b.started_at)),
        ("to", when(b.ended_at)),
        ("trades", str(b.trades)),
        ("return", _percent(b.return_pct)),
        ("buy and hold", _percent(b.buy_hold_pct)),
        ("Sharpe (annualised)", _plain(b.sharpe)),
        ("largest drawdown", _share(b.max_drawdown_pct)),
        ("win rate", _share(b.win_rate_pct)),
        ("profit factor", _plain(b.profit_factor)),
        ("expectancy", "none" if b.expectancy_r is None else f"{b.expectancy_r:+.2f} R"),
        ("time in the market", _share(b.exposure_pct)),
        ("fees paid", _share(b.fees_pct)),
        ("first target before stop", f"{b.target_first} of {b.resolved}"),
    )
    return Table(f"Backtest of {b.strategy} on {b.symbol} {b.timeframe} ({b.exchange})", ("figure", "value"), rows)


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{value:+.1f} %"


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f} %"


def _plain(value: float | None) -> str:
    return "none" if value is None else f"{value:.2f}"
