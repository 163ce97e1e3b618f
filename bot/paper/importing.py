"""Import of trades from CSV: all lines or none, each trade once however often its line is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256

from bot.paper.csv_lines import to_lines
from bot.paper.csv_trades import Importing, content_of, renamed, step_of
from bot.paper.desk import PaperDesk
from signals.accounting import UNIT, Entry, deposit, lowest_cash
from signals.errors import UserError
from signals.fills import Booked, Step
from signals.model import Market

MOST_LINES = 1000
MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: new trades, how many lines were known already, and what was put in for them."""

    trades: tuple[Booked, ...]
    known: int
    deposit: Decimal


class ImportTrades:
    """Reads strictly: every bad line is named with its number, and then nothing is imported."""

    def __init__(self, desk: PaperDesk) -> None:
        self._desk = desk

    async def run(self, owner: str, text: str, now: datetime) -> Imported:
        """Book what is new in one transaction, with a deposit where the past cash would not have reached."""
        steps = self._read(text, await self._reading(owner, now))
        former = await self._desk.stores.book.of_owner(owner)
        seen = Counter(content_of(booked.trade) for booked in former)
        new = _new(steps, seen, owner)
        if not new:
            return Imported((), len(steps), Decimal(0))
        await self._desk.begin(owner, min(step.trade.opened_at for step in new))
        money = await self._shortage(owner, new, now)
        opened = await self._desk.stores.book.open(new, money)
        put_in = sum((-entry.postings[1].amount for entry in money), Decimal(0))
        return Imported(opened, len(steps) - len(new), put_in)

    async def _reading(self, owner: str, now: datetime) -> Importing:
        room = self._desk.room
        markets = [Market(symbol, frame) for symbol in room.watch.symbols for frame in room.watch.timeframes]
        series = [await room.desk.series_of(market, now) for market in markets]
        places = {one.market: one.exchange for one in series}
        first = room.watch.exchanges[0]
        return Importing(
            owner,
            tuple(room.watch.symbols),
            tuple(room.watch.timeframes),
            lambda market: places.get(market, first),
            self._desk.fee_rate,
            now,
        )

    def _read(self, text: str, reading: Importing) -> list[Step]:
        try:
            lines = to_lines(text)
        except ValueError as e:
            raise UserError(f"nothing was imported: {e}") from e
        if not 0 < len(lines) <= MOST_LINES:
            raise UserError(f"nothing was imported: give 1 to {MOST_LINES} lines below the heading, not {len(lines)}")
        steps, bad = list[Step](), list[str]()
        for number, cells in lines:
            try:
                steps.append(step_of(cells, reading))
            except (ValueError, UserError) as e:
                bad.append(f"line {number}: {e}")
        if bad:
            told = "\n".join(bad[:MOST_TOLD])
            more = f"\n... and {len(bad) - MOST_TOLD} more" if len(bad) > MOST_TOLD else ""
            raise UserError(f"nothing was imported, {len(bad)} of {len(lines)} line(s) are bad:\n{told}{more}")
        return steps

    async def _shortage(self, owner: str, steps: Sequence[Step], now: datetime) -> list[Entry]:
        """A deposit before the first of the trades, as large as the cash would ever have been below zero."""
        booked = await self._desk.stores.ledger.entries(owner, now)
        everything = [*booked, *(entry for step in steps for entry in step.entries)]
        lowest = lowest_cash(sorted(everything, key=lambda entry: entry.at))
        if lowest >= 0:
            return []
        key = sha256("\n".join(step.trade.trade_id for step in steps).encode()).hexdigest()[:24]
        at = min(step.trade.opened_at for step in steps)
        amount = (-lowest).quantize(UNIT, ROUND_CEILING)
        return [deposit((f"import:{key}", owner), at, amount, "put in so that imported trades balance")]


def _new(steps: Sequence[Step], known: Counter[str], owner: str) -> list[Step]:
    """The steps that are not booked yet, under ids of their content: the second of two like lines is its own trade."""
    met: Counter[str] = Counter()
    new = []
    for step in steps:
        content = content_of(step.trade)
        met[content] += 1
        if met[content] <= known[content]:
            continue
        key = sha256(f"{owner} {content} {met[content]}".encode()).hexdigest()[:24]
        new.append(renamed(step, f"import-{key}"))
    return sorted(new, key=lambda step: step.trade.opened_at)
