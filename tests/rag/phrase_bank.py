"""A second set of questions, in other words than the development set: a seeded generator with gold ids.

It fills the templates of `phrases`, and makes typing errors where it is asked to.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.rag.phrases import BUDGETS, EXITS, NAMES, SETUPS, SIDES, STRATEGIES, TEMPLATES, THEMES, TIMEFRAMES

Row = dict[str, Any]
Made = tuple[str, list[str]]


@dataclass(frozen=True, slots=True)
class Bank:
    """The records to ask about, by whom, and when."""

    records: Sequence[Row]
    asker: str
    now: datetime

    @property
    def own(self) -> list[Row]:
        """The asker's trades."""
        return [r for r in self.records if r["type"] == "trade" and r["owner"] == self.asker]


def questions(bank: Bank, *, per_kind: int, seed: int, typos: float) -> list[Row]:
    """Questions of every kind whose gold is not empty; `typos` is the share of questions with a slip of the finger."""
    rng = random.Random(seed)
    made: list[Row] = []
    for kind, templates in TEMPLATES.items():
        wanted, tries = per_kind, 0
        while wanted and tries < 50 * per_kind:
            tries += 1
            text, gold = _MAKERS[kind](rng, bank, rng.choice(templates))
            if not gold:
                continue
            if rng.random() < typos:
                text = _slip(rng, text)
            if rng.random() < typos:
                text = text.lower()
            row = {
                "id": f"{kind}-{seed}-{wanted}",
                "kind": kind,
                "asker": bank.asker,
                "now": _iso(bank.now),
                "text": text,
            }
            made.append({**row, "relevant": gold})
            wanted -= 1
    return made


def _why(rng: random.Random, bank: Bank, template: str) -> Made:
    one = rng.choice([r for r in bank.records if r["type"] == "signal" and _at(r) > bank.now - timedelta(days=60)])
    day = one["time"][:10]
    sided = "{side}" in template
    same = [r for r in bank.records if _is(r, "signal", one) and r["time"][:10] == day]
    gold = [r["id"] for r in same if not sided or r["side"] == one["side"]]
    side = rng.choice(SIDES[one["side"]])
    return template.format(sym=_name(rng, one), side=side, day=_day(rng, day, bank.now)), gold


def _last(rng: random.Random, bank: Bank, template: str) -> Made:
    one = rng.choice(bank.own)
    return template.format(sym=_name(rng, one)), _newest(_alike(bank.own, one), 3)


def _exit(rng: random.Random, bank: Bank, template: str) -> Made:
    one = rng.choice([r for r in bank.own if r["exit_reason"] in EXITS])
    said, inside = _span(rng, _at(one), bank.now)
    same = [r for r in bank.own if r["symbol"] == one["symbol"] and r["exit_reason"] == one["exit_reason"]]
    return template.format(sym=_name(rng, one), exit=rng.choice(EXITS[one["exit_reason"]]), span=said), [
        r["id"] for r in same if inside(_at(r))
    ]


def _bt(rng: random.Random, bank: Bank, template: str) -> Made:
    one = rng.choice([r for r in bank.records if r["type"] == "backtest"])
    keys = ("timeframe", "strategy")
    gold = [r["id"] for r in bank.records if _is(r, "backtest", one) and all(r[k] == one[k] for k in keys)]
    strategy, tf = rng.choice(STRATEGIES[one["strategy"]]), rng.choice(TIMEFRAMES[one["timeframe"]])
    return template.format(sym=_name(rng, one), strategy=strategy, tf=tf), gold


def _latest(rng: random.Random, bank: Bank, template: str) -> Made:
    one = rng.choice([r for r in bank.records if r["type"] == "signal"])
    same = [r for r in bank.records if _is(r, "signal", one) and r["timeframe"] == one["timeframe"]]
    return template.format(sym=_name(rng, one), tf=rng.choice(TIMEFRAMES[one["timeframe"]])), _newest(same, 2)


def _setup(rng: random.Random, bank: Bank, template: str) -> Made:
    one = rng.choice([r for r in bank.records if r["type"] == "signal"])
    said, inside = _span(rng, _at(one), bank.now)
    gold = [r["id"] for r in bank.records if _is(r, "signal", one) and r["setup"] == one["setup"] and inside(_at(r))]
    return template.format(sym=_name(rng, one), setup=rng.choice(SETUPS[one["setup"]]), span=said), gold


def _note(rng: random.Random, bank: Bank, template: str) -> Made:
    starts = rng.choice(list(THEMES))
    noted = [r for r in bank.own if r["note"].startswith(starts)]
    if not noted:
        return "", []
    one = rng.choice(noted)
    gold = [r["id"] for r in noted if "{sym}" not in template or r["symbol"] == one["symbol"]]
    return template.format(sym=_name(rng, one), theme=rng.choice(THEMES[starts])), gold


def _advice(rng: random.Random, bank: Bank, template: str) -> Made:
    one = rng.choice([r for r in bank.records if r["type"] == "signal"])
    issued = [r for r in bank.records if _is(r, "signal", one)]
    gold = [i for tf in TIMEFRAMES for i in _newest([r for r in issued if r["timeframe"] == tf], 1)]
    gold += _newest(_alike(bank.own, one), 3)
    gold += _newest([r for r in bank.records if _is(r, "backtest", one)], 3)
    return template.format(sym=_name(rng, one), budget=rng.choice(BUDGETS)), gold


_MAKERS = {
    "why": _why, "last": _last, "exit": _exit, "bt": _bt, "latest": _latest, "setup": _setup, "note": _note,
    "advice": _advice, "nosym": _note,
}  # fmt: skip


def _span(rng: random.Random, at: datetime, now: datetime) -> tuple[str, Callable[[datetime], bool]]:
    month = (now.year * 12 + now.month) - (at.year * 12 + at.month)
    week = (now - timedelta(days=now.weekday())).date()
    choices: list[tuple[str, Callable[[datetime], bool]]] = [
        (f"in {at:%B}", lambda t: (t.year, t.month) == (at.year, at.month)),
        (f"since {at:%B}", lambda t: (t.year, t.month) >= (at.year, at.month)),
        ("this year", lambda t: t.year == now.year),
        ("ytd", lambda t: t.year == now.year),
    ]
    if month == 0:
        choices += [("this month", choices[0][1])] * 3
    if month == 1:
        choices += [("last month", choices[0][1])] * 3
    if at > now - timedelta(days=30):
        recent = ("past 30d", "in the last 30 days", "last 30 days")
        choices += [(said, lambda t: t > now - timedelta(days=30)) for said in recent]
    if timedelta(0) < week - at.date() <= timedelta(days=7):
        choices += [("last week", lambda t: timedelta(0) < week - t.date() <= timedelta(days=7))] * 3
    return rng.choice(choices)


def _day(rng: random.Random, day: str, now: datetime) -> str:
    at = datetime.fromisoformat(day)
    ago = (now.date() - at.date()).days
    forms = [f"{at.day} {at:%B}", f"{at:%B} {at.day}", f"{at.day}/{at.month}", f"{at:%d.%m.}", day]
    forms += [f"{at:%b} {at.day}", f"{at.day} {at:%b}"]
    forms += [f"the {at.day}th of {at:%B}"] if 3 < at.day < 21 else []
    forms += ["yday", "yesterday"] * 4 if ago == 1 else []
    forms += [f"{at:%A}", f"last {at:%A}", f"{at:%A}".lower()] if 1 < ago < 7 else []
    return rng.choice(forms)


def _slip(rng: random.Random, text: str) -> str:
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if word.isalpha() and len(word) >= 6]
    if not long:
        return text
    i = rng.choice(long)
    word, at = words[i], rng.randrange(1, len(words[i]) - 1)
    slips = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + rng.choice("aeiourstn") + word[at + 1 :],
    )
    words[i] = rng.choice(slips)
    return " ".join(words)


def _name(rng: random.Random, row: Row) -> str:
    return rng.choice(NAMES[row["symbol"]])


def _is(row: Row, kind: str, like: Row) -> bool:
    return bool(row["type"] == kind and row["symbol"] == like["symbol"])


def _alike(rows: Sequence[Row], like: Row) -> list[Row]:
    return [r for r in rows if r["symbol"] == like["symbol"]]


def _newest(rows: Sequence[Row], count: int) -> list[str]:
    return [r["id"] for r in sorted(rows, key=lambda r: str(r["time"]))[-count:]]


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row["time"])


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def synthetic_records(seed: int, now: datetime) -> list[Row]:
    """Invented records in the format of the evaluation, half a year of them, of two owners."""
    rng = random.Random(seed)
    notes = [f"{start} and so on." for starts in THEMES for start in starts]
    made: list[Row] = []
    for i in range(450):
        minutes = rng.randrange(1, 170 * 24 * 4) * 15
        row: Row = {
            "id": f"r-{i:04d}",
            "symbol": rng.choice(list(NAMES)),
            "timeframe": rng.choice(list(TIMEFRAMES)),
            "time": _iso(now - timedelta(minutes=minutes)),
            "strategy": rng.choice(list(STRATEGIES)),
        }
        prices = {"entry": 100.0, "stop": 98.0, "target": 103.0, "atr": 1.0, "rsi_14": 50.0, "confidence": 0.6}
        kind = ("signal", "trade", "backtest")[min(2, i % 5 // 2)]
        if kind == "signal":
            row |= {"owner": None, "side": rng.choice(list(SIDES)), "setup": rng.choice(list(SETUPS)), "reason": "so"}
            row |= prices
        elif kind == "trade":
            row |= {"owner": rng.choice(("u1", "u2")), "side": "LONG", "exit_reason": rng.choice(list(EXITS))}
            row |= {
                "entry": 100.0,
                "exit": 101.0,
                "return_pct": 1.0,
                "size_usd": 500.0,
                "pnl_usd": 5.0,
                "held_hours": 3.0,
            }
            row |= {"note": rng.choice(["", *notes])}
        else:
            row |= {"owner": None, "sharpe": 0.5, "return_pct": 2.0, "max_drawdown_pct": 9.0, "win_rate_pct": 50.0}
            row |= {"trades": 40, "period_days": 90, "sma_period": 50, "sl_multiplier": 2.0, "tp_multiplier": 3.0}
        made.append({"type": kind, **row})
    return made
