"""What the live message says, from the first word to the result, on both platforms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery.live import Told, cases_of, live_message, live_payload, valid_for
from bot.delivery.message import BroadcastMessage
from bot.discord_adapter.broadcast import broadcast as on_discord
from bot.telegram_adapter.broadcast import broadcast as on_telegram
from signals.model import Action, Issued, Series, SignalState, Timeframe, Transition, Vote
from tests.builders import NOW, a_signal, an_issued

GOLDEN = Path(__file__).parents[2] / "golden" / "broadcasts"
BUY = replace(an_issued(), confidence=0.5412)
LEARNED = replace(BUY, signal=replace(BUY.signal, votes=(Vote("learned model", 0.4, 0.2, "58 % up"),)))


def step(state: SignalState, hours: int, price: float, r: float | None = None) -> Transition:
    return Transition(BUY.signal_id, state, NOW + timedelta(hours=hours), price, r)


ENTERED = step(SignalState.ENTERED, 0, 1500.3)
TARGET_1 = step(SignalState.TARGET_1, 3, 1540.0)
WON = step(SignalState.TARGET, 5, 1560.0, 1.4)
LOST = step(SignalState.STOPPED, 14, 1460.0, -1.034)
HOLD = Issued(a_signal(action=Action.HOLD, known_at=NOW + timedelta(hours=5)), None, NOW)
SELL = an_issued(action=Action.SELL, known_at=NOW + timedelta(hours=5), bar_open_at=NOW + timedelta(hours=4))
LIFE = {
    "issued": Told(BUY, 212),
    "entered": Told(BUY, 212, (ENTERED,)),
    "taken-back": Told(BUY, 212, (ENTERED, TARGET_1), HOLD),
    "won": Told(BUY, 212, (ENTERED, TARGET_1, WON)),
    "lost": Told(BUY, 212, (ENTERED, LOST)),
}


@pytest.mark.parametrize("name", LIFE)
def test_each_state_reads_as_the_golden_file_of_its_platform(name: str) -> None:
    message = BroadcastMessage.of(live_payload(LIFE[name]))
    (embed,) = on_discord(message).embeds
    keys = " ".join(f"[{key.label}]" for key in on_discord(message).keys)
    shown = {
        "discord": f"{embed.title}\n{embed.description}\n-- {embed.footer}\n{keys}\ncolour {embed.colour:#08x}\n",
        "telegram": f"{on_telegram(message).text.html}\n",
    }

    for platform, text in shown.items():
        assert text == (GOLDEN / f"{name}-{platform}.txt").read_text(encoding="utf-8"), platform


def test_the_state_is_in_the_title_and_a_loss_is_shown_as_plainly_as_a_win() -> None:
    titles = {name: live_message(told).title for name, told in LIFE.items()}
    won, lost = live_message(LIFE["won"]), live_message(LIFE["lost"])

    assert titles == {
        "issued": "BUY ETH/USDT 1h at 1,500",
        "entered": "BUY ETH/USDT 1h · entered at 1,500.3",
        "taken-back": "BUY ETH/USDT 1h · taken back",
        "won": "BUY ETH/USDT 1h · final target, +1.40 R",
        "lost": "BUY ETH/USDT 1h · stopped, -1.03 R",
    }
    assert won.lines[-1] == "17:00 final target at 1,560: +1.40 R after costs"
    assert lost.lines[-1] == "2022-11-09 02:00 stopped at 1,460: -1.03 R after costs"
    assert (won.tone, lost.tone) == ("good", "bad")
    assert len(won.lines) == len(lost.lines) + 1


def test_the_mark_is_the_same_through_its_life_and_another_signal_has_another() -> None:
    marks = {live_message(told).visible_id for told in LIFE.values()}

    assert len(marks) == 1
    assert live_message(Told(SELL, 1)).visible_id not in marks


def test_the_confidence_has_its_n_or_is_said_to_be_uncalibrated() -> None:
    bare = live_message(Told(replace(BUY, confidence=None), 12))

    assert "Confidence 54 %, n = 212" in live_message(LIFE["issued"]).lines
    assert "Confidence: uncalibrated, too few resolved signals like this one" in bare.lines
    assert cases_of(live_payload(LIFE["issued"])) == 212
    assert cases_of({"title": "written by another version"}) is None


def test_an_invented_or_recorded_market_is_said_first() -> None:
    def first(exchange: str) -> str:
        series = Series(exchange, "ETH/USDT", Timeframe.H1)
        return live_message(Told(replace(BUY, signal=replace(BUY.signal, series=series)), 1)).lines[0]

    assert first("simulated") == "SIMULATED MARKET: prices are invented."
    assert first("replay") == "Recorded candles, not the live market."
    assert first("binance").startswith("Entry 1,500")


def test_what_took_a_trade_back_is_named_until_it_has_ended() -> None:
    by_hold, by_sell = (live_message(Told(BUY, 1, (ENTERED,), one)) for one in (HOLD, SELL))
    ended = live_message(Told(BUY, 1, (ENTERED, step(SignalState.INVALIDATED, 6, 1490.0, -0.3)), HOLD))

    assert by_hold.lines[-1] == "17:00 taken back: the votes now lean against it; it closes at the next open"
    assert "SELL ETH/USDT 1h was issued" in by_sell.lines[-1]
    assert ended.lines[-1] == "18:00 invalidated at 1,490: -0.30 R after costs"
    assert not any("taken back" in line for line in ended.lines)


def test_it_says_who_decided_and_its_buttons_carry_the_signal() -> None:
    assert live_message(LIFE["issued"]).footer.startswith("rules only")
    assert live_message(Told(LEARNED, 1)).footer.startswith("rules and learned model")
    assert live_message(LIFE["issued"]).buttons == (
        ("Take", f"take:{BUY.signal_id}"),
        ("Why", f"why:{BUY.signal_id}"),
        ("Chart", f"chart:{BUY.signal_id}"),
    )


def test_a_button_whose_action_would_be_too_long_is_left_out() -> None:
    series = Series("an_exchange_with_a_name", "LONGEST/USDT", Timeframe.H1)
    message = live_message(Told(replace(BUY, signal=replace(BUY.signal, series=series)), 1))

    assert all(len(action) <= 60 for _, action in message.buttons)
    assert len(message.buttons) < 2


@pytest.mark.parametrize(("timeframe", "minutes"), [("15m", 15), ("1h", 60), ("4h", 60), ("1d", 60)])
def test_it_is_new_for_one_bar_and_at_most_an_hour(timeframe: str, minutes: int) -> None:
    series = Series("binance", "ETH/USDT", Timeframe(timeframe))
    issued = replace(BUY, signal=replace(BUY.signal, series=series))

    assert valid_for(issued, NOW) == timedelta(minutes=minutes)
    assert valid_for(issued, NOW + timedelta(hours=6)) < timedelta(0)
