"""A line of a CSV as a trade with all its fills, read strictly; ValueError or UserError says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from bot.amounts import parse_amount, parse_timeframe, strict_decimal, watched_symbol
from bot.paper.csv_lines import digits
from bot.paper.orders import LONGEST_NOTE, SIDES, quantity_of
from bot.paper.words import shown
from bot.wording import clean
from signals.accounting import value_of
from signals.errors import UserError
from signals.fills import BY_HAND, OPEN, Note, Step, TradePlan, closed_by, fill_of, opening
from signals.model import Market, Timeframe, Trade
from signals.universe import listed_symbol

_LEVEL = re.compile(r"(open|stop|margin|expiry|target_[0-9]{1,2}|close(_[!-~]{1,80})?)", re.ASCII)
_STRATEGY = re.compile(r"[a-z][a-z0-9_ ]{0,39}", re.ASCII)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{5,15}(Z|\+00:00| UTC)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Importing:
    """For whom lines are read, and against what: watched symbols and timeframes, the exchange of a market, now."""

    owner: str
    symbols: tuple[str, ...]
    timeframes: tuple[Timeframe, ...]
    exchange: Callable[[Market], str]
    fee_rate: Decimal
    now: datetime


def step_of(cells: Mapping[str, str], reading: Importing) -> Step:
    """The trade's step under the id `""`: from its opening to where the line leaves it."""
    cells = {name: cell.strip() for name, cell in cells.items()}
    if "" in cells:
        raise ValueError(cells[""])
    trade = _trade(cells, reading)
    plan = _plan(cells, trade, reading)
    step = _filled(cells, trade, plan, reading)
    _refuse_costly(step)
    notes = tuple(_notes(cells.get("notes", ""), step.trade, reading))
    if not notes:
        return step
    noted = replace(step.trade, note="\n".join(note.text for note in notes), noted_at=notes[-1].at)
    return replace(step, trade=noted, notes=notes)


def renamed(step: Step, key: str) -> Step:
    """The step under the id that the trade shall have."""
    return replace(
        step,
        trade=replace(step.trade, trade_id=key),
        plan=replace(step.plan, trade_id=key),
        fills=tuple(replace(fill, trade_id=key) for fill in step.fills),
        entries=tuple(replace(entry, entry_id=f"{key}{entry.entry_id}", trade_id=key) for entry in step.entries),
        notes=tuple(replace(note, trade_id=key, note_id=f"{key}{note.note_id}") for note in step.notes),
    )


def content_of(trade: Trade) -> str:
    """What makes two lines the same trade: market, side, quantity, entry and opening."""
    opened = round(trade.opened_at.timestamp() * 1000)
    return f"{trade.symbol} {trade.side} {digits(trade.quantity)} {digits(trade.entry)} {opened}"


def _trade(cells: Mapping[str, str], reading: Importing) -> Trade:
    side = SIDES.get(cells.get("side", "").lower())
    if side is None:
        raise ValueError(f"side {shown(cells.get('side', ''))} is not possible; possible: long, short")
    quantity, entry = quantity_of(cells.get("quantity", "")), parse_amount(cells.get("entry", ""), "entry")
    opened_at = _past(cells.get("opened_at", ""), "opened_at", reading)
    symbol = watched_symbol(cells.get("market", ""), reading.symbols)
    frames = reading.timeframes
    default = Timeframe.H1 if Timeframe.H1 in frames else frames[0]
    timeframe = parse_timeframe(cells["timeframe"], frames) if cells.get("timeframe") else default
    strategy = cells.get("strategy") or "manual"
    if not _STRATEGY.fullmatch(strategy):
        raise ValueError(f"strategy {shown(strategy)} is not a name such as ensemble")
    listed = listed_symbol(symbol, opened_at)
    return Trade("", reading.owner, listed, timeframe, side, quantity, entry, opened_at, Decimal(0), strategy=strategy)


def _plan(cells: Mapping[str, str], trade: Trade, reading: Importing) -> TradePlan:
    sign = 1 if trade.side == "LONG" else -1
    stop = parse_amount(cells["stop"], "stop") if cells.get("stop") else None
    targets = tuple(parse_amount(word, "target") for word in cells.get("targets", "").split())
    if stop is not None and (trade.entry - stop) * sign <= 0:
        raise ValueError(f"stop {digits(stop)} is on the wrong side of the entry")
    ladder = (trade.entry, *targets)
    if any((far - near) * sign <= 0 for near, far in zip(ladder, targets, strict=False)):
        raise ValueError("targets must lie beyond the entry, nearest first")
    expires_at = _time(cells["expires_at"], "expires_at") if cells.get("expires_at") else None
    exchange = reading.exchange(Market(trade.symbol, trade.timeframe))
    return TradePlan(
        "", reading.owner, 0, exchange, stop, targets, expires_at, fee_rate=reading.fee_rate, followed_at=reading.now
    )


def _filled(cells: Mapping[str, str], trade: Trade, plan: TradePlan, reading: Importing) -> Step:
    if cells.get("fills"):
        return _by_fills(cells, trade, plan, reading)
    exit_, closed = cells.get("exit", ""), cells.get("closed_at", "")
    if bool(exit_) != bool(closed):
        raise ValueError("exit and closed_at go together: give both, or neither")
    fees = _fees(cells.get("fees", ""))
    if not exit_:
        return opening(trade, plan, fees)
    at = _past(closed, "closed_at", reading)
    if at < trade.opened_at:
        raise ValueError("closed_at is before opened_at")
    opened = opening(trade, plan, None if fees is None else Decimal(0))  # one sum for both sides: booked at the end
    fill = fill_of(opened.booked, BY_HAND, at, (trade.quantity, parse_amount(exit_, "exit")), fees)
    return _joined(opened, closed_by(opened.booked, (fill,)))


def _by_fills(cells: Mapping[str, str], trade: Trade, plan: TradePlan, reading: Importing) -> Step:
    parts = [part.split() for part in cells["fills"].split("|")]
    if any(len(part) != 5 or not _LEVEL.fullmatch(part[0]) for part in parts) or parts[0][0] != OPEN:
        raise ValueError("fills must be as in an export: LEVEL TIME QUANTITY PRICE FEE, separated by |, open first")
    step, last = opening(trade, plan, _fees(parts[0][4])), trade.opened_at
    if quantity_of(parts[0][2]) != trade.quantity or parse_amount(parts[0][3], "price") != trade.entry:
        raise ValueError("the opening fill must be of the quantity and at the entry of its line")
    levels = [part[0] for part in parts]
    if len(set(levels)) < len(levels):
        raise ValueError("a level is filled twice")
    for level, at_text, quantity, price, fee in parts[1:]:
        at, order = _past(at_text, "the time of a fill", reading), (quantity_of(quantity), parse_amount(price, "price"))
        if at < last or order[0] > step.booked.left:
            raise ValueError("fills must be in the order of time, and close no more than was opened")
        fill = fill_of(step.booked, level.replace("_", " ", 1), at, order, _fees(fee))
        step, last = _joined(step, closed_by(step.booked, (fill,))), at
    _agree(cells, step.trade)
    return step


def _agree(cells: Mapping[str, str], trade: Trade) -> None:
    closed = "" if trade.closed_at is None else digits(trade.exit)
    if cells.get("exit") and cells["exit"] != closed:
        raise ValueError(f"exit {shown(cells['exit'])} is not what its fills make: {closed or 'still open'}")


def _joined(first: Step, then: Step) -> Step:
    return Step(then.trade, then.plan, (*first.fills, *then.fills), (*first.entries, *then.entries))


def _notes(text: str, trade: Trade, reading: Importing) -> list[Note]:
    notes = []
    for i, line in enumerate(part for part in clean(text).split("\n") if part.strip()):
        word, _, rest = line.strip().partition(" ")
        timed = _TIME.fullmatch(word) is not None and bool(rest.strip())
        at = _past(word, "the time of a note", reading) if timed else trade.closed_at or trade.opened_at
        words = " ".join((rest if timed else line).split())
        if len(words) > LONGEST_NOTE:
            raise ValueError(f"a note is longer than {LONGEST_NOTE:,} characters")
        notes.append(Note(f":note:{i}", "", reading.owner, at, words))
    return sorted(notes, key=lambda note: note.at)


def _fees(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        return strict_decimal(text)
    except ValueError as e:
        raise ValueError(f"fees {shown(text)} is not a plain number such as 1.25") from e


def _refuse_costly(step: Step) -> None:
    worth = sum((value_of(fill.quantity, fill.price) for fill in step.fills), Decimal(0))
    if sum((fill.fee for fill in step.fills), Decimal(0)) > worth:
        raise ValueError("the fees are more than everything that was traded")


def _past(text: str, name: str, reading: Importing) -> datetime:
    at = _time(text, name)
    if at > reading.now:
        raise ValueError(f"{name} {shown(text)} lies in the future")
    return at


def _time(text: str, name: str) -> datetime:
    if not _TIME.fullmatch(text):
        raise ValueError(f"{name} {shown(text)} is not a time such as 2022-11-08T12:00:00Z")
    try:
        at = datetime.fromisoformat(text.replace(" UTC", "Z")).astimezone(UTC)
    except ValueError as e:
        raise ValueError(f"{name} {shown(text)} is not a time such as 2022-11-08T12:00:00Z") from e
    if at.year < 2009:
        raise UserError(f"{name} {shown(text)} is before there were such markets")
    return at
