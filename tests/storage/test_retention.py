"""Old records leave; what the track record counts, and what is still in use, stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from signals.model import Action, SignalState
from storage.audit import AuditEntry
from storage.delivery_values import NEW_SIGNAL, Outgoing, RowState
from storage.retention import AUDIT, JOBS, OUTBOX, SIGNALS
from storage.stores import Stores
from storage.values import SeriesState
from tests.storage.builders import BTC, ETH, HOUR, NOW, document, issued, transition

YEAR = timedelta(days=365)
LONG_AGO = NOW - 2 * YEAR


async def test_signals_without_a_plan_leave_with_their_documents_and_the_track_record_stays(stores: Stores) -> None:
    holds = [issued(LONG_AGO + i * HOUR, plan=None, action=Action.HOLD) for i in range(3)]
    bought = issued(LONG_AGO + 3 * HOUR)
    last_of_btc = issued(LONG_AGO, series=BTC, plan=None, action=Action.HOLD)
    await stores.signals.emit_many([*holds, bought, last_of_btc])
    await stores.signals.add_transition(transition(bought, SignalState.STOPPED, LONG_AGO + 9 * HOUR))
    await stores.documents.upsert([document(holds[0].signal_id)])
    await stores.marks.done(await stores.marks.pending(100))
    before = await stores.signals.resolved(NOW)

    old = await stores.retention.old(SIGNALS, NOW - YEAR)
    assert await stores.retention.drop(SIGNALS, old) == 3

    left = {one.signal_id for one in await stores.signals.latest(NOW, 100)}
    assert {row["signal_id"] for row in old} == {one.signal_id for one in holds}
    assert left == {bought.signal_id, last_of_btc.signal_id}
    assert await stores.signals.resolved(NOW) == before != ()
    assert {(mark.type, mark.pk) for mark in await stores.marks.pending(9)} == {("signal", h.signal_id) for h in holds}
    assert await stores.retention.old(SIGNALS, NOW - YEAR) == ()


async def test_messages_leave_only_with_their_whole_stream(stores: Stores) -> None:
    long_over, alive, held = "signal:over", "signal:alive", "signal:held"
    await stores.outbox.add(
        [Outgoing(stream, NEW_SIGNAL, f"discord:channel:{i}", {}, LONG_AGO)
         for i, stream in enumerate((long_over, alive, held))]
    )  # fmt: skip
    rows = await stores.outbox.claim([due.seq for due in await stores.outbox.due(LONG_AGO)], "me", LONG_AGO)
    for row in rows:
        if row.stream == held:
            await stores.outbox.unknown(row, LONG_AGO, "nobody knows")
        else:
            await stores.outbox.sent(row, f"id of {row.stream}", LONG_AGO)
    await stores.outbox.add([Outgoing(alive, "entered", "discord:channel:1", {}, NOW, edits=True)])

    old = await stores.retention.old(OUTBOX, NOW - YEAR)
    await stores.retention.drop(OUTBOX, old)

    assert {row["stream"] for row in old} == {long_over}
    assert await stores.outbox.live_message(alive, "discord:channel:1") == f"id of {alive}"
    assert (await stores.outbox.counts()).of(RowState.UNKNOWN) == 1


async def test_of_job_runs_the_newest_of_each_job_and_those_at_work_stay(stores: Stores) -> None:
    for job, slots in (("sync", 3), ("tune", 1)):
        for i in range(slots):
            run = await stores.job_runs.claim(job, LONG_AGO + i * HOUR, "me", 60, LONG_AGO)
            assert run is not None
            if (job, i) != ("sync", 1):
                await stores.job_runs.finish(run, "done", "", LONG_AGO)

    old = await stores.retention.old(JOBS, NOW - YEAR)
    assert await stores.retention.drop(JOBS, old) == 1

    left = {(run.job, run.slot) for run in await stores.job_runs.newest(None, 9)}
    assert left == {("sync", LONG_AGO + HOUR), ("sync", LONG_AGO + 2 * HOUR), ("tune", LONG_AGO)}


async def test_the_audit_log_leaves_by_age_in_portions(stores: Stores) -> None:
    for i in range(5):
        await stores.audit.add(AuditEntry(LONG_AGO + i * YEAR / 2, "terminal:local", "p", f"act {i}", "done"))

    first = await stores.retention.old(AUDIT, NOW - YEAR, 1)
    await stores.retention.drop(AUDIT, first)

    assert [row["act"] for row in first] == ["act 0"]
    assert [row["act"] for row in await stores.retention.old(AUDIT, NOW - YEAR)] == ["act 1"]
    assert await stores.retention.drop(AUDIT, ()) == 0


@pytest.mark.parametrize(("ahead", "expected"), [(timedelta(hours=2), 2 * HOUR), (10 * YEAR, timedelta(days=1))])
async def test_a_clock_that_is_years_ahead_makes_nothing_old(
    stores: Stores, ahead: timedelta, expected: timedelta
) -> None:
    assert await stores.retention.today(NOW + ahead) is None
    await stores.series.save(SeriesState(ETH.exchange, ETH.symbol, ETH.timeframe, "ok", "", NOW, NOW))

    assert await stores.retention.today(NOW + ahead) == NOW + expected
