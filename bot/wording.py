"""How numbers, times and labels are written in replies, the same on every platform."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from rag.recommendation import Recommendation
from signals.universe import base_of

_HIDDEN = {"Cc", "Cf", "Cs", "Co"}


def clean(text: str) -> str:
    """Text without control, bidi, tag and other invisible characters, but for line breaks."""
    spaced = text.replace("\r\n", "\n").replace("\t", " ")
    return "".join(c for c in spaced if c == "\n" or unicodedata.category(c) not in _HIDDEN)


def number(value: float | Decimal) -> str:
    """All digits that matter, with thousands separated, never in exponents: `1,561.2`."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    text = f"{exact:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: float | Decimal) -> str:
    """A sum to the cent: `1,280.57`."""
    return f"{value:,.2f}"


def percent(fraction: float) -> str:
    """`58 %` of 0.58."""
    return f"{fraction * 100:.0f} %"


def when(moment: datetime) -> str:
    """`2022-11-08 12:00 UTC`."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def age(seconds: float) -> str:
    """How long ago in one unit: `40 s`, `12 min`, `5 h`, `3 days`."""
    s = max(0.0, seconds)
    if s < 90:
        return f"{s:.0f} s"
    if s < 5400:
        return f"{s / 60:.0f} min"
    return f"{s / 3600:.0f} h" if s < 172_800 else f"{s / 86_400:.0f} days"


def method_label(recommendation: Recommendation) -> str:
    """`rules only`, or the name of the model whose checked words are in the answer."""
    if recommendation.method == "rules":
        return "rules only"
    return f"model: {recommendation.model or 'unnamed'}"


def confidence_line(r: Recommendation) -> str:
    """The calibrated probability with its n, or that there is none yet."""
    if r.confidence is None:
        return r.confidence_note or "uncalibrated: too few resolved signals like this one"
    shown = f"{percent(r.confidence)}, n = {r.confidence_n}"
    return f"{shown} ({r.confidence_note})" if r.confidence_note else shown


def size_line(r: Recommendation) -> str:
    """Position in money and coins, and the cap that bound it."""
    if r.quantity <= 0:
        return f"none: bound by {r.size_bound_by}" if r.size_bound_by else "none"
    coins = f"{number(r.quantity)} {base_of(r.symbol or '')}".strip()
    bound = f", bound by {r.size_bound_by}" if r.size_bound_by else ""
    return f"{money(r.position_size_usd)} USDT = {coins}{bound}"


def caps_line(r: Recommendation) -> str:
    """Every cap in coins, rounded down to the step of the quantity, so that the smallest can be found again."""
    exponent = r.quantity.as_tuple().exponent
    places = min(8, -exponent) if r.quantity and isinstance(exponent, int) and exponent < 0 else 8
    step = Decimal(1).scaleb(-places)
    return "; ".join(f"{cap.name} {number(cap.quantity.quantize(step, ROUND_DOWN))}" for cap in r.size_caps)


def price_line(r: Recommendation) -> str:
    """The price, the moment it was known, its age and its exchange; or that there is none."""
    if r.price is None:
        return "none"
    known = f" at {when(r.price_at)}" if r.price_at else ""
    old = f", {age(r.data_age_s)} old" if r.data_age_s is not None else ""
    place = f", {r.exchange}" if r.exchange else ""
    return f"{number(r.price)} USDT{known}{old}{place}"
