"""One feed over the network, against a server that does what bad servers do."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from signals.errors import DataError, TemporaryError, UnavailableError
from signals.news.fetching import FetchRules, fetch

RULES = FetchRules(allow_private=True, whole_s=60)
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title></channel></rss>'
RSS = "application/rss+xml"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def answering(body: bytes = FEED, status: int = 200, **headers: str) -> Handler:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers={"Content-Type": RSS} | sent)

    return handler


async def test_a_feed_is_read_with_what_it_calls_its_version() -> None:
    async with serving(answering(ETag='"one"', Last_Modified="Sat, 21 Nov 2026 06:00:00 GMT")) as base:
        got = await fetch(f"{base}/rss", RULES)

    assert (got.body, got.etag, got.modified) == (FEED, '"one"', "Sat, 21 Nov 2026 06:00:00 GMT")


async def test_what_is_known_is_not_sent_again() -> None:
    asked: list[tuple[str | None, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append((request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since")))
        return web.Response(status=304)

    async with serving(handler) as base:
        got = await fetch(f"{base}/rss", RULES, '"one"', "Sat, 21 Nov 2026 06:00:00 GMT")

    assert asked == [('"one"', "Sat, 21 Nov 2026 06:00:00 GMT")]
    assert (got.body, got.etag) == (None, '"one"')


async def test_packed_content_is_unpacked() -> None:
    async with serving(answering(gzip.compress(FEED), Content_Encoding="gzip")) as base:
        assert (await fetch(f"{base}/rss", RULES)).body == FEED


async def test_a_gzip_bomb_is_refused_before_it_is_unpacked_whole() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 100_000

    async with serving(answering(bomb, Content_Encoding="gzip")) as base:
        with pytest.raises(DataError, match="8388608 bytes when unpacked"):
            await fetch(f"{base}/rss", RULES)


async def test_a_body_without_end_is_left_at_the_bound() -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse(headers={"Content-Type": RSS})
        await answer.prepare(request)
        for _ in range(1000):
            await answer.write(b" " * 65_536)
            sent += 65_536
        return answer

    async with serving(handler) as base:
        with pytest.raises(DataError, match="more than 2097152 bytes"):
            await fetch(f"{base}/rss", RULES)

    assert sent < 1000 * 65_536


async def test_a_server_that_trickles_is_given_up_as_a_whole() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": RSS})
        await answer.prepare(request)
        while True:
            await answer.write(b" ")
            await asyncio.sleep(0.05)

    async with serving(handler) as base:
        with pytest.raises(TemporaryError, match="no whole answer within"):
            await fetch(f"{base}/rss", replace(RULES, whole_s=0.5))


async def test_a_redirect_into_a_private_network_is_refused() -> None:
    async def resolver(host: str, port: int) -> tuple[str, ...]:
        return ("127.0.0.1",) if host in ("127.0.0.1", "outside.example") else ("93.184.216.34",)

    for target, said in (
        ("http://93.184.216.34/rss", "public hosts are read by https only"),
        ("file:///etc/passwd", "begins with https"),
        ("https://me:word@127.0.0.1/", "no user name"),
    ):
        async with serving(answering(b"", 302, Location=target)) as base:
            with pytest.raises(DataError, match=said):
                await fetch(f"{base}/rss", replace(RULES, resolver=resolver))


async def test_every_hop_is_looked_at_with_the_rule_of_the_first() -> None:
    looked: list[str] = []

    async def resolver(host: str, port: int) -> tuple[str, ...]:
        looked.append(host)
        return ("127.0.0.1",)

    async def handler(request: web.Request) -> web.Response:
        if request.path == "/old":
            return web.Response(status=301, headers={"Location": f"http://inside.example:{request.url.port}/new"})
        assert request.host.startswith("inside.example")
        return web.Response(body=FEED, content_type=RSS)

    async with serving(handler) as base:
        got = await fetch(f"{base}/old", replace(RULES, resolver=resolver))

    assert got.body == FEED
    assert looked == ["127.0.0.1", "inside.example"]


async def test_redirects_end() -> None:
    async with serving(answering(b"", 302, Location="/again")) as base:
        with pytest.raises(DataError, match="more than 5 redirects"):
            await fetch(f"{base}/rss", RULES)


async def test_private_hosts_are_refused_unless_they_are_allowed() -> None:
    async with serving(answering()) as base:
        with pytest.raises(DataError, match="https only"):
            await fetch(f"{base}/rss", FetchRules())
        with pytest.raises(DataError, match="not a public address"):
            await fetch(f"{base.replace('http:', 'https:')}/rss", FetchRules())


@pytest.mark.parametrize(("status", "wait"), [(429, "40"), (503, "40")])
async def test_the_quiet_that_is_asked_for_is_told(status: int, wait: str) -> None:
    async with serving(answering(b"", status, Retry_After=wait)) as base:
        with pytest.raises(TemporaryError, match=f"answers {status}") as refused:
            await fetch(f"{base}/rss", RULES)

    assert refused.value.retry_after_s == 40


@pytest.mark.parametrize(("status", "kind"), [(404, UnavailableError), (410, UnavailableError), (500, TemporaryError)])
async def test_other_refusals_say_whether_they_may_pass(status: int, kind: type[Exception]) -> None:
    async with serving(answering(b"", status)) as base:
        with pytest.raises(kind, match=f"answers {status}"):
            await fetch(f"{base}/rss", RULES)


@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/png"])
async def test_what_is_no_feed_by_its_type_is_refused(kind: str) -> None:
    async with serving(answering(Content_Type=kind)) as base:
        with pytest.raises(DataError, match="not a feed"):
            await fetch(f"{base}/rss", RULES)


async def test_plain_text_is_taken_when_it_begins_as_a_feed() -> None:
    async with serving(answering(Content_Type="text/plain")) as base:
        assert (await fetch(f"{base}/rss", RULES)).body == FEED
    async with serving(answering(b"Hello", Content_Type="text/plain")) as base:
        with pytest.raises(DataError, match="not a feed"):
            await fetch(f"{base}/rss", RULES)


@pytest.mark.parametrize(
    ("body", "coding", "said"),
    [(gzip.compress(FEED)[:-9], "gzip", "cut short"), (b"no gzip", "gzip", "unpacked"), (FEED, "br", "not asked for")],
)
async def test_content_that_cannot_be_unpacked_is_refused(body: bytes, coding: str, said: str) -> None:
    async with serving(answering(body, Content_Encoding=coding)) as base:
        with pytest.raises((DataError, TemporaryError), match=said):
            await fetch(f"{base}/rss", RULES)


async def test_nobody_there_may_pass() -> None:
    async with serving(answering()) as base:
        pass

    with pytest.raises(TemporaryError, match="no answer"):
        await fetch(f"{base}/rss", RULES)
