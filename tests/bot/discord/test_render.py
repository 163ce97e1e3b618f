"""What people on Discord see, as files to read; and that nothing in it is too large, alive or lost."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord_adapter import payload
from bot.discord_adapter.payload import Outgoing
from bot.discord_adapter.render import render
from bot.discord_adapter.text import chunks, clean, inert
from bot.reply import Attachment, Button, Confirmation, Picture, Reply, Table
from rag.recommendation import Source
from signals.model import Vote
from tests.bot.discord.replies import BUY, CARD_BUTTONS, CASES, HOSTILE, NOW, PNG, drawn

GOLDEN = Path(__file__).parents[2] / "golden" / "discord"
TEXT = st.text(
    alphabet=st.sampled_from("ab 1.\n-#>*_`@<[]()|~\\:/\u202e\u200b\u0301\u05e9\U0001f468\u200d\ufe0f"), max_size=400
)


@pytest.mark.parametrize("name", CASES)
def test_a_reply_looks_as_it_was_agreed(name: str) -> None:
    text = drawn(render(CASES[name]))

    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN_WRITE"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_every_message_is_within_the_limits(name: str) -> None:
    for message in render(CASES[name]):
        assert_fits(message)


def test_a_card_with_far_too_much_is_spread_over_messages_and_loses_nothing() -> None:
    votes = tuple(Vote(f"voter {i}", 0.1, 0.1, f"vote{i} " + "because " * 60) for i in range(20))
    warnings = tuple(f"warning{i} " + "careful " * 40 for i in range(20))
    sources = tuple(Source(i, f"s:{i}", "trade", NOW, "user", f"source{i} " + "x " * 400) for i in range(1, 20))
    rich = replace(BUY, votes=votes, warnings=warnings, sources=sources, reasoning="why " * 2500)

    messages = render(Reply(recommendations=(rich, rich), buttons=CARD_BUTTONS[:6]))

    shown = drawn(messages)
    for message in messages:
        assert_fits(message)
    for i in range(20):
        assert shown.count(f"vote{i} ") == 2
        assert shown.count(f"warning{i} ") == 2
    assert len(re.findall(r"\bbecause\b", shown)) == 2 * 20 * 60
    assert len(re.findall(r"\bwhy\b", shown)) >= 5000
    assert messages[-1].keys
    assert not any(message.keys for message in messages[:-1])
    full = next(u for message in messages for u in message.uploads if u.name.endswith("sources.txt"))
    assert full.content.count(b"x ") >= 19 * 399


def test_twenty_thousand_characters_come_as_a_file_with_a_beginning() -> None:
    text = "".join(f"line {i} of a long text\n" for i in range(900))

    (message,) = render(Reply(text=text))

    assert_fits(message)
    assert message.content.startswith("line 0 of")
    assert message.uploads[0].content.decode() == text


def test_a_text_of_a_few_messages_is_cut_at_paragraphs() -> None:
    paragraphs = [f"Paragraph {i}: " + "word " * 100 for i in range(8)]

    messages = render(Reply(text="\n\n".join(paragraphs)))

    assert 1 < len(messages) <= 4
    assert all(message.content.startswith("Paragraph") for message in messages)
    assert "\n\n".join(m.content for m in messages).split() == "\n\n".join(paragraphs).split()


def test_a_long_table_is_a_file_with_its_first_rows_shown() -> None:
    table = Table("All", ("who", "what", "when and why"), tuple((f"row{i}", "x" * 60, "y" * 60) for i in range(400)))

    messages = render(Reply(tables=(table,)))

    uploads = [u for message in messages for u in message.uploads]
    assert b"row399" in uploads[0].content
    assert "row0" in messages[0].embeds[0].description
    assert len(messages) <= 2


def test_a_title_longer_than_a_title_may_be_is_kept() -> None:
    title = "word " * 200

    messages = render(Reply(tables=(Table(title, ("a",), (("1",),)),)))

    assert drawn(messages).count("word") == 200
    for message in messages:
        assert_fits(message)


def test_an_aligned_table_is_cut_between_rows_with_headings_in_each_part() -> None:
    table = Table("Votes", ("who", "score"), tuple((f"row{i}", "x" * 30) for i in range(200)))

    descriptions = [e.description for message in render(Reply(tables=(table,))) for e in message.embeds]

    assert len(descriptions) > 1
    assert all(d.startswith("```\nwho") and d.endswith("\n```") and d.count("```") == 2 for d in descriptions)
    assert sum(d.count("row") for d in descriptions) == 200


def test_a_cell_longer_than_an_embed_is_cut_and_kept() -> None:
    table = Table("Big", ("a", "b", "c"), (("x", "word " * 1500, "z"),))

    messages = render(Reply(tables=(table,)))

    assert sum(e.description.count("word") for m in messages for e in m.embeds) == 1500
    for message in messages:
        assert_fits(message)


def test_more_pictures_files_and_buttons_than_one_message_holds_are_spread() -> None:
    pictures = tuple(Picture("a b/c.png", PNG, "alt") for _ in range(8))
    files = tuple(Attachment(f"../../{i}.txt", b"x" * 2_000_000) for i in range(8))
    buttons = (*(Button(f"b{i}", f"why:{i}") for i in range(60)), Button("twice", "why:1"))

    messages = render(Reply(text="x", pictures=pictures, files=files, buttons=buttons))

    for message in messages:
        assert_fits(message)
    names = [u.name for message in messages for u in message.uploads]
    assert len(names) == len(set(names)) == 16
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name) for name in names)
    assert sum(len(message.keys) for message in messages) == 60


def test_a_file_beyond_the_limit_is_said_not_sent() -> None:
    messages = render(Reply(text="log", files=(Attachment("a.bin", b"x" * (payload.FILE_BYTES + 1)),)))

    assert not any(message.uploads for message in messages)
    assert "a.bin is too large" in messages[-1].content


def test_pictures_without_a_card_are_plain_attachments_and_with_one_inside_it() -> None:
    picture = Picture("chart.png", PNG, "candles")

    (alone,) = render(Reply(text="ETH", pictures=(picture,)))
    (inside,) = render(Reply(recommendations=(BUY,), pictures=(picture,), buttons=CARD_BUTTONS))

    assert alone.uploads[0].alt == "candles"
    assert not alone.embeds
    assert inside.embeds[0].image == inside.uploads[0].name == "chart.png"


def test_a_confirmation_has_two_buttons_and_says_what_silence_means() -> None:
    (message,) = render(Reply(confirm=Confirmation("t", "Really?", 30)))

    assert [key.action for key in message.keys] == ["yes:t", "no:t"]
    assert "Really?" in message.content
    assert "30 s" in message.content


def test_text_that_fights_the_platform_is_read_as_written_and_nothing_more() -> None:
    shown = inert(HOSTILE)

    assert "https://" not in shown
    assert "discord.gg" not in shown
    assert not re.search(r"(?<!\\)[*_~|`<\[\]@]", shown)
    assert not re.search(r"(?m)^\s*(#|>|-|\d+\. )", shown)
    for hidden in ("\u202e", "\u202c", "\u2066", "\u200b", "\x1b", "\u00ad", "tag\U000e0041"):
        assert hidden not in shown
    assert "\U0001f468\u200d\U0001f469\u200d\U0001f467" in shown
    assert "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f" in shown
    assert "\U0001f44d\U0001f3fd 1\ufe0f\u20e3 \u2764\ufe0f \U0001f1e9\U0001f1ea \u05e9\u05dc\u05d5\u05dd" in shown


def test_every_kind_of_line_break_is_one_and_a_lone_joiner_is_none() -> None:
    assert clean("a\r\nb\rc\u2028d\u2029e\x0bf\tg\u200dh") == "a\nb\nc\nd\ne\nf gh"


@given(TEXT, st.integers(30, 120))
def test_cut_text_is_complete_within_the_limit_and_each_part_inert(text: str, limit: int) -> None:
    parts = chunks(text, limit)

    assert all(0 < len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()).replace("\\", "") == "".join(inert(text).split()).replace("\\", "")
    assert not any(re.search(r"(?m)^\s*(#|>|-|\d+\. )", part) for part in parts)


def test_a_cut_never_splits_an_emoji_sequence_or_an_escape() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    text = family * 200 + "*" * 500

    parts = chunks(text, 101)

    assert sum(part.count(family) for part in parts) == 200
    assert sum(part.count("\\*") for part in parts) == 500


def assert_fits(message: Outgoing) -> None:
    assert message.content or message.embeds or message.uploads
    assert len(message.content) <= payload.CONTENT
    assert len(message.embeds) <= payload.EMBEDS
    assert sum(embed.size for embed in message.embeds) <= payload.EMBED_TOTAL
    for embed in message.embeds:
        assert len(embed.title) <= 256
        assert len(embed.description) <= payload.DESCRIPTION
        assert len(embed.footer) <= 2048
        assert len(embed.fields) <= payload.FIELDS
        for field in embed.fields:
            assert 0 < len(field.name) <= payload.FIELD_NAME
            assert 0 < len(field.value) <= payload.FIELD_VALUE
    assert len(message.rows) <= 5
    assert all(len(key.label) <= 80 and len(key.action) <= 100 for key in message.keys)
    assert len(message.uploads) <= payload.FILES
    assert sum(len(upload.content) for upload in message.uploads) <= payload.FILE_BYTES
