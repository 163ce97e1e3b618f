"""Documents to entries, in a process that a hostile one cannot hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from signals.errors import DataError
from signals.news.links import canonical
from signals.news.reading import read

SHAPE = Path(__file__).parents[4] / "shared" / "data" / "rss" / "rss2-coindesk-shape.xml"
BILLION = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol">' + b"".join(
    f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">'.encode() for k in range(9)
)


def rss(*items: str, head: str = "") -> bytes:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?>{head}<rss version="2.0"><channel><title>t</title>{body}</channel></rss>'.encode()


def item(n: int, link: str = "", more: str = "") -> str:
    return f"<title>Story {n}</title><link>{link or f'https://news.example/{n}'}</link>{more}"


async def test_entries_come_with_link_title_summary_and_time() -> None:
    more = (
        "<description>Words &amp;amp; &lt;b&gt;more&lt;/b&gt;</description>"
        "<pubDate>Fri, 25 Sep 2026 10:41:53 -0400</pubDate>"
    )

    found = await read(rss(item(1, more=more)))

    (one,) = found.entries
    assert (one.link, one.title, one.summary) == ("https://news.example/1", "Story 1", "Words &amp; <b>more</b>")
    assert one.published_at == datetime(2026, 9, 25, 14, 41, 53, tzinfo=UTC)
    assert found.whole


async def test_atom_is_read_like_rss() -> None:
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>u</id><updated>2026-09-25T10:00:00Z</updated>'
        '<entry><title>Up</title><id>u:1</id><link href="https://news.example/a"/>'
        "<updated>2026-09-25T09:00:00+02:00</updated></entry></feed>"
    )

    (one,) = (await read(document.encode())).entries

    assert (one.title, one.published_at) == ("Up", datetime(2026, 9, 25, 7, tzinfo=UTC))


@pytest.mark.skipif(not SHAPE.exists(), reason="the sample feed (../shared/data/rss) is not here")
async def test_the_shape_of_a_real_feed_is_understood_and_a_repeated_link_kept_once() -> None:
    found = await read(SHAPE.read_bytes())

    assert [one.link for one in found.entries] == [
        "https://news.example/markets/2026/09/25/issuers-freeze-wallet",
        "https://news.example/opinion/2026/09/25/injection",
    ]
    assert [one.published_at for one in found.entries] == [
        datetime(2026, 9, 25, 14, 41, 53, tzinfo=UTC),
        datetime(2026, 9, 25, 14, 37, 32, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    "document",
    [
        BILLION + b"]><rss version='2.0'><channel><item><title>&j;</title></item></channel></rss>",
        rss(item(1), head='<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>').replace(b"Story", b"&x;"),
        rss(item(1), head='<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>'),
    ],
    ids=["a billion laughs", "a local file", "a foreign definition"],
)
async def test_a_document_that_declares_entities_is_refused(document: bytes) -> None:
    with pytest.raises(DataError, match="declares entities"):
        await read(document)


@pytest.mark.parametrize("document", [b"<html><body>Checking your browser</body></html>", b"{}", b"\x00\x01\x02"])
async def test_what_is_no_feed_is_refused(document: bytes) -> None:
    with pytest.raises(DataError, match="no feed"):
        await read(document)


async def test_of_a_broken_document_what_can_be_read_is() -> None:
    cut = rss(item(1), item(2), item(3))[:-60]

    found = await read(cut)

    assert not found.whole
    assert [one.title for one in found.entries][:2] == ["Story 1", "Story 2"]


async def test_a_huge_feed_is_read_to_a_bound_and_says_how_much_is_left() -> None:
    found = await read(rss(*(item(n) for n in range(1_000))))

    assert (len(found.entries), found.left) == (200, 800)


async def test_entries_without_a_page_or_a_title_are_counted_and_passed_over() -> None:
    found = await read(
        rss(item(1), item(2, link="javascript:alert(1)"), "<title>No link</title>", "<link>https://x.example/</link>")
    )

    assert (len(found.entries), found.passed_over) == (1, 3)


async def test_a_document_that_takes_too_long_ends_with_its_process() -> None:
    with pytest.raises(DataError, match="could not be read within"):
        await read(rss(item(1)), wall_s=0.001)


async def test_a_document_that_takes_more_memory_than_is_allowed_is_refused() -> None:
    deep = b'<?xml version="1.0"?><rss version="2.0"><channel>' + b"<item><title>" * 600_000

    with pytest.raises(DataError, match=r"more memory or computing|no feed|within"):
        await read(deep, wall_s=60)


@pytest.mark.parametrize(
    ("link", "made"),
    [
        ("https://News.Example:443/a/?utm_source=x&id=7&fbclid=1#top", "https://news.example/a?id=7"),
        (" https://news.example/a/ ", "https://news.example/a"),
        ("http://news.example:8080/a", "http://news.example:8080/a"),
        ("https://[2606:4700::1]/a", "https://[2606:4700::1]/a"),
        ("javascript:alert(1)", ""),
        ("https://me@news.example/", ""),
        ("https://news.example/\u202eevil", ""),
        ("//news.example/a", ""),
        (f"https://news.example/{'a' * 2000}", ""),
        ("", ""),
    ],
)
def test_a_link_has_one_spelling(link: str, made: str) -> None:
    assert canonical(link) == made
    assert canonical(canonical(link)) == made
