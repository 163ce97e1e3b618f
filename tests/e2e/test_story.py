"""The story of a trade in Telegram on recorded candles: one `deskmate run`, its market 1800 times as fast as the wall.

ATOM on 2022-01-03: from 15:00 to 18:00 the desk says buy, in the bar that closes at 23:00 the price reaches the first
target of each of these plans, and in the one that closes at 03:00 it is back at the entry. What the desk makes of it is
held to a reading of the file and sums over the ledger that share no code with it.
"""

from __future__ import annotations

import csv
import gzip
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import pytest

from tests.e2e.processes import PEERS
from tests.e2e.telegram_desk import Message, Talk, talking, words
from tests.recorded import FOLDER, needs_recorded

pytestmark = [
    pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here"),
    needs_recorded,
]
CENT, FEE, LOT = Decimal("0.01"), Decimal("0.001"), Decimal("0.01")
HOUR = timedelta(hours=1)
ACCELERATED = {
    "MARKET_REPLAY_DIR": str(FOLDER),
    "MARKET_NOW": "2022-01-03T15:30:00Z",
    "MARKET_SPEED": "1800",
    "MARKET_SYMBOLS": "ATOM/USDT",
    "MARKET_HISTORY_BARS": "600",
    "LLM_PROVIDER": "none",
    **{f"SCHEDULE_{job}_S": "1" for job in ("SYNC", "INDICATORS", "SIGNALS", "POSITIONS")},
}


@dataclass(frozen=True)
class Bar:
    """A line of the candle file."""

    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    @property
    def closed_at(self) -> datetime:
        return self.opened_at + HOUR


@dataclass(frozen=True)
class Plan:
    """The taken plan as the database holds it."""

    opened_at: datetime
    entry: Decimal
    quantity: Decimal
    stop: Decimal
    targets: tuple[Decimal, ...]


def bars_since(moment: datetime) -> list[Bar]:
    """The recorded bars that close after a moment, for two days."""
    with gzip.open(FOLDER / "ATOMUSDT-1h.csv.gz", "rt", encoding="utf-8", newline="") as file:
        lines = ((datetime.fromisoformat(line["time"]), line) for line in csv.DictReader(file))
        return [
            Bar(at, *(Decimal(line[name]) for name in ("open", "high", "low", "close")))
            for at, line in lines
            if moment - HOUR < at < moment + timedelta(days=2)
        ]


def rows(folder: Path, query: str) -> list[sqlite3.Row]:
    """What the database says, read beside the running process."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'deskmate.db'}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query).fetchall()


def fills(folder: Path) -> list[sqlite3.Row]:
    """Every fill, oldest first."""
    return rows(folder, "SELECT * FROM trade_fills ORDER BY seq")


def taken(folder: Path) -> Plan:
    """The only trade."""
    (plan,), (trade,) = rows(folder, "SELECT * FROM trade_plans"), rows(folder, "SELECT * FROM trades")
    targets = tuple(Decimal(text) for text in re.findall(r"[\d.]+", plan["targets"]))
    money = (Decimal(trade["entry"]), Decimal(trade["quantity"]), Decimal(plan["stop"]))
    return Plan(moment_of(trade["opened_at"]), *money, targets)


def moment_of(ms: int) -> datetime:
    """Epoch milliseconds of the database."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def posted(folder: Path, account: str) -> Decimal:
    """The sum of the ledger's lines of an account, in USDT."""
    lines = rows(folder, f"SELECT amount FROM ledger_postings WHERE account = '{account}' AND unit = 'USDT'")
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


async def test_a_trade_from_the_question_to_its_figures(tmp_path: Path) -> None:
    async with talking(tmp_path, **ACCELERATED) as talk:
        await talk.telegram.until(lambda: "the market's clock runs now" in talk.told(), 60, "the market's clock")
        card = await talk.ask("should I buy ATOM with $2k?", "rules only")
        opened = await talk.press(card, "take", "Paper trade opened")
        plan = taken(tmp_path)
        ahead = [bar for bar in bars_since(plan.opened_at) if bar.opened_at >= plan.opened_at]
        reached = next(bar for bar in ahead if bar.high >= plan.targets[0])
        assert plan.stop < plan.entry < plan.targets[0]
        assert all(bar.low > plan.stop for bar in ahead if bar.opened_at <= reached.opened_at)

        told = await news(talk, opened, "target 1")
        count = await first_targets(tmp_path, plan, reached)
        assert f"{plan.targets[0].normalize():f}" in told
        await by_hand(talk, tmp_path, plan, count)

        after = [bar for bar in ahead if bar.opened_at > reached.opened_at]
        back = next(bar for bar in after if bar.low <= plan.entry)
        await until_filled(talk, tmp_path, count + 2)
        last = fills(tmp_path)[-1]
        assert (last["level"], moment_of(last["at"])) == ("stop", back.closed_at)
        assert Decimal(last["price"]) == min(back.open, plan.entry)
        assert f"stopped at {last['price']}" in await news(talk, opened, "The trade made")
        await ends(talk, tmp_path, plan)
        assert talk.verdict() == []


async def news(talk: Talk, after: Message, having: str) -> str:
    """What the desk tells by itself after a message."""

    def arrived() -> Message | None:
        return next((m for m in talk.telegram.bot_messages(None, after["message_id"]) if having in words(m)), None)

    found: Message = await talk.telegram.until(arrived, 90, f"word of {having}\n{talk.told()[-3000:]}")
    return words(found)


async def until_filled(talk: Talk, folder: Path, count: int) -> None:
    """Wait until there are so many fills."""
    await talk.telegram.until(lambda: len(fills(folder)) >= count, 90, f"fill {count}\n{talk.told()[-3000:]}")


async def first_targets(folder: Path, plan: Plan, reached: Bar) -> int:
    """The targets that the bar reached, a third each, at their prices; gives back how many fills there are."""
    passed = [target for target in plan.targets[:-1] if target <= reached.high]
    portion = (plan.quantity / 3).quantize(LOT, ROUND_FLOOR)
    exits = fills(folder)[1:]
    assert [f["level"] for f in exits] == [f"target {i}" for i in range(1, len(passed) + 1)]
    assert {moment_of(f["at"]) for f in exits} == {reached.closed_at}
    assert [Decimal(f["price"]) for f in exits] == [max(reached.open, target) for target in passed]
    assert all(Decimal(f["quantity"]) == portion for f in exits)
    return 1 + len(exits)


async def by_hand(talk: Talk, folder: Path, plan: Plan, count: int) -> None:
    """The stop has moved to the entry; a part is closed by hand at a recorded close, and a note is kept."""
    shown = words(await talk.ask("/trade list 1", "#t1"))
    assert f"Stop {plan.entry.normalize():f}" in shown, shown
    left = plan.quantity - sum(Decimal(f["quantity"]) for f in fills(folder)[1:])
    part = (left / 2).quantize(LOT, ROUND_FLOOR)
    await talk.ask(f"/trade close 1 {part:f}", "still open")
    await talk.ask("/trade note 1 took half at the first target", "Noted on #t1")
    closed = fills(folder)[count]
    at = moment_of(closed["at"])
    recent = [bar.close for bar in bars_since(at - 2 * HOUR) if bar.closed_at <= at]
    assert closed["level"].startswith("close")
    assert Decimal(closed["quantity"]) == part
    assert Decimal(closed["price"]) in recent[-2:]  # the newest of them may have closed a moment ago


async def ends(talk: Talk, folder: Path, plan: Plan) -> None:
    """The closed trade in every report, against the fills and the ledger."""
    exits = [(Decimal(f["quantity"]), Decimal(f["price"])) for f in fills(folder)[1:]]
    assert sum(q for q, _ in exits) == plan.quantity
    gross = sum((q * (price - plan.entry) for q, price in exits), Decimal(0))
    fees = FEE * (plan.quantity * plan.entry + sum((q * price for q, price in exits), Decimal(0)))
    net = gross - fees
    (row,) = rows(folder, "SELECT * FROM trades")
    assert abs(Decimal(row["pnl_usd"]) - net) < CENT
    assert abs(Decimal(row["fees_usd"]) - fees) < CENT
    assert abs(-posted(folder, "realised") - gross) < CENT
    assert abs(posted(folder, "cash") - (10_000 + net)) < CENT
    risked = plan.quantity * (plan.entry - plan.stop)
    equity = 10_000 + net
    for command, figures in {
        "/pnl": (
            f"gross {gross:+,.2f}",
            f"fees {fees:.2f}",
            f"net {net:+,.2f}",
            "1 of 1 (100 %)",
            f"{net / risked:+.2f} (n = 1)",
        ),
        "/risk": (
            f"{equity * 6 / 100:.2f} USDT",
            f"{equity * 5 / 100:.2f} USDT",
            f"{net / 100:+.2f} %",
            "Nothing is held",
        ),
        "/account": (f"worth {equity:,.2f} USDT", f"fees paid: {fees:.2f}", f"{today(folder, plan):+,.2f}"),
        "/trade list 1": (f"{net:+,.2f}", "took half at the first target", f"{mean_exit(exits):.2f} on average"),
        "/trackrecord": (f"{issued(folder)} issued and still open",),
        "how did my last ATOM trades go?": ("1 matching record", f"${mean_exit(exits):.3f}"),
    }.items():
        answer = words(await talk.ask(command, figures[0]))
        assert [figure for figure in figures if figure not in answer] == [], (command, answer)


def today(folder: Path, plan: Plan) -> Decimal:
    """What the fills of the last day made, after their fees."""
    exits = fills(folder)[1:]
    day = moment_of(exits[-1]["at"]).date()
    of_day = [(Decimal(f["quantity"]), Decimal(f["price"])) for f in exits if moment_of(f["at"]).date() == day]
    return sum((q * (price - plan.entry) - FEE * q * price for q, price in of_day), Decimal(0))


def mean_exit(exits: list[tuple[Decimal, Decimal]]) -> Decimal:
    """What was sold, at what mean price."""
    return sum((q * price for q, price in exits), Decimal(0)) / sum(q for q, _ in exits)


def issued(folder: Path) -> int:
    """Signals that were issued and have not ended."""
    ended = "SELECT final_of FROM signal_transitions WHERE final_of IS NOT NULL"
    query = f"SELECT count(*) AS n FROM signals WHERE signal_id NOT IN ({ended})"
    return int(rows(folder, query)[0]["n"])
