"""The learned model: in force and whole, or why there is none."""

from __future__ import annotations

from importlib.util import find_spec

from bot.checkups.finding import Finding
from bot.settings import Settings
from rag.learned_votes import LearnedVotes
from signals.clock import SystemClock
from signals.errors import DeskmateError
from storage.database import Database
from storage.migrate import current_revision
from storage.models import ModelVersion
from storage.revisions import HEAD
from storage.stores import Stores

PART = "learned model"
ABSTAINS = "the learned voter abstains"


async def learned_model(settings: Settings) -> list[Finding]:
    """What votes on each timeframe; a model in force that cannot be used must be mended, for no signal is made then."""
    if await current_revision(settings.url) != HEAD:
        return [Finding(PART, "ok", f"none yet: {ABSTAINS}")]
    opened = await Database.open(settings.url)
    try:
        return await _findings(Stores.of(opened), settings)
    finally:
        await opened.close()


async def _findings(stores: Stores, settings: Settings) -> list[Finding]:
    now = settings.market.now or SystemClock().now()
    in_force = await stores.models.in_force(now)
    if in_force:
        votes = LearnedVotes(stores, settings.data_dir / "models")
        return [await _whole(votes, version) for version in in_force.values()]
    if find_spec("lightgbm") is None:
        return [Finding(PART, "ok", f"not installed: {ABSTAINS}", 'pip install "deskmate[research]"')]
    newest = await stores.models.newest(None, now)
    if newest:
        return [Finding(PART, "ok", f"{newest[0].version} {newest[0].reason}: {ABSTAINS}")]
    return [Finding(PART, "ok", f"never trained: {ABSTAINS}", "`deskmate train` trains and tests it")]


async def _whole(votes: LearnedVotes, version: ModelVersion) -> Finding:
    try:
        await votes.load(version)
    except DeskmateError as e:
        return Finding(PART, "fail", f"{version.version} is in force and cannot be used: {e}", "`deskmate train`")
    looked = f"; {version.health}" if version.health else ""
    drifted = version.health is not None and version.health.startswith("drift")
    fix = "`deskmate train` learns from newer candles" if drifted else ""
    score = version.described.score
    told = (
        f"{version.version} votes, log-loss {score.log_loss:.4f} beside the prior's {score.prior_log_loss:.4f}{looked}"
    )
    return Finding(PART, "warn" if drifted else "ok", told, fix)
