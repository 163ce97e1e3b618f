"""Where a feed may be read: https, and no address inside somebody's own network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from signals.errors import DataError, TemporaryError

LONGEST_URL = 2_000
Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")


@dataclass(frozen=True, slots=True)
class Place:
    """A checked address: the URL, its host and port, and the one IP address to connect to, whatever DNS says later."""

    url: str
    host: str
    port: int
    ip: str


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Every IP address of a host, as the machine's resolver gives them. TemporaryError when it has none to give."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:
        raise TemporaryError(f"the name {host} could not be resolved") from e
    return tuple(dict.fromkeys(str(info[4][0]) for info in found))


async def place_of(url: str, *, allow_private: bool, resolver: Resolve = resolve) -> Place:
    """The place a URL may be read at; DataError when it may not.

    Every address of the host has to be a public one: a name with one public and one private address is refused.
    `allow_private` lets private ones in, and plain http to them; public hosts need https in any case.
    """
    parts = _checked(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme == "http" and not allow_private:
        raise DataError(f"{host} is addressed by http: feeds are read by https only")
    found = await resolver(host, port)
    if not found:
        raise TemporaryError(f"the name {host} has no address")
    private = [ip for ip in found if not is_public(ip)]
    if private and not allow_private:
        raise DataError(f"{host} is at {private[0]}, which is not a public address")
    if parts.scheme == "http" and len(private) < len(found):
        raise DataError(f"{host} is addressed by http: public hosts are read by https only")
    return Place(url, host, port, found[0])


def is_public(ip: str) -> bool:
    """Whether an IP address is one of the open internet, also behind every way of writing IPv4 into IPv6."""
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64_LOCAL:
            return False
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if any(one is not None and not is_public(str(one)) for one in inner):
            return False
        if address.ipv4_mapped is not None or address in _NAT64:
            return True
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as e:
        raise DataError("the address of a feed cannot be read") from e
    if len(url) > LONGEST_URL or parts.scheme not in ("https", "http") or not usable:
        raise DataError("a feed's address begins with https:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise DataError("a feed's address carries no user name or password")
    return parts
