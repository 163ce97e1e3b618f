"""The track record: everything that was issued, losses included, and honest words when there is nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from bot.charts import CalibrationRequest, calibration_chart
from bot.commands.trackrecord import ShowRecord, ShowTrackRecord, reliability
from bot.pictures.calibration_picture import UNCALIBRATED, draw_calibration
from bot.reply_json import reply_json
from rag.followed import RULES_ONLY, WITH_MODEL, WITHOUT_MODEL, followed
from rag.track_record import line, track_record
from signals.calibration_fit import fit
from signals.case import Case
from signals.model import SignalState, Timeframe, Transition, Vote
from signals.scores import Band, Quality
from storage.stores import Stores
from storage.values import LoggedRecommendation
from tests.bot.worlds import NOW, HandClock, stores_in
from tests.builders import ETH_1H, a_plan, a_signal, an_issued, candles_from

HOUR = timedelta(hours=1)


@pytest.fixture
async def stores(tmp_path: Path) -> AsyncIterator[Stores]:
    """An empty database."""
    async with stores_in(tmp_path) as made:
        yield made


async def issue(stores: Stores, hours_ago: int, r: float | None, **changes: object) -> None:
    """An issued signal that ended an hour later with `r` (None: still open), at its target when it won."""
    known_at = NOW - hours_ago * HOUR
    confidence = changes.pop("confidence", None)
    signal = a_signal(known_at=known_at, bar_open_at=known_at - HOUR, **changes)
    issued = replace(an_issued(), signal=signal, plan=a_plan(), confidence=confidence)
    await stores.signals.emit(issued)
    if r is not None:
        state = SignalState.TARGET if r > 0 else SignalState.STOPPED
        await stores.signals.add_transition(Transition(issued.signal_id, state, known_at + HOUR, 1500.0, r))


def show(stores: Stores) -> ShowRecord:
    return ShowRecord(stores, HandClock())


async def test_with_nothing_issued_it_says_so(stores: Stores) -> None:
    reply = await show(stores)(ShowTrackRecord())
    one = await show(stores)(ShowTrackRecord("ETH/USDT"))

    assert "no track record yet. Nothing was issued yet." in reply.text
    assert reply.tables == ()
    assert "of ETH/USDT has ended" in one.text
    assert not reply.error


async def test_losses_and_open_signals_are_counted(stores: Stores) -> None:
    for hours, r in ((50, 1.4), (40, -1.1), (30, -1.1), (20, None)):
        await issue(stores, hours, r)

    found = await track_record(stores, NOW)
    reply = await show(stores)(ShowTrackRecord())

    assert (found.issued, found.still_open, found.total.n, found.total.hits) == (4, 1, 3, 1)
    assert found.total.mean_r == pytest.approx((1.4 - 2.2) / 3)
    assert "1 of 3 ended signals" in reply.text
    assert "too few to judge" in reply.text
    assert any("uncalibrated" in note for note in reply.notes)
    json.dumps(reply_json(reply), allow_nan=False)


async def test_what_ends_later_is_not_known_yet(stores: Stores) -> None:
    await issue(stores, 3, 1.0)

    assert (await track_record(stores, NOW - 2.5 * HOUR)).total.n == 0
    assert (await track_record(stores, NOW)).total.n == 1


async def test_symbols_strengths_and_sources_stand_apart(stores: Stores) -> None:
    learned = (Vote("learned model", 0.4, 0.2, ""),)
    silent = (Vote("learned model", None, 0.2, ""),)
    await issue(stores, 50, 1.4, votes=learned)
    await issue(stores, 40, -1.1, votes=silent, series=replace(ETH_1H, symbol="BTC/USDT"))

    found = await track_record(stores, NOW)
    btc = await track_record(stores, NOW, ("BTC/USDT",))

    assert [(one.what, one.n) for one in found.by_symbol] == [("BTC/USDT", 1), ("ETH/USDT", 1)]
    assert [(one.what, one.hits) for one in found.by_source] == [("rules", 0), ("rules and learned model", 1)]
    assert [one.what for one in found.by_strength] == ["medium"]
    assert (btc.total.n, btc.total.hits) == (1, 0)


async def test_confidence_that_was_shown_is_scored_beside_the_base_rate(stores: Stores) -> None:
    for i in range(40):
        await issue(stores, 100 + i, 1.0 if i % 2 else -1.0, confidence=0.9 if i % 2 else 0.1)

    found = await track_record(stores, NOW)
    reply = await show(stores)(ShowTrackRecord())

    assert found.confidence is not None
    assert found.confidence.brier == pytest.approx(0.01)
    assert found.confidence.brier_base == pytest.approx(0.25)
    assert [b.n for b in found.bands] == [20, 20]
    assert any(t.title == "Confidence that was shown" for t in reply.tables)
    assert reliability(found).what == "issued signals"


def seeds(n: int) -> list[Case]:
    base = Case("ETH/USDT", Timeframe.H1, 1, a_signal().strength, True, 0.7, 0.01, seeded=True)  # type: ignore[arg-type]
    return [
        replace(base, reached=bool(i % 2), known_at=NOW - (n + 5 - i) * HOUR, resolved_at=NOW - (n + 3 - i) * HOUR)
        for i in range(n)
    ]


async def test_backtested_cases_are_never_part_of_the_record(stores: Stores) -> None:
    await stores.seeds.replace(ETH_1H, seeds(80))
    fitted = fit(seeds(80), Timeframe.H1, NOW)
    assert fitted is not None
    await stores.calibrations.save(fitted)

    found = await track_record(stores, NOW)
    reply = await show(stores)(ShowTrackRecord())

    assert found.total.n == 0
    assert [(one.what, one.n) for one in found.seeded] == [("backtested, 1h", 80)]
    assert next(t.title for t in reply.tables) == "Backtested, never counted above"
    assert "backtested" in reliability(found).what
    assert (await show(stores).drawn(ShowTrackRecord()))[1].startswith(b"\x89PNG")


def payload(action: str = "BUY") -> dict[str, object]:
    """A recommendation to buy at the close three hours before NOW."""
    known_at = NOW - 3 * HOUR
    held = {
        "action": action,
        "exchange": "replay",
        "symbol": "ETH/USDT",
        "timeframe": "1h",
        "price": 1500.0,
        "price_at": known_at.isoformat(),
        "expires_at": (known_at + 24 * HOUR).isoformat(),
        "entry_points": [1500.0],
        "exit_points": [1520.0],
        "stop_loss": 1400.0,
        "invalidation": 1400.0,
        "reward_risk": 1.3,
        "confidence": None,
    }
    return held if action != "HOLD" else held | {"exit_points": [], "stop_loss": None}


def logged(name: str, method: str, action: str = "BUY", twin: str = "BUY") -> LoggedRecommendation:
    made = LoggedRecommendation(
        name, "someone", "q", NOW - 3 * HOUR, NOW - 3 * HOUR, "ETH/USDT", action, method, None, None, None
    )
    return replace(made, payload=payload(action), twin=payload(twin))


async def test_answers_are_followed_with_and_without_the_model(stores: Stores) -> None:
    await stores.candles.save(candles_from(np.array([1500.0, 1500, 1500, 1505, 1530, 1531])))
    await stores.recommendations.save(logged("1", "rules"))
    await stores.recommendations.save(logged("2", "rules"))
    await stores.recommendations.save(logged("3", "rag", action="HOLD"))

    found = await followed(stores, NOW)
    shown = await show(stores)(ShowTrackRecord())

    assert len(found[RULES_ONLY]) == 1  # the same advice twice
    assert WITH_MODEL not in found  # vetoed
    assert found[WITHOUT_MODEL][0].reached
    assert await followed(stores, NOW, ("BTC/USDT",)) == {}
    assert await followed(stores, NOW - 2 * HOUR) == {}
    assert any(t.title.startswith("Answers to questions") for t in shown.tables)


async def test_the_model_s_word_is_compared_with_rules_alone(stores: Stores) -> None:
    await stores.candles.save(candles_from(np.array([1500.0, 1500, 1500, 1505, 1530, 1531])))
    await stores.recommendations.save(logged("1", "rules"))

    silent = await show(stores)(ShowTrackRecord())
    vetoed = logged("2", "rag", action="HOLD")
    await stores.recommendations.save(replace(vetoed, payload=vetoed.payload | {"stance": "veto"}))
    one = await show(stores)(ShowTrackRecord())
    confirmed = logged("3", "rag")
    await stores.recommendations.save(replace(confirmed, payload=confirmed.payload | {"stance": "confirm"}))
    two = await show(stores)(ShowTrackRecord())

    assert any("No recommendation that a model had a word in has ended" in note for note in silent.notes)
    assert any("One case tells nothing." in note for note in one.notes)
    assert any("2 is too few to judge." in note for note in two.notes)
    table = next(t for t in two.tables if t.title == "The model's word, on the same questions")
    assert table.rows[0][0] == "with its stance: 1 confirmed, 0 with caution (half), 1 vetoed (0 R)"
    assert [row[1] for row in table.rows] == ["1", "2", "2"]
    assert two.data is not None
    assert two.data["model"]["vetoed"] == 1


def test_a_line_of_nothing_has_no_rate() -> None:
    assert line("none", ()).hit_rate is None


def test_the_picture_says_uncalibrated_where_there_is_nothing() -> None:
    sheet = draw_calibration(CalibrationRequest("issued signals", (), None, 3))

    assert f"{UNCALIBRATED}, 3 without a confidence" in [text for text, _ in sheet.placed_texts()]


def test_the_picture_names_its_scores_and_counts_and_repeats_itself() -> None:
    quality = Quality(700, 0.5, 0.2491, 0.2502, 0.25, 0.69, 0.7, 0.012)
    request = CalibrationRequest("1h", (Band(0.4, 0.5, 500, 0.45, 0.44), Band(0.5, 0.6, 200, 0.55, 0.58)), quality)

    texts = [text for text, _ in draw_calibration(request).placed_texts()]

    assert "calibration error 0.012, Brier 0.2491 against 0.2502 of the base rate, n = 700" in texts
    assert {"500", "200"} <= set(texts)
    assert calibration_chart(request) == calibration_chart(request)
