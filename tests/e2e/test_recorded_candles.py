"""Recorded candles through the entry point, recomputed independently: TA-Lib on the file, decimals by hand."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import talib

from tests.e2e.processes import ROOT, Desk

CANDLES = ROOT.parent / "shared" / "data" / "candles"
pytestmark = [
    pytest.mark.skipif(not CANDLES.is_dir(), reason="the recorded candles (../shared/data/candles) are not here"),
    pytest.mark.may_block(reason="waits for processes"),
]
CRASH, JANUARY = "2022-11-08T07:00:00Z", "2022-01-03T17:00:00Z"
ALL = ["BTC", "ETH", "BNB", "ADA", "SOL", "DOT", "POL", "AVAX", "LINK", "ATOM", "UNI"]


def recorded(ticker: str, moment: str) -> pd.DataFrame:
    """The file's bars that had closed at the moment."""
    name = "MATIC" if ticker == "POL" else ticker
    with gzip.open(CANDLES / f"{name}USDT-1h.csv.gz", "rt") as file:
        bars = pd.read_csv(file)
    closed = pd.to_datetime(bars["time"], utc=True) + pd.Timedelta(hours=1) <= pd.Timestamp(moment)
    return bars[closed]


def desk_at(folder: Path, moment: str, tickers: list[str]) -> Desk:
    own = {
        "MARKET_REPLAY_DIR": str(CANDLES),
        "MARKET_NOW": moment,
        "MARKET_SYMBOLS": ",".join(f"{t}/USDT" for t in tickers),
        "LLM_PROVIDER": "none",
    }
    return Desk(folder, own)


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = desk_at(tmp_path_factory.mktemp("crash"), CRASH, ALL)
    assert desk.run("sync", "--json", timeout_s=120).status == 0
    return desk


@pytest.fixture(scope="module")
def january(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = desk_at(tmp_path_factory.mktemp("january"), JANUARY, ["SOL", "ATOM"])
    assert desk.run("sync", "--json").status == 0
    return desk


def test_every_price_and_indicator_is_that_of_the_newest_closed_bar(crash: Desk) -> None:
    rows = {row["symbol"].split("/")[0]: row for row in crash.run("signals", "--json").json["signals"]}

    assert len(rows) == 11
    for ticker in ALL:
        row = rows.get(ticker) or rows["MATIC"]
        bars = recorded(ticker, CRASH)
        close, high, low = (bars[c].to_numpy(np.float64) for c in ("close", "high", "low"))
        assert row["price"] == close[-1]
        assert row["bar_open_at"] == "2022-11-08T06:00:00Z"
        told = row["indicators"]
        upper, middle, lower = talib.BBANDS(close, 20, 2.0, 2.0)
        expected = {
            "rsi_14": talib.RSI(close, 14)[-1],
            "atr_14": talib.ATR(high, low, close, 14)[-1],
            "macd_hist_12_26_9": talib.MACD(close)[2][-1],
            "bb_upper_20_2": upper[-1],
            "bb_middle_20_2": middle[-1],
            "bb_lower_20_2": lower[-1],
            "sma_200": talib.SMA(close, 200)[-1],
            "ema_26": talib.EMA(close, 26)[-1],
        }
        for name, value in expected.items():
            assert told[name] == pytest.approx(value, rel=1e-9), (ticker, name)


def advice(desk: Desk, ticker: str) -> dict[str, Any]:
    found = desk.run("ask", f"should I buy {ticker} with $2k?", "--json")
    assert found.status == 0, found.err
    answer = found.json
    return dict(answer["recommendations"][0] if "recommendations" in answer else answer)


def test_sell_hold_and_buy_all_occur(crash: Desk, january: Desk) -> None:
    assert advice(crash, "BTC")["action"] == "SELL"
    assert advice(crash, "BNB")["action"] == "HOLD"
    assert advice(january, "ATOM")["action"] == "STRONG_BUY"


def test_pol_is_read_from_the_matic_series_and_says_so(crash: Desk) -> None:
    found = advice(crash, "POL")

    assert (found["symbol"], found["price"]) == ("MATIC/USDT", float(recorded("POL", CRASH)["close"].iloc[-1]))
    assert any("never joined" in warning for warning in found["warnings"])


@pytest.mark.parametrize(
    ("moment", "ticker", "sign"), [(CRASH, "AVAX", -1), (JANUARY, "ATOM", 1), (JANUARY, "SOL", -1)]
)
def test_a_plan_and_its_size_can_be_recomputed(crash: Desk, january: Desk, moment: str, ticker: str, sign: int) -> None:
    found = advice({CRASH: crash, JANUARY: january}[moment], ticker)
    facts = {fact["key"]: fact["value"] for fact in found["facts"]}
    bars = recorded(ticker, moment)
    atr = talib.ATR(*(bars[c].to_numpy(np.float64) for c in ("high", "low", "close")), 14)[-1]
    price, tick = float(bars["close"].iloc[-1]), facts["tick"]

    assert found["price"] == price
    assert abs(found["stop_loss"] - (price - sign * 2.0 * atr)) <= tick * 1.0001
    assert abs(found["exit_points"][-1] - (price + sign * 3.0 * atr)) <= tick * 1.0001
    entry, stop, target = found["entry_points"][0], found["stop_loss"], found["exit_points"][-1]
    won = abs(target - entry) - 0.0012 * (entry + target)
    lost = abs(entry - stop) + 0.0012 * (entry + stop)
    assert found["reward_risk"] == pytest.approx(won / lost, rel=1e-9)
    assert found["reward_risk"] >= 1.2
    e, s = Decimal(str(entry)), Decimal(str(stop))
    caps = {
        "risk per trade": Decimal(200) / abs(e - s),
        "largest position": Decimal(2500) / e,
        "budget": Decimal(2000) / (e * Decimal("1.001")),
    }
    lot = Decimal(str(facts["lot_step"]))
    quantity = (min(caps.values()) / lot).to_integral_value(ROUND_FLOOR) * lot
    assert Decimal(str(found["quantity"])) == quantity
    assert found["size_bound_by"] == min(caps, key=lambda name: caps[name])
    assert found["position_size_usd"] <= 2000
    expires = datetime.fromisoformat(moment).astimezone(UTC).replace(tzinfo=None) + pd.Timedelta(hours=24)
    assert found["expires_at"] == f"{expires:%Y-%m-%dT%H:%M:%SZ}"


def test_a_newest_bar_three_days_old_is_stale_and_never_hold(crash: Desk) -> None:
    later = replace(crash, environment=crash.environment | {"MARKET_NOW": "2022-11-11T12:00:00Z"})

    found = advice(later, "ETH")

    assert found["action"] == "STALE"
    assert found["price_at"] == "2022-11-08T07:00:00Z"
    assert (found["quantity"], found["position_size_usd"]) == (0, 0)
