"""Backtests on request: one market in full with its equity picture, or many side by side."""

from __future__ import annotations

import asyncio
import re
from dataclasses import asdict, dataclass
from typing import Any

from bot.charts import EquityRequest, equity_chart
from bot.jobs.backtests import BARS, BacktestMarkets
from bot.jobs.sync import Progress, silent
from bot.reply import Reply, Table
from bot.wording import when
from rag.recommendation import to_json
from signals.backtest.report import verdict
from signals.backtest.run import ENSEMBLE, Tested
from signals.clock import Clock
from signals.errors import DataError, UserError
from signals.model import Backtest, Market, Timeframe

FEWEST_BARS, MOST_BARS = 300, 100_000
DAYS_OF = {"d": 1, "w": 7, "m": 30, "y": 365}
_PERIOD = re.compile(r"([0-9]{1,5})([dwmy])", re.ASCII)
NO_NEWS = "no news: headlines stop some live signals, and no past ones are stored to do it here"
COLUMNS = ("market", "trades", "return", "holding", "drawdown", "mean R", "luck", "")


@dataclass(frozen=True, slots=True)
class RunBacktest:
    """The market, how many of its newest bars, and which strategy."""

    symbol: str
    timeframe: Timeframe
    bars: int = BARS
    strategy: str = ENSEMBLE


def bars_of(period: str, timeframe: Timeframe) -> int:
    """The bars of a period such as 90d, 12w, 6m (of 30 days), 2y or all; UserError when it is none or holds too few."""
    text = period.strip().lower()
    if text == "all":
        return MOST_BARS
    found = _PERIOD.fullmatch(text)
    if not found:
        raise UserError(f"{period[:40]!r} is not a period: write 90d, 12w, 6m, 2y or all")
    bars = int(found[1]) * DAYS_OF[found[2]] * Timeframe.D1.ms // timeframe.ms
    if not FEWEST_BARS <= bars <= MOST_BARS:
        raise UserError(f"{text} is {bars:,} bars of {timeframe}: a backtest takes {FEWEST_BARS} to {MOST_BARS:,}")
    return bars


class BacktestOnRequest:
    """Runs the daily job's test and shows it, losses said as losses."""

    def __init__(self, job: BacktestMarkets, clock: Clock) -> None:
        self._job = job
        self._clock = clock

    async def __call__(self, request: RunBacktest) -> Reply:
        """Every figure of one market; DataError when there are too few bars."""
        return _full((await self._tested(request)).result)

    async def drawn(self, request: RunBacktest) -> tuple[Reply, bytes]:
        """The same, with the picture of equity and drawdown as a PNG."""
        found = await self._tested(request)
        wanted = EquityRequest(found.candles, found.ledger.equity, found.result)
        return _full(found.result), await asyncio.to_thread(equity_chart, wanted)

    async def many(self, requests: tuple[RunBacktest, ...], progress: Progress = silent) -> Reply:
        """One line for each market; those with too few bars are named in the notes. DataError when none has enough."""
        results: list[Backtest] = []
        refused: list[str] = []
        for done, request in enumerate(requests, start=1):
            try:
                results.append((await self._tested(request)).result)
            except DataError as e:
                refused.append(str(e))
            progress(done, len(requests), request.symbol)
        if not results:
            raise DataError(f"{refused[0]}; it is the same with all {len(refused)} markets: run `deskmate sync`")
        return _side_by_side(results, refused)

    async def _tested(self, request: RunBacktest) -> Tested:
        market = Market(request.symbol, request.timeframe)
        return await self._job.tested(market, self._clock, request.bars, request.strategy)


def _full(b: Backtest) -> Reply:
    return Reply(text=verdict(b), tables=(_figures(b),), notes=(NO_NEWS,), data=to_json(asdict(b)))


def _side_by_side(results: list[Backtest], refused: list[str]) -> Reply:
    won = sum(b.return_pct > 0 for b in results)
    better = sum(b.buy_hold_pct is not None and b.return_pct > b.buy_hold_pct for b in results)
    text = (
        f"The rules won on {won} of {len(results)} markets and lost on {sum(b.return_pct < 0 for b in results)}, costs "
        f"included; they did better than holding on {better}."
    )
    title = f"Backtests of {results[0].strategy}, {results[0].timeframe}"
    table = Table(title, COLUMNS, tuple(_row(b) for b in results))
    notes = ("luck: share of runs with random entries that did as well or better", NO_NEWS, *refused)
    data: dict[str, Any] = {"backtests": [to_json(asdict(b)) for b in results], "refused": refused}
    return Reply(text=text, tables=(table,), notes=notes, data=data)


def _row(b: Backtest) -> tuple[str, ...]:
    return (
        b.symbol,
        str(b.trades),
        _percent(b.return_pct),
        _percent(b.buy_hold_pct),
        _share(b.max_drawdown_pct),
        "none" if b.expectancy_r is None else f"{b.expectancy_r:+.2f}",
        "none" if b.random_share_pct is None else f"{b.random_share_pct:.0f} %",
        "won" if b.return_pct > 0 else "lost" if b.return_pct < 0 else "nothing",
    )


def _figures(b: Backtest) -> Table:
    between = (
        "none"
        if b.mean_trade_low_pct is None or b.mean_trade_high_pct is None
        else f"{b.mean_trade_pct:+.2f} %, {b.mean_trade_low_pct:+.2f} % to {b.mean_trade_high_pct:+.2f} %"
    )
    rows = (
        ("from", when(b.started_at)),
        ("to", when(b.ended_at)),
        ("trades", str(b.trades)),
        ("return", _percent(b.return_pct)),
        ("return, a third at each target", _percent(b.ladder_return_pct)),
        ("buy and hold", _percent(b.buy_hold_pct)),
        ("growth a year (CAGR)", _percent(b.cagr_pct)),
        ("volatility (annualised)", _share(b.volatility_pct)),
        ("Sharpe (annualised)", _plain(b.sharpe)),
        ("Sortino (annualised)", _plain(b.sortino)),
        ("largest drawdown", _share(b.max_drawdown_pct)),
        ("win rate", _share(b.win_rate_pct)),
        ("profit factor", _plain(b.profit_factor)),
        ("expectancy", "none" if b.expectancy_r is None else f"{b.expectancy_r:+.2f} R"),
        ("mean trade, 95 % interval", between),
        ("random entries as good or better", _share(b.random_share_pct)),
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
