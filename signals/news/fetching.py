"""One feed over the network: conditional, bounded in size and time, each redirect looked at before it is followed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from signals.errors import DataError, TemporaryError, UnavailableError
from signals.market.exchange.embargo import retry_after_s
from signals.news.addresses import Place, Resolve, place_of, resolve

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 2 * 1024 * 1024
MOST_DECODED = 8 * 1024 * 1024
MOST_REDIRECTS = 5
WHOLE_S = 20.0
AGENT = "Deskmate/0.1 (news reader)"
XML_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml")
LOOSE_TYPES = ("", "text/plain", "application/octet-stream")  # taken when the text itself begins as a feed does
_FEED_BEGINS = (b"<?xml", b"<rss", b"<feed", b"<rdf:rdf")


@dataclass(frozen=True, slots=True)
class FetchRules:
    """Bounds in bytes and seconds, whether private addresses may be read, and who resolves names."""

    allow_private: bool = False
    whole_s: float = WHOLE_S
    most_bytes: int = MOST_BYTES
    most_decoded: int = MOST_DECODED
    resolver: Resolve = resolve


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: the document, None when the feed has not changed; and what it calls this version of itself."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


async def fetch(url: str, rules: FetchRules, etag: str = "", modified: str = "") -> Fetched:
    """Read a feed, or learn that it is still the version named by `etag` and `modified`.

    TemporaryError for what may pass (no answer, 5xx, 429 with the wait that was asked for), UnavailableError for what
    will not soon (404, 410, 403), DataError for an address or a document that is refused.
    """
    try:
        async with asyncio.timeout(rules.whole_s):
            return await _followed(url, rules, etag, modified)
    except TimeoutError as e:
        raise TemporaryError(f"no whole answer within {rules.whole_s:g} s") from e


async def _followed(url: str, rules: FetchRules, etag: str, modified: str) -> Fetched:
    said = {"If-None-Match": etag, "If-Modified-Since": modified}
    asked = {name: value for name, value in said.items() if value}
    for _ in range(MOST_REDIRECTS + 1):
        place = await place_of(url, allow_private=rules.allow_private, resolver=rules.resolver)
        async with _answer(place, asked) as answer:
            if answer.status_code in (301, 302, 303, 307, 308):
                url = _next(url, answer)
                continue
            if answer.status_code == 304:
                return Fetched(None, etag, modified)
            _refused(answer)
            body = await _body(answer, rules)
            _of_a_feed(answer, body)
            return Fetched(body, _header(answer, "etag"), _header(answer, "last-modified"))
    raise DataError(f"more than {MOST_REDIRECTS} redirects")


@asynccontextmanager
async def _answer(place: Place, headers: dict[str, str]) -> AsyncIterator[httpx.Response]:
    """The answer's head. The connection goes to the address that was checked; TLS and `Host` still name the host."""
    import httpx

    url = httpx.URL(place.url).copy_with(host=place.ip, fragment=None)
    host = f"[{place.host}]" if ":" in place.host else place.host
    shown = host if urlsplit(place.url).port is None else f"{host}:{place.port}"
    sent = {"Host": shown, "User-Agent": AGENT, "Accept": ", ".join(XML_TYPES), "Accept-Encoding": "gzip", **headers}
    transport = await asyncio.to_thread(httpx.AsyncHTTPTransport, trust_env=False)
    try:
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=None, follow_redirects=False) as to:  # noqa: S113 - the whole has a deadline
            request = to.build_request("GET", url, headers=sent, extensions={"sni_hostname": place.host})
            answer = await to.send(request, stream=True)
            try:
                yield answer
            finally:
                await answer.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as e:
        raise TemporaryError(f"no answer ({type(e).__name__})") from e


def _next(url: str, answer: httpx.Response) -> str:
    target = _header(answer, "location")
    if not target:
        raise DataError("a redirect without a target")
    try:
        following = urljoin(url, target)
    except ValueError as e:
        raise DataError("a redirect whose target cannot be read") from e
    if url.startswith("https:") and not following.startswith("https:"):
        raise DataError("redirected away from https")
    return following


def _refused(answer: httpx.Response) -> None:
    status = answer.status_code
    if status == 200:
        return
    if status in (429, 503):
        wait_s = retry_after_s(answer.headers)
        raise TemporaryError(f"it answers {status} and asks for {wait_s:.0f} s of quiet", retry_after_s=wait_s)
    if status >= 500 or status == 408:
        raise TemporaryError(f"it answers {status}")
    raise UnavailableError(f"it answers {status}")


async def _body(answer: httpx.Response, rules: FetchRules) -> bytes:
    coding = _header(answer, "content-encoding").strip().lower() or "identity"
    if coding not in ("identity", "gzip", "x-gzip"):
        raise DataError("its content is packed in a way that was not asked for")
    unpack = None if coding == "identity" else zlib.decompressobj(16 + zlib.MAX_WBITS)
    taken, size, parts = 0, 0, []
    async for chunk in answer.aiter_raw(65_536):
        taken += len(chunk)
        if taken > rules.most_bytes:
            raise DataError(f"more than {rules.most_bytes} bytes")
        part = chunk if unpack is None else _unpacked(unpack, chunk, rules.most_decoded - size + 1)
        size += len(part)
        if size > rules.most_decoded:
            raise DataError(f"more than {rules.most_decoded} bytes when unpacked")
        parts.append(part)
    if unpack is not None and not unpack.eof:
        raise TemporaryError("its packed content is cut short")
    return b"".join(parts)


def _unpacked(unpack: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        return unpack.decompress(chunk, most)
    except zlib.error as e:
        raise DataError("its packed content cannot be unpacked") from e


def _of_a_feed(answer: httpx.Response, body: bytes) -> None:
    kind = _header(answer, "content-type").partition(";")[0].strip().lower()
    if not body.strip():
        raise TemporaryError("an empty answer")
    if kind in XML_TYPES or kind.endswith("+xml"):
        return
    begins = body[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_FEED_BEGINS)
    if kind not in LOOSE_TYPES or not begins:
        raise DataError(f"not a feed: its type is {kind[:60] or 'not given'}")


def _header(answer: httpx.Response, name: str) -> str:
    value: str = answer.headers.get(name, "")
    return value[:500]
