"""Candle files, whole and defective."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from signals.clock import from_ms
from signals.errors import DataError, UserError
from signals.market.candle_file import read_candles
from signals.market.checks import FindingKind
from signals.model import Series, Timeframe

HEADER = "time,open,high,low,close,volume"
SERIES = Series("replay", "ETH/USDT", Timeframe.H1)


def line(hour: int, rest: str = "100.1,101.5,99.25,100.3,12.5") -> str:
    return f"2022-11-08T{hour:02d}:00:00Z,{rest}"


def lines(count: int = 5) -> list[str]:
    return [HEADER, *(line(n) for n in range(count))]


def write(folder: Path, text: list[str] | bytes, name: str = "ETHUSDT-1h.csv") -> Path:
    path = folder / name
    content = text if isinstance(text, bytes) else "\n".join([*text, ""]).encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["ETHUSDT-1h.csv", "ETHUSDT-1h.csv.gz"])
def test_a_file_is_read_to_the_last_bit(tmp_path: Path, name: str) -> None:
    text = [HEADER, line(0, "0.1234567890123456,0.3,0.1,0.2,1e3"), line(1, "0.2,0.3,0.1,0.2,0")]

    found = read_candles(write(tmp_path, text, name), SERIES)

    assert found.findings == ()
    assert found.candles.open.tolist() == [0.1234567890123456, 0.2]
    assert found.candles.volume.tolist() == [1000.0, 0.0]
    assert found.candles.opened_at(0) == from_ms(1667865600000)


@pytest.mark.parametrize("end", ["Z", "+00:00", ".000000Z", ".000+0000"])
def test_times_may_have_fractions_and_a_written_zone(tmp_path: Path, end: str) -> None:
    text = [HEADER, *(f"2022-11-08T0{n}:00:00{end},1,1,1,1,1" for n in range(4))]

    assert len(read_candles(write(tmp_path, text), SERIES).candles) == 4


def test_windows_line_ends_a_byte_order_mark_and_further_columns_do_no_harm(tmp_path: Path) -> None:
    rows = "\r\n".join(["\ufeffsource," + HEADER, *(f"binance,{line(n)}" for n in range(3)), "", ""])

    assert len(read_candles(write(tmp_path, rows.encode()), SERIES).candles) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ([""], "is empty: it needs the header"),
        ([HEADER], "has no bars"),
        ([HEADER, "", ""], "has no bars"),
        (["time,open,high,low,close", *lines()[1:]], "line 1: the header lacks volume"),
        (["time,open,open,high,low,close,volume"], "line 1: the header lacks open"),
        ([*lines(), "garbage"], "line 7: 1 values instead of 6"),
        ([*lines(), line(5) + ",9,9"], "line 7: 8 values instead of 6"),
        ([*lines(), line(5, "1,1,1,none,1")], "line 7: close is 'none', not a number"),
        ([*lines(), line(5, "1,1,1,,1")], "line 7: the bar of 2022-11-08T05:00:00Z has a close of nan"),
        ([*lines(), line(5, "1,1,1,nan,1")], "line 7: close is 'nan', not a number"),
        ([*lines(), line(5, "1,1,1,1e999,1")], "line 7: .* close of inf"),
        ([*lines(), line(5, "1,1,1,-1,1")], "line 7: .* close of -1"),
        ([*lines(), line(5, "0,1,1,1,1")], "line 7: .* open of 0"),
        ([*lines(), line(5, "2,1,1,1,1")], "line 7: .* do not enclose"),
        ([*lines(), "", line(6)], "line 7: the time is missing"),
        ([*lines(), "2022-11-08 25:00:00Z,1,1,1,1,1"], "Times look like 2022-11-08T12:00:00Z"),
        ([*lines(), "2022-13-08T05:00:00Z,1,1,1,1,1"], "Times look like 2022-11-08T12:00:00Z"),
        ([*lines(), "2022-11-08T05:00:00,1,1,1,1,1"], "line 7: the time is '2022-11-08T05:00:00', not one such as"),
        ([*lines(), "1667865600000,1,1,1,1,1"], "line 7: the time is '1667865600000', not one such as"),
        ([*lines(), "２０２２-11-08T05:00:00Z,1,1,1,1,1"], "line 7: the time is"),
        ([HEADER, *(f"2022-11-08T00:{n}:00Z,1,1,1,1,1" for n in (10, 15, 20, 25))], "bars of 5 minutes"),
        ([HEADER, *(f"2022-11-0{n}T00:00:00Z,1,1,1,1,1" for n in range(1, 6))], "bars of 1440 minutes, .* says 60"),
    ],
)
def test_a_defective_file_is_one_clear_line_with_file_line_and_fix(tmp_path: Path, text: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        read_candles(write(tmp_path, text), SERIES)

    assert str(caught.value).startswith("ETHUSDT-1h.csv") and "\n" not in str(caught.value)


def test_text_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    broken = "\n".join(lines()).encode() + b"\n2022-11-08T05:00:00Z,1,1,1,\xff\xfe,1\n"

    with pytest.raises(DataError, match="line 7: not text in UTF-8"):
        read_candles(write(tmp_path, broken), SERIES)


@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_file_that_was_cut_off_is_said_to_be_damaged(tmp_path: Path, keep: float) -> None:
    path = write(tmp_path, lines(20), "ETHUSDT-1h.csv.gz")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])

    with pytest.raises(DataError, match=r"is damaged or cut off .* copy or download it again"):
        read_candles(path, SERIES)


def test_a_gz_that_is_none_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "ETHUSDT-1h.csv.gz"
    path.write_bytes(b"no gzip at all")

    with pytest.raises(DataError, match="is damaged or cut off"):
        read_candles(path, SERIES)


def test_a_flipped_bit_in_a_gz_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, lines(20), "ETHUSDT-1h.csv.gz")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    with pytest.raises(DataError):
        read_candles(path, SERIES)


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_candles(tmp_path / "ETHUSDT-1h.csv", SERIES)


def test_a_file_beyond_the_bound_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signals.market.candle_file.MAX_BYTES", 20)

    with pytest.raises(DataError, match="holds more than"):
        read_candles(write(tmp_path, lines()), SERIES)


def test_a_gap_in_the_middle_is_found_and_named(tmp_path: Path) -> None:
    text = lines(9)
    del text[4:6]

    found = read_candles(write(tmp_path, text), SERIES)

    assert found.note == ("1 gap, 2 bars missing; the largest between 2022-11-08T02:00:00Z and 2022-11-08T05:00:00Z")


def test_parquet_without_pyarrow_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(UserError, match="pip install pyarrow"):
        read_candles(tmp_path / "ETHUSDT-1h.parquet", SERIES)


class FakeParquet:
    """Stands in for `pandas.read_parquet`, whose engine is optional."""

    def __init__(self, frame: pd.DataFrame | Exception) -> None:
        self.frame = frame

    def __call__(self, path: Path) -> pd.DataFrame:
        if isinstance(self.frame, Exception):
            raise self.frame
        return self.frame


@pytest.fixture
def parquet(monkeypatch: pytest.MonkeyPatch) -> object:
    def install(frame: pd.DataFrame | Exception) -> Path:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: sys)
        monkeypatch.setattr(pd, "read_parquet", FakeParquet(frame))
        return Path("ETHUSDT-1h.parquet")

    return install


def frame(**columns: object) -> pd.DataFrame:
    times = pd.date_range("2022-11-08", periods=5, freq="h", tz="UTC")
    return pd.DataFrame({"time": times, **dict.fromkeys(HEADER.split(",")[1:], np.full(5, 2.0)), **columns})


def test_parquet_times_are_utc(parquet) -> None:
    found = read_candles(parquet(frame()), SERIES)

    assert found.candles.opened_at(0) == from_ms(1667865600000) and found.findings == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (frame(close=["a", "b", "c", "d", "e"]), "the column close does not hold numbers"),
        (frame().drop(columns=["low"]), "the header lacks low"),
        (ValueError("not a parquet file"), "is not a readable Parquet file"),
        (frame().head(0), "has no bars"),
    ],
)
def test_a_defective_parquet_file_is_one_clear_line(parquet, content: pd.DataFrame | Exception, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read_candles(parquet(content), SERIES)


def test_the_bars_off_the_grid_after_the_outage_of_2018_are_left_out_and_told(shared_data: Path) -> None:
    found = read_candles(shared_data / "defects" / "ETHUSDT-1h-offgrid-2018-02.csv", SERIES)

    off = next(f for f in found.findings if f.kind is FindingKind.OFF_GRID)
    assert off.count == 43 and "2018-02-09T09:28:14Z" in off.text
    assert len(found.candles) == 112 - 43 and found.status == "gap"


def test_bars_saved_twice_are_kept_once(shared_data: Path) -> None:
    found = read_candles(shared_data / "defects" / "ADAUSDT-1h-unclosed-last-bar.csv", SERIES)

    told = {f.kind: f.count for f in found.findings}
    assert told == {FindingKind.OUT_OF_ORDER: 1, FindingKind.DUPLICATE: 3}
    assert len(found.candles) == 3
