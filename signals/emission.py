"""Which decisions become issued signals."""

from __future__ import annotations

from signals.model import Issued, Signal

CONVICTION_STEP = 0.10
MIN_LEAN = 0.15


def should_emit(signal: Signal, previous: Issued | None, previous_ended: bool) -> bool:
    """Whether the decision is news for its own series; `previous` is the last one issued there.

    A BUY or SELL is issued when the direction changed, the former has ended, or conviction grew by 0.10. A HOLD is
    issued only when it takes back a trade that still stands, that is when the votes now lean against it. (A bar that
    merely no longer repeats a BUY does not cancel it.) Statements about the data are never issued.
    """
    if not signal.action.is_advice or signal.bar_open_at is None:
        return False
    if previous is not None and previous.signal.known_at >= signal.known_at:
        return False
    if signal.direction == 0:
        return previous is not None and not previous_ended and _leans_against(signal, previous.signal)
    if previous is None or previous_ended or previous.signal.direction != signal.direction:
        return True
    return signal.conviction >= previous.signal.conviction + CONVICTION_STEP


def _leans_against(signal: Signal, former: Signal) -> bool:
    return former.direction * (signal.long - signal.short) <= -MIN_LEAN
