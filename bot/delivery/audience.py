"""Who gets what: destinations that are on, by role and by what each one asked for. Signals are shared by all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.delivery.addresses import account_at
from bot.roles import Role
from signals.model import Issued
from signals.universe import names_of
from storage.delivery_values import Destination, Preferences
from storage.stores import Stores

RoleOf = Callable[[str, str | None], Role]


@dataclass(frozen=True, slots=True)
class Listener:
    """A destination with what it wants."""

    destination: Destination
    wanted: Preferences

    @property
    def address(self) -> str:
        """Its address."""
        return self.destination.address


class Audience:
    """Reads destinations and preferences anew each time. `role_of` is the access layer's, by account and stored role.

    A channel or group was switched on by an admin. A person gets signals only while their role may ask for them.
    """

    def __init__(self, stores: Stores, role_of: RoleOf) -> None:
        self._stores = stores
        self._role_of = role_of

    async def listeners(self) -> tuple[Listener, ...]:
        """Everybody who is to be told of signals at all."""
        here = await self._stores.destinations.all(only_on=True)
        if not here:
            return ()
        wanted = {one.address: one for one in await self._stores.subscriptions.all()}
        stored = {row.identity: row.role for row in await self._stores.people.roles()}
        return tuple(
            Listener(one, wanted.get(one.address) or plain(one.address, one.changed_at))
            for one in here
            if self._is_admitted(one, stored)
        )

    def _is_admitted(self, destination: Destination, stored: dict[str, str]) -> bool:
        account = account_at(destination.address)
        return account is None or self._role_of(account, stored.get(account)).may(Role.VIEWER)


def plain(address: str, at: datetime) -> Preferences:
    """What a destination gets that never said what it wants: every signal, the digest, at any hour, UTC."""
    return Preferences(address, at)


def is_wanted(issued: Issued, wanted: Preferences) -> bool:
    """Whether a signal's market and confidence are asked for; quiet hours are another matter."""
    return is_watched(issued, wanted) and passes_floor(issued, wanted.min_confidence_pct)


def is_watched(issued: Issued, wanted: Preferences) -> bool:
    """Whether its symbol (under any of its names) and its timeframe are asked for."""
    series = issued.signal.series
    named = not wanted.symbols or any(series.symbol in names_of(symbol) for symbol in wanted.symbols)
    return named and (not wanted.timeframes or series.timeframe.value in wanted.timeframes)


def passes_floor(issued: Issued, floor_pct: int) -> bool:
    """Whether the calibrated confidence shown at the time reaches the floor.

    Without a floor everything passes. An uncalibrated signal passes no floor: nobody knows how likely it was.
    """
    if floor_pct <= 0:
        return True
    return issued.confidence is not None and Decimal(repr(issued.confidence)) * 100 >= floor_pct
