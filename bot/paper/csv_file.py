"""An attached file as text: not too large, really text, and told with the fix where it is not."""

from __future__ import annotations

from bot.commands.spec import Attached
from bot.paper.words import shown
from signals.errors import UserError

MOST_BYTES = 1_000_000
_SHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods; xls
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


async def text_of(file: Attached) -> str:
    """The text of a file of UTF-8, or of UTF-16 with its mark.

    UserError for one that is too large (it is not read then), empty, a spreadsheet or in another encoding;
    TemporaryError where it cannot be had.
    """
    _refuse_large(file, file.size)
    content = await file.read()
    _refuse_large(file, len(content))
    if not content.strip():
        raise UserError(f"nothing was imported: {shown(file.name)} is empty")
    if content.startswith(_SHEETS):
        raise UserError(f"nothing was imported: {shown(file.name)} is a spreadsheet; save it as CSV and attach that")
    try:
        return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as e:
        line = content.count(b"\n", 0, e.start) + 1
        raise UserError(
            f"nothing was imported: {shown(file.name)} is not UTF-8 text (line {line}); in your spreadsheet choose "
            "`CSV UTF-8` when saving, or convert it with: iconv -f WINDOWS-1252 -t UTF-8 FILE"
        ) from e


def _refuse_large(file: Attached, size: int) -> None:
    if size > MOST_BYTES:
        raise UserError(
            f"nothing was imported: {shown(file.name)} has {size:,} bytes, more than {MOST_BYTES:,}; split it into "
            "smaller files, each with the heading"
        )
