"""Pictures of a portfolio: equity with its drawdown, and where the money is. Slow: call from a thread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.charts import AccountRequest, AllocationRequest, Theme, account_chart, allocation_chart
from bot.reply import Picture
from bot.wording import money, when
from rag.portfolio import Portfolio
from signals.accounting import MARGIN, PROCEEDS, money_in
from signals.clock import to_ms
from signals.portfolio.holdings import Concentration
from signals.portfolio.performance import EquityPoint, drawdowns, max_drawdown, returns_between
from signals.universe import base_of


def account_pictures(
    view: Portfolio, spread: Concentration, points: Sequence[EquityPoint], theme: Theme = Theme.LIGHT
) -> tuple[Picture, ...]:
    """What there is to draw; nothing for an account in which nothing happened yet."""
    pictures = []
    if len(points) > 1:
        returns = returns_between(points)
        said = f"{money(points[-1].equity)} USDT at {when(points[-1].at)}, since {points[0].at:%Y-%m-%d}"
        alt = f"Equity and drawdown of the paper account: {said}; deepest drawdown {-100 * max_drawdown(returns):.1f} %"
        pictures.append(Picture("equity.png", account_chart(equity_request(points, said, theme)), alt))
    if spread.weights:
        request = allocation_request(view, spread, theme)
        alt = "Share of equity: " + ", ".join(f"{name} {100 * share:.1f} %" for name, share, _ in request.parts)
        pictures.append(Picture("allocation.png", allocation_chart(request), alt))
    return tuple(pictures)


def equity_request(points: Sequence[EquityPoint], said: str, theme: Theme) -> AccountRequest:
    """The curve as arrays."""
    return AccountRequest(
        ms=np.array([to_ms(p.at) for p in points], dtype=np.int64),
        equity=np.array([float(p.equity) for p in points]),
        put_in=np.array([float(p.put_in) for p in points]),
        drawdown=drawdowns(returns_between(points)),
        subtitle=said,
        theme=theme,
    )


def allocation_request(view: Portfolio, spread: Concentration, theme: Theme) -> AllocationRequest:
    """Markets by size, then the free cash."""
    equity = view.paper.equity
    values = {h.symbol: h.value for h in view.holdings if h.value is not None}
    parts = []
    for symbol, weight in spread.weights.items():
        name = f"{base_of(symbol)} short" if weight < 0 else base_of(symbol)
        parts.append((name, float(weight), f"{100 * abs(weight):.1f} % · {money(abs(values[symbol]))}"))
    cash = view.paper.cash
    kept = money_in(view.paper.balances, MARGIN) + money_in(view.paper.balances, PROCEEDS)
    for name, amount in (("kept for shorts", kept), ("free cash", cash)):
        if amount or name == "free cash":
            parts.append((name, float(amount / equity), f"{100 * amount / equity:.1f} % · {money(amount)}"))
    said = f"Share of {money(equity)} USDT of equity, at {when(view.now)}"
    return AllocationRequest(tuple(parts), subtitle=said, theme=theme)
