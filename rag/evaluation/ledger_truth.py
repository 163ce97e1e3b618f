# ruff: noqa: S608 - the pieces are constants of this module, every value is bound
"""What is true of a ledger, by plain SQL of its own: nothing here is shared with the tools that are measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol

from rag.evaluation.ledger_questions import Wanted

_POSITIVE = "pnl_usd NOT LIKE '-%' AND pnl_usd GLOB '*[1-9]*'"
_NEGATIVE = "pnl_usd LIKE '-%' AND pnl_usd GLOB '*[1-9]*'"
_KEYS = {
    "symbol": "REPLACE(t.symbol, 'MATIC', 'POL')",
    "strategy": "t.strategy",
    "timeframe": "t.timeframe",
    "exit_reason": "IFNULL(t.exit_reason, '')",
    "side": "t.side",
    "setup": "IFNULL((SELECT setup FROM signals WHERE signal_id = t.signal_id), '')",
    "day": "strftime('%Y-%m-%d', t.closed_at / 1000, 'unixepoch')",
    "week": "date(t.closed_at / 1000, 'unixepoch', 'weekday 0', '-6 days')",
    "month": "strftime('%Y-%m', t.closed_at / 1000, 'unixepoch')",
}


class Connection(Protocol):
    """What runs plain SQL."""

    async def exec_driver_sql(self, statement: str, parameters: tuple[Any, ...], /) -> Any:
        """The result of the statement."""
        ...


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970 without a float in between."""
    since = at - datetime(1970, 1, 1, tzinfo=at.tzinfo)
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


async def truth(conn: Connection, owner: str, now: datetime, wanted: Wanted) -> dict[str, Any]:
    """The figures that the question asks for; money as fractions. SQLite only: amounts are text there."""
    if wanted.about == "signal":
        return await _signals(conn, now, wanted)
    if wanted.about == "backtest":
        return await _backtests(conn, now, wanted)
    if wanted.about == "recommendation":
        return await _advice(conn, owner, now, wanted)
    if wanted.figure == "exposure":
        return await _exposure(conn, owner, now, wanted)
    where, values = _closed(owner, now, wanted)
    found: dict[str, Any] = await _basics(conn, where, values)
    about, about_values = _about(owner, now, wanted)
    later, later_values = _bounds("t.opened_at", wanted)
    still = f"{about}{later} AND (t.closed_at IS NULL OR t.closed_at > ?)"
    rows = await _all(
        conn, f"SELECT COUNT(*) FROM trades t WHERE {still}", [*about_values, *later_values, epoch_ms(now)]
    )
    found["open"] = rows[0][0]
    if wanted.by:
        found["groups"] = await _groups(conn, where, values, wanted.by)
    elif wanted.figure in ("streak", "drawdown", "holding time", "best", "worst", "expectancy"):
        found |= await _special(conn, where, values, wanted)
    return found


async def _basics(conn: Connection, where: str, values: Sequence[Any]) -> dict[str, Any]:
    priced = f"{where} AND t.pnl_usd IS NOT NULL"
    sums = {}
    for name, condition in (("won", _POSITIVE), ("lost", _NEGATIVE), ("closed", "1")):
        sums[name] = (await _all(conn, f"SELECT COUNT(*) FROM trades t WHERE {priced} AND {condition}", values))[0][0]
    unpriced = await _all(conn, f"SELECT COUNT(*) FROM trades t WHERE {where} AND t.pnl_usd IS NULL", values)
    rows = await _all(conn, f"SELECT t.pnl_usd, t.fees_usd FROM trades t WHERE {priced}", values)
    pnl = sorted(Fraction(row[0]) for row in rows)
    middle = (pnl[(len(pnl) - 1) // 2] + pnl[len(pnl) // 2]) / 2 if pnl else None
    return sums | {
        "even": sums["closed"] - sums["won"] - sums["lost"],
        "unpriced": unpriced[0][0],
        "total_usd": sum(pnl, Fraction(0)),
        "fees_usd": sum((Fraction(row[1]) for row in rows), Fraction(0)),
        "average_usd": round(sum(pnl) / len(pnl) * 10**8) / Fraction(10**8) if pnl else None,
        "median_usd": middle,
        "best_usd": pnl[-1] if pnl else None,
        "worst_usd": pnl[0] if pnl else None,
    }


async def _groups(conn: Connection, where: str, values: Sequence[Any], by: str) -> dict[str, tuple[int, int, Fraction]]:
    query = f"SELECT {_KEYS[by]}, t.pnl_usd FROM trades t WHERE {where} AND t.pnl_usd IS NOT NULL"
    groups: dict[str, tuple[int, int, Fraction]] = {}
    for key, pnl in await _all(conn, query, values):
        n, won, total = groups.get(key, (0, 0, Fraction(0)))
        amount = Fraction(pnl)
        groups[key] = (n + 1, won + (amount > 0), total + amount)
    return groups


async def _special(conn: Connection, where: str, values: Sequence[Any], wanted: Wanted) -> dict[str, Any]:
    priced = f"FROM trades t WHERE {where} AND t.pnl_usd IS NOT NULL"
    rows = await _all(conn, f"SELECT t.trade_id, t.pnl_usd {priced} ORDER BY t.closed_at, t.trade_id", values)
    pnl = [Fraction(row[1]) for row in rows]
    if wanted.figure == "streak":
        letters = "".join("w" if one > 0 else "l" if one < 0 else "." for one in pnl)
        runs = {sign: max((len(run) for run in _runs(letters, sign)), default=0) for sign in "wl"}
        tail = len(letters) - len(letters.rstrip(letters[-1:])) if letters[-1:] in ("w", "l") else 0
        current = tail if letters.endswith("w") else -tail
        return {"streak": {"current": current, "longest_win": runs["w"], "longest_loss": runs["l"]}}
    if wanted.figure == "drawdown":
        levels = [sum(pnl[:i], Fraction(0)) for i in range(len(pnl) + 1)]
        falls = [max(levels[: i + 1]) - levels[i] for i in range(len(levels))]
        return {"drawdown": {"deepest_usd": max(falls), "now_usd": falls[-1]}}
    if wanted.figure == "holding time":
        row = (await _all(conn, f"SELECT COUNT(*), SUM(closed_at - opened_at) FROM trades t WHERE {where}", values))[0]
        return {"held": {"n": row[0], "total_ms": row[1] or 0}}
    if wanted.figure == "expectancy":
        return await _in_r(conn, priced, values)
    ordered = sorted(range(len(pnl)), key=lambda i: (pnl[i] if wanted.figure == "worst" else -pnl[i], i))
    return {"trades": [rows[i][0] for i in ordered[: wanted.top]]}


async def _in_r(conn: Connection, priced: str, values: Sequence[Any]) -> dict[str, Any]:
    stop = "(SELECT json_extract(plan, '$.stop') FROM signals WHERE signal_id = t.signal_id)"
    rows = await _all(conn, f"SELECT t.pnl_usd, t.quantity, t.entry, {stop} {priced} AND {stop} IS NOT NULL", values)
    found = [float(pnl) / (float(quantity) * abs(float(entry) - level)) for pnl, quantity, entry, level in rows]
    return {"with_r": len(found), "mean_r": sum(found) / len(found) if found else None}


def _runs(letters: str, sign: str) -> list[str]:
    return "".join(one if one == sign else " " for one in letters).split()


async def _exposure(conn: Connection, owner: str, now: datetime, wanted: Wanted) -> dict[str, Any]:
    about, values = _about(owner, now, wanted)
    query = f"SELECT t.side, t.size_usd FROM trades t WHERE {about} AND (t.closed_at IS NULL OR t.closed_at > ?)"
    rows = await _all(conn, query, [*values, epoch_ms(now)])
    sides = {s: sum((Fraction(row[1]) for row in rows if row[0] == s), Fraction(0)) for s in ("LONG", "SHORT")}
    return {
        "open": len(rows),
        "exposure_usd": sides["LONG"] + sides["SHORT"],
        "long_usd": sides["LONG"],
        "short_usd": sides["SHORT"],
    }


async def _signals(conn: Connection, now: datetime, wanted: Wanted) -> dict[str, Any]:
    bounds, values = _bounds("s.known_at", wanted)
    names = _in("s.symbol", wanted.symbols)
    key = {"symbol": "s.symbol", "setup": "s.setup"}.get(wanted.by, "''")
    ended = "EXISTS (SELECT 1 FROM signal_transitions e WHERE e.final_of = s.signal_id AND e.at <= ?)"
    early = "EXISTS (SELECT 1 FROM signal_transitions r WHERE r.signal_id = s.signal_id AND r.state LIKE 'target%'"
    query = (
        f"SELECT {key}, s.plan IS NOT NULL, {ended}, {early} AND r.at <= ?) FROM signals s "
        f"WHERE s.known_at <= ?{bounds}{names}"
    )
    at = epoch_ms(now)
    rows = await _all(conn, query, [at, at, at, *values, *wanted.symbols])

    def figures(chosen: Sequence[Any]) -> dict[str, int]:
        over = [row for row in chosen if row[2]]
        return {"issued": len(chosen), "ended": len(over), "reached": sum(1 for row in over if row[3])}

    found: dict[str, Any] = figures(rows)
    if wanted.by:
        keys = sorted({row[0].replace("MATIC", "POL") for row in rows})
        found["groups"] = {k: figures([r for r in rows if r[0].replace("MATIC", "POL") == k]) for k in keys}
    return found


async def _backtests(conn: Connection, now: datetime, wanted: Wanted) -> dict[str, Any]:
    bounds, values = _bounds("b.finished_at", wanted)
    column = "sharpe" if wanted.by == "sharpe" else "return_pct"
    query = f"SELECT b.backtest_id, b.{column} FROM backtests b WHERE b.finished_at <= ?{bounds}"
    rows = await _all(conn, query + _in("b.symbol", wanted.symbols), [epoch_ms(now), *values, *wanted.symbols])
    known = [row for row in rows if row[1] is not None]
    found: dict[str, Any] = {"n": len(rows)}
    if known:
        best = max(row[1] for row in known)
        found |= {"mean": sum(row[1] for row in known) / len(known), "best": {r[0] for r in known if r[1] == best}}
    return found


async def _advice(conn: Connection, owner: str, now: datetime, wanted: Wanted) -> dict[str, Any]:
    bounds, values = _bounds("r.created_at", wanted)
    query = f"SELECT r.recommendation_id FROM recommendations r WHERE r.owner = ? AND r.created_at <= ?{bounds}"
    given = [row[0] for row in await _all(conn, query, [owner, epoch_ms(now), *values])]
    taken = await _all(conn, "SELECT trade_id FROM trades WHERE owner = ? AND opened_at <= ?", [owner, epoch_ms(now)])
    begun = {row[0].split("-")[1] for row in taken if row[0].startswith("take-")}
    return {"given": len(given), "followed": len(begun & set(given))}


def _about(owner: str, now: datetime, wanted: Wanted) -> tuple[str, list[Any]]:
    parts, values = ["t.owner = ?", "t.opened_at <= ?"], [owner, epoch_ms(now)]
    for column in ("timeframe", "side", "strategy"):
        said = getattr(wanted, column)
        if said:
            parts.append(f"t.{column} = ?")
            values.append(said)
    return " AND ".join(parts) + _in("t.symbol", wanted.symbols), [*values, *wanted.symbols]


def _closed(owner: str, now: datetime, wanted: Wanted) -> tuple[str, list[Any]]:
    about, values = _about(owner, now, wanted)
    bounds, more = _bounds("t.closed_at", wanted)
    where, values = f"{about} AND t.closed_at <= ?{bounds}", [*values, epoch_ms(now), *more]
    if wanted.exit_reason:
        where, values = f"{where} AND t.exit_reason = ?", [*values, wanted.exit_reason]
    if wanted.newest:
        inner = f"SELECT t.trade_id FROM trades t WHERE {where} AND t.pnl_usd IS NOT NULL"
        where = f"t.trade_id IN ({inner} ORDER BY t.closed_at DESC, t.trade_id LIMIT {int(wanted.newest)})"
    return where, values


def _bounds(column: str, wanted: Wanted) -> tuple[str, list[Any]]:
    text, values = "", []
    if wanted.since is not None:
        text, values = f" AND {column} >= ?", [epoch_ms(wanted.since)]
    if wanted.until is not None:
        text, values = f"{text} AND {column} < ?", [*values, epoch_ms(wanted.until)]
    return text, values


def _in(column: str, symbols: Sequence[str]) -> str:
    return f" AND {column} IN ({', '.join('?' * len(symbols))})" if symbols else ""


async def _all(conn: Connection, query: str, values: Sequence[Any]) -> Sequence[Any]:
    rows: Sequence[Any] = (await conn.exec_driver_sql(query, tuple(values))).all()
    return rows
