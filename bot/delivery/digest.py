"""The daily digest: yesterday's signals and what became of them, what is open, and what was held back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.delivery.audience import is_watched, passes_floor
from bot.delivery.live import MARKETS, headline, result
from bot.delivery.message import BroadcastMessage, visible_id
from bot.wording import number, percent
from rag.track_record import Line
from signals.model import Issued, SignalState, Transition
from storage.delivery_values import Preferences

MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Followed:
    """A trade that was issued, its steps as of now, and where its message arrived or still may."""

    issued: Issued
    steps: tuple[Transition, ...]
    reached: frozenset[str] = frozenset()

    @property
    def end(self) -> Transition | None:
        """Its final step, None while it is open."""
        return next((step for step in self.steps if step.state.is_final), None)


@dataclass(frozen=True, slots=True)
class Day:
    """A local day (from its midnight to the next) seen from the morning after; `record` is of all issued signals."""

    date: date
    begin: datetime
    end: datetime
    trades: tuple[Followed, ...]
    record: Line


def digest_stream(day: date) -> str:
    """The stream of the digests that are sent on a local date; with the destination it is the key."""
    return f"digest:{day.isoformat()}"


def digest_message(day: Day, wanted: Preferences) -> BroadcastMessage:
    """The digest of one destination by its settings."""
    mine = [one for one in day.trades if is_watched(one.issued, wanted)]
    shown = [one for one in mine if passes_floor(one.issued, wanted.min_confidence_pct)]
    issued = [one for one in shown if _is_of(day, one.issued.signal.known_at)]
    ended = [one for one in shown if one.end is not None and _is_of(day, one.end.at)]
    told = [one for one in shown if one in issued or one in ended]
    still = [one for one in shown if one.end is None and one not in told]
    lines = [
        *_capped([_line(one, wanted.address, is_new=one in issued) for one in told]),
        *_also_open(still),
        *_held_back(day, mine, issued, wanted),
        *_record(day.record),
    ]
    stream = digest_stream(day.date + timedelta(days=1))
    market = {MARKETS[one.issued.signal.series.exchange] for one in told + still if _is_invented(one)}
    return BroadcastMessage(
        title=f"{_named(day.date)}: {_summed(issued, ended)}",
        lines=(*sorted(market), *lines),
        visible_id=visible_id(f"{stream}|{wanted.address}"),
        footer=f"daily digest, {wanted.time_zone} · /prefs digest off ends it · not financial advice",
    )


def _is_of(day: Day, at: datetime) -> bool:
    return day.begin <= at < day.end


def _is_invented(one: Followed) -> bool:
    return one.issued.signal.series.exchange in MARKETS


def _named(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _summed(issued: Sequence[Followed], ended: Sequence[Followed]) -> str:
    if not issued and not ended:
        return "no signals"
    count = "1 signal" if len(issued) == 1 else f"{len(issued)} signals"
    r = [one.end.realised_r for one in ended if one.end is not None and one.end.realised_r is not None]
    return f"{count}, {len(ended)} ended" + (f", {sum(r):+.2f} R" if r else "")


def _line(one: Followed, address: str, *, is_new: bool) -> str:
    """`BUY ETH/USDT 1h: stopped, -1.03 R`."""
    unsent = " (not sent at the time)" if is_new and address not in one.reached else ""
    if one.end is not None:
        return f"{headline(one.issued)}: {result(one.end)}{unsent}"
    return f"{headline(one.issued)}: open, {_reached(one)}{unsent}"


def _reached(one: Followed) -> str:
    last = one.steps[-1] if one.steps else None
    if last is None:
        plan = one.issued.plan
        return f"entry {number(plan.entries[0])}" if plan else "not entered yet"
    if last.state is SignalState.ENTERED:
        return f"entered at {number(last.price)}"
    return f"{last.state.value} reached"


def _also_open(still: Sequence[Followed]) -> Iterator[str]:
    if still:
        named = [f"{headline(one.issued)} since {one.issued.signal.known_at:%Y-%m-%d}" for one in still[:MOST_LINES]]
        more = f", and {len(still) - MOST_LINES} more" if len(still) > MOST_LINES else ""
        yield f"Open from before: {', '.join(named)}{more}"


def _capped(lines: Sequence[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return list(lines)
    return [*lines[:MOST_LINES], f"and {len(lines) - MOST_LINES} more: /trackrecord"]


def _held_back(day: Day, mine: Sequence[Followed], issued: Sequence[Followed], wanted: Preferences) -> Iterator[str]:
    floor = [
        one
        for one in mine
        if _is_of(day, one.issued.signal.known_at) and not passes_floor(one.issued, wanted.min_confidence_pct)
    ]
    unsent = [one for one in issued if wanted.address not in one.reached]
    others = sum(_is_of(day, one.issued.signal.known_at) for one in day.trades) - len(issued) - len(floor)
    told = []
    if floor:
        told.append(f"{len(floor)} below your floor of {wanted.min_confidence_pct} %")
    if unsent:
        told.append(f"{len(unsent)} not sent at the time (quiet hours, or an outage)")
    if others:
        told.append(f"{others} on markets you did not ask for")
    if told:
        yield f"Held back: {', '.join(told)}"


def _record(total: Line) -> Iterator[str]:
    if not total.n or total.hit_rate is None:
        yield "Track record: no issued signal has ended yet"
        return
    r = "" if total.mean_r is None else f", mean {total.mean_r:+.2f} R after costs"
    yield f"Track record: {total.hits} of {total.n} reached the first target ({percent(total.hit_rate)}){r}"
