"""Two recommendations for the golden renderings of every platform."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from rag.recommendation import Recommendation, Source
from signals.model import Action, Cap, Vote

NOW = datetime(2022, 11, 8, 12, tzinfo=UTC)
BUY = Recommendation(
    recommendation_id="r1",
    question="should I buy ETH with $2k?",
    interpretation="ETH/USDT, 1h, budget 2,000 USDT",
    action=Action.BUY,
    symbol="ETH/USDT",
    timeframe="1h",
    exchange="replay",
    as_of=NOW,
    price=1561.2,
    price_at=NOW,
    reason="the votes add up to long 0.71 against short 0.05",
    reasoning="Buyers came back after a deep fall [1]; volume confirms it.",
    method="rules",
    data_age_s=0,
    expires_at=NOW + timedelta(days=1),
    position_size_usd=Decimal("1280.18"),
    quantity=Decimal("0.8200"),
    size_bound_by="largest position",
    size_caps=(Cap("risk", Decimal("4.1000")), Cap("largest position", Decimal("0.8200"))),
    risk_usd=Decimal("40.20"),
    budget_usd=Decimal(2000),
    entry_points=(1561.2, 1550.1),
    exit_points=(1610.0, 1620.25, 1634.5),
    stop_loss=1512.3,
    invalidation=1512.3,
    reward_risk=1.42,
    risk_assessment="medium",
    conviction=0.71,
    confidence=0.58,
    confidence_n=41,
    votes=(
        Vote("technical", 0.7, 0.3, "RSI 24.1 is below 30 and the close is at the lower band"),
        Vote("volatility breakout", None, 0.2, "no squeeze in the last bars"),
    ),
    warnings=("your other positions are unknown",),
    sources=(
        Source(1, "signal:x", "signal", NOW - timedelta(days=2), "internal", "BUY ETH/USDT 1h at 1,540."),
        Source(2, "trade_note:y", "trade_note", NOW - timedelta(days=3), "user", "long note " * 40),
    ),
    fallback_reason="Ollama does not answer; start it with `ollama serve`",
)
STALE = Recommendation(
    recommendation_id="r2",
    question="?",
    interpretation="",
    action=Action.STALE,
    symbol="ETH/USDT",
    timeframe="1h",
    exchange="replay",
    as_of=NOW,
    price=None,
    price_at=None,
    reason="the newest 1h bar closed at 2022-11-05T12:00:00Z, 3.0 days ago",
    reasoning="",
    method="rules",
)
