"""Quiet hours: a span of local time in which nothing new is sent."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.timetable import local_moment
from storage.delivery_values import Preferences


def quiet_until(wanted: Preferences, now: datetime) -> datetime | None:
    """When the quiet hours in which `now` falls end, in UTC; None outside of them.

    They begin with their first minute and end before their last: 22:00-07:00 is over at 07:00. Two equal times are no
    quiet hours at all.
    """
    if wanted.quiet is None:
        return None
    begin, end = (time.fromisoformat(text) for text in wanted.quiet)
    local = now.astimezone(ZoneInfo(wanted.time_zone))
    at = local.time().replace(tzinfo=None)
    inside = begin <= at < end if begin < end else begin != end and (at >= begin or at < end)
    if not inside:
        return None
    day = local.date() if at < end else local.date() + timedelta(days=1)
    over = local_moment(day, wanted.time_zone, end)
    return over if over > now else now + timedelta(minutes=1)
