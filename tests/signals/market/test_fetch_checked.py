"""What a sync job is told."""

from __future__ import annotations

from signals.clock import to_ms
from signals.market.checks import Checked, FindingKind, check
from signals.market.sync import fetch_checked
from tests.signals.market.fakes import ETH, ETH_1H, NOW, FakeCheckedSource, FakeSource, rows

NOW_MS = to_ms(NOW)


async def test_findings_come_along_where_the_source_has_them() -> None:
    found = check(ETH_1H, rows(6)[::-1], now_ms=NOW_MS)
    telling = FakeCheckedSource("binance", found.candles, found=found)
    silent = FakeSource("binance", found.candles)

    told = await fetch_checked(telling, ETH, since_ms=None, limit=6)
    untold = await fetch_checked(silent, ETH, since_ms=None, limit=6)

    assert [f.kind for f in told.findings] == [FindingKind.OUT_OF_ORDER]
    assert untold == Checked(found.candles)
