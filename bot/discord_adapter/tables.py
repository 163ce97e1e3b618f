"""Tables for Discord: aligned in a code block where a phone can show it, else one line or paragraph per row."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from bot.discord_adapter.text import chunks, clean, in_code, inside
from bot.reply import Table

PHONE = 44
SPACE = "  "
PAIR = 2


def table_chunks(table: Table, limit: int) -> tuple[str, ...]:
    """The rows as markup in parts of at most `limit` characters, cut between rows; every part has the headings."""
    if not table.rows:
        return ("nothing to show",)
    lines = _aligned(table)
    if max(map(_width, lines)) <= PHONE:
        head, rows = lines[0], lines[1:]
        return tuple(f"```\n{head}\n{part}\n```" for part in _packed(rows, limit - len(head) - 9))
    told = [f"-# {' · '.join(inside(column) or '–' for column in table.columns)}"] if len(table.columns) > PAIR else []
    records = [record for row in table.rows for record in _record(table.columns, row, limit)]
    return tuple(_packed([*told, *records], limit))


def plain_table(table: Table) -> str:
    """The same as a text file: title, headings and rows, aligned."""
    return "\n".join(part for part in (clean(table.title), *_aligned(table)) if part)


def _aligned(table: Table) -> list[str]:
    rows = [tuple(in_code(cell).replace("\n", " ") for cell in row) for row in (table.columns, *table.rows)]
    widths = [max(_width(row[i]) for row in rows if i < len(row)) for i in range(len(table.columns))]
    return [_line(row, widths) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False))
    return SPACE.join(padded).rstrip()


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _record(columns: Sequence[str], row: Sequence[str], limit: int) -> Iterator[str]:
    first, *rest = row
    told = [inside(value) or "–" for value in rest]
    head = f"**{inside(first) or '–'}**"
    line = (" · " if len(columns) > PAIR else "  ").join((head, *told))
    if len(line) <= limit:
        yield line
        return
    for name, value in zip(columns, row, strict=False):
        yield from chunks(f"{name} {value}", limit)


def _packed(lines: Sequence[str], limit: int) -> Iterator[str]:
    held = ""
    for line in lines:
        if held and len(held) + 1 + len(line) > limit:
            yield held
            held = ""
        held = f"{held}\n{line}" if held else line
    yield held
