"""Our kernel beside backtesting.py, trade by trade: an independent engine over the same orders.

backtesting.py knows no exit at a bar's close. Where the plan has a time limit each bar is therefore given to it twice:
as it is, and as a flat bar at its close. Orders are placed at the flat bar and so fill at the next open; a position
that reached its limit is closed at the bar itself and so fills at its close. One unit is traded, without slippage.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from signals.backtest import kernel
from signals.backtest.fills import Ledger, run
from signals.backtest.orders import Orders
from signals.model import Candles, FloatArray, PlanRules

CASH = 1e12
COST = PlanRules(slippage_rate=0.0)
SETS = (
    COST,
    replace(COST, trend_sma=20, sl_atr=1.5, tp_atr=2.0),
    replace(COST, trend_sma=100, sl_atr=3.0, tp_atr=5.0),
    replace(COST, trend_sma=200, sl_atr=1.0, tp_atr=1.0),
)


@dataclass(frozen=True)
class Compared:
    """How many trades both engines made alike, and every other one in words.

    `forced` are open trades that the end of the candles closed: backtesting.py does it at the last open, we at the last
    close.
    """

    alike: int
    forced: tuple[str, ...]
    unexplained: tuple[str, ...]


def compare(candles: Candles, orders: Orders, plan: PlanRules, *, shorts: bool, ladder: bool = False) -> Compared:
    """Entry and exit bars, prices, direction, and profit after fees of every trade of both engines.

    With `ladder` three trades of theirs, one for each target, make one; its exit price is the mean.
    """
    ours = run(candles, orders, plan, shorts=shorts, ladder=ladder)
    mine = _our_trades(ours, plan.fee_rate)
    theirs = their_trades(candles, orders, plan, shorts=shorts, ladder=ladder)
    forced, unexplained = [], []
    count = max(len(mine), len(theirs))
    for k in range(count):
        a, b = (rows[k] if k < len(rows) else np.full(6, np.nan) for rows in (mine, theirs))
        if np.allclose(a, b, rtol=1e-9, atol=1e-9):
            continue
        text = f"trade {k}: ours {_words(a)}; theirs {_words(b)}"
        last = k == count - 1 and k < len(mine) and int(ours.rows[k, 7]) == kernel.OPEN
        explained = last and np.array_equal(a[:4], b[:4]) and (ladder or b[4] == candles.open[-1])
        (forced if explained else unexplained).append(text)
    return Compared(count - len(forced) - len(unexplained), tuple(forced), tuple(unexplained))


def _our_trades(ledger: Ledger, fee: float) -> FloatArray:
    side, entry = ledger.rows[:, 2], ledger.rows[:, 3]
    mean_exit = entry * (ledger.returns + side + fee) / (side - fee)
    return np.column_stack([ledger.rows[:, :4], mean_exit, ledger.returns * entry])


def their_trades(
    candles: Candles, orders: Orders, plan: PlanRules, *, shorts: bool, ladder: bool = False
) -> FloatArray:
    """backtesting.py's trades: entry bar, exit bar, direction, entry, exit, profit per unit after fees."""
    copies = 1 if plan.horizon_bars > len(candles) else 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from backtesting import Backtest, backtesting

        backtesting._tqdm = lambda bars, **_: bars  # no progress bar
        engine = Backtest(
            _frame(candles, copies),
            _strategy(orders, _Ways(plan.horizon_bars, copies, shorts, ladder)),
            cash=CASH,
            commission=plan.fee_rate,
            finalize_trades=True,
        )
        made = engine.run()["_trades"]
    side, entry, leave = (np.asarray(made[name], dtype=np.float64) for name in ("Size", "EntryPrice", "ExitPrice"))
    bars = [np.asarray(made[name]) // copies for name in ("EntryBar", "ExitBar")]
    profit = side * (leave - entry) - plan.fee_rate * (leave + entry)
    rows = np.column_stack([*bars, side, entry, leave, profit])
    starts = np.unique(rows[:, 0])
    parts = [rows[rows[:, 0] == start] for start in starts]
    joined = [np.append([p[0, 0], p[:, 1].max(), p[0, 2], p[0, 3]], p[:, 4:].mean(axis=0)) for p in parts]
    return np.array(joined).reshape(-1, 6)


@dataclass(frozen=True)
class _Ways:
    horizon: int
    copies: int
    shorts: bool
    ladder: bool


def _frame(candles: Candles, copies: int) -> pd.DataFrame:
    names = ("open", "high", "low", "close")
    prices = {name.title(): np.repeat(getattr(candles, name), copies) for name in names}
    for name in names[:3]:
        for copy in range(1, copies):
            prices[name.title()][copy::copies] = candles.close
    return pd.DataFrame(prices, index=pd.RangeIndex(copies * len(candles)))


def _strategy(orders: Orders, ways: _Ways) -> type[Any]:
    from backtesting import Strategy

    direction, stops, targets = (order.tolist() for order in orders)
    taken = targets if ways.ladder else targets[-1:]

    class Placed(Strategy):
        def init(self) -> None:
            pass

        def next(self) -> None:
            bar, copy = divmod(len(self.data) - 1, ways.copies)
            held = list(self.trades)
            if copy < ways.copies - 1:
                if held and bar - held[0].entry_bar // ways.copies + 1 >= ways.horizon:
                    self._leave(held)
                return
            side = direction[bar]
            if held and side == (-1 if held[0].is_long else 1):
                self._leave(held)
                held = []
            if not held and side and (side > 0 or ways.shorts):
                place = self.buy if side > 0 else self.sell
                for levels in taken:
                    place(size=1, sl=stops[bar], tp=levels[bar])

        def _leave(self, held: list[Any]) -> None:
            for trade in held:
                trade.close()

    return Placed


def _words(trade: FloatArray) -> str:
    entry_bar, exit_bar, side, entry, leave, profit = trade
    return f"bars {entry_bar:.0f} to {exit_bar:.0f}, {side:+.0f}, {entry:.8g} to {leave:.8g}, {profit:+.8g}"
