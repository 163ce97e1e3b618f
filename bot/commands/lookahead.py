"""The look-ahead and recursive checks on request, over stored candles."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

from bot.jobs.sync import Progress, silent
from bot.reply import Reply, Table
from rag.desk import Desk, DeskRules
from rag.news_tones import heard_of
from rag.recommendation import to_json
from signals.clock import Clock, to_ms
from signals.errors import DataError
from signals.learned.pipelines import learned_pipelines
from signals.model import Candles, Market
from signals.proofs.lookahead import Checked, check
from signals.proofs.pipelines import Pipeline, news_pipeline, rules_pipelines
from signals.proofs.recursive import TOLERANCE, Needed, bars_needed
from storage.stores import Stores

FEWEST_BARS = 300
MOST_NAMED = 20
LOOKAHEAD_VERSION = 1


@dataclass(frozen=True, slots=True)
class CheckLookahead:
    """The markets, and how many of their newest bars."""

    markets: tuple[Market, ...]
    bars: int


class LookaheadOnRequest:
    """Recomputes everything that signals are made of on cut and on poisoned futures, and names what changed."""

    def __init__(self, stores: Stores, rules: DeskRules, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._desk = Desk(stores, rules)
        self._clock = clock

    async def __call__(self, request: CheckLookahead, progress: Progress = silent) -> Reply:
        """Every change by column, bar and cut; any makes it an error. DataError when no market has enough bars."""
        found: list[tuple[Checked, tuple[Needed, ...]]] = []
        refused: list[str] = []
        for done, market in enumerate(request.markets, start=1):
            candles = await self._candles(market, request.bars)
            if len(candles) < FEWEST_BARS:
                refused.append(f"{candles.series} has {len(candles)} bars, the check takes {FEWEST_BARS} and more")
            else:
                pipelines = await self._pipelines(candles)
                checked = await asyncio.to_thread(check, candles, pipelines)
                found.append((checked, await asyncio.to_thread(bars_needed, candles)))
            progress(done, len(request.markets), str(market))
        if not found:
            raise DataError(f"{refused[0]}; it is the same with all {len(refused)} markets: run `deskmate sync`")
        return lookahead_reply(found, refused)

    async def _candles(self, market: Market, bars: int) -> Candles:
        now = self._clock.now()
        series = await self._desk.series_of(market, now)
        return await self._stores.candles.newest(series, bars, until_ms=to_ms(now))

    async def _pipelines(self, candles: Candles) -> tuple[Pipeline, ...]:
        """With the rules, plan, learned model in force and news as it was stored."""
        now, series = self._clock.now(), candles.series
        plan = await self._stores.parameters.active(series.symbol, series.timeframe, now) or self._rules.plan_rules
        ballot = await self._desk.ballot(series.timeframe, now)
        if ballot.fault:
            raise DataError(ballot.fault)
        version = (await self._stores.models.in_force(now)).get(series.timeframe) if self._rules.model_dir else None
        model = await self._desk.learned.load(version) if version is not None else None
        items = await self._stores.news.since(candles.opened_at(0), now)
        news = news_pipeline(heard_of(items, series.symbol), ballot.rules)
        return (*rules_pipelines(ballot.rules, plan), news, *learned_pipelines(model))


def lookahead_reply(found: list[tuple[Checked, tuple[Needed, ...]]], refused: list[str]) -> Reply:
    """What was checked in each series, every change by name, and the bars that each indicator needs."""
    changes = [change for checked, _ in found for change in checked.changes]
    values = sum(checked.values for checked, _ in found)
    named = tuple(str(change) for change in changes[:MOST_NAMED])
    text = (
        f"{values:,} past values compared with their futures cut off and poisoned: none changed."
        if not changes
        else f"{len(changes)} columns changed with their future: they look ahead."
    )
    return Reply(
        text=text,
        tables=(_series_table(found), _recursive_table(found)),
        notes=(*named, *refused),
        data=_data(found, refused),
        error=bool(changes),
    )


def _series_table(found: list[tuple[Checked, tuple[Needed, ...]]]) -> Table:
    rows = tuple(
        (str(c.series), f"{c.bars:,}", str(c.columns), str(c.cuts), f"{c.values:,}", str(len(c.changes)))
        for c, _ in found
    )
    return Table("Look-ahead", ("series", "bars", "columns", "cuts", "values compared", "changes"), rows)


def _recursive_table(found: list[tuple[Checked, tuple[Needed, ...]]]) -> Table:
    """For each indicator the most that any series needs."""
    rows = []
    for several in zip(*(needed for _, needed in found), strict=True):
        counts = [one.bars for one in several]
        most = max((n for n in counts if n is not None), default=0)
        said = f"{most}" if None not in counts else f"more than {min(one.tried for one in several)}"
        rows.append((several[0].column, said))
    title = f"Bars until an indicator is within {TOLERANCE:g} of its value over all bars"
    return Table(title, ("indicator", "bars"), tuple(rows))


def _data(found: list[tuple[Checked, tuple[Needed, ...]]], refused: list[str]) -> dict[str, Any]:
    series = [
        to_json(asdict(checked)) | {"series": str(checked.series), "bars_needed": {n.column: n.bars for n in needed}}
        for checked, needed in found
    ]
    return {"lookahead_version": LOOKAHEAD_VERSION, "series": series, "refused": refused}
