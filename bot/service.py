"""`run`: the timetable and whatever else is configured, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

from bot.app import App, app_over
from bot.jobs.alerts import AccountTerms, WatchAlerts
from bot.jobs.exchange_account import account_sync
from bot.jobs.follow_trades import FollowTrades
from bot.jobs.sync import SeriesReport
from bot.parts.news import news_reader
from bot.parts.sources import embargo_of
from bot.platforms import Backoff, Platforms
from bot.schedule import Pace, Schedule
from bot.settings import Settings
from bot.starts import Starts
from bot.timetable import OUTSIDE, SLOW, Row
from bot.vitals import watch
from rag.portfolio import take_snapshots
from signals.clock import Clock, RunningClock, SystemClock, iso
from signals.errors import TemporaryError
from signals.model import Market
from signals.tuning import TuningRules
from storage.database import Database

log = logging.getLogger(__name__)
SEEN_FOR = timedelta(days=3)


async def attend(settings: Settings, database: Database, stop: asyncio.Event) -> None:
    """Serve from an open database, which is ours alone, until `stop`."""
    async with app_over(settings, database) as parts:
        await _serve(parts, Starts(settings.data_dir), stop)


async def _serve(parts: App, starts: Starts, stop: asyncio.Event) -> None:
    began = SystemClock().now()
    for line in await _announcement(parts):
        log.info(line)
    schedule = await schedule_of(parts)
    platforms = Platforms(parts.platforms(await parts.commands(schedule)), Backoff())
    parts.platform_states = platforms.states
    schedule.start()
    leave = asyncio.Event()
    settling = asyncio.create_task(starts.settle(began))
    serving = asyncio.create_task(_log_in(platforms, starts.begin(began), leave))
    delivering = asyncio.create_task(parts.delivery().run(stop))
    watching = asyncio.create_task(watch(parts.settings.data_dir, stop))
    mending = asyncio.create_task((await parts.ingest()).keep_whole())
    opening = asyncio.create_task(_open_market(parts.clock, schedule))
    await stop.wait()
    log.info("stopping: no new work, finishing what runs")
    for beside in (settling, mending, opening):
        beside.cancel()
    delivering.add_done_callback(lambda _: leave.set())  # what is being sent needs its platform
    await asyncio.gather(delivering, serving, watching, schedule.stop())
    await asyncio.gather(mending, opening, return_exceptions=True)


async def _open_market(clock: Clock, schedule: Schedule) -> None:
    """Let the clock of MARKET_SPEED go when the desk is ready: getting ready would take market days of it."""
    if isinstance(clock, RunningClock):
        await schedule.up_to_date()
        clock.start()
        log.info("the market's clock runs now, from %s", iso(clock.now()))


async def _log_in(platforms: Platforms, wait_s: float, leave: asyncio.Event) -> None:
    if wait_s:
        platforms.states.update(dict.fromkeys(platforms.states, f"waits {wait_s:.0f} s: it was started too often"))
        with suppress(TimeoutError):
            await asyncio.wait_for(leave.wait(), wait_s)
    await platforms.run(leave)


async def schedule_of(parts: App) -> Schedule:
    """The timetable, not started; jobs can be run from it on request."""
    return Schedule(await timetable(parts), parts.stores.job_runs, SystemClock(), _pace(parts.settings))


async def timetable(parts: App) -> tuple[Row, ...]:
    """The rows that this version has, with their times from the settings."""
    times = parts.settings.schedule
    jobs = Jobs(parts)
    await jobs.prepare()
    rows = (
        Row("sync", times.sync_s, 5, times.sync_s, jobs.sync, retry_s=times.retry_s, again=jobs.sync_rest),
        Row("indicators", times.indicators_s, 20, times.indicators_s, jobs.indicators),
        Row("news", times.news_s, 10, times.news_s, jobs.news, lane=OUTSIDE),
        Row("signals", times.signals_s, 25, times.signals_s, jobs.signals),
        Row("positions", times.positions_s, 30, times.positions_s, jobs.positions),
        Row("alerts", times.alerts_s, 35, times.alerts_s, jobs.alerts),
        Row("ingest", times.ingest_s, 40, times.ingest_s, jobs.ingest),
        Row("backtests", times.backtests_s, 600, times.backtests_s, jobs.backtests, lane=SLOW),
        Row("analytics", times.analytics_s, 900, times.analytics_s, jobs.analytics, lane=SLOW),
        Row("check", times.check_s, 1200, times.check_s, jobs.check, lane=SLOW),
        Row("drift", times.drift_s, 1500, times.drift_s, jobs.drift, lane=SLOW),
        Row("backup", times.backup_s, 1800, times.backup_s, jobs.backup, lane=SLOW),
        Row("tune", times.tune_s, 2100, times.tune_s, jobs.tune, lane=SLOW),
        Row("train", times.train_s, 2400, times.train_s, jobs.train, lane=SLOW),
        Row("archive", times.archive_s, 2700, times.archive_s, jobs.archive, lane=SLOW),
        Row("digest", times.digest_s, 30, times.digest_s, jobs.digest),
        Row("summaries", times.summaries_s, 300, times.summaries_s, jobs.summaries, lane=SLOW),
        Row("portfolio", times.portfolio_s, 60, times.portfolio_s, jobs.portfolio),
    )
    embargo = partial(embargo_of, parts.sources, parts.settings.data_dir)
    account = account_sync(parts.settings, parts.stores, parts.watch, embargo)
    if account is None:
        return rows
    return (*rows, Row("exchange", times.exchange_s, 45, times.exchange_s, account.run))


class Jobs:
    """The timetable's work; each gives back one line on what it did. Ingestion follows each writer at once."""

    def __init__(self, parts: App) -> None:
        self._parts = parts
        self._told: set[tuple[str, str, str, str]] = set()
        self._behind: tuple[Market, ...] = ()

    async def prepare(self) -> None:
        """Open what needs time before the first slot."""
        self._ingestor = await self._parts.ingestor()
        self._ingest = await self._parts.ingest()
        parts = self._parts
        terms = AccountTerms(parts.settings.sizing.balance, min(parts.watch.timeframes, key=lambda one: one.ms))
        self._read_news = news_reader(parts.settings, parts.stores, parts.watch)
        self._watch_alerts = WatchAlerts(parts.stores, parts.desk, terms, parts.deliver)

    async def sync(self) -> str:
        """Candles of all series. TemporaryError, once all are through, when some may be had later."""
        await self._parts.universe.load()
        return self._told_of(await self._parts.sync_candles.run(self._parts.clock))

    async def sync_rest(self) -> str:
        """Candles of the series that the last try did not get, and of all when nothing is known of a last try."""
        if not self._behind:
            return await self.sync()
        return self._told_of(await self._parts.sync_candles.run(self._parts.clock, markets=self._behind))

    def _told_of(self, reports: Sequence[SeriesReport]) -> str:
        bad = [r.state for r in reports if r.state.status != "ok"]
        now_bad = {(s.exchange, s.symbol, s.timeframe, s.status) for s in bad}
        for state in bad:
            if (state.exchange, state.symbol, state.timeframe, state.status) not in self._told:
                log.warning("%s %s %s: %s", state.exchange, state.symbol, state.timeframe, state.note)
        self._told = now_bad
        self._behind = tuple(r.market for r in reports if r.passing)
        told = f"{sum(r.new_bars for r in reports)} bars, {len(reports) - len(bad)} of {len(reports)} series ok"
        if self._behind:
            raise TemporaryError(f"{told}; {len(self._behind)} are tried again soon")
        return told

    async def indicators(self) -> str:
        """Indicator columns of new bars."""
        return f"{await self._parts.cycle.update_indicators(self._parts.clock)} bars"

    async def signals(self) -> str:
        """Issue and follow; what was written is ingested at once."""
        emitted = await self._parts.cycle.emit(self._parts.clock)
        self._parts.new_mail()
        documents = await self._ingest.run()
        return f"{emitted.signal_count} issued, {emitted.transitions} steps, {documents} documents"

    async def news(self) -> str:
        """New headlines with their tone; what was written is ingested at once."""
        told = await self._read_news.run()
        return f"{told}; {await self._ingest.run()} documents"

    async def digest(self) -> str:
        """Daily digests that are due."""
        told = await self._parts.digests.run()
        self._parts.new_mail()
        return told

    async def positions(self) -> str:
        """Follow open paper trades over the bars that are new."""
        events = await FollowTrades(self._parts.stores).run(self._parts.clock.now())
        return f"{len(events)} fills, {await self._ingest.run()} documents"

    async def alerts(self) -> str:
        """Every closed bar once for every alert."""
        done = await self._watch_alerts.run(self._parts.clock.now())
        self._parts.new_mail()
        faults = f"; {'; '.join(done.faults)}" if done.faults else ""
        return f"{done.alerts} alerts, {done.told} told{faults}"

    async def portfolio(self) -> str:
        """What every account is worth in this half hour."""
        stored, blind = await take_snapshots(self._parts.stores, self._parts.clock.now())
        return f"{stored} accounts valued" + (f", {blind} not: a price is missing" if blind else "")

    async def ingest(self) -> str:
        """The sweep for whatever was marked and not ingested, and what a cut short /forget left to do."""
        left = await self._parts.forgetting.finish()
        return f"{await self._ingest.run()} documents" + (f"; not all is forgotten yet: {left}" if left else "")

    async def backtests(self) -> str:
        """The ensemble on every series."""
        results = await self._parts.backtests.run(self._parts.watch.markets, self._parts.clock)
        return f"{len(results)} backtests, {await self._ingest.run()} documents"

    async def analytics(self) -> str:
        """Seeded cases and the calibration of every timeframe."""
        done = await self._parts.research.analytics.run(self._parts.clock)
        fitted = ", ".join(f"{one.timeframe} over {one.n}" for one in done.calibrations) or "none: too few cases"
        return f"{done.seeded} series seeded, calibrations: {fitted}"

    async def tune(self) -> str:
        """The weekly search for better plans."""
        found = await self._parts.research.tuning.run(self._parts.watch.markets, self._parts.clock, TuningRules())
        documents = await self._ingest.run()
        return f"{len(found.tunings)} tuned, {len(found.activated)} activated, {documents} documents"

    async def train(self) -> str:
        """A new version of the learned model per timeframe."""
        told = await self._parts.research.training.run(self._parts.clock)
        await self._ingest.run()
        return told

    async def drift(self) -> str:
        """The models in force: drift, quality, and whether a candidate has won."""
        return await self._parts.research.watch_models.run(self._parts.clock)

    async def check(self) -> str:
        """Whether SQL and the index hold the same ids; a difference is mended."""
        await self._parts.stores.inbound.forget(SystemClock().now() - SEEN_FOR)
        found = await self._ingestor.check()
        if found.note:
            return found.note
        told = f"{found.documents} documents, {found.indexed} in the index"
        return told if found.equal and not found.repaired else f"{told}; {found.repaired} repaired"

    async def summaries(self) -> str:
        """What each market did yesterday; signals of long ago by month."""
        done = await self._parts.summaries.run(self._parts.clock)
        documents = await self._ingest.run()
        return f"{done.days} market days, {done.months} months of old signals, {documents} documents"

    async def backup(self) -> str:
        """A copy of the database and the models; see `bot.backups`."""
        from bot.backups import keep_backup, place_of

        settings = self._parts.settings
        async with self._parts.stores.database.copying:
            return await keep_backup(settings.url, place_of(settings), SystemClock().now())

    async def archive(self) -> str:
        """Old records leave the database; see `bot.jobs.archive`."""
        from bot.jobs.archive import archive_of

        told = await archive_of(self._parts.settings, self._parts.stores, self._parts.clock).run()
        await self._ingest.run()
        return told


async def _announcement(parts: App) -> list[str]:
    settings = parts.settings
    lines = [f"data folder {settings.data_dir.absolute()}, candles from {', '.join(parts.watch.exchanges)}"]
    chats = (
        ("Discord", "DISCORD_TOKEN", settings.discord.token),
        ("Telegram", "TELEGRAM_TOKEN", settings.telegram.token),
    )
    lines += [f"{name} is not started: set {variable} to start it" for name, variable, token in chats if not token]
    lines.append("the timetable runs; `deskmate chat` answers in a terminal")
    lines += (await parts.knowledge()).notes
    return lines


def _pace(settings: Settings) -> Pace:
    return Pace(settings.schedule.lease_s, settings.schedule.pickup_s)
