"""Parses one feed in a process of its own: the document on standard input, JSON on standard output.

Run as a script with nothing of its parent's environment, so that a hostile document can burn no more than the seconds
and bytes that are set here. The only home of feedparser and defusedxml.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

CPU_S = 8
MEMORY_BYTES = 1 << 30
MOST_ENTRIES = 200
LONGEST = {"title": 1_000, "summary": 6_000, "link": 2_000}


def main() -> int:
    """Status 0 and the entries; 3 and a sentence when the document is refused."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    raw = sys.stdin.buffer.read()
    refusal, whole = _looked_at(raw)
    if refusal:
        sys.stdout.write(json.dumps({"refused": refusal}))
        return 3
    sys.stdout.write(json.dumps(_read(raw) | {"whole": whole}))
    return 0


def _looked_at(raw: bytes) -> tuple[str, bool]:
    """Why the document is refused (empty: it is not), and whether it is well-formed XML."""
    import xml.sax

    from defusedxml import EntitiesForbidden, ExternalReferenceForbidden
    from defusedxml.sax import parse

    try:
        parse(io.BytesIO(raw), xml.sax.ContentHandler(), forbid_entities=True, forbid_external=True)
    except (EntitiesForbidden, ExternalReferenceForbidden):
        return "it declares entities, which no feed needs", True
    except (xml.sax.SAXException, ValueError, LookupError):  # the loose parser may still make sense of it
        return "", False
    return "", True


def _read(raw: bytes) -> dict[str, Any]:
    import feedparser

    found = feedparser.parse(io.BytesIO(raw), sanitize_html=False, resolve_relative_uris=False)
    entries = [_entry(one) for one in found.entries[:MOST_ENTRIES]]
    return {"entries": entries, "left": max(0, len(found.entries) - MOST_ENTRIES), "version": str(found.version)}


def _entry(one: Any) -> dict[str, Any]:
    moment = one.get("published_parsed") or one.get("updated_parsed")
    texts = {name: str(one.get(name) or "")[:most] for name, most in LONGEST.items()}
    return texts | {"at": None if moment is None else list(moment[:6])}


if __name__ == "__main__":
    sys.exit(main())
