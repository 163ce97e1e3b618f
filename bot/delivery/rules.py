"""The numbers of delivery, and whose word counts in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.delivery.budgets import LIMITS, Limits
from signals.clock import Clock, monotonic_s


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """Times in seconds. A failed try waits `first_retry_s`, doubled up to `longest_retry_s`, a quarter more or less.

    After `most_attempts` a row is given up. `forbidden_limit` refusals in a row for a missing permission switch a
    destination off. `at_once` messages may be on their way. Answers that come within `gather_s` are written together;
    what is out of date is looked for every `look_every_s`, and is not sent meanwhile.
    """

    first_retry_s: float = 2.0
    longest_retry_s: float = 300.0
    most_attempts: int = 20
    forbidden_limit: int = 3
    at_once: int = 64
    gather_s: float = 0.2
    look_every_s: float = 1.0
    longest_wait_s: float = 10.0
    trouble_s: float = 5.0
    finish_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Desk:
    """The clocks, the addresses where owners are told, the numbers, and what platforms bear."""

    clock: Clock
    owners: tuple[str, ...] = ()
    rules: DeliveryRules = DeliveryRules()
    monotonic: Callable[[], float] = monotonic_s
    limits: Mapping[str, Limits] = field(default_factory=lambda: LIMITS)
