"""What commands about markets read: the stores, the desk, what is watched, and the market's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.jobs.watch import Watch
from rag.account import AccountRules
from rag.desk import Desk, DeskRules
from signals.clock import Clock
from signals.model import Market, Timeframe
from storage.stores import Stores


@dataclass(frozen=True, slots=True)
class Room:
    """Shared by the commands about markets; `watch` is the live one."""

    stores: Stores
    desk: Desk
    rules: DeskRules
    watch: Watch
    clock: Clock
    account: AccountRules

    def market(self, values: Mapping[str, str]) -> Market:
        """The market of read values; without a timeframe one hour where it is watched, else the first."""
        frames = self.watch.timeframes
        default = Timeframe.H1 if Timeframe.H1 in frames else frames[0]
        return Market(values["symbol"], Timeframe(values.get("timeframe", default)))
