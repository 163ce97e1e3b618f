"""Holdings, concentration and results of trades, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from signals.fills import Booked, closing, opening
from signals.portfolio.holdings import Price, concentration, holdings_of
from signals.portfolio.performance import EquityPoint, growth, max_drawdown, returns_between
from signals.portfolio.results import grouped, r_of, tally
from tests.builders import NOW, a_trade
from tests.paper import plan_for, step_for

HOUR = timedelta(hours=1)
OPEN = {"exit": None, "closed_at": None, "pnl_usd": None, "exit_reason": None, "return_pct": None}


def trade(key: str, symbol: str, side: str, quantity: str, entry: str, stop: str | None = None) -> Booked:
    made = a_trade(
        trade_id=key, symbol=symbol, side=side, quantity=Decimal(quantity), entry=Decimal(entry), opened_at=NOW,
        fees_usd=Decimal(0), **OPEN,
    )  # fmt: skip
    plan = plan_for(made, stop=None if stop is None else Decimal(stop), fee_rate=Decimal("0.001"))
    return opening(made, plan).booked


def closed(booked: Booked, price: str, hours: int = 1, quantity: str | None = None) -> Booked:
    order = (booked.left if quantity is None else Decimal(quantity), Decimal(price))
    step = closing(booked, f"close {hours}", NOW + hours * HOUR, order)
    return replace(booked, trade=step.trade, fills=(*booked.fills, *step.fills))


def price(value: str) -> Price:
    return Price(Decimal(value), NOW)


def test_longs_and_shorts_of_a_market_are_netted_and_valued() -> None:
    open_trades = [
        trade("a", "ETH/USDT", "LONG", "2", "1000"),
        trade("b", "ETH/USDT", "SHORT", "0.5", "1200"),
        trade("c", "SOL/USDT", "SHORT", "10", "20"),
        trade("d", "ADA/USDT", "LONG", "5", "1"),
        trade("e", "BTC/USDT", "LONG", "1", "1"),
        trade("f", "BTC/USDT", "SHORT", "1", "1"),
    ]

    ada, eth, sol = holdings_of(open_trades, {"ETH/USDT": price("1100"), "SOL/USDT": price("22")})

    assert (eth.quantity, eth.cost, eth.value, eth.profit) == (Decimal("1.5"), 1400, 1650, 250)
    assert (sol.quantity, sol.value, sol.profit) == (-10, -220, -20)
    assert (ada.value, ada.profit) == (None, None)


def test_concentration_by_hand() -> None:
    open_trades = [
        trade("a", "ETH/USDT", "LONG", "2", "1000"),
        trade("c", "SOL/USDT", "SHORT", "100", "20"),
        trade("d", "ADA/USDT", "LONG", "5", "1"),
    ]
    held = holdings_of(open_trades, {"ETH/USDT": price("3000"), "SOL/USDT": price("20")})

    found = concentration(held, Decimal(10_000))

    assert found.weights == {"ETH/USDT": Decimal("0.6"), "SOL/USDT": Decimal("-0.2")}
    assert found.buckets == {"majors": Decimal("0.6"), "others": Decimal("0.2")}
    assert (found.gross, found.net, found.hhi) == (Decimal("0.8"), Decimal("0.4"), Decimal("0.625"))
    assert found.largest == ("ETH/USDT", Decimal("0.6"))
    assert found.unpriced == ("ADA/USDT",)
    assert concentration((), Decimal(100)).largest is None


def test_results_are_counted_by_the_time_of_each_fill() -> None:
    won = closed(closed(trade("a", "ETH/USDT", "LONG", "2", "1000", stop="900"), "1100", 1, "1"), "1200", 3)
    lost = closed(trade("b", "SOL/USDT", "SHORT", "10", "20"), "21", 2)
    running = trade("c", "SOL/USDT", "LONG", "1", "10")
    every = [won, lost, running]

    whole = tally(every, None, NOW + 9 * HOUR)

    assert (whole.gross, whole.closed, whole.wins, whole.with_r) == (290, 2, 1, 1)
    assert whole.fees == Decimal(2) + Decimal("1.1") + Decimal("1.2") + Decimal("0.41") + Decimal("0.01")
    assert whole.mean_r == (300 - Decimal("4.3")) / 200 == r_of(won)
    assert whole.win_rate == Decimal("0.5")
    assert r_of(lost) is None
    late = tally(every, NOW + HOUR, NOW + 9 * HOUR)
    assert (late.gross, late.closed) == (190, 2)
    assert tally(every, None, NOW + 2 * HOUR).gross == 90
    assert tally([running], NOW, NOW + HOUR).win_rate is None
    names = [name for name, _ in grouped(every, lambda b: b.trade.symbol, None, NOW + 9 * HOUR)]
    assert names == ["ETH/USDT", "SOL/USDT"]
    assert grouped([running], lambda b: b.trade.symbol, NOW, NOW + HOUR) == ()


def test_money_put_in_is_no_return() -> None:
    day = timedelta(days=1)
    put = [(100, 100), (110, 100), (220, 200), (110, 200), (0, 200), (0, 200)]
    points = [EquityPoint(NOW + i * day, Decimal(e), Decimal(p)) for i, (e, p) in enumerate(put)]

    found = returns_between(points)

    assert [round(float(x), 12) for x in found] == [0.1, round(120 / 110 - 1, 12), -0.5, -1.0, 0.0]
    assert growth(found)[0] == 1.0
    assert max_drawdown(found) == -1.0


def test_a_step_from_the_builders_is_what_results_read() -> None:
    booked = step_for(a_trade()).booked

    assert tally([booked], None, NOW + 10_000 * HOUR).net == a_trade().pnl_usd
