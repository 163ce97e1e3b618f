"""A person's rows as ZIP files that explain themselves, each small enough to be attached in every chat."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from string import Template
from typing import Any

from bot.reply import Attachment
from bot.wording import when
from signals.errors import UserError
from storage.personal import DECISIONS

LARGEST_FILE = 8_000_000  # Discord takes 10 MiB from a bot, Telegram 50 MB
LARGEST_MEMBER = 2_000_000  # before compression
MOST_FILES = 10
README = Template("""\
What Deskmate keeps of you

Written $at for $accounts.

trades.csv    your paper trades with fills and notes; the command /trade import reads this file again
*.json        every row of yours, one file per table (a large table is cut into numbered files)

In the JSON files times are UTC, amounts of money are decimal numbers as text, and names are those of the database.
Tables:
$tables

Not in here: vectors of your records (numbers that are computed from the sentences in documents.json), fingerprints of
link codes, and what was shown in the chats themselves. /forget removes everything that is listed here.
""")

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class About:
    """Whose export it is, and when it was made."""

    accounts: tuple[str, ...]
    at: datetime


def export_files(rows: Rows, trades_csv: bytes, about: About, largest: int = LARGEST_FILE) -> tuple[Attachment, ...]:
    """ZIP files of at most `largest` bytes, each with the README; tables without rows are named in it alone.

    UserError when it would take more than ten of them.
    """
    readme = _readme(rows, about)
    groups = _grouped([("trades.csv", trades_csv), *_members(rows)], largest - 2 * len(readme) - 1000)
    if len(groups) > MOST_FILES:
        raise UserError("your records are too many to be sent in a chat; ask the operator for a copy")
    day, n = f"{about.at:%Y%m%d}", len(groups)
    names = [f"deskmate-export-{day}{f'-{i}-of-{n}' if n > 1 else ''}.zip" for i in range(1, n + 1)]
    files = [[("README.txt", readme), *group] for group in groups]
    return tuple(Attachment(name, _zipped(members, about.at)) for name, members in zip(names, files, strict=True))


def _members(rows: Rows) -> Iterator[tuple[str, bytes]]:
    for table, found in rows.items():
        parts = list(_cut([json.dumps(dict(row), ensure_ascii=False, default=_plain) for row in found]))
        for number, part in enumerate(parts, 1):
            head = json.dumps({"table": table, "what": DECISIONS[table].what})[:-1]
            name = f"{table}-{number}.json" if len(parts) > 1 else f"{table}.json"
            lines = ",\n".join(part)
            yield name, f'{head}, "rows": [\n{lines}\n]}}\n'.encode()


def _cut(lines: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for line in lines:
        if part and size + len(line.encode()) > LARGEST_MEMBER:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line.encode()) + 2
    if part:
        yield part


def _grouped(members: Iterable[tuple[str, bytes]], room: int) -> list[list[tuple[str, bytes]]]:
    groups: list[list[tuple[str, bytes]]] = [[]]
    used = 0
    for name, content in members:
        size = len(zlib.compress(content)) + 2 * len(name) + 200
        if groups[-1] and used + size > room:
            groups.append([])
            used = 0
        groups[-1].append((name, content))
        used += size
    return groups


def _zipped(members: Iterable[tuple[str, bytes]], at: datetime) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def _readme(rows: Rows, about: About) -> bytes:
    tables = "\n".join(f"  {name}: {DECISIONS[name].what} ({len(found)} rows)" for name, found in rows.items())
    text = README.substitute(at=when(about.at), accounts=" and ".join(about.accounts), tables=tables)
    return text.encode()


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, Enum):
        return str(value.value)
    raise TypeError(f"no JSON for {type(value)}")
