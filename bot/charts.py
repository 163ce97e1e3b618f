"""Pictures as PNG bytes: candles, equity and calibration. Pure in what they are given.

matplotlib is loaded by the first picture. Drawing takes a tenth of a second or more of CPU: call these through
`asyncio.to_thread`. They are safe in threads and give the same bytes for the same request.
"""

from __future__ import annotations

from bot.pictures.request import (
    AccountRequest,
    AllocationRequest,
    CalibrationRequest,
    ChartRequest,
    EquityRequest,
    Overlay,
    Study,
    Theme,
)

__all__ = [
    "AccountRequest",
    "AllocationRequest",
    "CalibrationRequest",
    "ChartRequest",
    "EquityRequest",
    "Overlay",
    "Study",
    "Theme",
    "account_chart",
    "allocation_chart",
    "calibration_chart",
    "candle_chart",
    "equity_chart",
]


def candle_chart(request: ChartRequest) -> bytes:
    """A PNG of 1800 x 1400 pixels (900 x 700 at double density). DataError when there is not one bar."""
    from bot.pictures.candle_picture import draw_candles

    return draw_candles(request).png()


def equity_chart(request: EquityRequest) -> bytes:
    """A PNG of the same size. DataError when there is not one bar, or not one value of equity for each."""
    from bot.pictures.equity_picture import draw_equity

    return draw_equity(request).png()


def calibration_chart(request: CalibrationRequest) -> bytes:
    """A PNG of the same size. Without a band it says *uncalibrated* and draws the diagonal only."""
    from bot.pictures.calibration_picture import draw_calibration

    return draw_calibration(request).png()


def account_chart(request: AccountRequest) -> bytes:
    """A PNG of the same size. DataError with fewer than two points."""
    from bot.pictures.account_picture import draw_account

    return draw_account(request).png()


def allocation_chart(request: AllocationRequest) -> bytes:
    """A PNG of the same size. DataError without a part."""
    from bot.pictures.allocation_picture import draw_allocation

    return draw_allocation(request).png()
