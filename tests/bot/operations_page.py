"""The parts of docs/operations.md that are made from the code: `python -m tests.bot.operations_page` writes them."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from bot import doctor, vitals
from bot.app import open_app
from bot.checkups import machine, market
from bot.delivery.budgets import LIMITS
from bot.delivery.live import LONGEST_LIFE
from bot.delivery.rules import DeliveryRules
from bot.discord_adapter import client as discord_client
from bot.discord_adapter import faults, notifier
from bot.jobs import news
from bot.platforms import Backoff
from bot.schedule import Pace, Schedule
from bot.service import timetable
from bot.setting_groups import LlmSettings
from bot.settings import load
from bot.starts import PATIENCE
from bot.tenure import TenurePace
from bot.timetable import Row
from bot.upkeep_groups import BackupSettings, RetentionSettings, ScheduleSettings
from rag.llm import ollama_chat
from rag.model_gate import Breaker
from signals.market.exchange import embargo
from signals.market.exchange.bounded import MAX_BODY_BYTES
from signals.market.exchange.source import DEFAULT_POLICY
from signals.news import child, fetching
from storage import dialect, server_copy

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
SMALL = {"source": "simulated", "symbols": "ETH/USDT", "timeframes": "1h", "history_bars": 250}
WHAT = {
    "sync": "candles of every series; series that could not be had are tried again after `SCHEDULE_RETRY_S`",
    "indicators": "indicator columns of new and revised bars",
    "news": "new headlines from the feeds, with their markets and tone",
    "signals": "issue, follow and broadcast signals",
    "ingest": "the sweep for changed records that are not in the index yet",
    "backtests": "the ensemble on every series",
    "analytics": "seeded cases and calibrations",
    "check": "SQL and index hold the same ids; old inbound events are forgotten",
    "drift": "whether the learned models still fit",
    "backup": "a backup, the oldest beyond `BACKUP_KEEP` dropped",
    "tune": "the search for better plans",
    "train": "new versions of the learned model",
    "archive": "records older than `RETENTION_*` leave the database",
    "summaries": "what each market did yesterday, and months of old signals",
    "positions": "follow open paper trades over new bars: fills, stops, targets",
    "alerts": "look at every new closed bar for every alert, and tell what came true",
    "portfolio": "what every account is worth in this half hour",
    "exchange": "balances and trades of the exchange account, where its keys are set",
    "digest": "looks which readers' 08:00 has come, and sends their digests",
}


def rows() -> tuple[Row, ...]:
    """The timetable as `run` has it."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_rows(Path(folder)))


async def _rows(folder: Path) -> tuple[Row, ...]:
    own: dict[str, Any] = {"data_dir": folder, "market": SMALL, "llm": {"provider": "none"}}
    settings = load(env_file=None, **own, embedding={"model_dir": folder / "nothing"})
    async with open_app(settings) as parts:
        return await timetable(parts)


def timetable_block() -> str:
    """Job, rhythm, when after the slot it begins, its setting, its lane, and what it does."""
    lines = [_row("job", "every", "begins after", "setting", "lane", "what it does"), _rule(6)]
    lines += [
        _row(r.job, r.rhythm, f"{r.delay_s:g} s", f"`SCHEDULE_{r.job.upper()}_S`", r.lane, WHAT[r.job]) for r in rows()
    ]
    return "\n".join(lines)


def settings_block() -> str:
    """Settings that matter to operations, with their defaults."""
    groups = (("SCHEDULE", ScheduleSettings()), ("BACKUP", BackupSettings()), ("RETENTION", RetentionSettings()))
    lines = [_row("setting", "default"), _rule(2)]
    for prefix, group in groups:
        for name, value in group.model_dump().items():
            if prefix != "SCHEDULE" or name in ("retry_s", "lease_s", "pickup_s"):
                lines.append(_row(f"`{prefix}_{name.upper()}`", "empty" if value is None else f"{value:g}"))
    return "\n".join(lines)


def deadlines_block() -> str:
    """Each service with its bounds, from the constants themselves."""
    lines = [_row("service", "bound", "value", "then"), _rule(4)]
    return "\n".join(lines + [_row(*line) for line in (*_outside(), *_delivery(), *_inside())])


def _outside() -> list[tuple[str, str, str, str]]:
    policy, breaker = DEFAULT_POLICY, Breaker()
    return [
        ("exchange", "one request", f"{policy.deadline_s:g} s", "counts as failed"),
        ("exchange", "tries of one call", f"{policy.attempts}", f"from {policy.backoff_s:g} s on, jittered"),
        ("exchange", "one answer", f"{MAX_BODY_BYTES // 2**20} MiB", "refused"),
        ("exchange", "429 or 418 without Retry-After", f"{embargo.DEFAULT_PAUSE_S:g} s", "no request to that host"),
        ("exchange", "longest Retry-After obeyed", f"{embargo.LONGEST_PAUSE_S / 86_400:g} days", "kept over restarts"),
        ("exchange", "403 or 451", f"{embargo.REFUSED_FOR_S:g} s", "the next of the chain serves"),
        ("exchange", f"{embargo.FAILURES_TO_REST} failures in a row", f"{embargo.REST_S:g} s", "the host rests"),
        ("exchange", "clock difference", f"{policy.max_skew_s:g} s", "no signals"),
        ("news feed", "a whole answer", f"{fetching.WHOLE_S:g} s", "the next slot"),
        ("news feed", "one answer", f"{fetching.MOST_BYTES // 2**20} MiB", "refused"),
        ("news feed", "unpacked", f"{fetching.MOST_DECODED // 2**20} MiB", "refused"),
        ("news feed", "reading it, in a process of its own", f"{child.CPU_S:g} s of computing, "
         f"{child.MEMORY_BYTES // 2**20} MiB", "refused"),
        ("news feed", "longest Retry-After obeyed", f"{news.LONGEST_QUIET.days:g} day", "kept over restarts"),
        ("news feed", "404, 410 and other refusals", f"{news.REFUSED_FOR.seconds:g} s", "left alone"),
        ("language model", "a whole answer", f"{LlmSettings().timeout_s:g} s (`LLM_TIMEOUT_S`)", "rules answer"),
        ("language model", "connecting", f"{ollama_chat._CONNECT_S:g} s", "rules answer"),
        ("language model", f"{breaker._limit} failures in a row", f"{breaker._open_s:g} s", "it is not asked"),
        ("Discord", "a request that may pass", f"{len(faults.WAITS_S)} more tries",
         f"within {sum(faults.WAITS_S):g} s"),
        ("Discord", "log-ins", f"{discord_client.FREE_LOGINS} in {discord_client.LOGIN_WINDOW_S:g} s",
         f"then one in {discord_client.LOGIN_PAUSE_S:g} s"),
        ("any platform", "started again", f"{Backoff().first_s:g} to {Backoff().most_s:g} s", "doubled each time"),
        ("any platform", "a refused token", f"{Backoff().mend_s:g} s", "tried again; mend the token"),
    ]  # fmt: skip


def _delivery() -> list[tuple[str, str, str, str]]:
    own = DeliveryRules()
    discord, telegram = LIMITS["discord"].overall, LIMITS["telegram"].overall
    return [
        ("broadcast", "useful for", f"a bar, at most {LONGEST_LIFE.seconds // 60} min", "one line instead"),
        ("broadcast", "retries", f"{own.first_retry_s:g} to {own.longest_retry_s:g} s", "only what surely failed"),
        ("broadcast", "tries", f"{own.most_attempts}", "given up, told"),
        ("broadcast", "missing permission", f"{own.forbidden_limit} in a row", "destination off"),
        (
            "broadcast",
            "Discord repeats a send safely",
            f"{notifier.REPEATS_FOR.seconds} s",
            "the history decides where it can be read",
        ),
        ("broadcast", "Discord, over all", f"{discord.most} in {discord.seconds:g} s", "waits"),
        ("broadcast", "Telegram, over all", f"{telegram.most} in {telegram.seconds:g} s", "waits"),
    ]


def _inside() -> list[tuple[str, str, str, str]]:
    pace, tenure = Pace(), TenurePace()
    patience = PATIENCE
    return [
        ("database", "waiting for a lock", f"{dialect.BUSY_TIMEOUT_MS / 1000:g} s", "tried again later"),
        ("database", "pg_dump, pg_restore", f"{server_copy.LONGEST_S:g} s", "stopped, told"),
        ("job", "lease without a sign of life", f"{pace.lease_s:g} s", "taken over"),
        ("job", "look for what was left behind", f"{pace.pickup_s:g} s", "run if still useful"),
        ("service", "beat", f"{tenure.beat_s:g} s", "shows that it lives and saves"),
        ("service", "silent", f"{tenure.dead_s:g} s", "another `run` takes over"),
        ("service", "free starts in a row", f"{patience.free}",
         f"log-ins wait {patience.first_s:g} to {patience.most_s:g} s"),
        ("service", "stopping", f"{Schedule.stop.__defaults__[0]:g} s", "what runs is given up, to be picked up"),  # type: ignore[index]
        ("health", "disk probe", f"every {vitals.EVERY_S:g} s", "red and green are logged"),
        ("health", "`deskmate health` waits", f"{vitals.BEAT_WITHIN_S:g} s", "red"),
        ("health", "one part of `deskmate doctor`", f"{doctor.LONGEST_S:g} s", "red"),
        ("health", "free space", f"{machine.LEAST_FREE_MB} MB (hint below {machine.LOW_FREE_MB} MB)", "red"),
        ("health", "an exchange's answer", f"{market.ANSWER_S:g} s", "hint"),
    ]  # fmt: skip


BLOCKS = {"timetable": timetable_block, "settings": settings_block, "deadlines": deadlines_block}


def with_blocks(text: str) -> str:
    """The page with its made parts as they should be."""
    for name, make in BLOCKS.items():
        begin, end = f"<!-- {name}: made from the code -->\n", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        assert found and closed, f"the page has no place for {name}"
        text = before + begin + make() + "\n" + end + after
    return text


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns


if __name__ == "__main__":
    PAGE.write_text(with_blocks(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
