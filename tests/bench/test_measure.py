"""The benchmarks' arithmetic: what they report is what was measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from bench.footprint import Footprint, disk_mb, run
from bench.measure import Claim, Timing, in_turn, report


def test_the_median_and_the_95th_percentile_are_runs_that_happened() -> None:
    timing = Timing("x", tuple(float(n) for n in range(20, 0, -1)))

    assert timing.median == 10.5
    assert timing.p95 == 19.0


def test_a_single_run_is_its_own_percentile() -> None:
    assert Timing("x", (0.25,)).p95 == 0.25


def test_works_are_timed_in_turn_after_warming_up() -> None:
    calls: list[str] = []

    timings = in_turn([("a", lambda: calls.append("a")), ("b", lambda: calls.append("b"))], runs=2, warm_up=1)

    assert calls == ["a", "b"] * 3
    assert [(t.what, len(t.seconds)) for t in timings] == [("a", 2), ("b", 2)]


@pytest.mark.parametrize(("measured", "words"), [(2.0, "kept"), (2.01, "FALLS SHORT")])
def test_a_claim_says_whether_it_is_kept(measured: float, words: str) -> None:
    assert str(Claim("ratio", measured, 2.0, "x")).endswith(words)


def test_the_report_gives_the_ratio_to_the_peer(capsys: pytest.CaptureFixture[str]) -> None:
    pair = (Timing("ours", (0.3,)), Timing("peer", (0.1,)))

    report("Title", [pair], [Claim("ratio", 3.0, 2.0, "x")], as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert told["compared"][0]["ratio"] == 3.0
    assert told["claims"][0]["kept"] is False


def test_the_report_for_people_shows_the_same_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    report("Title", [(Timing("ours", (0.3,)), Timing("peer", (0.1,)))], [], as_json=False)

    assert "     3.0\n" in capsys.readouterr().out


def test_a_command_that_fails_ends_the_measurement_with_its_output() -> None:
    with pytest.raises(SystemExit, match="it broke"):
        run([sys.executable, "-c", "print('it broke'); raise SystemExit(3)"], Path(), {})


def test_files_with_two_names_are_weighed_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100_000)
    (tmp_path / "b").hardlink_to(tmp_path / "a")

    assert disk_mb(tmp_path) == pytest.approx(0.1, abs=0.05)


def test_a_footprint_is_a_row_of_the_table() -> None:
    row = Footprint("make demo", 61.4, 9.96, 800.0, 500.0, 1100.0, 96.5).line()

    assert row == "| `make demo` | 61 s | 10.0 s | 1,100 MB | 96.5 MB | 800 MB | 500 MB |"
