"""Training keeps what it made, a candidate waits until it wins, and a broken model stops signals, not the desk."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.commands.train import Train, TrainOnRequest
from bot.jobs.backtests import BacktestMarkets
from bot.jobs.training import Place, TrainModels, WatchModels
from bot.jobs.watch import Watch
from rag.desk import Desk, DeskRules
from signals.ensemble import SignalRules
from signals.errors import DataError
from signals.learned.files import save
from signals.model import Candles, Market, PlanRules, Timeframe
from storage.models import version_of
from storage.stores import Stores
from storage.values import SeriesState
from tests.bot.worlds import HandClock, stores_in
from tests.builders import NOW
from tests.signals.learned.school import QUICK, swinging, trained

H1 = Timeframe.H1
ETH = Market("ETH/USDT", H1)
WATCH = Watch(("ETH/USDT", "BTC/USDT"), (H1,), ("replay",))


@dataclass
class Classroom:
    """A desk over two symbols with candles whose moves are taken back (or not), and the jobs over it."""

    stores: Stores
    folder: Path
    clock: HandClock

    @property
    def rules(self) -> DeskRules:
        return DeskRules(("replay",), SignalRules(), PlanRules(), self.folder)

    @property
    def place(self) -> Place:
        return Place(self.stores, Desk(self.stores, self.rules), WATCH, self.folder, QUICK)

    async def keep(self, *candles: Candles) -> None:
        for one in candles:
            series = one.series
            await self.stores.candles.save(one)
            state = SeriesState(series.exchange, series.symbol, series.timeframe, "ok", "", NOW, one.closed_at())
            await self.stores.series.save(state)

    async def fill(self, pull: float = -2.5) -> None:
        await self.keep(swinging(pull=pull), swinging(seed=2, pull=pull, symbol="BTC/USDT"))

    async def install(self, days_ago: int = 20, *, state: str = "active") -> str:
        """The model of the school, as if it had been trained some days ago."""
        former = NOW - timedelta(days=days_ago)
        made = replace(
            trained().manifest,
            version=f"1h-{former:%Y%m%dT%H%M%SZ}-{trained().manifest.sha256[:8]}",
            created_at=former,
            trained_until=former,
        )
        save(self.folder, replace(trained(), manifest=made))
        await self.stores.models.save(version_of(made, state, "installed"))  # type: ignore[arg-type]
        return made.version


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Classroom]:
    async with stores_in(tmp_path) as stores:
        yield Classroom(stores, tmp_path / "models", HandClock(NOW))


async def test_the_first_accepted_model_votes_and_the_next_one_waits(room: Classroom) -> None:
    await room.fill()
    job = TrainModels(room.place)

    first = await job.one(H1, room.clock)
    again = await job.one(H1, room.clock)
    room.clock.moment = NOW + timedelta(minutes=30)
    second = await job.one(H1, room.clock)

    assert first.state == "active"
    assert "accepted: out-of-fold log-loss" in first.reason
    assert again == first
    assert second.state == "shadow"
    assert f"it runs beside {first.version} until it wins" in second.reason
    assert (await room.stores.models.in_force(room.clock.now()))[H1].version == first.version
    assert len(list(room.folder.iterdir())) == 4


async def test_a_model_without_a_lead_is_kept_as_rejected_and_the_voter_says_so(room: Classroom) -> None:
    await room.fill(pull=0.0)

    told = await TrainModels(room.place).run(room.clock)
    judged = await room.place.desk.judge(ETH, NOW)

    assert told.endswith("rejected")
    assert judged.analysis.signal.votes[-1].score is None
    assert judged.analysis.signal.votes[-1].reason == "abstains: no accepted model for 1h"
    assert "out-of-fold" in (await room.stores.models.newest(H1, NOW))[0].reason


async def test_before_any_training_the_voter_abstains_and_says_so(room: Classroom) -> None:
    await room.fill()

    judged = await room.place.desk.judge(ETH, NOW)
    without = await Desk(room.stores, replace(room.rules, model_dir=None)).judge(ETH, NOW)

    assert judged.analysis.signal.votes[-1].reason == "abstains: no model was trained for 1h"
    assert [v.voter for v in without.analysis.signal.votes] == [v.voter for v in judged.analysis.signal.votes[:-1]]
    assert judged.analysis.signal.action == without.analysis.signal.action


@pytest.mark.may_block(reason="the first import of LightGBM, and a file hashed by the test")
async def test_the_model_in_force_votes_live_and_in_backtests(room: Classroom) -> None:
    await room.fill()
    await room.install()
    desk = room.place.desk

    judged = await desk.judge(ETH, NOW)
    again = await desk.judge(ETH, NOW)
    ballot = await desk.ballot(H1, NOW)
    tested = await BacktestMarkets(room.stores, room.rules, shorts=True).one(ETH, room.clock)

    vote = judged.analysis.signal.votes[-1]
    assert vote.score is not None
    assert vote.reason.startswith("P(buy)")
    assert judged.analysis.signal == again.analysis.signal
    assert ballot.rules.voters[-1].name == "learned model"
    assert tested.symbol == "ETH/USDT"


@pytest.mark.parametrize("spoil", ["missing", "poisoned"])
async def test_a_broken_model_in_force_gives_no_signal_with_the_fix(room: Classroom, spoil: str) -> None:
    await room.fill()
    version = await room.install()
    desk = room.place.desk
    await desk.judge(ETH, NOW)
    text = room.folder / f"{version}.txt"
    text.unlink() if spoil == "missing" else text.write_text(text.read_text().replace("leaf_value=", "leaf_value=9"))

    signal = (await desk.judge(ETH, NOW)).analysis.signal

    assert signal.action == "NO_SIGNAL"
    assert "the learned model in force for 1h cannot be used" in signal.reason
    assert "deskmate train" in signal.reason
    with pytest.raises(DataError, match="no backtest: the learned model"):
        await BacktestMarkets(room.stores, room.rules, shorts=True).one(ETH, room.clock)


async def test_training_takes_a_broken_model_out_of_force(room: Classroom) -> None:
    await room.fill()
    version = await room.install()
    (room.folder / f"{version}.json").unlink()

    made = await TrainModels(room.place).one(H1, room.clock)

    former = await room.stores.models.get(version)
    assert made.state == "active"
    assert former is not None
    assert former.state == "retired"
    assert (await room.place.desk.judge(ETH, NOW)).analysis.signal.action != "NO_SIGNAL"


async def test_too_few_candles_stop_one_timeframe_and_name_the_fix(room: Classroom) -> None:
    empty = await TrainModels(room.place).run(room.clock)
    await room.keep(swinging(400))
    few = await TrainModels(room.place).run(room.clock)

    assert empty == "1h not trained: there are no candles on 1h to learn from; run `deskmate sync`"
    assert "MARKET_HISTORY_BARS" in few


async def test_the_daily_look_notes_health_and_warns_of_drift(
    room: Classroom, caplog: pytest.LogCaptureFixture
) -> None:
    await room.fill()
    version = await room.install()
    calm = await WatchModels(room.place).run(room.clock)
    noted = await room.stores.models.get(version)
    wild = swinging(pull=-2.5)
    rng = np.random.default_rng(1)
    await room.keep(replace(wild, volume=wild.volume * rng.choice([0.01, 50.0], len(wild))))

    with caplog.at_level(logging.WARNING):
        drifted = await WatchModels(room.place).run(room.clock)

    assert calm.startswith(f"{version}: no drift")
    assert "Brier" in calm
    assert noted is not None
    assert f"{version}: {noted.health}" == calm
    assert "drift above 0.2: volume" in drifted
    assert "drift above 0.2" in caplog.text


async def test_without_a_model_the_daily_look_has_nothing_to_say(room: Classroom) -> None:
    assert await WatchModels(room.place).run(room.clock) == "no model is in force"


async def test_a_broken_model_is_told_by_the_daily_look(room: Classroom) -> None:
    version = await room.install()
    (room.folder / f"{version}.txt").unlink()

    assert "is missing" in await WatchModels(room.place).run(room.clock)


async def test_a_candidate_that_has_not_won_stays_in_the_shadow(room: Classroom) -> None:
    await room.fill()
    active = await room.install(30)
    shadow = await room.install(29, state="shadow")

    told = await WatchModels(room.place).run(room.clock)

    assert f"{shadow} has not won: log-loss" in told
    assert (await room.stores.models.in_force(NOW))[H1].version == active


async def test_a_candidate_that_wins_on_later_bars_takes_over(room: Classroom) -> None:
    await room.fill()
    numb = replace(trained().manifest, temperature=1e6)
    former = NOW - timedelta(days=30)
    numb = replace(
        numb, version=f"1h-{former:%Y%m%dT%H%M%SZ}-{numb.sha256[:8]}", created_at=former, trained_until=former
    )
    save(room.folder, replace(trained(), manifest=numb))
    await room.stores.models.save(version_of(numb, "active", "installed"))
    shadow = await room.install(29, state="shadow")

    told = await WatchModels(room.place).run(room.clock)

    assert f"{shadow} won: log-loss" in told
    assert (await room.stores.models.in_force(NOW))[H1].version == shadow


async def test_the_command_shows_every_fold_beside_the_prior(room: Classroom) -> None:
    await room.fill()
    steps: list[tuple[int, int, str]] = []

    reply = await TrainOnRequest(TrainModels(room.place), room.clock)(
        Train((H1,)), lambda done, total, what: steps.append((done, total, what))
    )

    table = reply.tables[0]
    assert reply.text.endswith("It votes from now on.")
    assert [row[0] for row in table.rows][-1] == "all folds"
    assert len(table.rows) == 4
    assert [step[:2] for step in steps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert reply.data is not None
    assert reply.data["models"][0]["manifest"]["accepted"] is True
