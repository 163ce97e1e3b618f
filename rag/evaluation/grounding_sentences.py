"""Sentences a model might write over realistic facts and sources: true ones, and the same with one thing made wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from rag.evaluation.grounding_worlds import NAMES, NOW, Slot, World, long_date_only
from rag.grounding import Evidence

_SLOT = re.compile(r"{(\w+)}")
TEMPLATES = (
    "The price of {asset} is {price}, and the stop-loss sits at {stop}.",
    "{asset} trades at {price} USDT.",
    "The plan enters at {entry} with a stop at {stop} and a first target of {target}.",
    "The final target of {last} is worth {rr} times the risk.",
    "RSI 14 stands at {rsi}, which leaves room.",
    "With RSI at {rsi}, momentum is not exhausted.",
    "The conviction is {conviction} and the evidence favours going {side}.",
    "The plan is to go {side} while the price holds {price}.",
    "A reward/risk of {rr} is acceptable.",
    "The {asset} price {moved} {change} % over the last 24 bars.",
    "The change over 24 bars is {signed} %.",
    "The stop is {distance} % away from the entry.",
    "ATR is {atr}, so the stop at {stop} is not too tight.",
    "The position of {size} USDT risks {risk} USDT.",
    "It would lose {risk} USDT at the stop.",
    "Confidence is {confidence} % from {cases} resolved signals.",
    "{reached} of {cases} signals like this one reached the target first.",
    "The backtest returned {bt_signed} % over {bt_trades} trades [3].",
    "Its Sharpe ratio was {sharpe}, with a drawdown of {drawdown} % [3].",
    "The win rate was {win} % [3].",
    "In the backtest {bt_trades} trades had a win rate of {win} % and a profit factor of {factor} [3].",
    "Your {t_side} trade closed on {t_date} {t_moved} {t_pct} % [2].",
    "That trade made {t_money} in {t_hours} hours [2].",
    "You entered at {t_entry} and left at {t_exit} [2].",
    "An earlier signal came at {s_price} with a stop-loss of {s_stop} [1].",
    "A {s_action} signal was given for {asset} on {s_date} [1].",
    "The setup on {s_date} had a conviction of {s_conviction} % [1].",
    "The trend is intact and the volume supports it.",
    "A close beyond {invalid} would invalidate the idea.",
    "The 200-bar average is far away, but the price is close to {price}.",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A sentence over evidence; `kind` says what was made wrong with it, "" for a true one."""

    text: str
    evidence: Evidence
    kind: str = ""


def true_cases(world: World, rng: random.Random) -> Iterator[Case]:
    """Every template, spoken in one of its ways."""
    for template in TEMPLATES:
        yield Case(_fill(world, template, rng)[0], world.evidence)


def wrong_cases(world: World, rng: random.Random) -> Iterator[Case]:
    """Every template with one thing made wrong, each in one way that fits it."""
    for template in TEMPLATES:
        names = [name for name in _SLOT.findall(template) if name in world.slots]
        if names:
            yield from _wrong_numbers(world, template, rng.choice(names), rng)
        yield from _wrong_words(world, template, rng)


def _wrong_numbers(world: World, template: str, name: str, rng: random.Random) -> Iterator[Case]:
    text, spoken = _fill(world, template, rng)
    del text
    slot, style = world.slots[name], spoken[name][0]
    shown = slot.spoken(style)
    for kind, change in CORRUPTIONS.items():
        if kind == "percent" and f"{{{name}}} %" not in template:
            continue
        wrong = change(slot, style, world, rng)
        if wrong is None or wrong == shown or _still_true(wrong, slot, style):
            continue
        chosen = {**{n: s[1] for n, s in spoken.items()}, name: wrong}
        yield Case(_written(template, {**world.words, **chosen}), world.evidence, kind)


def _wrong_words(world: World, template: str, rng: random.Random) -> Iterator[Case]:
    flipped = dict(world.words)
    other = rng.choice([name for symbol in NAMES for name in NAMES[symbol] if symbol != world.evidence.symbol])
    for key, kind, value in (
        ("moved", "gained/lost", {"gained": "lost", "lost": "gained"}.get(world.words["moved"])),
        ("t_moved", "gained/lost", {"gained": "lost", "lost": "gained"}.get(world.words["t_moved"])),
        ("side", "side", {"long": "short", "short": "long"}[world.words["side"]]),
        ("s_action", "side", {"BUY": "SELL", "SELL": "BUY"}[world.words["s_action"]]),
        ("t_side", "side", {"LONG": "SHORT", "SHORT": "LONG"}[world.words["t_side"]]),
        ("asset", "asset", other),
        ("t_date", "date", _shifted(world.words["t_date"], rng)),
        ("t_date", "date", long_date_only(NOW - timedelta(days=rng.randint(40, 300)))),
        ("s_date", "date", f"{NOW - timedelta(days=rng.randint(40, 300)):%Y-%m-%d}"),
    ):
        if f"{{{key}}}" in template and value:
            changed = replace(world, words={**flipped, key: value})
            yield Case(_fill(changed, template, rng)[0], world.evidence, kind)


def _shifted(day: str, rng: random.Random) -> str | None:
    """A day close to the true one, but on no day that the evidence names by itself."""
    true = datetime.strptime(day, "%d %B %Y").replace(tzinfo=UTC)
    return long_date_only(true + timedelta(days=rng.choice((-1, 1)) * rng.randint(8, 25)))


def _digit(slot: Slot, style: str, _world: World, rng: random.Random) -> str | None:
    shown = slot.spoken(style)
    at = rng.choice([i for i, c in enumerate(shown) if c.isdigit()])
    digit = str((int(shown[at]) + rng.randint(1, 9)) % 10)
    return shown[:at] + digit + shown[at + 1 :]


def _scaled(slot: Slot, style: str, _world: World, rng: random.Random) -> str | None:
    return slot.spoken(style, slot.value * rng.choice((0.1, 10, 100)))


def _near(slot: Slot, style: str, _world: World, rng: random.Random) -> str | None:
    changed = slot.value * (1 + rng.choice((-1, 1)) * rng.uniform(0.02, 0.3))
    return slot.spoken(style, round(changed) if style == "d" else changed)


def _sign(slot: Slot, style: str, _world: World, _rng: random.Random) -> str | None:
    return slot.spoken(style, -slot.value) if "+" in style else None


def _percent(slot: Slot, style: str, _world: World, rng: random.Random) -> str | None:
    """A share for a percentage or the reverse; only for what stands before a percent sign."""
    return slot.spoken(style, slot.value / 100 if rng.random() < 0.5 else slot.value * 100)


def _unit(slot: Slot, style: str, _world: World, _rng: random.Random) -> str | None:
    """Millions for thousands, thousands for ones."""
    shown = slot.spoken(style)
    if style == "k":
        return shown.replace("k", "M")
    return f"{shown}k" if slot.value >= 100 and style != "d" else None


def _swapped(slot: Slot, style: str, world: World, rng: random.Random) -> str | None:
    group = next((g for g in SWAPS if any(world.slots[n] is slot for n in g)), ())
    others = [world.slots[name].value for name in group if world.slots[name] is not slot]
    return slot.spoken(style, rng.choice(others)) if others else None


SWAPS = (("entry", "stop", "target", "last"), ("win", "drawdown"), ("s_price", "s_stop"), ("rsi", "bt_trades"))
CORRUPTIONS: dict[str, Callable[[Slot, str, World, random.Random], str | None]] = {
    "digit": _digit,
    "scale": _scaled,
    "near": _near,
    "sign": _sign,
    "percent": _percent,
    "unit": _unit,
    "swapped": _swapped,
}


def _still_true(wrong: str, slot: Slot, style: str) -> bool:
    """Whether the changed text still means the value, e.g. 061 or a digit beyond its precision."""
    digits = re.sub(r"[^\d.+-]", "", wrong)
    said = slot.spoken(style)
    shown = re.sub(r"[^\d.+-]", "", said)
    return float(digits or 0) == float(shown) and wrong[-1:].isalpha() == said[-1:].isalpha() and wrong[-1:] != "M"


def _fill(world: World, template: str, rng: random.Random) -> tuple[str, dict[str, tuple[str, str]]]:
    spoken = {}
    for name in _SLOT.findall(template):
        if name in world.slots:
            style = rng.choice(world.slots[name].styles)
            spoken[name] = (style, world.slots[name].spoken(style))
    return _written(template, {**world.words, **{n: s[1] for n, s in spoken.items()}}), spoken


def _written(template: str, values: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: values[match[1]], template)
