"""One spelling for each link, so that a story is kept once however often and wherever it is linked."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

LONGEST_LINK = 1_000
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|ref|ref_src|cmpid|ncid|at_\w+")
_PORTS = {"https": 443, "http": 80}


def canonical(link: str) -> str:
    """The link without what says only who linked it: fragment, tracking, default port, capitals of the host.

    Empty for what is not the address of a page on the web.
    """
    text = link.strip()
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host or parts.username is not None or not text.isprintable():
        return ""
    place = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS[parts.scheme]:
        place = f"{place}:{port}"
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k.lower())]
    made = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), urlencode(kept), ""))
    return made if len(made) <= LONGEST_LINK else ""
