"""What a person writes for a preference, read strictly; and preferences in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from zoneinfo import available_timezones

from bot.amounts import parse_timeframe, watched_symbol
from bot.jobs.watch import Watch
from bot.reply import Table
from signals.errors import UserError
from storage.delivery_values import Preferences

EVERYTHING = ("all", "any", "everything")
NOTHING = ("off", "none", "no")
DIGEST_AT = "08:00"
_QUIET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\s*(?:-|–|to)\s*([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,3})\s*%?", re.ASCII)


def changed(wanted: Preferences, setting: str, text: str, watch: Watch) -> Preferences:
    """The preferences with one setting as it was written; UserError names what is possible."""
    return _READERS[setting](wanted, text.strip(), watch)


def symbols_of(text: str, watched: Sequence[str]) -> tuple[str, ...]:
    """Watched symbols by any of their names, between commas or blanks; none for `all`."""
    if text.lower() in EVERYTHING:
        return ()
    return tuple(dict.fromkeys(watched_symbol(word, watched) for word in _words(text)))


def zone_of(text: str) -> str:
    """The IANA name of a time zone, whatever its case; UserError with the nearest names otherwise."""
    names = {name.lower(): name for name in available_timezones()}
    typed = text.lower().replace(" ", "_")
    if typed in names:
        return names[typed]
    cities = {name.rpartition("/")[2]: full for name, full in sorted(names.items()) if "/" in name}
    near = [cities[typed]] if typed in cities else []
    near += [names[name] for name in get_close_matches(typed, names, n=3, cutoff=0.7)]
    near += [cities[city] for city in get_close_matches(typed, cities, n=3, cutoff=0.7)]
    shown = text if len(text) <= 40 else text[:40] + "…"
    found = list(dict.fromkeys(near))[:3]
    hint = f"did you mean {' or '.join(found)}?" if found else "write one such as Europe/Berlin, Asia/Tokyo or UTC"
    raise UserError(f"{shown!r} is not a time zone; {hint}")


def table_of(wanted: Preferences) -> Table:
    """Every setting with its value."""
    quiet = f"{wanted.quiet[0]} to {wanted.quiet[1]}" if wanted.quiet else "off"
    floor = f"{wanted.min_confidence_pct} %" if wanted.min_confidence_pct else "off: any signal the rules issue"
    rows = (
        ("symbols", ", ".join(wanted.symbols) or "all"),
        ("timeframes", ", ".join(wanted.timeframes) or "all"),
        ("confidence", floor),
        ("quiet", quiet),
        ("zone", wanted.time_zone),
        ("digest", f"daily at {DIGEST_AT}" if wanted.digest else "off"),
    )
    return Table("Settings", ("setting", "value"), rows)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[,;\s]+", text) if word]


def _symbols(wanted: Preferences, text: str, watch: Watch) -> Preferences:
    return replace(wanted, symbols=symbols_of(text, watch.symbols))


def _timeframes(wanted: Preferences, text: str, watch: Watch) -> Preferences:
    if text.lower() in EVERYTHING:
        return replace(wanted, timeframes=())
    found = dict.fromkeys(parse_timeframe(word, watch.timeframes).value for word in _words(text))
    return replace(wanted, timeframes=tuple(found))


def _confidence(wanted: Preferences, text: str, _watch: Watch) -> Preferences:
    if text.lower() in NOTHING:
        return replace(wanted, min_confidence_pct=0)
    found = _PERCENT.fullmatch(text)
    if found is None or int(found[1]) > 100:
        raise UserError(f"{text[:40]!r} is not a confidence: write whole percent from 0 to 100, or off")
    return replace(wanted, min_confidence_pct=int(found[1]))


def _quiet(wanted: Preferences, text: str, _watch: Watch) -> Preferences:
    if text.lower() in NOTHING:
        return replace(wanted, quiet=None)
    found = _QUIET.fullmatch(text)
    if found is None:
        raise UserError(f"{text[:40]!r} are no quiet hours: write them as 22:00-07:00, or off")
    begin, end = f"{found[1]}:{found[2]}", f"{found[3]}:{found[4]}"
    if begin == end:
        raise UserError("Quiet hours need two different times, as in 22:00-07:00; off for none")
    return replace(wanted, quiet=(begin, end))


def _zone(wanted: Preferences, text: str, _watch: Watch) -> Preferences:
    return replace(wanted, time_zone=zone_of(text))


def _digest(wanted: Preferences, text: str, _watch: Watch) -> Preferences:
    if text.lower() not in ("on", "off"):
        raise UserError(f"{text[:40]!r} is not possible for the digest; possible: on, off")
    return replace(wanted, digest=text.lower() == "on")


_READERS: Mapping[str, Callable[[Preferences, str, Watch], Preferences]] = {
    "symbols": _symbols,
    "timeframes": _timeframes,
    "confidence": _confidence,
    "quiet": _quiet,
    "zone": _zone,
    "digest": _digest,
}
