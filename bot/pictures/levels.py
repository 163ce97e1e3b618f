"""A plan and issued signals on a candle chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from bot.pictures.panel import Level, Panel
from bot.pictures.place import Places
from bot.pictures.scale import price_text
from bot.pictures.sheet import Fill, Sheet, Stroke, points
from bot.pictures.theme import DASHED, DOTTED, SOLID, Palette
from signals.clock import to_ms
from signals.model import Candles, Issued, Plan

LINE = 3.0


def plan_levels(plan: Plan, digits: int, colours: Palette) -> tuple[Level, ...]:
    """Entry, limit, stop and targets with their prices; the invalidation where it is not the stop."""
    named = [("Entry" if i == 0 else "Limit", price, colours.entry, SOLID) for i, price in enumerate(plan.entries)]
    named.append(("Stop", plan.stop, colours.falling, DASHED))
    if plan.invalidation != plan.stop:
        named.append(("Invalid", plan.invalidation, colours.warning, DOTTED))
    several = len(plan.targets) > 1
    for i, price in enumerate(plan.targets, start=1):
        named.append((f"T{i}" if several else "Target", price, colours.rising, (8.0, 2.0)))
    return tuple(
        Level(price, f"{name} {price_text(price, digits)}", colour, Stroke(colour, LINE, dashes, 0.9))
        for name, price, colour, dashes in named
    )


def plan_zones(sheet: Sheet, colours: Palette, plan: Plan, panel: Panel, at: Places) -> None:
    """Shade what may be lost and what may be won, from the bar of the decision to the right edge."""
    decided_ms = to_ms(plan.expires_at) - (plan.rules.horizon_bars + 1) * at.step_ms
    left = min(max(at.of(decided_ms) + at.slot / 2, panel.box.left), float(at.x[-1]) + at.slot / 2)
    entry, stop, target = (float(panel.y(v)) for v in (plan.entries[0], plan.stop, plan.targets[-1]))
    right = panel.box.right
    for end, colour in ((stop, colours.falling), (target, colours.rising)):
        zone = points((left, min(entry, end), right, max(entry, end)))
        sheet.boxes(zone, Fill(colour, alpha=0.13), panel.box)


def signal_marks(
    sheet: Sheet, colours: Palette, issued: Sequence[Issued], candles: Candles, where: tuple[Panel, Places]
) -> None:
    """A triangle below the bar of a signal to buy, pointing up, and above that of one to sell, pointing down."""
    panel, at = where
    size = float(np.clip(at.slot * 0.9, 16, 30))
    for signal in (one.signal for one in issued):
        i = _bar_of(candles, signal.bar_open_at)
        if i is None or not signal.direction:
            continue
        side = signal.direction
        tip = float(panel.y(float(candles.low[i] if side > 0 else candles.high[i]))) - side * 12
        x, foot = float(at.x[i]), tip - side * size * 1.5
        triangle = np.array([[[x, tip], [x - size, foot], [x + size, foot]]])
        colour = colours.rising if side > 0 else colours.falling
        sheet.shapes(triangle, Fill(colour, colours.ink, 3), panel.box)


def _bar_of(candles: Candles, opened_at: datetime | None) -> int | None:
    if opened_at is None:
        return None
    found = np.flatnonzero(candles.open_ms == to_ms(opened_at))
    return int(found[0]) if len(found) else None
