"""Candle files: CSV, gzipped CSV or Parquet with the columns `time,open,high,low,close,volume`."""

from __future__ import annotations

import gzip
import importlib.util
import io
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from signals.errors import DataError, UserError
from signals.market.checks import TIME, Checked, check, first_fault
from signals.model import FloatArray, IntArray, Series

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("time", "open", "high", "low", "close", "volume")
MAX_BYTES = 512 * 1024 * 1024
TIME_FORM = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|\+00:?00)", re.ASCII)
NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def read_candles(path: Path, series: Series) -> Checked:
    """The file's bars, checked without regard to the time of day, and what was found in them.

    Duplicates, disorder and bars off the grid are mended and said; DataError (naming file and line) for a damaged
    file, for rows that no market can have, and for bars of another length than the name says. UserError when a
    Parquet file needs pyarrow.
    """
    frame = _parquet(path) if path.suffix.lower() == ".parquet" else _csv(path)
    if not len(frame):
        raise DataError(f"{path.name} has no bars.")
    rows = _rows(path, frame)
    if fault := first_fault(rows):
        raise DataError(f"{path.name} line {fault[0] + 2}: {fault[1]}. Correct or remove that line.")
    _right_length(path, series, rows)
    try:
        return check(series, rows, now_ms=None)
    except DataError as e:
        raise DataError(f"{path.name}: {e}") from e


def _csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    content = _content(path)
    header = content.split(b"\n", 1)[0].decode("utf-8-sig", "replace").strip().split(",")
    _has_columns(path, header)
    _even_lines(path, content, len(header))
    numbers = dict.fromkeys(COLUMNS[1:], np.float64)
    try:
        return pd.read_csv(
            io.BytesIO(content),
            usecols=list(COLUMNS),
            dtype={"time": object, **numbers},
            skip_blank_lines=False,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
        ).pipe(_without_blank_end)
    except (ValueError, OverflowError) as e:
        raise _garbage(path, content, e) from e


def _content(path: Path) -> bytes:
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as file:
            content: bytes = file.read(MAX_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as e:
        raise DataError(f"{path.name} is damaged or cut off ({e}): copy or download it again.") from e
    except OSError as e:
        raise DataError(f"{path.name} cannot be read: {e.strerror or e}.") from e
    if len(content) > MAX_BYTES:
        raise DataError(f"{path.name} holds more than {MAX_BYTES >> 20} MiB: split it.")
    if not content.strip():
        raise DataError(f"{path.name} is empty: it needs the header {','.join(COLUMNS)} and one line per bar.")
    return content


def _has_columns(path: Path, header: list[str]) -> None:
    missing = [name for name in COLUMNS if header.count(name) != 1]
    if missing:
        wanted = ",".join(COLUMNS)
        raise DataError(f"{path.name} line 1: the header lacks {', '.join(missing)}; it must name {wanted} once each.")


def _garbage(path: Path, content: bytes, cause: Exception) -> DataError:
    """Find the line that the fast parser stumbled over."""
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as e:
        return DataError(f"{path.name} line {content[: e.start].count(10) + 1}: not text in UTF-8. Save it as UTF-8.")
    header = lines[0].strip().split(",")
    for number, line in enumerate(lines[1:], start=2):
        for name, cell in zip(header, line.split(","), strict=False):
            if name in COLUMNS[1:] and cell and not NUMBER.fullmatch(cell):
                return DataError(f"{path.name} line {number}: {name} is {cell[:40]!r}, not a number. Correct it.")
    return DataError(f"{path.name} cannot be read as CSV: {cause}.")


def _even_lines(path: Path, content: bytes, width: int) -> None:
    """The fast parser takes a line with too many values without a word."""
    letters = np.frombuffer(content, dtype=np.uint8)
    ends = np.append(np.flatnonzero(letters == ord("\n")), len(letters))
    values = np.diff(np.searchsorted(np.flatnonzero(letters == ord(",")), ends), prepend=0) + 1
    blank = np.diff(ends, prepend=-1) <= 2
    uneven = np.flatnonzero((values != width) & ~blank)
    if len(uneven):
        n = int(uneven[0])
        raise DataError(
            f"{path.name} line {n + 1}: {values[n]} values instead of {width}. Correct or remove that line."
        )


def _without_blank_end(frame: pd.DataFrame) -> pd.DataFrame:
    used = frame.notna().any(axis=1).to_numpy()
    return frame.iloc[: int(np.flatnonzero(used)[-1]) + 1 if used.any() else 0]


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    if not any(importlib.util.find_spec(name) for name in ("pyarrow", "fastparquet")):
        raise UserError(f"{path.name} needs pyarrow: `pip install pyarrow`, or save the file as CSV.")
    try:
        frame = pd.read_parquet(path)
    except (ValueError, OSError) as e:  # pyarrow's ArrowInvalid is a ValueError
        raise DataError(f"{path.name} is not a readable Parquet file: {e}.") from e
    _has_columns(path, [str(name) for name in frame.columns])
    return frame


def _rows(path: Path, frame: pd.DataFrame) -> FloatArray:
    rows = np.empty((len(frame), len(COLUMNS)))
    rows[:, TIME] = _times(path, frame["time"])
    for i, name in enumerate(COLUMNS[1:], start=1):
        try:
            rows[:, i] = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as e:
            raise DataError(f"{path.name}: the column {name} does not hold numbers.") from e
    return rows


def _times(path: Path, column: pd.Series) -> IntArray:
    if column.dtype.kind == "M":
        return column.to_numpy(dtype="datetime64[ms]").astype(np.int64)
    texts = column.to_numpy(dtype=object)
    times = _plain_times(texts)
    if times is not None:
        return times
    for i, text in enumerate(texts):
        if not isinstance(text, str) or not TIME_FORM.fullmatch(text):
            shown = "missing" if text is None or text != text else repr(text)[:60]  # noqa: PLR0124
            raise DataError(f"{path.name} line {i + 2}: the time is {shown}, not one such as 2022-11-08T12:00:00Z.")
    try:
        return _parsed([re.sub(r"(Z|\+00:?00)$", "", text) for text in texts])
    except ValueError as e:
        raise DataError(f"{path.name}: {e}. Times look like 2022-11-08T12:00:00Z.") from e


def _plain_times(texts: np.ndarray) -> IntArray | None:
    """Milliseconds when every time has the form `2022-11-08T12:00:00Z`, else None."""
    codes = np.array([text if isinstance(text, str) else "" for text in texts], dtype="U21")
    letters = codes.view(np.uint32).reshape(len(codes), 21)
    pattern = np.array([ord(c) for c in "0000-00-00T00:00:00Z\0"], dtype=np.uint32)
    is_digit = pattern == ord("0")
    digits = letters[:, is_digit]
    if (letters[:, ~is_digit] != pattern[~is_digit]).any() or (digits < 48).any() or (digits > 57).any():
        return None
    try:
        return _parsed(codes.astype("U19"))
    except ValueError:
        return None


def _parsed(texts: object) -> IntArray:
    return np.array(texts, dtype="datetime64[us]").astype(np.int64) // 1000


def _right_length(path: Path, series: Series, rows: FloatArray) -> None:
    steps = np.diff(np.unique(rows[:, TIME]))
    usual = float(np.median(steps)) if len(steps) else series.timeframe.ms
    if len(steps) >= 3 and usual != series.timeframe.ms:
        minutes, named = usual / 60_000, series.timeframe.ms / 60_000
        raise DataError(f"{path.name} holds bars of {minutes:g} minutes, its name says {named:g}: rename it.")
