"""The asker's own trades, offered by id while `/trade` is typed, and named where an id was left out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.commands.caller import Caller
from bot.commands.registry import Offer
from bot.paper.words import name_of
from bot.wording import number
from signals.fills import Booked
from signals.universe import base_of
from storage.trade_book import TradeBook

_ID = re.compile(r"#?t?([0-9]*)", re.ASCII)
TAKES_OPEN, TAKES_ANY = ("close",), ("list", "note")
MOST_NAMED = 10


class TradeIds:
    """Only trades of the asker; open ones first, and closed ones where the action takes them."""

    def __init__(self, book: TradeBook) -> None:
        self._book = book

    async def offers(self, caller: Caller, given: Mapping[str, str], typed: str) -> tuple[Offer, ...]:
        """The ids that fit what was typed (`#t3`, `3`, `eth`), newest first; none for actions without an id."""
        action = given.get("action", "").lower()
        if action not in (*TAKES_OPEN, *TAKES_ANY):
            return ()
        trades = await self._book.of_owner(caller.owner, only_open=action in TAKES_OPEN)
        found = sorted(trades, key=lambda booked: booked.trade.closed_at is not None)
        word = typed.strip().lower()
        return tuple(Offer(name_of(booked), _label(booked)) for booked in found if _fits(booked, word))

    async def open_ones(self, owner: str) -> str:
        """`Open: #t3 ETH LONG 0.5 at 1,500; ...` for who left the id out; empty where none is open."""
        trades = await self._book.of_owner(owner, only_open=True)
        more = f"; and {len(trades) - MOST_NAMED} more" if len(trades) > MOST_NAMED else ""
        return f"Open: {'; '.join(map(_label, trades[:MOST_NAMED]))}{more}." if trades else ""


def _fits(booked: Booked, word: str) -> bool:
    number_ = _ID.fullmatch(word)
    if number_ is not None:
        return str(booked.plan.number).startswith(number_[1])
    return f" {word}" in f" {base_of(booked.trade.symbol)} {booked.trade.side}".lower()


def _label(booked: Booked) -> str:
    trade = booked.trade
    quantity = booked.left or trade.quantity
    state = "" if trade.closed_at is None else f", closed {trade.closed_at:%Y-%m-%d}"
    return (
        f"{name_of(booked)} {base_of(trade.symbol)} {trade.side} {number(quantity)} at {number(trade.entry)}"
        f", {trade.opened_at:%Y-%m-%d}{state}"
    )
