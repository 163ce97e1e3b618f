"""Paper accounts: settings, the ledger, plans, fills and notes of trades; trades from before are booked.

Revision 0008.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

EARLIER = "0007"

revision = "0008"
down_revision = EARLIER
branch_labels = None
depends_on = None

MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")
ZERO, UNIT, BALANCE, FEE_RATE = Decimal(0), Decimal("1E-8"), Decimal(10_000), Decimal("0.001")
Entry = tuple[str, int, str, str | None, str, list[tuple[str, str, Decimal]]]  # id, at, kind, trade, note, postings


class Digits(sa.types.TypeDecorator[Decimal]):
    """A decimal as the columns keep it."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """NUMERIC on PostgreSQL."""
        return dialect.type_descriptor(sa.Numeric() if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        """Plain digits where the database has no decimals."""
        return value if value is None or dialect.name == "postgresql" else format(value, "f")


def _table(name: str, columns: str, **typed: Any) -> Any:
    return sa.table(name, *(sa.column(c, typed.get(c)) for c in columns.split()))


ENTRIES = _table("ledger_entries", "entry_id owner at kind trade_id note", at=sa.BigInteger)
POSTINGS = _table("ledger_postings", "entry_id line account unit amount", amount=Digits)
PLANS = _table(
    "trade_plans",
    "trade_id owner number exchange stop targets expires_at break_even fee_rate followed_at",
    stop=Digits, targets=sa.JSON, expires_at=sa.BigInteger, break_even=sa.Boolean, fee_rate=Digits,
    followed_at=sa.BigInteger,
)  # fmt: skip
MONIES = dict.fromkeys(("quantity", "price", "fee", "cost", "pnl"), Digits)
FILLS = _table("trade_fills", "trade_id level seq owner at quantity price fee cost pnl", at=sa.BigInteger, **MONIES)
NOTES = _table("trade_notes", "note_id trade_id seq owner at text", at=sa.BigInteger)
CARDS = _table("recommendations", "recommendation_id payload", payload=sa.JSON)


def upgrade() -> None:
    """Create the tables and book the trades that are there."""
    op.create_table(
        "paper_accounts",
        *_columns(sa.Text, "owner"),
        *_columns(MONEY, "risk_pct?"),
        *_columns(sa.Text, "style?"),
        *_columns(sa.Boolean, "allow_short?"),
        sa.PrimaryKeyConstraint("owner", name="pk_paper_accounts"),
    )
    op.add_column("trades", sa.Column("noted_at", sa.BigInteger, nullable=True))
    _ledger()
    _trades()
    _alerts()
    _snapshots()
    _book(op.get_bind())


def _ledger() -> None:
    op.create_table(
        "ledger_entries",
        *_columns(sa.Text, "entry_id owner"),
        *_columns(sa.BigInteger, "at"),
        *_columns(sa.Text, "kind trade_id? note"),
        sa.PrimaryKeyConstraint("entry_id", name="pk_ledger_entries"),
    )
    op.create_index("ix_ledger_entries_owner_at", "ledger_entries", ["owner", "at"])
    op.create_table(
        "ledger_postings",
        *_columns(sa.Text, "entry_id"),
        *_columns(sa.Integer, "line"),
        *_columns(sa.Text, "account unit"),
        *_columns(MONEY, "amount"),
        sa.PrimaryKeyConstraint("entry_id", "line", name="pk_ledger_postings"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["ledger_entries.entry_id"], name="fk_ledger_postings_entry_id_ledger_entries"
        ),
    )


def _trades() -> None:
    op.create_table(
        "trade_plans",
        *_columns(sa.Text, "trade_id owner"),
        *_columns(sa.Integer, "number"),
        *_columns(sa.Text, "exchange"),
        *_columns(MONEY, "stop?"),
        *_columns(sa.JSON, "targets"),
        *_columns(sa.BigInteger, "expires_at?"),
        *_columns(sa.Boolean, "break_even"),
        *_columns(MONEY, "fee_rate"),
        *_columns(sa.BigInteger, "followed_at?"),
        sa.PrimaryKeyConstraint("trade_id", name="pk_trade_plans"),
        sa.UniqueConstraint("owner", "number", name="uq_trade_plans_owner_number"),
    )
    op.create_table(
        "trade_fills",
        *_columns(sa.Text, "trade_id level"),
        *_columns(sa.Integer, "seq"),
        *_columns(sa.Text, "owner"),
        *_columns(sa.BigInteger, "at"),
        *_columns(MONEY, "quantity price fee cost pnl"),
        sa.PrimaryKeyConstraint("trade_id", "level", name="pk_trade_fills"),
    )
    op.create_index("ix_trade_fills_owner_at", "trade_fills", ["owner", "at"])
    op.create_table(
        "trade_notes",
        *_columns(sa.Text, "note_id trade_id"),
        *_columns(sa.Integer, "seq"),
        *_columns(sa.Text, "owner"),
        *_columns(sa.BigInteger, "at"),
        *_columns(sa.Text, "text"),
        sa.PrimaryKeyConstraint("note_id", name="pk_trade_notes"),
    )
    op.create_index("ix_trade_notes_trade_id", "trade_notes", ["trade_id"])
    op.create_index("ix_trade_notes_owner", "trade_notes", ["owner"])


def _alerts() -> None:
    op.create_table(
        "alerts",
        *_columns(sa.Text, "alert_id owner exchange ended"),
        *_columns(sa.Integer, "number cooldown_s state"),
        *_columns(sa.JSON, "condition memory"),
        *_columns(sa.Boolean, "repeats"),
        *_columns(sa.BigInteger, "made_at expires_at checked_at fired_at? ended_at?"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alerts"),
        sa.UniqueConstraint("owner", "number", name="uq_alerts_owner_number"),
    )
    op.create_index("ix_alerts_ended_at", "alerts", ["ended_at"])
    op.create_table(
        "alert_firings",
        *_columns(sa.Text, "alert_id occasion owner what"),
        *_columns(sa.BigInteger, "at found_at"),
        *_columns(sa.Boolean, "muted"),
        sa.PrimaryKeyConstraint("alert_id", "occasion", name="pk_alert_firings"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.alert_id"], name="fk_alert_firings_alert_id_alerts"),
    )
    op.create_index("ix_alert_firings_owner_at", "alert_firings", ["owner", "at"])


def _snapshots() -> None:
    op.create_table(
        "equity_snapshots",
        *_columns(sa.Text, "owner account"),
        *_columns(sa.BigInteger, "at"),
        *_columns(MONEY, "equity cash put_in"),
        *_columns(sa.Integer, "entries"),
        sa.PrimaryKeyConstraint("owner", "account", "at", name="pk_equity_snapshots"),
    )


def _book(connection: sa.Connection) -> None:
    """Enter the trades that are there: opening, closing, notes, and a deposit that lets the cash never be negative."""
    by_owner: dict[str, list[dict[str, Any]]] = {}
    query = "SELECT * FROM trades ORDER BY owner, opened_at, trade_id"
    for row in connection.execute(sa.text(query)).mappings().all():
        by_owner.setdefault(row["owner"], []).append(dict(row))
    for owner, trades in by_owner.items():
        entries: list[Entry] = []
        for number, trade in enumerate(trades, start=1):
            plan = _plan_of(connection, trade) | {"trade_id": trade["trade_id"], "owner": owner, "number": number}
            connection.execute(sa.insert(PLANS), plan)
            entries += _fills_of(connection, trade)
            _note_of(connection, trade)
        _post(connection, owner, [_opening(owner, entries), *entries])


def _plan_of(connection: sa.Connection, trade: dict[str, Any]) -> dict[str, Any]:
    """The levels of the card that an open trade was taken from; nothing for others."""
    plan: dict[str, Any] = {
        "exchange": "", "stop": None, "targets": [], "expires_at": None, "break_even": True, "fee_rate": FEE_RATE,
        "followed_at": None,
    }  # fmt: skip
    parts = trade["trade_id"].split("-")
    if trade["closed_at"] is not None or len(parts) != 3 or parts[0] != "take":
        return plan
    query = sa.select(CARDS.c.payload).where(CARDS.c.recommendation_id == parts[1])
    card = connection.scalar(query)
    if not card or not card.get("stop_loss"):
        return plan
    expires = card.get("expires_at")
    return plan | {
        "exchange": card.get("exchange") or "",
        "stop": Decimal(repr(card["stop_loss"])),
        "targets": [format(Decimal(repr(price)), "f") for price in card["exit_points"]],
        "expires_at": round(datetime.fromisoformat(expires).timestamp() * 1000) if expires else None,
    }


def _fills_of(connection: sa.Connection, trade: dict[str, Any]) -> list[Entry]:
    """The fills of one trade, and their entries. What a closed one made, before fees, is its result plus its fees."""
    sign = 1 if trade["side"] == "LONG" else -1
    quantity, entry, fees = (Decimal(trade[name]) for name in ("quantity", "entry", "fees_usd"))
    cost = (quantity * entry).quantize(UNIT)
    closed = trade["closed_at"] is not None
    opening = {"at": trade["opened_at"], "price": entry, "fee": ZERO if closed else fees, "pnl": ZERO}
    fills = [("open", opening)]
    if closed:
        pnl = (Decimal(trade["pnl_usd"] or 0) + fees).quantize(UNIT)
        price = Decimal(trade["exit"]) if trade["exit"] is not None else entry + sign * pnl / quantity
        fills.append(("close", {"at": trade["closed_at"], "price": price, "fee": fees, "pnl": pnl}))
    entries = []
    for seq, (level, fill) in enumerate(fills):
        named = {"trade_id": trade["trade_id"], "level": level, "seq": seq, "owner": trade["owner"]}
        connection.execute(sa.insert(FILLS), named | fill | {"quantity": quantity, "cost": cost})
        entries.append(_entry(trade, level, fill | {"cost": cost, "quantity": quantity}))
    return entries


def _entry(trade: dict[str, Any], level: str, fill: dict[str, Any]) -> Entry:
    long, base, position = trade["side"] == "LONG", trade["symbol"].partition("/")[0], f"position:{trade['symbol']}"
    cost, pnl, fee = fill["cost"], fill["pnl"], fill["fee"]
    direction = (1 if long else -1) * (1 if level == "open" else -1)
    held = ZERO if long else cost if level == "open" else -cost
    cash = -cost if level == "open" else cost + pnl
    postings = [
        ("cash", "USDT", cash - fee),
        ("margin", "USDT", held),
        ("proceeds", "USDT", held),
        (position, "USDT", direction * cost),
        ("realised", "USDT", -pnl),
        ("fees", "USDT", fee),
        (position, base, direction * fill["quantity"]),
        ("market", base, -direction * fill["quantity"]),
    ]
    return f"{trade['trade_id']}:{level}", fill["at"], level, trade["trade_id"], "", postings


def _opening(owner: str, entries: list[Entry]) -> Entry:
    """The deposit the account begins with: what everybody has, or more where the trades needed more."""
    lowest = cash = ZERO
    by_time: dict[int, Decimal] = {}
    for _, at, _, _, _, postings in entries:
        by_time[at] = by_time.get(at, ZERO) + sum((p[2] for p in postings if p[0] == "cash"), ZERO)
    for at in sorted(by_time):
        cash += by_time[at]
        lowest = min(lowest, cash)
    amount = max(BALANCE, -lowest)
    note = "the opening balance" if amount == BALANCE else "the opening balance, made so that earlier trades balance"
    postings = [("cash", "USDT", amount), ("equity", "USDT", -amount)]
    return f"opening:{owner}", min(by_time), "deposit", None, note, postings


def _post(connection: sa.Connection, owner: str, entries: list[Entry]) -> None:
    for entry_id, at, kind, trade_id, note, postings in entries:
        row = {"entry_id": entry_id, "owner": owner, "at": at, "kind": kind, "trade_id": trade_id, "note": note}
        connection.execute(sa.insert(ENTRIES), row)
        lines = [
            {"entry_id": entry_id, "line": line, "account": account, "unit": unit, "amount": amount}
            for line, (account, unit, amount) in enumerate(postings)
            if amount
        ]
        connection.execute(sa.insert(POSTINGS), lines)


def _note_of(connection: sa.Connection, trade: dict[str, Any]) -> None:
    """The note as a row; it counts as known with the close, as before."""
    if not trade["note"]:
        return
    at, key = trade["closed_at"] or trade["opened_at"], trade["trade_id"]
    row = {
        "note_id": f"{key}:first",
        "trade_id": key,
        "seq": 0,
        "owner": trade["owner"],
        "at": at,
        "text": trade["note"],
    }
    connection.execute(sa.insert(NOTES), row)


def _columns(kind: Any, names: str) -> list[sa.Column[Any]]:
    """One column per name; a name that ends in `?` may be NULL."""
    return [
        sa.Column(name.rstrip("?"), kind, nullable=name.endswith("?"), autoincrement=False) for name in names.split()
    ]
