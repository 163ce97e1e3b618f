"""What every table holds of people, in one list: what is theirs, what only names them, and what is nobody's.

A table without a line here fails a test. The order is the order of removal: children before their parents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from storage.tables import metadata
from storage.values import scope_of

FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Decision:
    """`what` says in words what a table holds.

    A row is a person's own where one of the columns `own` names an account of theirs, where `scope` names their scope,
    or where a column of `through` (column, other table, its column) leads to a row of theirs. Own rows with the value
    of `kept` (column, value) are shown to them and stay: a ban by the admins, the line about a former removal. Columns
    of `signed` name who did something to everybody's records: the name is taken out, the row stays. Those of `told`
    are words in which an account may be named. `secret` columns are not handed out.
    """

    what: str
    own: tuple[str, ...] = ()
    scope: str = ""
    through: tuple[tuple[str, str, str], ...] = ()
    kept: tuple[str, str] | None = None
    signed: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether rows of this table can be somebody's own."""
        return bool(self.own or self.scope or self.through)


def _nobody(what: str) -> Decision:
    return Decision(what)


_MARKED = (("pk", "trades", "trade_id"), ("pk", "recommendations", "recommendation_id"))

DECISIONS: Mapping[str, Decision] = {
    "ingest_marks": Decision("records that await the knowledge base", through=_MARKED),
    "documents": Decision("your records as sentences, as questions find them", scope="scope", secret=("seq", "words")),
    "cards": Decision(
        "where your answers were shown", through=(("recommendation_id", "recommendations", "recommendation_id"),)
    ),
    "recommendations": Decision("your questions and the answers to them", own=("owner",)),
    "ledger_postings": Decision(
        "the lines of your ledger's entries", through=(("entry_id", "ledger_entries", "entry_id"),)
    ),
    "ledger_entries": Decision("the ledger of your paper account", own=("owner",)),
    "trade_notes": Decision("your notes on trades", own=("owner",)),
    "trade_fills": Decision("every fill of your paper trades", own=("owner",)),
    "trade_plans": Decision("stops, targets and numbers of your paper trades", own=("owner",)),
    "equity_snapshots": Decision("what your accounts were worth", own=("owner",)),
    "exchange_fills": Decision("fills read from your account on an exchange", own=("owner",)),
    "exchange_balances": Decision("what was read to be on your account on an exchange", own=("owner",)),
    "exchange_accounts": Decision("when your account on an exchange was read", own=("owner",)),
    "trades": Decision("your paper trades", own=("owner",)),
    "paper_accounts": Decision("what you chose for your paper account", own=("owner",)),
    "link_codes": Decision("codes that join accounts", own=("identity",), secret=("code_hash",)),
    "roles": Decision(
        "roles of your accounts, given by admins", own=("identity",), kept=("role", "stranger"), signed=("set_by",)
    ),
    "audit_log": Decision(
        "what you did that is logged, and what you were refused",
        own=("identity", "person"),
        kept=("act", "forgotten"),
        told=("act", "detail"),
    ),
    "alert_firings": Decision("when your alerts fired", own=("owner",)),
    "alerts": Decision("your alerts", own=("owner",)),
    # of the outbox, where it is: addresses are accounts or chats
    "outbox": Decision("messages to you", own=("destination",), through=(("destination", "destinations", "address"),)),
    "preferences": Decision(
        "what you wanted to be told", own=("address",), through=(("address", "destinations", "address"),)
    ),
    "destinations": Decision("where you are told of signals", own=("address", "owner"), signed=("changed_by",)),
    "identities": Decision("accounts that are joined", own=("identity", "person")),
    "universe": Decision("watched markets, changed by admins", signed=("set_by",)),
    "choices": Decision("settings changed by admins", signed=("set_by",)),
    "inbound": _nobody("numbers of events that were seen, without who sent them; dropped after three days"),
    "candles": _nobody("prices"),
    "candle_revisions": _nobody("prices before they were corrected"),
    "indicator_values": _nobody("indicators of prices"),
    "signal_transitions": _nobody("the life of everybody's signals"),
    "signals": _nobody("everybody's signals"),
    "backtests": _nobody("backtests of the desk's rules"),
    "strategy_parameters": _nobody("the desk's rules"),
    "model_versions": _nobody("learned models, of prices"),
    "job_runs": _nobody("which jobs ran: counts only"),
    "series_states": _nobody("how the last sync went"),
    "market_rules": _nobody("lot sizes and ticks"),
    "tunings": _nobody("searches for better rules"),
    "seeded_cases": _nobody("cases from backtests"),
    "calibrations": _nobody("how often signals came true"),
    "market_days": _nobody("summaries of prices"),
    "news_items": _nobody("headlines"),
    "news_feeds": _nobody("how the feeds of headlines stand"),
    "signal_months": _nobody("months of everybody's signals"),
    "leases": _nobody("which process serves"),
}


def tables() -> tuple[tuple[sa.Table, Decision], ...]:
    """The tables that this version has, with their decisions, in the order of removal. KeyError for one without."""
    undecided = set(metadata.tables) - set(DECISIONS)
    if undecided:
        raise KeyError(f"no decision about {', '.join(sorted(undecided))}")
    return tuple((metadata.tables[name], one) for name, one in DECISIONS.items() if name in metadata.tables)


def theirs(table: sa.Table, decision: Decision, accounts: Sequence[str]) -> sa.ColumnElement[bool]:
    """Which rows of a table are a person's own, by all their accounts; none where nothing in it can be."""
    found: list[sa.ColumnElement[bool]] = [table.c[column].in_(accounts) for column in decision.own]
    if decision.scope:
        found.append(table.c[decision.scope].in_([scope_of(account) for account in accounts]))
    for column, name, key in decision.through:
        other = metadata.tables[name]
        mine = theirs(other, Decision("", DECISIONS[name].own), accounts)
        found.append(table.c[column].in_(sa.select(other.c[key]).where(mine)))
    return sa.or_(sa.false(), *found)


def to_remove(table: sa.Table, decision: Decision, accounts: Sequence[str]) -> sa.ColumnElement[bool]:
    """Which of those rows go when the person is forgotten."""
    mine = theirs(table, decision, accounts)
    if decision.kept is None:
        return mine
    column, value = decision.kept
    return sa.and_(mine, table.c[column] != value)
