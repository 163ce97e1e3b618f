"""What every process stands on before anything is opened: a folder, a database of this version, a clock."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from signals.clock import Clock, FrozenClock, RunningClock, SystemClock
from signals.errors import UserError


async def upgrade_database(settings: Settings) -> bool:
    """Create the data folder and the database, or bring it up to date; True when something changed."""
    from storage.migrate import upgrade

    make_folder(settings.data_dir)
    return await upgrade(settings.url)


def market_clock(settings: Settings) -> Clock:
    """Frozen at MARKET_NOW where it is set; with MARKET_SPEED it can be started from there."""
    market = settings.market
    if market.now is None:
        return SystemClock()
    return RunningClock(market.now, market.speed) if market.speed else FrozenClock(market.now)


def make_folder(folder: Path) -> None:
    """Create the data folder; UserError naming DATA_DIR when it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as e:
        raise UserError(
            f"the data folder {folder.absolute()} cannot be written ({e.strerror}); "
            "set DATA_DIR to a folder of yours, or give this one to the user that runs Deskmate"
        ) from e
