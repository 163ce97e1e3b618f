"""The windows by a clock that is moved by hand, and obedience to 429."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import RetryAfter

from bot.telegram_adapter.pace import Pace, PaceRules, Window, seconds_of

pytestmark = pytest.mark.filterwarnings("ignore:.*attribute `retry_after`")


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 5))
def test_no_window_ever_holds_more_than_it_may(gaps: list[float], most: int) -> None:
    window, now = Window(most, 1.0), 0.0
    times = []
    for gap in gaps:
        now += gap
        when = window.reserve(now)
        assert when >= now
        times.append(when)

    times.sort()
    assert all(later - earlier >= 1.0 - 1e-9 for earlier, later in zip(times, times[most:], strict=False))


def test_room_is_what_could_be_sent_at_once() -> None:
    window = Window(3, 1.0)

    assert window.room(0.0) == 3
    assert [window.reserve(0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert window.room(0.5) == 0
    assert window.room(1.5) == 2


class Calls:
    """A request that is refused as often as it is told."""

    def __init__(self, *pauses_s: float) -> None:
        self.pauses = list(pauses_s)
        self.count = 0

    async def __call__(self, *_args: Any, **_kwargs: Any) -> bool:
        self.count += 1
        if self.pauses:
            raise RetryAfter(timedelta(seconds=self.pauses.pop(0)))
        return True


async def ask(pace: Pace, calls: Calls, chat: int | None = 5, endpoint: str = "sendMessage") -> Any:
    data = {} if chat is None else {"chat_id": chat}
    return await pace.process_request(calls, (), {}, endpoint, data, rate_limit_args=None)


async def test_a_refused_request_is_made_again_and_its_chat_has_no_room_meanwhile() -> None:
    pace, calls = Pace(), Calls(0.05, 0.05)

    asking = asyncio.create_task(ask(pace, calls))
    await asyncio.sleep(0.01)
    room_meanwhile, other = pace.room(5), pace.room(6)
    answer = await asking

    assert (answer, calls.count) == (True, 3)
    assert room_meanwhile == 0
    assert other > 0


@pytest.mark.parametrize("pauses", [(600.0,), (0.0,) * 9])
async def test_who_is_told_to_wait_too_long_or_too_often_gives_up(pauses: tuple[float, ...]) -> None:
    calls = Calls(*pauses)

    with pytest.raises(RetryAfter):
        await ask(Pace(PaceRules(retries=2)), calls)

    assert calls.count == min(len(pauses), 3)


async def test_edits_in_one_chat_keep_their_distance_and_requests_without_a_chat_none() -> None:
    now = [100.0]
    pace = Pace(PaceRules(edit_every_s=0.05), lambda: now[0])

    await ask(pace, Calls(), endpoint="editMessageText")
    waiting = asyncio.create_task(ask(pace, Calls(), endpoint="editMessageText"))
    await asyncio.sleep(0)
    elsewhere = await ask(pace, Calls(), 6, "editMessageText")
    nowhere = await ask(pace, Calls(), None, "answerCallbackQuery")

    assert elsewhere is nowhere is True
    assert not waiting.done()
    await waiting


def test_groups_have_a_window_of_their_own_and_idle_ones_are_forgotten() -> None:
    now = [0.0]
    pace = Pace(clock=lambda: now[0])

    for chat in range(1, 2100):
        pace._reserved(-chat, "sendMessage")
        now[0] += 61.0

    assert pace.room(-1) == 18
    assert len(pace._groups) <= 2000


def test_the_pause_is_read_in_both_forms_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    error = RetryAfter(timedelta(seconds=3))

    assert seconds_of(error) == 3.0
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    assert seconds_of(error) == 3.0
