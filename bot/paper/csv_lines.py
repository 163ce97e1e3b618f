"""Trades as CSV: written so that a person can read them, and so that they can be read back to the same trades."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from signals.clock import iso
from signals.fills import Booked, Fill, Note

COLUMNS = (
    "id", "market", "timeframe", "side", "quantity", "entry", "opened_at", "exit", "closed_at", "fees", "result",
    "stop", "targets", "expires_at", "strategy", "fills", "notes",
)  # fmt: skip
NEEDED = ("market", "side", "quantity", "entry", "opened_at")


def to_csv(rows: Sequence[tuple[Booked, Sequence[Note]]]) -> bytes:
    """The trades with their notes, oldest first, under `COLUMNS`."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for booked, notes in rows:
        writer.writerow(_row(booked, notes))
    return out.getvalue().encode()


def to_lines(text: str) -> list[tuple[int, dict[str, str]]]:
    """Cells by column with the number of each line, the heading being line 1.

    Where a chat turned line breaks into spaces, `;` between rows does as well. ValueError says what is wrong with the
    heading or the quoting.
    """
    plain = text.strip().removeprefix("\ufeff").removeprefix("```csv").removeprefix("```").removesuffix("```").strip()
    if "\n" not in plain:
        plain = "\n".join(part.strip() for part in plain.split(";"))
    reader = csv.reader(io.StringIO(plain), strict=True)
    try:
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as e:
        raise ValueError(f"line {reader.line_num} is not CSV: {e}") from e
    if not lines:
        raise ValueError("there is no line to read")
    heading = [cell.strip().lower() for cell in lines[0][1]]
    _check(heading)
    return [(number, dict(zip(heading, row, strict=False)) | _surplus(heading, row)) for number, row in lines[1:]]


def _check(heading: Sequence[str]) -> None:
    unknown = [name for name in heading if name not in COLUMNS]
    if unknown:
        raise ValueError(f"the first line must name the columns; {unknown[0][:40]!r} is none of {', '.join(COLUMNS)}")
    missing = [name for name in NEEDED if name not in heading]
    if missing:
        raise ValueError(f"the column {missing[0]} is missing; needed are {', '.join(NEEDED)}")
    if len(set(heading)) < len(heading):
        raise ValueError("a column is named twice")


def _surplus(heading: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return {} if len(row) == len(heading) else {"": f"{len(row)} cells under {len(heading)} columns"}


def _row(booked: Booked, notes: Sequence[Note]) -> list[str]:
    trade, plan = booked.trade, booked.plan
    return [
        f"#t{plan.number}",
        trade.symbol,
        trade.timeframe.value,
        trade.side.lower(),
        digits(trade.quantity),
        digits(trade.entry),
        _time(trade.opened_at),
        digits(trade.exit),
        _time(trade.closed_at),
        digits(sum((fill.fee for fill in booked.fills), Decimal(0))),
        digits(trade.pnl_usd),
        digits(plan.stop),
        " ".join(digits(target) for target in plan.targets),
        _time(plan.expires_at),
        trade.strategy,
        " | ".join(_fill(fill) for fill in booked.fills),
        "\n".join(f"{_time(note.at)} {note.text}" for note in notes),
    ]


def _fill(fill: Fill) -> str:
    level = fill.level.replace(" ", "_")
    return " ".join((level, _time(fill.at), digits(fill.quantity), digits(fill.price), digits(fill.fee)))


def digits(value: Decimal | None) -> str:
    """The number in plain digits, without zeros that say nothing; empty for None."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _time(at: datetime | None) -> str:
    if at is None:
        return ""
    at = at.astimezone(UTC)
    return iso(at) if not at.microsecond else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
