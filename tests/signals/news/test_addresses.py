"""Feeds are read from the open internet by https, however an address is written and whatever a name resolves to."""

from __future__ import annotations

import pytest

from signals.errors import DataError, TemporaryError
from signals.news.addresses import Resolve, is_public, place_of

PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.7"


def resolving(*ips: str) -> Resolve:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return ips

    return resolve


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:db8::1",
        "not an address",
    ],
)  # fmt: skip
def test_an_address_inside_somebodys_network_is_not_public(ip: str) -> None:
    assert not is_public(ip)


@pytest.mark.parametrize("ip", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_an_address_of_the_open_internet_is_public(ip: str) -> None:
    assert is_public(ip)


async def test_the_address_that_was_checked_is_the_one_to_connect_to() -> None:
    place = await place_of("https://News.example:8443/rss", allow_private=False, resolver=resolving(PUBLIC))

    assert (place.host, place.port, place.ip) == ("news.example", 8443, PUBLIC)


@pytest.mark.parametrize("ips", [(PRIVATE,), (PUBLIC, PRIVATE), (PUBLIC, "::1")])
async def test_a_name_with_one_private_address_is_refused(ips: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match="not a public address"):
        await place_of("https://news.example/rss", allow_private=False, resolver=resolving(*ips))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://news.example/rss", "https only"),
        ("ftp://news.example/rss", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("https:///rss", "names a host"),
        ("https://me:word@news.example/", "no user name"),
        ("https://[::1/", "cannot be read"),
        ("https://news.example:99999/", "cannot be read"),
        (f"https://news.example/{'a' * 3000}", "begins with https"),
    ],
)
async def test_an_address_that_is_no_feeds_is_refused_before_anything_is_asked(url: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        await place_of(url, allow_private=False, resolver=resolving(PUBLIC))


async def test_plain_http_goes_to_private_hosts_only_and_only_where_they_are_allowed() -> None:
    place = await place_of("http://localhost/rss", allow_private=True, resolver=resolving("127.0.0.1"))

    assert place.port == 80
    with pytest.raises(DataError, match="public hosts are read by https"):
        await place_of("http://news.example/rss", allow_private=True, resolver=resolving(PUBLIC))


async def test_a_name_without_an_address_may_have_one_later() -> None:
    with pytest.raises(TemporaryError, match="no address"):
        await place_of("https://news.example/", allow_private=False, resolver=resolving())
