"""Generated sentences over realistic facts: how many wrong ones are caught, how many true ones kept."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from rag.documents import backtest_document, signal_document, trade_document
from rag.evaluation.grounding import GroundingReport, measure
from rag.evaluation.grounding_sentences import CORRUPTIONS, Case
from rag.evaluation.grounding_worlds import long_date_only
from rag.evaluation.records import RecordSet, load_records
from rag.grounding import Evidence, Grounding
from rag.recommendation import Source
from storage.values import Document

RECORDS = Path(__file__).parents[3].parent / "shared" / "data" / "rag" / "records-7.jsonl"
WORDS = ("asset", "side", "gained/lost", "date")


class Confusion:
    """How many sentences of each kind were kept and flagged."""

    def __init__(self) -> None:
        self.kept: Counter[str] = Counter()
        self.flagged: Counter[str] = Counter()

    def add(self, case: Case, grounding: Grounding) -> None:
        """Check the case and count it."""
        flagged = bool(grounding.check(case.text).offending)
        (self.flagged if flagged else self.kept)[case.kind or "true"] += 1

    def rate(self, *kinds: str) -> float:
        """The share of the kinds that was flagged."""
        flagged = sum(self.flagged[kind] for kind in kinds)
        return flagged / (flagged + sum(self.kept[kind] for kind in kinds))

    def table(self) -> str:
        """The matrix, one line per kind."""
        head = f"{'kind':<12}{'kept':>7}{'flagged':>9}{'rate':>8}"
        kinds = sorted(self.kept | self.flagged)
        lines = (f"{kind:<12}{self.kept[kind]:>7}{self.flagged[kind]:>9}{self.rate(kind):>8.3f}" for kind in kinds)
        return "\n".join((head, *lines))


def test_wrong_sentences_over_generated_facts_are_caught_and_true_ones_kept() -> None:
    report = measure(seed=11, sentences=3000)

    print("\n".join("  ".join(row) for row in report.rows()))
    assert report.sentences == 3000
    assert report.kept_true >= 0.95
    assert report.caught >= 0.99
    assert all(report.rate(kind) >= 0.98 for kind in (*CORRUPTIONS, *WORDS))
    assert report.passed


def test_the_matrix_is_the_same_for_the_same_seed_and_counts_every_sentence() -> None:
    report, again = measure(seed=3, sentences=400), measure(seed=3, sentences=400)

    assert report.as_dict() == again.as_dict()
    assert sum(int(row[1]) + int(row[2]) for row in report.rows()) == 400
    assert report.rows()[0][0] == "true"


def test_a_check_that_lets_everything_pass_fails_the_floor() -> None:
    report = GroundingReport(1, kept=Counter({"true": 100, "digit": 100}))

    assert (report.caught, report.kept_true, report.passed) == (0.0, 1.0, False)


@pytest.mark.skipif(not RECORDS.is_file(), reason="../shared/data is not here")
def test_wrong_sentences_over_recorded_trades_are_caught_and_true_ones_kept() -> None:
    confusion, rng = Confusion(), random.Random(7)

    grounding = Grounding(Evidence())
    for case in _record_cases(load_records(RECORDS), rng):
        grounding = grounding if grounding.evidence is case.evidence else Grounding(case.evidence)
        confusion.add(case, grounding)

    print(f"\n{confusion.table()}")
    assert 1 - confusion.rate("true") >= 0.95
    assert confusion.rate("number") >= 0.99


def _record_cases(records: RecordSet, rng: random.Random) -> list[Case]:
    cases: list[Case] = []
    for _ in range(60):
        trade, issued = rng.choice(records.trades), rng.choice(records.signals)
        backtest, plan = rng.choice(records.backtests), issued.plan
        if trade.exit is None or trade.pnl_usd is None or trade.closed_at is None or plan is None:
            continue
        evidence = _evidence([trade_document(trade), signal_document(issued), backtest_document(backtest)])
        verb = "made" if trade.pnl_usd > 0 else "lost"
        day = long_date_only(trade.closed_at)
        for template, value, style in (
            (f"The {trade.side} trade of {day} {verb} {{}} % [1].", abs(trade.return_pct or 0), ".2f"),
            (f"On {day} it {verb} {{}} USDT [1].", float(abs(trade.pnl_usd)), ".2f"),
            ("Its entry was at {} [1].", float(trade.entry), "." + ("4f" if trade.entry < 10 else "2f")),
            ("It was closed at {} [1].", float(trade.exit), "." + ("4f" if trade.exit < 10 else "2f")),
            ("That signal had a stop at {} [2].", plan.stop, ".4f" if plan.stop < 10 else ".2f"),
            ("The target was {} [2].", plan.targets[-1], ".4f" if plan.targets[-1] < 10 else ".2f"),
            ("The backtest made {} trades [3].", backtest.trades, "d"),
            ("It returned {} % [3].", backtest.return_pct, "+.1f"),
            ("The max drawdown was {} % [3].", backtest.max_drawdown_pct or 0, ".1f"),
            ("The win rate was {} % [3].", backtest.win_rate_pct or 0, ".1f"),
            ("The Sharpe ratio of {} is modest [3].", backtest.sharpe or 0, ".2f"),
        ):
            shown = format(value, style)
            cases.append(Case(template.format(shown), evidence))
            cases += [Case(template.format(wrong), evidence, "number") for wrong in _wrong(shown, rng)]
    return cases


def _wrong(shown: str, rng: random.Random) -> list[str]:
    at = rng.choice([i for i, c in enumerate(shown) if c.isdigit()])
    digit = shown[:at] + str((int(shown[at]) + rng.randint(1, 9)) % 10) + shown[at + 1 :]
    decimals = len(shown.partition(".")[2])
    near = f"{float(shown) * rng.uniform(1.05, 1.4):.{decimals}f}"
    return [wrong for wrong in (digit, near) if float(wrong) != float(shown)]


def _evidence(documents: list[Document]) -> Evidence:
    sources = tuple(Source(n, d.doc_id, d.type, d.at, d.trust, d.text) for n, d in enumerate(documents, 1))
    return Evidence(sources=sources, cited=(1, 2, 3), question="how did it go?")
