"""An HTTP session that refuses bodies beyond a bound, since ccxt would read them whole."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from signals.errors import TemporaryError

if TYPE_CHECKING:
    import aiohttp

MAX_BODY_BYTES = 48 * 1024 * 1024  # Binance's list of markets is about 12 MiB
CHUNK_BYTES = 1 << 16


def bounded_session(max_bytes: int = MAX_BODY_BYTES) -> aiohttp.ClientSession:
    """A session whose responses raise `TemporaryError` once they exceed `max_bytes` decoded. Needs a running loop."""
    import aiohttp
    import certifi

    class BoundedResponse(aiohttp.ClientResponse):
        async def read(self) -> bytes:
            if self._body is None:
                parts, size = [], 0
                async for part in self.content.iter_chunked(CHUNK_BYTES):
                    size += len(part)
                    if size > max_bytes:
                        self.close()
                        raise TemporaryError(f"{self.url.host} answered with more than {max_bytes} bytes")
                    parts.append(part)
                self._body = b"".join(parts)
            return self._body

    tls = ssl.create_default_context(cafile=certifi.where())
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls), response_class=BoundedResponse)
