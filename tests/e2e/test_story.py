"""The story of a trade in Telegram: `deskmate run` on candles that go on, every figure held to the file and the ledger.

The market's clock of a process stands still, so the process is ended and started again at a later MARKET_NOW over the
same data folder: nothing of the account lives in the process.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

import pytest

from tests.e2e.processes import NOW, PEERS
from tests.e2e.telegram_desk import Talk, talking, words

pytestmark = pytest.mark.skipif(not PEERS.is_dir(), reason="the loopback peers (../shared/peers) are not here")
CENT = Decimal("0.01")
FEE = Decimal("0.001")


def bars(path: Path) -> list[dict[str, str]]:
    """The lines of a candle file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def go_on(path: Path, closes: list[Decimal]) -> None:
    """Append an hourly bar for each close; highs and lows are those of its open and close."""
    known = bars(path)
    last, before = datetime.fromisoformat(known[-1]["time"]), Decimal(known[-1]["close"])
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for i, close in enumerate(closes, 1):
            at = last + timedelta(hours=i)
            prices = (before, max(before, close), min(before, close), close)
            writer.writerow((f"{at:%Y-%m-%dT%H:%M:%SZ}", *(f"{p:.2f}" for p in prices), "100.0"))
            before = close


def rows(folder: Path, query: str) -> list[sqlite3.Row]:
    """What the database says, read beside the running process."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'deskmate.db'}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query).fetchall()


async def later(talk: Talk, hours: int) -> None:
    """The same data folder, some hours on."""
    assert await talk.end() == 0
    moved = {"MARKET_NOW": (NOW + timedelta(hours=hours)).isoformat()}
    talk.desk = replace(talk.desk, environment=talk.desk.environment | moved)
    talk.log = talk.log.with_name(f"run-{hours}.log")
    await talk.start()
    await talk.ask("/runjob sync", "series ok")
    await talk.ask("/runjob positions", "fills")


def dollars(text: str) -> Iterator[Decimal]:
    """Every number with two decimals in a text, without its thousands separators."""
    return (Decimal(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\.\d\d(?!\d)", text))


def posted(folder: Path, account: str) -> Decimal:
    """The sum of the ledger's lines of an account, in USDT."""
    lines = rows(folder, f"SELECT amount FROM ledger_postings WHERE account = '{account}' AND unit = 'USDT'")
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))


async def test_a_trade_from_the_question_to_its_figures(tmp_path: Path) -> None:
    candles = tmp_path / "candles" / "ETH-USDT-1h.csv"
    async with talking(tmp_path, OLLAMA_HOST="http://127.0.0.1:9") as talk:
        card = await talk.ask("should I buy ETH with $2k?", "rules only")
        taken = await talk.press(card, "take", "Paper trade opened")
        (plan,) = rows(tmp_path, "SELECT * FROM trade_plans")
        (trade,) = rows(tmp_path, "SELECT * FROM trades")
        entry, quantity = Decimal(trade["entry"]), Decimal(trade["quantity"])
        stop = Decimal(plan["stop"])
        targets = [Decimal(text) for text in re.findall(r"[\d.]+", plan["targets"])]
        last = Decimal(bars(candles)[-1]["close"])
        assert entry == last
        assert stop < entry < targets[0] < targets[-1]
        assert f"{quantity.normalize():f}" in words(taken)

        step = (targets[0] - entry) / 3
        above = (targets[0] + targets[1]) / 2  # beyond the first target, short of the second
        go_on(candles, [entry + step, entry + 2 * step, above])
        await later(talk, 3)
        first = await until_filled(talk, tmp_path, 2)
        assert first["level"] == "target 1"
        assert Decimal(first["price"]) == targets[0]
        reached = next(b for b in bars(candles)[-3:] if Decimal(b["high"]) >= targets[0])
        closes_at = datetime.fromisoformat(reached["time"]) + timedelta(hours=1)
        assert datetime.fromtimestamp(first["at"] / 1000, UTC) in (closes_at, closes_at - timedelta(hours=1))
        told = words(await talk.ask("/trade list 1", "#t1"))
        assert f"{entry.normalize():,f}" in told  # the stop is at the entry now
        left = quantity - Decimal(first["quantity"])
        part = (left / 2).quantize(Decimal("0.0001"))
        await talk.ask(f"/trade close 1 {part:f}", "still open")
        await talk.ask("/trade note 1 took half at the first target", "Noted on #t1")

        go_on(candles, [above - step / 4, above - step / 2])
        await later(talk, 5)
        closed = words(await talk.ask("/trade close 1", "Filled at the last closed price"))
        await ends(talk, tmp_path, (entry, quantity, stop), closed)
        assert talk.verdict("terminated by other getUpdates") == []  # of the process before


async def until_filled(talk: Talk, folder: Path, count: int) -> sqlite3.Row:
    """The newest fill when there are so many."""
    await talk.telegram.until(lambda: len(rows(folder, "SELECT * FROM trade_fills")) >= count, 30, "a fill by the job")
    return rows(folder, "SELECT * FROM trade_fills ORDER BY seq")[-1]


async def ends(talk: Talk, folder: Path, trade: tuple[Decimal, Decimal, Decimal], closed: str) -> None:
    """The closed trade in every report, against the fills and the ledger."""
    entry, quantity, stop = trade
    fills = rows(folder, "SELECT * FROM trade_fills ORDER BY seq")
    exits = [(Decimal(f["quantity"]), Decimal(f["price"])) for f in fills[1:]]
    closes = {b["time"]: Decimal(b["close"]) for b in bars(folder / "candles" / "ETH-USDT-1h.csv")}
    by_hand = [price for (_, price), fill in zip(exits, fills[1:], strict=True) if fill["level"].startswith("close")]
    assert len(exits) == 3
    assert sum(q for q, _ in exits) == quantity
    assert all(price in closes.values() for price in by_hand)
    gross = sum((q * (price - entry) for q, price in exits), Decimal(0))
    fees = FEE * (quantity * entry + sum((q * price for q, price in exits), Decimal(0)))
    net = gross - fees
    (row,) = rows(folder, "SELECT * FROM trades")
    assert abs(Decimal(row["pnl_usd"]) - net) < CENT
    assert abs(Decimal(row["fees_usd"]) - fees) < CENT
    assert abs(-posted(folder, "realised") - gross) < CENT
    assert abs(posted(folder, "cash") - (10_000 + net)) < CENT
    assert any(abs(one - abs(net)) <= CENT for one in dollars(closed)), closed
    equity = 10_000 + net
    risked = quantity * (entry - stop)
    for command, figures in {
        "/pnl": (
            f"gross {gross:+,.2f}",
            f"fees {fees:.2f}",
            f"net {net:+,.2f}",
            "1 of 1",
            f"{net / risked:+.2f} (n = 1)",
        ),
        "/risk": (
            f"{equity * 6 / 100:.2f} USDT",
            f"{equity * 5 / 100:.2f} USDT",
            f"{net / 100:+.2f} %",
            "Nothing is held",
        ),
        "/account": (f"worth {equity:,.2f} USDT",),
        "/trade list 1": (f"{net:+,.2f}", "took half at the first target"),
        "/trackrecord": (f"{issued(folder)} issued and still open",),
        "how did my last ETH trades go?": ("1 matching record", f"${mean_exit(exits):.0f}"),
    }.items():
        answer = words(await talk.ask(command))
        assert [figure for figure in figures if figure not in answer] == [], (command, answer)


def issued(folder: Path) -> int:
    """Signals that were issued and have not ended."""
    ended = "SELECT final_of FROM signal_transitions WHERE final_of IS NOT NULL"
    query = f"SELECT count(*) AS n FROM signals WHERE signal_id NOT IN ({ended})"
    return int(rows(folder, query)[0]["n"])


def mean_exit(exits: list[tuple[Decimal, Decimal]]) -> Decimal:
    """What was sold, at what mean price, without its fraction."""
    sold = sum((q * price for q, price in exits), Decimal(0)) / sum(q for q, _ in exits)
    return sold.to_integral_value(ROUND_FLOOR)
