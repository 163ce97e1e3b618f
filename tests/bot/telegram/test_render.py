"""What Telegram is sent, byte for byte, and that nothing a person wrote is lost or comes alive."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reply import Button, Picture, Reply
from bot.telegram_adapter.markup import MESSAGE_UNITS, units, visible
from bot.telegram_adapter.render import Rendered, render
from tests.bot.telegram.replies import CASES, CLICKABLE, FAMILY, FLAG, HOSTILE, PNG, THUMB

GOLDEN = Path(__file__).parents[2] / "golden" / "telegram"
TAGS = {"b", "i", "code", "pre", "blockquote"}


class Reader(HTMLParser):
    """Reads the HTML strictly: only our tags, closed in order."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.plain = ""
        self.open: list[str] = []
        self.entities = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert not attrs or (tag, attrs) == ("blockquote", [("expandable", None)])
        assert not (tag in TAGS - {"blockquote"} and self.open and self.open != ["blockquote"])
        self.open.append(tag)
        self.entities += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if not {"code", "pre"} & set(self.open):
            self.plain += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def shown(rendered: Rendered) -> str:
    parts = [text.html for text in rendered.texts]
    parts += [f"[photo {p.name}] {p.caption.html}" for p in rendered.photos]
    parts += [f"[file {d.name}, {len(d.content)} bytes]" for d in rendered.documents]
    parts += [" ".join(f"[{key.label} -> {key.data}]" for key in row) for row in rendered.keyboard]
    return "\n----\n".join(parts) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_a_reply_looks_as_it_was_agreed(name: str) -> None:
    text = shown(render(CASES[name], CLICKABLE))

    golden = GOLDEN / f"{name}.html"
    if os.environ.get("GOLDEN_WRITE"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_every_message_is_well_formed_and_within_the_limits(name: str) -> None:
    rendered = render(CASES[name], CLICKABLE)

    for text in rendered.texts:
        reader = read(text.html)
        assert 0 < units(reader.text) <= MESSAGE_UNITS
        assert reader.entities <= 100
    assert all(len(key.data.encode()) <= 64 for row in rendered.keyboard for key in row)


def test_hostile_text_stays_text_and_only_what_cannot_be_seen_is_missing() -> None:
    reader = read(render(Reply(text=HOSTILE)).texts[0].html)

    assert reader.text == visible(HOSTILE)
    assert re.sub(r"\s", "", reader.text) == re.sub(r"\s|[\u202e\u202c\u200b\u2060\U000e0041\x00\x1b]", "", HOSTILE)
    assert all(sequence in reader.text for sequence in (FAMILY, FLAG, THUMB))


def test_links_mentions_commands_and_tags_do_not_come_alive() -> None:
    reader = read(render(Reply(text=HOSTILE)).texts[0].html)

    for live in ("@everyone", "@durov_fan", "https:", "evil.example", "tg:", "/reindex", "#tag", "$ETH"):
        assert live in reader.text
        assert live not in reader.plain


def test_commands_a_person_may_tap_stay_live_and_others_do_not() -> None:
    reader = read(render(Reply(text="See /help, not /reindex."), frozenset({"/help"})).texts[0].html)

    assert "/help" in reader.plain
    assert "/reindex" not in reader.plain


def test_without_markup_the_same_words_are_still_not_live() -> None:
    plain = render(Reply(text="@everyone see https://evil.example and /reindex")).texts[0].plain

    assert "@everyone" not in plain
    assert "evil.example" not in plain
    assert plain.replace("\u2060", "") == "@everyone see https://evil.example and /reindex"


@pytest.mark.parametrize(
    "text",
    [
        "word " * 4000,
        "x" * 20_000,
        "👨\u200d👩\u200d👧\u200d👦" * 900,
        "line of text\n" * 1000,
        "@someone " * 1500,
        "<&>" * 3000,
        "\n\n".join(["A paragraph of a few words."] * 500),
    ],
    ids=["words", "one-word", "families", "lines", "mentions", "escapes", "paragraphs"],
)
def test_a_long_text_is_split_or_attached_and_nothing_is_dropped(text: str) -> None:
    rendered = render(Reply(text=text))

    readers = [read(t.html) for t in rendered.texts]
    whole = rendered.documents[0].content.decode() if rendered.documents else "".join(r.text for r in readers)
    assert re.sub(r"\s", "", whole) == re.sub(r"\s", "", text)
    assert all(0 < units(r.text) <= MESSAGE_UNITS and r.entities <= 100 for r in readers)
    assert len(rendered.texts) <= 4


def test_a_long_answer_is_cut_between_paragraphs() -> None:
    text = "\n\n".join(f"Paragraph {i} " + "with some words " * 20 for i in range(30))

    rendered = render(Reply(text=text))

    assert len(rendered.texts) == 3
    assert all(t.plain.startswith("Paragraph ") for t in rendered.texts)


def test_the_keyboard_is_under_the_answer_in_rows_of_three() -> None:
    rendered = render(CASES["buy"])

    assert [len(row) for row in rendered.keyboard] == [3, 3]


def test_a_picture_with_a_short_text_becomes_one_photo_with_a_caption() -> None:
    picture = Picture("c.png", PNG, "candles")

    assert render(Reply(text="ETH/USDT 1h", pictures=(picture,))).captioned
    assert not render(Reply(text="long " * 300, pictures=(picture,))).captioned


def test_a_reply_with_nothing_in_it_says_so() -> None:
    assert render(Reply()).texts[0].html == "There is nothing to show."


def test_the_longest_action_fits_and_labels_are_made_visible() -> None:
    rendered = render(Reply(text="x", buttons=(Button("\u202e", "why:" + "a" * 56),)))

    assert rendered.keyboard[0][0].data == "why:" + "a" * 56
    assert rendered.keyboard[0][0].label == "…"


@given(st.text(max_size=300))
def test_any_text_at_all_gives_markup_that_can_be_read(text: str) -> None:
    rendered = render(Reply(text=text))

    whole = "".join(read(t.html).text for t in rendered.texts)
    if visible(text).strip():
        assert re.sub(r"\s", "", whole) == re.sub(r"\s", "", visible(text))
