"""When a host is left alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from signals.errors import TemporaryError, UnavailableError
from signals.market.exchange.embargo import REFUSED_FOR_S, REST_S, Embargo, retry_after_s


class FakeTime:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def moment() -> FakeTime:
    return FakeTime()


@pytest.fixture
def embargo(moment: FakeTime) -> Embargo:
    return Embargo("binance", moment)


def test_a_pause_holds_until_it_has_passed(embargo: Embargo, moment: FakeTime) -> None:
    embargo.pause(10, "asked for a pause")
    moment.seconds += 9

    with pytest.raises(TemporaryError, match="binance asked for a pause: no request for 1 s") as caught:
        embargo.check()

    assert caught.value.retry_after_s == pytest.approx(1.0)
    moment.seconds += 1
    embargo.check()


def test_a_shorter_pause_does_not_shorten_a_longer_one(embargo: Embargo, moment: FakeTime) -> None:
    embargo.pause(100, "asked for a pause")
    embargo.pause(1, "asked for a pause")
    moment.seconds += 50

    with pytest.raises(TemporaryError):
        embargo.check()


def test_a_refusal_is_unavailable_and_tried_again_after_an_hour(embargo: Embargo, moment: FakeTime) -> None:
    embargo.refuse("refuses this machine (HTTP 451)")
    with pytest.raises(UnavailableError, match="HTTP 451"):
        embargo.check()

    moment.seconds += REFUSED_FOR_S

    embargo.check()
    assert not embargo.refused


def test_the_third_failure_in_a_row_rests_the_host(embargo: Embargo, moment: FakeTime) -> None:
    embargo.failed()
    embargo.failed()
    embargo.succeeded()
    embargo.failed()
    embargo.failed()
    embargo.check()

    embargo.failed()

    with pytest.raises(TemporaryError, match="does not answer"):
        embargo.check()
    moment.seconds += REST_S
    embargo.check()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"RETRY-AFTER": "0"}, 1.0),
        ({"Retry-After": "Tue, 08 Nov 2022 12:02:00 GMT"}, 120.0),
        ({"Retry-After": "Tue, 08 Nov 2022 12:02:00 -0000"}, 120.0),
        ({"Retry-After": "Tue, 08 Nov 2022 11:00:00 GMT"}, 1.0),
        ({"Retry-After": "99999999"}, 3 * 86_400.0),
        ({"Retry-After": "soon"}, 60.0),
        ({"Retry-After": "-5"}, 60.0),
        ({"Retry-After": "nan"}, 60.0),
        ({"Retry-After": "1e9"}, 60.0),
        ({"Retry-After": "１２"}, 60.0),
        ({}, 60.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], seconds: float) -> None:
    assert retry_after_s(headers, datetime(2022, 11, 8, 12, tzinfo=UTC)) == seconds
