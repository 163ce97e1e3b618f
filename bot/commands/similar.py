"""Similar: the nearest past setups of a market, how the same plan went from each, and how many there are."""

from __future__ import annotations

import asyncio

from bot.commands.cards import Cards, market_of
from bot.commands.room import Room
from bot.commands.spec import Invocation
from bot.reply import Reply, Table
from bot.wording import number, when
from signals.clock import to_ms
from signals.errors import DataError
from signals.features import derive
from signals.indicators import compute
from signals.model import Candles, Direction, Market, PlanRules
from signals.setups import LABELS
from signals.similar import PastCase, nearest

BARS = 5000
MOST = 8


class Similar:
    """Looks at the stored candles of one market, as they are known now."""

    def __init__(self, room: Room, cards: Cards) -> None:
        self._room = room
        self._cards = cards

    async def command(self, invocation: Invocation) -> Reply:
        """By symbol and timeframe."""
        return await self._of(self._room.market(invocation.values))

    async def button(self, invocation: Invocation) -> Reply:
        """The market of the card whose button was pressed."""
        return await self._of(market_of(await self._cards.pressed(invocation)))

    async def _of(self, market: Market) -> Reply:
        room, now = self._room, self._room.clock.now()
        judged = await room.desk.judge(market, now)
        signal = judged.analysis.signal
        if not signal.action.is_advice:
            raise DataError(f"There is nothing to compare for {market}: {signal.reason}.")
        side: Direction = signal.direction or (1 if signal.long >= signal.short else -1)
        series = signal.series
        candles = await room.stores.candles.newest(series, BARS, until_ms=to_ms(now))
        plan = await room.stores.parameters.active(series.symbol, series.timeframe, now) or room.rules.plan_rules
        cases = await asyncio.to_thread(_nearest, candles, side, plan)
        setup = LABELS.get(signal.setup, signal.setup)
        leaning = "" if signal.direction else " (HOLD now; this is the side it leans to)"
        head = f"{market} looks {setup}; its {'long' if side > 0 else 'short'} side{leaning}."
        if not cases:
            return Reply(f"{head} The {len(candles)} stored bars hold no past setup to compare with (n = 0).")
        return Reply(f"{head} {_summary(cases)}", tables=(_table(cases),), notes=(_method(len(candles), plan),))


def _nearest(candles: Candles, side: Direction, plan: PlanRules) -> tuple[PastCase, ...]:
    return nearest(derive(compute(candles)), side, plan, MOST)


def _summary(cases: tuple[PastCase, ...]) -> str:
    n, won = len(cases), sum(case.ended == "target" for case in cases)
    mean = sum(case.r for case in cases) / n
    return f"n = {n}: {won} reached the final target first; mean result {mean:+.2f} R. So few say little."


def _table(cases: tuple[PastCase, ...]) -> Table:
    rows = tuple(
        (when(c.at), number(c.price), f"{c.distance:.2f}", c.ended, f"{c.r:+.2f} R", f"{c.bars}") for c in cases
    )
    return Table("Nearest past setups", ("closed at", "price", "distance", "ended by", "result", "bars"), rows)


def _method(bars: int, plan: PlanRules) -> str:
    return (
        f"Nearest by 16 features over {bars} bars, at least {plan.horizon_bars} bars apart; stop {plan.sl_atr:g} and "
        f"target {plan.tp_atr:g} ATR from the close, costs included. Past bars, not issued signals."
    )
