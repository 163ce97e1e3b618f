"""The doctor says what votes, or why the learned voter abstains, and fails when a model in force is broken."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.app import open_app
from bot.checkups.finding import Finding
from bot.checkups.learned import learned_model
from bot.ground import upgrade_database
from bot.settings import Settings, load
from signals.learned.files import save
from storage.models import version_of
from tests.signals.learned.school import TRAINED_AT, trained

NOW = TRAINED_AT + timedelta(days=1)


def settings(folder: Path) -> Settings:
    market = {"source": "simulated", "symbols": "ETH/USDT", "timeframes": "1h", "now": NOW}
    return load(env_file=None, data_dir=folder, market=market, llm={"provider": "none"})


async def looked(own: Settings) -> Finding:
    found = await learned_model(own)
    assert len(found) == 1
    return found[0]


async def install(own: Settings, state: str = "active", health: str = "") -> Path:
    async with open_app(own) as desk:
        save(own.data_dir / "models", trained())
        await desk.stores.models.save(version_of(trained().manifest, state, "not accepted: no lead"))  # type: ignore[arg-type]
        if health:
            await desk.stores.models.note_health(trained().manifest.version, health, NOW)
    return own.data_dir / "models" / f"{trained().manifest.version}.txt"


async def test_without_database_or_training_the_voter_abstains(tmp_path: Path) -> None:
    own = settings(tmp_path)

    before = await looked(own)
    await upgrade_database(own)
    after = await looked(own)

    assert before == Finding("learned model", "ok", "none yet: the learned voter abstains")
    assert (after.state, after.text) == ("ok", "never trained: the learned voter abstains")
    assert "deskmate train" in after.fix


async def test_a_refused_model_is_told_with_its_reason(tmp_path: Path) -> None:
    own = settings(tmp_path)
    await install(own, "rejected")

    found = await looked(own)

    assert found.state == "ok"
    assert "not accepted: no lead" in found.text


async def test_the_model_in_force_is_told_with_its_figures_and_its_drift(tmp_path: Path) -> None:
    own = settings(tmp_path)
    await install(own)
    well = await looked(own)
    await install(own, health="drift above 0.2: volume_ratio 0.31")
    ill = await looked(own)

    assert well.state == "ok"
    assert f"votes, log-loss {trained().manifest.score.log_loss:.4f}" in well.text
    assert ill.state == "warn"
    assert "volume_ratio 0.31" in ill.text
    assert "deskmate train" in ill.fix


async def test_a_broken_model_in_force_is_a_failure(tmp_path: Path) -> None:
    own = settings(tmp_path)
    (await install(own)).write_text("tree\n")

    found = await looked(own)

    assert found.state == "fail"
    assert "checksum differs" in found.text


async def test_the_timetable_trains_weekly_and_looks_daily(tmp_path: Path) -> None:
    from bot.service import timetable

    own = settings(tmp_path)
    async with open_app(own) as desk:
        rows = {row.job: row for row in await timetable(desk)}

        told = await rows["train"].work()
        drift = await rows["drift"].work()

    assert (rows["train"].every_s, rows["drift"].every_s) == (604_800, 86_400)
    assert told == "1h not trained: there are no candles on 1h to learn from; run `deskmate sync`"
    assert drift == "no model is in force"
