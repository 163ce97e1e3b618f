"""A Reply as what Telegram takes: HTML messages, their plain twins, photos, documents and a keyboard. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from bot.reply import Attachment, Button, Confirmation, Picture, Reply, Table
from bot.telegram_adapter import card as cards
from bot.telegram_adapter.markup import (
    CAPTION_UNITS,
    Paragraph,
    Span,
    Style,
    defused,
    joined,
    packed,
    paragraphs,
    spans,
    to_html,
    units,
    visible,
)

MOST_MESSAGES = 4
LEAD_UNITS = 1200
PHONE_COLUMNS = 34
KEYS_IN_A_ROW = 3
LONGEST_LABEL = 64
MOST_CALLBACK_BYTES = 64
_FIGURE = re.compile(r"[+\-−]?[0-9][0-9,.:]*( ?\S+)?|none")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Text:
    """One message or caption: HTML, and the same without markup for a platform that refuses it."""

    html: str
    plain: str


@dataclass(frozen=True, slots=True)
class Key:
    """A button of an inline keyboard; `data` is at most 64 bytes, and empty where the button opens `url`."""

    label: str
    data: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with a short caption."""

    name: str
    png: bytes
    caption: Text


@dataclass(frozen=True, slots=True)
class Rendered:
    """A reply in the order it is sent: texts, photos, documents; `keyboard` goes under the last text.

    `captioned` says that the one photo can carry the only text as its caption.
    """

    texts: tuple[Text, ...]
    photos: tuple[Photo, ...] = ()
    documents: tuple[Attachment, ...] = ()
    keyboard: tuple[tuple[Key, ...], ...] = ()
    captioned: bool = False


def render(reply: Reply, clickable: frozenset[str] = frozenset()) -> Rendered:
    """Everything in the reply; what would be more than four messages goes into a file under its beginning."""
    body = tuple(_body(reply, clickable))
    photos = tuple(_photo(picture) for picture in reply.pictures)
    documents = reply.files
    messages = packed(body)
    if len(messages) > MOST_MESSAGES:
        messages = (_lead(body),)
        documents = (Attachment("answer.txt", joined(body).encode()), *documents)
    texts = tuple(_text(message) for message in messages)
    captioned = len(photos) == 1 and units(joined(body)) <= CAPTION_UNITS and reply.confirm is None
    if not texts and not photos and not documents:
        texts = (Text("There is nothing to show.", "There is nothing to show."),)
    return Rendered(texts, photos, documents, keyboard(reply.buttons, reply.confirm), captioned)


def keyboard(buttons: Sequence[Button], confirm: Confirmation | None = None) -> tuple[tuple[Key, ...], ...]:
    """Rows of at most three keys; Yes and No have a row of their own."""
    keys = [_key(button) for button in buttons]
    per_row = 2 if len(keys) == 4 else KEYS_IN_A_ROW
    rows = [tuple(keys[i : i + per_row]) for i in range(0, len(keys), per_row)]
    if confirm is not None:
        rows.append(tuple(_key(button) for button in confirm.buttons))
    return tuple(rows)


def note(text: str) -> Rendered:
    """One line of the adapter's own."""
    return render(Reply(text=text))


def _body(reply: Reply, clickable: frozenset[str]) -> Iterator[Paragraph]:
    if reply.interpretation:
        yield from paragraphs(reply.interpretation, style=Style.ITALIC)
    if reply.text:
        yield from paragraphs(("⚠️ " if reply.error else "") + reply.text, clickable)
    for recommendation in reply.recommendations:
        yield from cards.card(recommendation)
    for table in reply.tables:
        yield from _table(table, clickable)
    if reply.sources:
        yield cards.sources(reply.sources)
    yield from chain.from_iterable(paragraphs(text, clickable, Style.ITALIC) for text in reply.notes)
    if reply.confirm is not None:
        if reply.confirm.text != reply.text:
            yield from paragraphs(reply.confirm.text)
        yield cards.line(Span(f"No answer within {reply.confirm.expires_s:.0f} s means no.", Style.ITALIC))


def _table(table: Table, clickable: frozenset[str]) -> Iterator[Paragraph]:
    if table.title:
        yield cards.line(*spans(table.title, Style.BOLD))
    cells = [tuple(" ".join(visible(cell).split()) for cell in row) for row in table.rows]
    grid = cells if len(table.columns) == 2 else [tuple(map(visible, table.columns)), *cells]
    live = any(cell.startswith("/") for row in cells for cell in row)
    if cells and not live and _width(grid) <= PHONE_COLUMNS:
        yield replace(cards.columns(grid), tight=bool(table.title))
        return
    if len(table.columns) == 2:
        for row in cells:
            yield _pair(row, clickable)
        return
    is_key = len({row[0] for row in cells}) == len(cells)
    for i, row in enumerate(cells):
        yield _record(table.columns, row, 1 if is_key else 2, tight=i == 0)


def _width(rows: Sequence[Sequence[str]]) -> int:
    widths = [max(units(cell) for cell in column) for column in zip(*rows, strict=True)]
    return sum(widths) + 2 * (len(widths) - 1)


def _pair(row: Sequence[str], clickable: frozenset[str]) -> Paragraph:
    head, told = row
    style = Style.PLAIN if head.split(" ")[0].lower() in clickable else Style.BOLD
    between = " – " if head.startswith("/") else ": "
    body = (Span(between), *spans(told, clickable=clickable)) if told else ()
    return Paragraph((*spans(head, style, clickable), *body), tight=True)


def _record(names: Sequence[str], row: Sequence[str], heads: int, *, tight: bool) -> Paragraph:
    """A row as a bold line of its key and a line of the rest; `heads` cells are the key where the first repeats."""
    head = " · ".join(cell for cell in row[:heads] if cell)
    told = " · ".join(_cell(name, cell) for name, cell in zip(names[heads:], row[heads:], strict=True) if cell)
    body = (Span("\n"), *spans(told)) if told else ()
    return Paragraph((*spans(head, Style.BOLD), *body), tight=tight)


def _cell(name: str, cell: str) -> str:
    """Bare figures and dates need the name of their column, words do not."""
    is_bare = _FIGURE.fullmatch(cell) is not None or _DATE.match(cell) is not None
    return f"{visible(name)} {cell}" if is_bare and name.count(" ") < 2 else cell


def _lead(body: Sequence[Paragraph]) -> tuple[Paragraph, ...]:
    told = cards.line(Span("The whole answer is in the attached file.", Style.BOLD))
    first = packed(body, LEAD_UNITS)[0]
    return (*first, cards.line(Span("…")), told) if first else (told,)


def _photo(picture: Picture) -> Photo:
    messages = packed(paragraphs(picture.alt), CAPTION_UNITS)
    return Photo(picture.name, picture.png, _text(messages[0] if messages else ()))


def _key(button: Button) -> Key:
    data = button.action
    if len(data.encode()) > MOST_CALLBACK_BYTES:
        raise ValueError(f"the action {data[:20]}… is longer than {MOST_CALLBACK_BYTES} bytes")
    return Key(visible(button.label).strip()[:LONGEST_LABEL] or "…", data)


def _text(parts: Sequence[Paragraph]) -> Text:
    return Text(to_html(parts), defused(joined(parts)))
