"""Errors named by the reaction they need; anything else that is raised is a bug."""

from __future__ import annotations

from datetime import datetime


class DeskmateError(Exception):
    """Root of every error that Deskmate raises on purpose."""


class UserError(DeskmateError):
    """The asker can mend it: the text is shown to them as it is, so it names the fix."""


class TemporaryError(DeskmateError):
    """The same call may succeed later; `retry_after_s` is the wait the other side asked for, if it did."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DataError(DeskmateError):
    """This market's data cannot be used: skip it, say so, go on with the others.

    `last_good_at` is the close time of the newest usable bar, where there is one.
    """

    def __init__(self, message: str, *, last_good_at: datetime | None = None) -> None:
        super().__init__(message)
        self.last_good_at = last_good_at


class UnavailableError(DataError):
    """The market does not exist at this source, or the source refuses for good: asking again is useless."""
